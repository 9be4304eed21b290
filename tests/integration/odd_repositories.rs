//! Repositories of every kind: MAOS works there, or says plainly why not, and
//! never breaks the session.

mod broken;
mod inside;
mod kinds;
mod states;

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// One agent's whole life, with files and commands, must go as in any other
/// repository. Returns what its branch changed.
#[track_caller]
fn works(sandbox: &Sandbox) -> String {
    let tree = sandbox.repo.as_path();
    let state = |dir: &Path| {
        let status = ["status", "--porcelain", "--untracked-files=all"];
        [
            sandbox.git_in(dir, &status),
            sandbox.git_in(dir, &["rev-parse", "HEAD"]),
        ]
    };
    let before = state(tree);
    let main = Actor::main(sandbox).at(tree);
    let start = main.hook("SessionStart");
    let told = start.specific("additionalContext").to_string();
    assert!(told.contains("git worktree"), "{start:?}");
    let agent = Actor::new(sandbox, "a1", "coder").at(tree);
    agent.start();
    let write = |path: &Path, text: &str| -> PathBuf {
        let input = json!({"file_path": path, "content": text});
        let to = PathBuf::from(agent.pre("Write", input).updated("file_path"));
        std::fs::create_dir_all(to.parent().expect("a file")).expect("a file");
        std::fs::write(&to, text).expect("a file");
        to
    };
    let to = write(&tree.join("new file.txt"), "new\n");
    let workspace = agent.workspace();
    assert_eq!(to, workspace.join("new file.txt"));
    assert_eq!(agent.git(&["branch", "--show-current"]), agent.branch());
    let output =
        agent.bash("echo shell > shell.txt && git add -A && git commit -qm mine && pwd -P");
    assert!(output.status.success(), "{output:?}");
    let pwd = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        pwd.strip_suffix('\n').expect("that end"),
        workspace.to_string_lossy()
    );
    write(&tree.join("late.txt"), "late\n");
    agent.stop();
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    let told = main.hook("UserPromptSubmit").specific("additionalContext");
    let told = told.as_str().unwrap_or_default();
    assert!(told.contains("2 commits"), "{told}");
    assert_eq!(state(tree), before, "the tree of the session changed");
    sandbox.git_in(tree, &["fsck", "--strict"]);
    let list = sandbox.git_in(tree, &["worktree", "list", "--porcelain", "-z"]);
    assert!(list.contains(&*workspace.to_string_lossy()), "{list}");
    let base = agent.record()["workspace"]["base"]["commit"].clone();
    let range = format!("{}..{}", base.as_str().expect("a text"), agent.branch());
    sandbox.git_in(
        tree,
        &["-c", "core.quotePath=false", "diff", "--name-only", &range],
    )
}

const CHANGED: &str = "late.txt\nnew file.txt\nshell.txt";

/// Why a write of an agent is refused there.
#[track_caller]
fn refused(sandbox: &Sandbox) -> String {
    let agent = Actor::new(sandbox, "a1", "coder");
    let input = json!({"file_path": sandbox.path("x.txt"), "content": "x"});
    let reason = agent.pre("Write", input).denied();
    assert!(!sandbox.path("x.txt").exists());
    reason
}
