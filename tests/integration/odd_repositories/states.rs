//! Repositories in the middle of something, and locks that somebody else holds.

use std::fs;
use std::process::Command;

use super::{CHANGED, refused, works};
use crate::support::{Actor, Sandbox};

/// A repository with two branches that conflict.
fn conflicting() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["switch", "-q", "-c", "other"]);
    sandbox.write("p.txt", "other\n");
    sandbox.commit("other");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("p.txt", "mine\n");
    sandbox.commit("mine");
    sandbox.prefixed()
}

fn may_fail(sandbox: &Sandbox, args: &[&str]) {
    let mut git: Command = sandbox.command("git", &sandbox.repo);
    git.args(args).output().expect("it runs");
}

#[test]
fn a_detached_head() {
    let sandbox = Sandbox::new().prefixed();
    sandbox.git(&["switch", "-q", "--detach"]);
    assert_eq!(works(&sandbox), CHANGED);
}

#[test]
fn a_rebase_a_merge_and_a_bisection() {
    for (args, file, goes_on) in [
        (
            &["rebase", "other"][..],
            "rebase-merge",
            &["rebase", "--continue"][..],
        ),
        (&["merge", "other"], "MERGE_HEAD", &["commit", "--no-edit"]),
        (
            &["cherry-pick", "other"],
            "CHERRY_PICK_HEAD",
            &["cherry-pick", "--continue"],
        ),
        (
            &["bisect", "start", "main", "main~1"],
            "BISECT_LOG",
            &["bisect", "reset"],
        ),
    ] {
        let sandbox = conflicting().env("GIT_EDITOR", "true");
        may_fail(&sandbox, args);
        assert!(sandbox.path(".git").join(file).exists(), "{args:?}");
        let index = fs::read(sandbox.path(".git/index")).unwrap();
        assert_eq!(works(&sandbox), CHANGED, "{args:?}");
        assert!(sandbox.path(".git").join(file).exists(), "{args:?}");
        assert_eq!(
            fs::read(sandbox.path(".git/index")).unwrap(),
            index,
            "{args:?}"
        );
        if file != "BISECT_LOG" {
            sandbox.write("p.txt", "both\n");
            sandbox.git(&["add", "p.txt"]);
        }
        sandbox.git(goes_on);
    }
}

#[test]
fn locks_of_others_are_not_waited_for_and_not_broken() {
    let sandbox = Sandbox::new().prefixed();
    for lock in ["config.lock", "index.lock", "packed-refs.lock", "HEAD.lock"] {
        fs::write(sandbox.path(".git").join(lock), "").unwrap();
    }
    // The test's own git may not need the index either.
    let agent = Actor::new(&sandbox, "a1", "coder");
    sandbox.write("dirty.txt", "x");
    Actor::main(&sandbox).hook("SessionStart");
    agent.start();
    agent.write("x.txt", "x\n");
    assert!(agent.workspace().join("dirty.txt").is_file());
    let output = agent.bash("git add -A && git commit -qm mine");
    assert!(output.status.success(), "{output:?}");
    agent.write("y.txt", "y\n");
    agent.stop();
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    assert_eq!(agent.git(&["rev-list", "--count", "main..HEAD"]), "3");
    for lock in ["config.lock", "index.lock", "packed-refs.lock", "HEAD.lock"] {
        assert!(sandbox.path(".git").join(lock).exists(), "{lock}");
    }
}

#[test]
fn a_branch_named_agent_stands_in_the_way_and_is_said() {
    let sandbox = Sandbox::new();
    sandbox.git(&["branch", "agent"]);
    let start = Actor::main(&sandbox).hook("SessionStart");
    let said = start.json()["systemMessage"].to_string();
    assert!(said.contains("git branch -m agent"), "{start:?}");
    let reason = refused(&sandbox);
    assert!(reason.contains("git branch -m agent"), "{reason}");
    assert!(sandbox.worktrees().is_empty(), "nothing half-made");
    assert!(!sandbox.path(".git/worktrees").exists());
    sandbox.git(&["branch", "-m", "agent", "agents"]);
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.write("x.txt", "x");
    assert_eq!(sandbox.agent_branches(), [agent.branch()]);
}

#[test]
fn a_branch_of_the_agents_name_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.git(&["branch", "agent/coder-sess-0283c709"]);
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.write("x.txt", "x");
    assert_eq!(agent.handle(), "coder-2-sess-0283c709");
    // Made by the user between the agent's start and its first write.
    let other = Actor::new(&sandbox, "a2", "coder");
    other.start();
    sandbox.git(&["branch", &other.branch()]);
    let input = serde_json::json!({"file_path": sandbox.path("x.txt"), "content": "x"});
    let reason = other.pre("Write", input.clone()).denied();
    assert!(reason.contains(&other.branch()), "{reason}");
    sandbox.git(&["branch", "-m", &other.branch(), "mine"]);
    let to = other.pre("Write", input).updated("file_path");
    assert!(to.contains(&other.handle()), "{to}");
}

#[test]
fn variables_of_a_git_hook_lead_nobody_elsewhere() {
    let sandbox = Sandbox::new();
    let other = sandbox.top().join("other");
    fs::create_dir(&other).unwrap();
    sandbox.git_in(&other, &["init", "-q"]);
    let git_dir = other.join(".git").to_string_lossy().into_owned();
    let (index, tree) = (
        format!("{git_dir}/index"),
        other.to_string_lossy().into_owned(),
    );
    let sandbox = sandbox
        .env("GIT_DIR", &git_dir)
        .env("GIT_INDEX_FILE", &index)
        .env("GIT_WORK_TREE", &tree)
        .env("GIT_CONFIG_PARAMETERS", "'core.bare'='true'");
    let agent = Actor::new(&sandbox, "a1", "coder");
    Actor::main(&sandbox).hook("SessionStart");
    agent.start();
    agent.write("x.txt", "x\n");
    agent.stop();
    assert!(!other.join(".git/index").exists());
    assert!(
        sandbox
            .path(".git/refs/heads")
            .join(agent.branch())
            .is_file()
    );
    let log = sandbox.path(".git/logs/refs/heads").join(agent.branch());
    assert_eq!(fs::read_to_string(log).unwrap().lines().count(), 2);
}
