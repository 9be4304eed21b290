//! Agents that the client isolates itself, and `isolation.mode` native and off.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// A worktree that the client made for an agent, and that agent.
fn isolated(sandbox: &Sandbox) -> Actor<'_> {
    let path = sandbox.path(".claude/worktrees/agent-a1f");
    add_worktree(sandbox, &path, "worktree-agent-a1f");
    Actor::new(sandbox, "a1f", "coder").at(&path)
}

fn add_worktree(sandbox: &Sandbox, path: &Path, branch: &str) {
    let path = path.to_string_lossy();
    sandbox.git(&["worktree", "add", "-q", "-b", branch, &path]);
    fs::write(sandbox.path(".git/info/exclude"), ".claude/worktrees/\n").expect("a file");
}

fn told(sandbox: &Sandbox) -> String {
    let run = Actor::main(sandbox).hook("UserPromptSubmit");
    let text = run.specific("additionalContext");
    text.as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_agent_in_a_worktree_of_the_clients_keeps_it() {
    let sandbox = Sandbox::new().started_in("");
    let agent = isolated(&sandbox);
    let text = agent.start().specific("additionalContext").to_string();
    let own = sandbox.path(".claude/worktrees/agent-a1f");
    assert!(text.contains(&*own.to_string_lossy()), "{text}");
    assert!(text.contains("branch worktree-agent-a1f"), "{text}");
    for (tool, input) in [
        ("Read", json!({"file_path": own.join("p.txt")})),
        (
            "Write",
            json!({"file_path": own.join("x.txt"), "content": "x"}),
        ),
        (
            "Edit",
            json!({"file_path": own.join("p.txt"), "old_string": "p", "new_string": "q"}),
        ),
        ("Bash", json!({"command": "make"})),
        ("Grep", json!({"pattern": "x"})),
    ] {
        agent.pre(tool, input).silent();
    }
    fs::write(own.join("x.txt"), "x").unwrap();
    // What it must not write, it must not write there either.
    for bad in [
        sandbox.path("p.txt"),
        own.join(".git"),
        sandbox.path(".git/config"),
    ] {
        let input = json!({"file_path": bad, "content": "x"});
        agent.pre("Write", input).denied();
    }
    assert!(!sandbox.path("worktrees").exists());
    assert_eq!(sandbox.agent_branches(), [""; 0]);
    let list = sandbox.maos_json(&["worktree-list", "--json"]);
    assert_eq!(list[0]["path"], json!(own));
    assert_eq!(list[0]["native"], true);
    agent.stop();
    let text = told(&sandbox);
    assert!(
        text.contains("Branch worktree-agent-a1f: 1 commit") && text.contains("x.txt"),
        "{text}"
    );
    assert_eq!(sandbox.git_in(&own, &["status", "--porcelain"]), "");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    // It counts and is counted out, and is the client's to remove.
    sandbox.maos(&["worktree-prune", "--force"]).success();
    assert!(own.is_dir());
}

#[test]
fn it_counts_as_an_agent_that_can_write() {
    let sandbox = Sandbox::new()
        .started_in("")
        .env("MAOS_MAX_PARALLEL_AGENTS", "1");
    let agent = isolated(&sandbox);
    agent.start();
    let input = json!({"description": "d", "prompt": "p"});
    let reason = Actor::main(&sandbox).spawn("t1", input).denied();
    assert!(reason.contains(&agent.handle()), "{reason}");
}

#[test]
fn another_agents_worktree_stays_out_of_its_reach() {
    let sandbox = Sandbox::new().started_in("");
    let other = Actor::new(&sandbox, "b2", "coder");
    other.start();
    let theirs = other.write("x.txt", "x");
    let agent = isolated(&sandbox);
    agent.start();
    let reason = agent
        .pre("Write", json!({"file_path": theirs, "content": "y"}))
        .denied();
    assert!(reason.contains(&other.handle()), "{reason}");
    let native = sandbox.path(".claude/worktrees/agent-a1f/p.txt");
    let run = other.pre("Write", json!({"file_path": native, "content": "y"}));
    // Sent to the same path of its own workspace or refused, never let through.
    if run.specific("permissionDecision").is_null() {
        let to = PathBuf::from(run.updated("file_path"));
        assert!(to.starts_with(other.workspace()), "{to:?}");
    }
}

#[test]
fn a_worktree_that_main_stands_in_is_not_an_agents_own() {
    let sandbox = Sandbox::new().started_in("");
    let entered = sandbox.path(".claude/worktrees/feature");
    add_worktree(&sandbox, &entered, "worktree-feature");
    fs::write(entered.join("only-here.txt"), "x\n").unwrap();
    let main = Actor::main(&sandbox).at(&entered);
    main.spawn(
        "t1",
        json!({"description": "d", "prompt": "p", "subagent_type": "coder"}),
    )
    .success();
    let agents: Vec<_> = ["b1", "b2"]
        .map(|id| Actor::new(&sandbox, id, "coder").at(&entered))
        .into();
    for agent in &agents {
        agent.start();
        let path = entered.join("p.txt");
        let run = agent.pre("Write", json!({"file_path": path, "content": "x"}));
        let to = PathBuf::from(run.updated("file_path"));
        assert_eq!(to, agent.workspace().join("p.txt"));
        // It starts from what its spawner stands on.
        assert!(agent.workspace().join("only-here.txt").is_file());
        let from = agent.record()["workspace"]["path"].clone();
        assert!(
            from.as_str().unwrap().contains("/worktrees/coder-"),
            "{from}"
        );
    }
    assert_ne!(agents[0].workspace(), agents[1].workspace());
    assert_eq!(fs::read_to_string(entered.join("p.txt")).unwrap(), "p\n");
}

#[test]
fn in_native_mode_the_client_is_asked_to_isolate_and_gets_a_workspace() {
    let sandbox = Sandbox::new()
        .started_in("")
        .env("MAOS_ISOLATION_MODE", "native")
        .env("MAOS_MAX_PARALLEL_AGENTS", "2");
    let main = Actor::main(&sandbox);
    let input = json!({"prompt": "p", "description": "é", "n": 1.0, "subagent_type": "coder"});
    let run = main.spawn("t1", input.clone());
    let mut wanted = input;
    wanted["isolation"] = json!("worktree");
    assert_eq!(run.specific("updatedInput"), wanted);
    assert!(run.specific("permissionDecision").is_null(), "{run:?}");
    let event = main.event("WorktreeCreate").with("name", json!("agent-a1"));
    let run = sandbox.hook(&event).success();
    let path = PathBuf::from(run.stdout.strip_suffix('\n').unwrap());
    assert_eq!(path, sandbox.path("worktrees/coder-sess-0283c709"));
    assert!(path.join("p.txt").is_file());
    // Asked again, it is the same.
    assert_eq!(sandbox.hook(&event).success().stdout, run.stdout);
    let agent = Actor::new(&sandbox, "a1", "coder").at(&path);
    let text = agent.start().specific("additionalContext").to_string();
    assert!(text.contains(&*path.to_string_lossy()), "{text}");
    agent.meta(&json!({"agentType": "coder", "toolUseId": "t1", "description": "é"}));
    agent
        .pre(
            "Write",
            json!({"file_path": path.join("x"), "content": "x"}),
        )
        .silent();
    let to = agent.pre("Read", json!({"file_path": sandbox.path("p.txt")}));
    assert_eq!(PathBuf::from(to.updated("file_path")), path.join("p.txt"));
    fs::write(path.join("x"), "x").unwrap();
    // One place, not two: its call and it are one.
    let more = json!({"prompt": "p", "description": "d", "subagent_type": "coder"});
    assert!(
        main.spawn("t2", more.clone())
            .specific("permissionDecision")
            .is_null()
    );
    main.spawn("t3", more).denied();
    agent.stop();
    assert_eq!(agent.git(&["log", "-1", "--format=%s"]), "é");
    assert!(told(&sandbox).contains(&agent.branch()));
    assert_eq!(sandbox.worktrees(), [agent.handle()]);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn in_native_mode_readers_and_own_wishes_are_left_alone() {
    let sandbox = Sandbox::new().env("MAOS_ISOLATION_MODE", "native");
    sandbox.write(
        ".claude/agents/iso.md",
        "---\nname: iso\nisolation: worktree\n---\nx\n",
    );
    let main = Actor::main(&sandbox);
    let call = |kind: &str| json!({"prompt": "p", "description": "d", "subagent_type": kind});
    main.spawn("t1", call("Explore")).silent();
    main.spawn("t2", call("iso")).silent();
    let mut own = call("coder");
    own["isolation"] = json!("remote");
    main.spawn("t3", own).silent();
}

#[test]
fn a_child_isolated_by_the_client_starts_from_its_parents_work() {
    let sandbox = Sandbox::new()
        .started_in("")
        .env("MAOS_ISOLATION_MODE", "native");
    let parent = Actor::new(&sandbox, "a1", "coder");
    parent.start();
    parent.write("a1.txt", "a1");
    let input = json!({"prompt": "p", "description": "d", "subagent_type": "coder"});
    parent.spawn("t2", input).success();
    let event = parent
        .event("WorktreeCreate")
        .with("name", json!("agent-c1"));
    let path = PathBuf::from(sandbox.hook(&event).success().stdout.trim_end());
    assert!(path.join("a1.txt").is_file());
}

#[test]
fn a_worktree_for_the_session_itself_has_the_name_that_was_asked_for() {
    let sandbox = Sandbox::new().env("MAOS_ISOLATION_MODE", "native");
    let main = Actor::main(&sandbox);
    let event = main
        .event("WorktreeCreate")
        .with("name", json!("My Feature"));
    let path = PathBuf::from(sandbox.hook(&event).success().stdout.trim_end());
    assert_eq!(path, sandbox.path("worktrees/my-feature-sess-0283c709"));
    let event = main
        .event("WorktreeRemove")
        .with("worktree_path", json!(path));
    fs::write(path.join("work.txt"), "x").unwrap();
    sandbox.hook(&event).silent();
    assert!(path.is_dir(), "there is work in it");
    fs::remove_file(path.join("work.txt")).unwrap();
    let end = main.event("SessionEnd").with("reason", json!("other"));
    sandbox.hook(&end).silent();
    assert!(!path.exists());
}

#[test]
fn off_only_observes() {
    let sandbox = Sandbox::new().env("MAOS_ISOLATION_MODE", "off");
    let start = Actor::main(&sandbox).hook("SessionStart");
    let text = start.specific("additionalContext").to_string();
    assert!(text.contains("only observes"), "{text}");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start().silent();
    for (tool, input) in [
        (
            "Write",
            json!({"file_path": sandbox.path("x"), "content": "x"}),
        ),
        ("Bash", json!({"command": "make"})),
        ("Read", json!({"file_path": sandbox.path("p.txt")})),
        ("mcp__x__y", json!({"file": sandbox.path("p.txt")})),
    ] {
        agent.pre(tool, input).silent();
    }
    agent.stop().silent();
    Actor::main(&sandbox).hook("UserPromptSubmit").silent();
    assert!(!sandbox.path("worktrees").exists());
    let events: Vec<_> = sandbox
        .timeline()
        .iter()
        .map(|e| e["event"].as_str().unwrap().to_owned())
        .collect();
    assert!(events.contains(&"SubagentStop".to_owned()), "{events:?}");
    assert_eq!(
        sandbox.maos_json(&["session-info", "--json"])["agents"][0]["type"],
        "coder"
    );
}
