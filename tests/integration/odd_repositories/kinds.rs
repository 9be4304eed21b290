//! Kinds of repositories and of layouts.

use std::path::PathBuf;

use super::{CHANGED, refused, works};
use crate::support::{Actor, Sandbox};

/// A repository made by `git init` with more arguments.
fn init(args: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty("repo");
    sandbox.git(&[&["init", "-q", "-b", "main"], args].concat());
    sandbox.write("p.txt", "p\n");
    sandbox.commit("one");
    sandbox.prefixed()
}

#[test]
fn names_that_have_to_be_quoted() {
    for name in [
        "with space",
        "it's",
        "dou\"ble",
        "new\nline",
        "tr\u{e9}s \u{65e5}\u{672c}",
        "$HOME",
        "back\\slash",
        "-dash",
        "a;b&c",
        "#hash",
    ] {
        let sandbox = Sandbox::named(name).prefixed();
        assert_eq!(works(&sandbox), CHANGED, "{name}");
        let sandbox = Sandbox::named(name);
        assert_eq!(works(&sandbox), CHANGED, "{name}, without the prefix");
        let list = sandbox.maos_json(&["worktree-list", "--json"]);
        let path = PathBuf::from(list[0]["path"].as_str().unwrap());
        assert!(path.is_dir() && path.starts_with(&sandbox.repo), "{path:?}");
    }
}

#[test]
fn names_of_files_that_have_to_be_quoted() {
    let sandbox = Sandbox::new();
    for name in [
        "new\nline",
        "it's \"x\"",
        "t\u{e9}",
        " lead",
        "-f",
        ":(top)x",
        "back\\",
    ] {
        sandbox.write(name, "x\n");
    }
    let sandbox = sandbox.prefixed();
    assert_eq!(works(&sandbox), CHANGED);
    let agent = Actor::new(&sandbox, "a1", "coder");
    assert!(agent.workspace().join("new\nline").is_file());
    let to = agent.write(":(top)x", "y\n");
    assert_eq!(to, agent.workspace().join(":(top)x"));
    agent.stop();
    assert_eq!(agent.git(&["show", "HEAD::(top)x"]), "y");
}

#[test]
fn sha256_and_reftable() {
    for args in [
        &["--object-format=sha256"][..],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let sandbox = init(args);
        sandbox.write("dirty.txt", "x");
        assert_eq!(works(&sandbox), CHANGED, "{args:?}");
        let agent = Actor::new(&sandbox, "a1", "coder");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["stash", "-q"]);
        sandbox.git(&["merge", "-q", "--no-edit", &agent.branch()]);
        let pruned = sandbox.maos(&["worktree-prune"]).success();
        assert!(!agent.workspace().exists(), "{args:?}: {pruned:?}");
        let branches = sandbox.git(&["branch", "--list", "agent/*"]);
        assert_eq!(branches, "", "{args:?}");
        agent.write("again.txt", "x");
        agent.stop();
        sandbox.git(&["fsck", "--strict"]);
    }
}

#[test]
fn one_without_a_commit_says_what_to_do() {
    for args in [&[][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::empty("repo").prefixed();
        sandbox.git(&[&["init", "-q", "-b", "main"], args].concat());
        sandbox.write("p.txt", "p\n");
        let start = Actor::main(&sandbox).hook("SessionStart");
        let said = start.json()["systemMessage"].to_string();
        assert!(said.contains("no commit yet"), "{args:?}: {start:?}");
        let reason = refused(&sandbox);
        assert!(reason.contains("git commit --allow-empty"), "{reason}");
        let agent = Actor::new(&sandbox, "a1", "coder");
        assert_eq!(agent.reads("p.txt"), sandbox.path("p.txt"));
        assert!(sandbox.worktrees().is_empty());
        assert!(!sandbox.path(".git/worktrees").exists());
        sandbox.commit("one");
        agent.write("x.txt", "x");
        let start = Actor::main(&sandbox).hook("SessionStart");
        assert!(
            start.json()["systemMessage"].is_null(),
            "{args:?}: {start:?}"
        );
    }
}

#[test]
fn a_bare_repository_with_linked_worktrees() {
    let sandbox = Sandbox::new();
    let bare = sandbox.top().join("bare.git");
    let tree = sandbox.top().join("tree");
    let place = bare.to_string_lossy().into_owned();
    sandbox.git(&["clone", "-q", "--bare", ".", &place]);
    sandbox.git_in(&bare, &["worktree", "add", "-q", "-b", "work", "../tree"]);
    let started = tree.to_string_lossy().into_owned();
    let mut sandbox = sandbox.prefixed().env("CLAUDE_PROJECT_DIR", &started);
    sandbox.repo.clone_from(&tree);
    assert_eq!(works(&sandbox), CHANGED);
    assert!(tree.join(".maos").is_dir() && tree.join("worktrees").is_dir());
    // From inside of a workspace the state is found as well.
    let inside = std::fs::read_dir(tree.join("worktrees")).unwrap().flatten();
    let inside = inside.map(|e| e.path()).find(|p| p.is_dir()).unwrap();
    for dir in [&inside, &tree] {
        let list = sandbox.maos_in(dir, &["worktree-list", "--json"]).json();
        assert_eq!(list.as_array().unwrap().len(), 1, "{}", dir.display());
    }
    let branch = sandbox.git_in(&inside, &["branch", "--show-current"]);
    sandbox.git_in(&tree, &["merge", "-q", "--no-edit", &branch]);
    sandbox.maos_in(&tree, &["worktree-prune"]).success();
    assert!(!inside.exists(), "merged into the tree it was started in");
}

#[test]
fn one_whose_git_directory_lies_elsewhere() {
    let sandbox = Sandbox::empty("repo");
    sandbox.git(&["init", "-q", "-b", "main", "--separate-git-dir=../gitdir"]);
    sandbox.write("p.txt", "p\n");
    sandbox.commit("one");
    let sandbox = sandbox.prefixed();
    assert!(sandbox.path(".git").is_file());
    assert_eq!(works(&sandbox), CHANGED);
    let agent = Actor::new(&sandbox, "a1", "coder");
    let list = ["worktree-list", "--json"];
    let inside = sandbox.maos_in(&agent.workspace(), &list).json();
    assert_eq!(inside, sandbox.maos_json(&list));
    let input =
        serde_json::json!({"file_path": sandbox.top().join("gitdir/config"), "content": ""});
    agent.pre("Write", input).denied();
}

#[test]
fn sparse_split_and_shallow() {
    let sandbox = Sandbox::new();
    sandbox.write("left/out.txt", "x\n");
    sandbox.write("more/out.txt", "x\n");
    sandbox.commit("two");
    let origin = format!("file://{}", sandbox.repo.display());
    let shallow = Sandbox::empty("shallow");
    shallow.git(&["clone", "-q", "--depth", "1", &origin, "."]);
    assert_eq!(works(&shallow.prefixed()), CHANGED);

    sandbox.git(&["update-index", "--split-index"]);
    sandbox.git(&["config", "core.untrackedCache", "true"]);
    sandbox.write("p.txt", "edited\n");
    let sandbox = sandbox.prefixed();
    assert_eq!(works(&sandbox), CHANGED);
}

#[test]
fn a_sparse_checkout_makes_sparse_workspaces_and_loses_nothing() {
    for cone in ["--cone", "--no-cone"] {
        let sandbox = Sandbox::new();
        sandbox.write("left/out.txt", "x\n");
        sandbox.commit("two");
        let patterns = if cone == "--cone" { "src" } else { "/src/" };
        sandbox.git(&["sparse-checkout", "set", cone, patterns]);
        sandbox.write("src/dirty.txt", "x\n");
        let sandbox = sandbox.prefixed();
        let agent = Actor::new(&sandbox, "a1", "coder");
        agent.start();
        agent.write("src/new.txt", "x\n");
        agent.write("left/new.txt", "x\n");
        let at = agent.workspace();
        assert!(at.join("src/dirty.txt").is_file() && !at.join("left/out.txt").exists());
        agent.stop();
        let base = agent.record()["workspace"]["base"]["commit"].clone();
        let base = base.as_str().unwrap();
        let range = format!("{base}..{}", agent.branch());
        let files = sandbox.git(&["diff", "--name-status", &range]);
        assert_eq!(files, "A\tleft/new.txt\nA\tsrc/new.txt", "{cone}");
        let files = sandbox.git(&["diff", "--name-status", &format!("main..{base}")]);
        assert_eq!(files, "A\tsrc/dirty.txt", "{cone}");
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "?? src/dirty.txt");
    }
}
