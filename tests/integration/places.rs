//! Where the main conversation stands and where it was started: an agent's
//! paths and commands lead to the same place of its workspace.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// What an agent that stands at `cwd` gets, with the prefix and without: the
/// place of a search, and what `pwd` says.
fn stands(sandbox: &Sandbox, id: &str, cwd: &Path) -> (PathBuf, PathBuf) {
    let agent = Actor::new(sandbox, id, id).at(cwd);
    agent.start();
    let output = agent.bash("touch made-here && pwd");
    assert!(output.status.success(), "{output:?}");
    let pwd = String::from_utf8(output.stdout).expect("text");
    let grep = agent.pre("Grep", json!({"pattern": "x"}));
    let grep = grep.updated("path");
    assert_eq!(pwd.trim_end(), grep, "shell and search stand apart");
    assert!(PathBuf::from(&grep).join("made-here").is_file());
    assert!(grep.starts_with(&*agent.workspace().to_string_lossy()));
    (agent.workspace(), PathBuf::from(grep))
}

#[test]
fn standing_below_means_the_same_place_below_the_workspace() {
    for with_prefix in [true, false] {
        let mut sandbox = Sandbox::new().started_in("");
        sandbox.write("src/deep er/x.txt", "x\n");
        sandbox.commit("deep");
        if with_prefix {
            sandbox = sandbox.prefixed();
        }
        for (id, place) in [("a1", ""), ("a2", "src"), ("a3", "src/deep er")] {
            let (workspace, stood) = stands(&sandbox, id, &sandbox.path(place));
            assert_eq!(stood, workspace.join(place), "prefix: {with_prefix}");
        }
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn standing_elsewhere_means_the_workspaces_top() {
    for with_prefix in [true, false] {
        let mut sandbox = Sandbox::new().started_in("");
        if with_prefix {
            sandbox = sandbox.prefixed();
        }
        let outside = sandbox.top().join("out side");
        let other = sandbox.top().join("other");
        for dir in [&outside, &other] {
            fs::create_dir(dir).unwrap();
        }
        sandbox.git_in(&other, &["init", "-q"]);
        let first = Actor::new(&sandbox, "b0", "b0");
        first.write("x.txt", "x");
        for (n, place) in [
            outside,
            other,
            sandbox.path(".maos"),
            first.workspace().join("src"),
        ]
        .iter()
        .enumerate()
        {
            let (workspace, stood) = stands(&sandbox, &format!("a{n}"), place);
            assert_eq!(stood, workspace, "{}", place.display());
        }
    }
}

#[test]
fn a_directory_that_only_main_has_is_there_for_the_agent() {
    for with_prefix in [true, false] {
        let mut sandbox = Sandbox::new().started_in("");
        sandbox.write(".gitignore", "/target\n");
        sandbox.write("target/x.o", "o");
        sandbox.commit("ignore");
        if with_prefix {
            sandbox = sandbox.prefixed();
        }
        let (workspace, stood) = stands(&sandbox, "a1", &sandbox.path("target"));
        assert_eq!(stood, workspace.join("target"));
    }
}

#[test]
fn a_repository_inside_of_the_project_is_a_place_of_the_project() {
    for with_prefix in [true, false] {
        let mut sandbox = Sandbox::new().started_in("");
        sandbox.write("inner/x.txt", "x");
        sandbox.git_in(&sandbox.path("inner"), &["init", "-q"]);
        if with_prefix {
            sandbox = sandbox.prefixed();
        }
        let (workspace, stood) = stands(&sandbox, "a1", &sandbox.path("inner"));
        assert_eq!(stood, workspace.join("inner"));
    }
}

#[test]
fn a_project_reached_through_a_link_is_the_same_project() {
    for with_prefix in [true, false] {
        let sandbox = Sandbox::new();
        let link = sandbox.top().join("link");
        std::os::unix::fs::symlink(&sandbox.repo, &link).unwrap();
        let mut sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &link.to_string_lossy());
        if with_prefix {
            sandbox = sandbox.prefixed();
        }
        let (workspace, stood) = stands(&sandbox, "a1", &link.join("src"));
        assert_eq!(stood, workspace.join("src"));
        let agent = Actor::new(&sandbox, "a1", "a1").at(&link);
        for (tool, field) in [
            ("Read", "file_path"),
            ("Edit", "file_path"),
            ("Glob", "path"),
        ] {
            let run = agent.pre(tool, json!({field: link.join("src/a.txt")}));
            let to = PathBuf::from(run.updated(field));
            assert_eq!(to, workspace.join("src/a.txt"), "{tool}");
        }
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn started_in_a_subdirectory_the_whole_repository_is_the_project() {
    let sandbox = Sandbox::new().started_in("src");
    let agent = Actor::new(&sandbox, "a1", "coder").at(&sandbox.path("src"));
    agent.start();
    let to = agent.write("p.txt", "q\n");
    assert_eq!(
        to,
        sandbox.path("worktrees").join(agent.handle()).join("p.txt")
    );
    assert!(sandbox.path(".maos").is_dir() && !sandbox.path("src/.maos").exists());
    assert_eq!(
        sandbox.maos_in(&sandbox.path("src"), &["status"]).code,
        Some(0)
    );
    agent.stop();
    let branch = agent.branch();
    assert_eq!(sandbox.git(&["show", &format!("{branch}:p.txt")]), "q");
}

#[test]
fn started_in_a_linked_worktree_both_trees_are_protected() {
    let sandbox = Sandbox::new();
    let linked = sandbox.top().join("linked");
    let place = linked.to_string_lossy().into_owned();
    sandbox.git(&["worktree", "add", "-q", "-b", "topic", &place]);
    fs::write(linked.join("topic.txt"), "uncommitted\n").unwrap();
    let sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &place).prefixed();
    let (workspace, stood) = stands(&sandbox, "a1", &linked.join("src"));
    assert_eq!(stood, workspace.join("src"));
    assert!(workspace.starts_with(sandbox.path("worktrees")));
    assert!(
        workspace.join("topic.txt").is_file(),
        "based on the linked one"
    );
    assert!(!linked.join(".maos").exists() && !linked.join("worktrees").exists());
    let agent = Actor::new(&sandbox, "a1", "a1").at(&linked);
    for tree in [&linked, &sandbox.repo] {
        let input = json!({"file_path": tree.join("p.txt"), "content": "x"});
        let to = agent.pre("Write", input).updated("file_path");
        assert_eq!(PathBuf::from(to), workspace.join("p.txt"));
    }
    for kept in [
        linked.join(".git"),
        sandbox.path(".git/worktrees/linked/HEAD"),
        sandbox.path(".maos/config.json"),
    ] {
        let input = json!({"file_path": kept, "content": "x"});
        agent.pre("Write", input).denied();
    }
    let names = |dir: &Path| sandbox.maos_in(dir, &["worktree-list", "--json"]).json();
    assert_eq!(names(&linked), names(&sandbox.repo));
    agent.stop();
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(
        sandbox.git_in(&linked, &["status", "--porcelain"]),
        "?? topic.txt"
    );
}

#[test]
fn a_worktree_below_the_main_one_is_a_tree_of_its_own() {
    // As `claude --worktree feature` starts a session.
    let sandbox = Sandbox::new();
    let linked = sandbox.path(".claude/worktrees/feature");
    let place = linked.to_string_lossy().into_owned();
    sandbox.git(&["worktree", "add", "-q", "-b", "worktree-feature", &place]);
    let sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &place).prefixed();
    let (workspace, stood) = stands(&sandbox, "a1", &linked.join("src"));
    assert_eq!(stood, workspace.join("src"));
    let agent = Actor::new(&sandbox, "a1", "a1").at(&linked);
    for given in ["p.txt", "src/../p.txt"] {
        let path = linked.join(given);
        let run = agent.pre("Write", json!({"file_path": path, "content": "x"}));
        let to = PathBuf::from(run.updated("file_path"));
        assert_eq!(to, workspace.join("p.txt"), "{given}");
    }
}
