//! A stopped agent comes back: it goes on in its workspace, or in a new one
//! where that is gone.

use std::fs;

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// An agent that wrote and stopped.
fn stopped(sandbox: &Sandbox) -> Actor<'_> {
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent.write("mine.txt", "mine\n");
    agent.stop();
    agent
}

fn prune(sandbox: &Sandbox, args: &[&str]) -> String {
    let args = [&["worktree-prune"], args].concat();
    sandbox.maos(&args).success().stdout
}

#[test]
fn it_goes_on_in_its_workspace() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    let told = agent.start().specific("additionalContext").to_string();
    assert!(told.contains("is there with what you did before"), "{told}");
    assert_eq!(agent.reads("mine.txt"), agent.workspace().join("mine.txt"));
    agent.write("more.txt", "more\n");
    agent.stop();
    assert_eq!(sandbox.agent_branches(), [agent.branch()]);
    let range = format!("main..{}", agent.branch());
    assert_eq!(sandbox.git(&["rev-list", "--count", &range]), "2");
}

#[test]
fn a_call_without_a_second_start_goes_on_there_as_well() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    assert_eq!(agent.record()["status"], "stopped");
    assert_eq!(agent.reads("mine.txt"), agent.workspace().join("mine.txt"));
    assert_eq!(agent.record()["status"], "active");
}

#[test]
fn a_removed_workspace_is_made_again_on_its_branch() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    prune(&sandbox, &["--force"]);
    assert!(!agent.workspace().exists());
    assert_eq!(sandbox.agent_branches(), [agent.branch()]);
    agent.start();
    let to = agent.write("more.txt", "more\n");
    assert_eq!(to, agent.workspace().join("more.txt"));
    let own = agent.workspace().join("mine.txt");
    assert_eq!(fs::read_to_string(own).unwrap(), "mine\n");
    assert_eq!(agent.git(&["branch", "--show-current"]), agent.branch());
}

#[test]
fn what_it_wrote_is_read_again_before_it_writes() {
    for client in ["claude-code_2-1-197_harness", "claude-code_2-1-328_harness"] {
        let sandbox = Sandbox::new().env("AI_AGENT", client);
        let agent = stopped(&sandbox);
        prune(&sandbox, &["--force"]);
        agent.start();
        let to = agent.reads("mine.txt");
        assert_eq!(
            fs::read_to_string(&to).unwrap_or_default(),
            "mine\n",
            "{client}: {}",
            to.display()
        );
    }
}

#[test]
fn once_merged_and_removed_it_starts_from_the_merge() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    sandbox.write("since.txt", "since\n");
    sandbox.commit("since");
    sandbox.git(&["merge", "-q", "--no-edit", &agent.branch()]);
    prune(&sandbox, &[]);
    assert_eq!(sandbox.agent_branches(), [""; 0]);
    assert_eq!(sandbox.worktrees(), [""; 0]);
    agent.start();
    agent.write("more.txt", "more\n");
    assert_eq!(
        agent.git(&["rev-parse", "HEAD"]),
        sandbox.git(&["rev-parse", "main"])
    );
    assert!(agent.workspace().join("since.txt").is_file());
    assert!(agent.workspace().join("mine.txt").is_file());
    agent.stop();
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    let told = told.specific("additionalContext").to_string();
    assert!(
        told.contains("1 commit") && told.contains("more.txt"),
        "{told}"
    );
    assert!(!told.contains("2 commits"), "{told}");
}

#[test]
fn a_branch_deleted_before_its_work_was_merged_is_made_again_from_it() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    prune(&sandbox, &["--force"]);
    let branch = format!("refs/heads/{}", agent.branch());
    sandbox.git(&["update-ref", "-d", &branch]);
    agent.start();
    agent.write("more.txt", "more\n");
    assert!(agent.workspace().join("mine.txt").is_file());
}

#[test]
fn a_directory_deleted_by_hand_comes_back_from_the_branch() {
    for (tool, field, value) in [
        ("Read", "file_path", "{}/mine.txt"),
        ("Grep", "pattern", "mine"),
        ("Bash", "command", "cat mine.txt"),
        ("Write", "file_path", "{}/x.txt"),
    ] {
        let sandbox = Sandbox::new();
        let value = value.replace("{}", &sandbox.repo.to_string_lossy());
        let input = json!({field: value, "content": "x"});
        let agent = stopped(&sandbox);
        fs::remove_dir_all(agent.workspace()).unwrap();
        agent.start();
        let run = agent.pre(tool, input);
        assert!(run.specific("updatedInput").is_object(), "{tool}: {run:?}");
        let own = agent.workspace().join("mine.txt");
        assert_eq!(fs::read_to_string(own).unwrap(), "mine\n", "{tool}");
        assert_eq!(agent.git(&["status", "--porcelain"]), "", "{tool}");
    }
}

#[test]
fn a_worktree_that_the_user_removed_comes_back_as_well() {
    let sandbox = Sandbox::new();
    let agent = stopped(&sandbox);
    // Git itself removes none that belongs to another directory.
    fs::remove_dir_all(agent.workspace()).unwrap();
    fs::remove_dir_all(sandbox.path(".git/worktrees")).unwrap();
    agent.start();
    agent.write("more.txt", "more\n");
    assert!(agent.workspace().join("mine.txt").is_file());
    assert_eq!(
        sandbox.git(&["worktree", "list"]).lines().count(),
        2,
        "main and the agent's"
    );
}

#[test]
fn it_takes_no_place_of_an_agent_that_is_yet_to_start() {
    let sandbox = Sandbox::new().env("MAOS_MAX_PARALLEL_AGENTS", "2");
    let agent = stopped(&sandbox);
    let main = Actor::main(&sandbox);
    let call = json!({"description": "d", "prompt": "p", "subagent_type": "coder"});
    main.hook("UserPromptSubmit");
    main.spawn("toolu_1", call.clone()).silent();
    agent.start();
    let reason = main.spawn("toolu_2", call).denied();
    assert!(reason.contains(&agent.handle()), "{reason}");
}
