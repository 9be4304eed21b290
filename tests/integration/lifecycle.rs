//! A session starts, goes on, ends or dies, and what becomes of its agents.

use std::fs;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Run, Sandbox};

const OTHER: &str = "9a8b7c6d-1111-4222-8333-444455556666";

fn session_start(sandbox: &Sandbox, source: &str) -> Run {
    let event = Actor::main(sandbox).event("SessionStart");
    sandbox.hook(&event.with("source", json!(source))).success()
}

fn session_end(sandbox: &Sandbox, reason: &str) {
    let event = Actor::main(sandbox).event("SessionEnd");
    sandbox.hook(&event.with("reason", json!(reason))).silent();
}

fn session(sandbox: &Sandbox) -> Value {
    let list = sandbox.maos_json(&["session-list", "--all", "--json"]);
    list[0].clone()
}

/// Changes the session's file as another process could have left it.
fn edit_session(sandbox: &Sandbox, change: impl FnOnce(&mut Value)) {
    let path = sandbox.session_dir(SESSION).join("session.json");
    let mut value: Value =
        serde_json::from_slice(&fs::read(&path).expect("a file")).expect("a file");
    change(&mut value);
    fs::write(&path, value.to_string()).expect("a file");
}

#[test]
fn a_session_starts_and_says_what_maos_does() {
    let sandbox = Sandbox::new().prefixed();
    let run = session_start(&sandbox, "startup");
    let told = run.specific("additionalContext").to_string();
    assert!(told.contains("git worktree"), "{told}");
    assert!(run.json()["systemMessage"].is_null(), "{run:?}");
    let session = session(&sandbox);
    assert_eq!(session["id"], SESSION);
    assert_eq!(session["status"], "active");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.timeline()[0]["event"], "SessionStart");
}

#[test]
fn it_ends_and_its_agents_with_it() {
    let sandbox = Sandbox::new();
    session_start(&sandbox, "startup");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    let file = agent.write("x.txt", "x\n");
    Actor::main(&sandbox).hook("Stop").silent();
    session_end(&sandbox, "prompt_input_exit");
    assert_eq!(session(&sandbox)["status"], "ended");
    assert_eq!(session(&sandbox)["active_agents"], 0);
    assert_eq!(agent.record()["status"], "stopped");
    assert_eq!(fs::read_to_string(file).unwrap(), "x\n");
    assert_eq!(sandbox.maos_json(&["session-list", "--json"]), json!([]));
    let metrics = sandbox.session_dir(SESSION).join("metrics.json");
    let metrics: Value = serde_json::from_slice(&fs::read(metrics).unwrap()).unwrap();
    assert_eq!(metrics["workspaces_created"], 1);
    assert_eq!(metrics["agents"][agent.handle()]["tool_calls"], 1);
}

#[test]
fn resume_and_compact_open_the_same_record_again() {
    for source in ["resume", "compact"] {
        let sandbox = Sandbox::new().prefixed();
        session_start(&sandbox, "startup");
        let began = session(&sandbox)["started_at"].clone();
        let agent = Actor::new(&sandbox, "a1", "coder");
        agent.start();
        agent.write("x.txt", "x\n");
        if source == "resume" {
            session_end(&sandbox, "other");
            assert_eq!(session(&sandbox)["status"], "ended");
        }
        let run = session_start(&sandbox, source);
        let again = session(&sandbox);
        assert_eq!(
            (&again["status"], &again["started_at"]),
            (&json!("active"), &began)
        );
        assert_eq!(again["agents"], 1, "{source}");
        if source == "compact" {
            run.silent();
            assert_eq!(agent.record()["status"], "active");
        }
        assert_eq!(agent.reads("x.txt"), agent.workspace().join("x.txt"));
    }
}

#[test]
fn after_clear_agents_run_on() {
    let sandbox = Sandbox::new();
    session_start(&sandbox, "startup");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    session_end(&sandbox, "clear");
    assert_eq!(agent.record()["status"], "active");
    assert_eq!(session(&sandbox)["status"], "active", "for its agent");
    assert_eq!(agent.reads("x.txt"), agent.workspace().join("x.txt"));
    agent.stop();
    assert_eq!(session(&sandbox)["status"], "ended");
    let branch = agent.branch();
    assert_eq!(sandbox.git(&["log", "-1", "--format=%an", &branch]), "Dev");
}

#[test]
fn after_clear_a_running_agent_may_speak_under_the_new_id() {
    let sandbox = Sandbox::new();
    session_start(&sandbox, "startup");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    session_end(&sandbox, "clear");
    let main = Actor::main(&sandbox).session(OTHER);
    let start = main.event("SessionStart").with("source", json!("clear"));
    sandbox.hook(&start).success();
    let renamed = agent.clone().session(OTHER);
    assert_eq!(renamed.reads("x.txt"), agent.workspace().join("x.txt"));
    renamed.stop().silent();
    assert_eq!(agent.record()["status"], "stopped");
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    // Who hears of it is the conversation that goes on.
    let told = main.hook("UserPromptSubmit").specific("additionalContext");
    assert!(told.to_string().contains(&agent.branch()), "{told}");
}

#[test]
fn a_session_whose_client_is_gone_is_dead() {
    let sandbox = Sandbox::new();
    session_start(&sandbox, "startup");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    edit_session(&sandbox, |s| s["client"]["started"] = json!(1));
    assert_eq!(session(&sandbox)["status"], "dead");
    assert_eq!(sandbox.maos_json(&["session-list", "--json"]), json!([]));
    let worktrees = sandbox.maos_json(&["worktree-list", "--json"]);
    assert_eq!(worktrees[0]["status"], "lost");
    // Taken up again, its agents died with the client and take no place.
    let sandbox = sandbox.env("MAOS_MAX_PARALLEL_AGENTS", "1");
    session_start(&sandbox, "resume");
    assert_eq!(session(&sandbox)["active_agents"], 0);
    let main = Actor::main(&sandbox);
    main.spawn("t1", json!({"description": "d", "prompt": "p"}))
        .silent();
}

#[test]
fn clean_and_merged_workspaces_go_when_the_session_ends() {
    let sandbox = Sandbox::new();
    session_start(&sandbox, "startup");
    let agent = |id: &str, file: &str| {
        let agent = Actor::new(&sandbox, id, id);
        agent.start();
        agent.write(file, "x\n");
        agent.stop();
        agent
    };
    let merged = agent("merged", "m.txt");
    sandbox.git(&["merge", "-q", "--no-edit", &merged.branch()]);
    let changed = agent("changed", "c.txt");
    sandbox.git(&["merge", "-q", "--no-edit", &changed.branch()]);
    fs::write(changed.workspace().join("c.txt"), "y\n").unwrap();
    let ignoring = agent("ignoring", ".gitignore");
    sandbox.git(&["merge", "-q", "--no-edit", &ignoring.branch()]);
    fs::write(ignoring.workspace().join(".gitignore"), "*.log\n").unwrap();
    ignoring.git(&["commit", "-qam", "ignore"]);
    sandbox.git(&["merge", "-q", "--no-edit", &ignoring.branch()]);
    fs::write(ignoring.workspace().join("result.log"), "42\n").unwrap();
    let unmerged = agent("unmerged", "u.txt");
    let idle = Actor::new(&sandbox, "idle", "idle");
    idle.start();
    idle.command("make");
    session_end(&sandbox, "other");
    let kept: Vec<String> = [&changed, &ignoring, &unmerged].map(Actor::handle).into();
    assert_eq!(sandbox.worktrees(), kept);
    let branches: Vec<String> = [&changed, &ignoring, &unmerged].map(Actor::branch).into();
    assert_eq!(sandbox.agent_branches(), branches);
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 4);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn without_worktree_cleanup_all_stay() {
    let sandbox = Sandbox::new().env("MAOS_WORKTREE_CLEANUP", "false");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.command("make");
    agent.stop();
    session_end(&sandbox, "other");
    assert_eq!(sandbox.worktrees(), [agent.handle()]);
}

#[test]
fn a_session_end_in_the_tree_that_was_merged_into_counts() {
    let sandbox = Sandbox::new();
    let linked = sandbox.top().join("linked");
    let place = linked.to_string_lossy().into_owned();
    sandbox.git(&["worktree", "add", "-q", "-b", "topic", &place]);
    let sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &place);
    let agent = Actor::new(&sandbox, "a1", "coder").at(&linked);
    agent.start();
    agent.write("x.txt", "x\n");
    agent.stop();
    sandbox.git_in(&linked, &["merge", "-q", "--no-edit", &agent.branch()]);
    session_end(&sandbox, "other");
    assert_eq!(sandbox.worktrees(), [""; 0]);
}

#[test]
fn problems_of_the_configuration_are_said_once() {
    let sandbox = Sandbox::new().prefixed();
    sandbox.write(
        ".maos/config.json",
        r#"{"maos": {"orchestration": {"max_paralel_agents": 3}, "worktree": {"base": 7}}}"#,
    );
    let run = session_start(&sandbox, "startup");
    let said = run.json()["systemMessage"].to_string();
    for wanted in [
        "max_paralel_agents",
        "max_parallel_agents",
        "worktree.base",
        "config.json",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    Actor::main(&sandbox).hook("UserPromptSubmit").silent();
    assert!(session_start(&sandbox, "resume").json()["systemMessage"].is_null());
    // A session that was not seen to start hears it at its first prompt.
    let other = Actor::main(&sandbox).session(OTHER);
    let said = other.hook("UserPromptSubmit").json()["systemMessage"].to_string();
    assert!(said.contains("max_paralel_agents"), "{said}");
    other.hook("UserPromptSubmit").silent();
    // It goes on with what it could read.
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
}
