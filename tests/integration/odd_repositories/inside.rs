//! Repositories inside of repositories.

use std::fs;

use serde_json::json;

use super::{CHANGED, works};
use crate::support::{Actor, Sandbox};

/// A project with a submodule at `sub`.
fn with_submodule() -> Sandbox {
    let sandbox = Sandbox::new().started_in("");
    let library = sandbox.top().join("library");
    fs::create_dir(&library).expect("a file");
    sandbox.git_in(&library, &["init", "-q", "-b", "main"]);
    fs::write(library.join("lib.txt"), "lib\n").expect("a file");
    sandbox.git_in(&library, &["add", "."]);
    sandbox.git_in(&library, &["commit", "-q", "-m", "lib"]);
    let source = library.to_string_lossy().into_owned();
    let allow = "protocol.file.allow=always";
    sandbox.git(&["-c", allow, "submodule", "add", "-q", &source, "sub"]);
    sandbox.commit("submodule");
    sandbox.prefixed()
}

#[test]
fn a_project_with_a_submodule_works() {
    let sandbox = with_submodule();
    assert_eq!(works(&sandbox), CHANGED);
    let agent = Actor::new(&sandbox, "a1", "coder");
    assert_eq!(agent.git(&["ls-files", "sub"]), "sub");
    // Changes inside of it are not the project's.
    sandbox.write("sub/lib.txt", "edited\n");
    let other = Actor::new(&sandbox, "a2", "coder");
    other.write("x.txt", "x");
    assert_eq!(other.git(&["diff", "--submodule=short", "main"]), "");
}

#[test]
fn what_is_in_a_submodule_is_read_where_it_is_and_not_written() {
    let sandbox = with_submodule();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x");
    // The workspace's own is empty, as git leaves it.
    assert_eq!(agent.reads("sub/lib.txt"), sandbox.path("sub/lib.txt"));
    let input = json!({"file_path": sandbox.path("sub/lib.txt"), "content": "x"});
    let reason = agent.pre("Write", input.clone()).denied();
    assert!(
        reason.contains("submodule") && reason.contains("git submodule update --init"),
        "{reason}"
    );
    let own = agent.workspace().join("sub/new.txt");
    agent
        .pre("Write", json!({"file_path": own, "content": "x"}))
        .denied();
    assert_eq!(sandbox.read("sub/lib.txt"), "lib\n");
    // Checked out, it is a place like any other.
    let init = "git -c protocol.file.allow=always submodule update --init -q sub";
    let output = agent.bash(init);
    assert!(output.status.success(), "{output:?}");
    let at = agent.workspace().join("sub/lib.txt");
    assert_eq!(agent.reads("sub/lib.txt"), at);
    assert_eq!(
        agent.pre("Write", input).updated("file_path"),
        at.to_string_lossy()
    );
    fs::write(&at, "changed\n").unwrap();
    agent.bash("cd sub && git commit -qam inside");
    agent.stop();
    assert!(
        agent
            .git(&["diff", "--name-only", "main", "HEAD"])
            .contains("sub")
    );
    assert_eq!(
        sandbox.git_in(&sandbox.path("sub"), &["status", "--porcelain"]),
        ""
    );
    // Its commit is nowhere else.
    sandbox.git(&[
        "-c",
        "submodule.recurse=false",
        "merge",
        "-q",
        "--no-edit",
        &agent.branch(),
    ]);
    let pruned = sandbox.maos(&["worktree-prune"]).success().stdout;
    assert!(pruned.contains("kept") && at.exists(), "{pruned}");
}

#[test]
fn what_a_command_left_in_an_empty_submodule_is_not_lost() {
    let sandbox = with_submodule();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    assert!(agent.bash("echo work > sub/work.txt").status.success());
    agent.stop();
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    assert!(told.stdout.contains("sub/work.txt"), "{told:?}");
    let pruned = sandbox.maos(&["worktree-prune"]).success().stdout;
    let work = agent.workspace().join("sub/work.txt");
    assert!(pruned.contains("kept") && work.is_file(), "{pruned}");
    let end = Actor::main(&sandbox).event("SessionEnd");
    sandbox.hook(&end).silent();
    assert!(work.is_file());
    sandbox.maos(&["worktree-prune", "--force"]).success();
    sandbox.maos(&["restore", &agent.handle()]).success();
    assert_eq!(fs::read_to_string(work).unwrap(), "work\n");
}

#[test]
fn a_session_in_a_submodule_is_one_of_that_repository() {
    let sandbox = with_submodule();
    let place = sandbox.path("sub").to_string_lossy().into_owned();
    let mut sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &place);
    sandbox.repo = sandbox.repo.join("sub");
    assert_eq!(works(&sandbox), CHANGED);
    assert!(sandbox.path(".maos").is_dir());
    let agent = Actor::new(&sandbox, "a1", "coder");
    let list = ["worktree-list", "--json"];
    let inside = sandbox.maos_in(&agent.workspace(), &list).json();
    assert_eq!(inside, sandbox.maos_json(&list));
    // The project around it is not the agent's.
    let input = json!({"file_path": sandbox.path("../p.txt"), "content": "x"});
    agent.pre("Write", input).denied();
}
