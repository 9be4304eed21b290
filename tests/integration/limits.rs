//! How many agents may work at once, and when a place is given back.

use std::fs;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Run, Sandbox};

fn limited(limit: &str) -> Sandbox {
    Sandbox::new().env("MAOS_MAX_PARALLEL_AGENTS", limit)
}

fn ask(sandbox: &Sandbox, call: &str, kind: &str) -> Run {
    let input = json!({"description": format!("do {call}"), "prompt": "p", "subagent_type": kind});
    Actor::main(sandbox).spawn(call, input)
}

#[track_caller]
fn free(sandbox: &Sandbox, call: &str) {
    let run = ask(sandbox, call, "coder").success();
    assert!(run.specific("permissionDecision").is_null(), "{run:?}");
}

#[track_caller]
fn full(sandbox: &Sandbox, call: &str) -> String {
    let reason = ask(sandbox, call, "coder").denied();
    assert!(reason.contains("max_parallel_agents"), "{reason}");
    reason
}

fn started<'a>(sandbox: &'a Sandbox, id: &str, call: &str) -> Actor<'a> {
    let agent = Actor::new(sandbox, id, "coder");
    agent.start();
    agent.meta(
        &json!({"agentType": "coder", "description": format!("do {call}"), "toolUseId": call}),
    );
    agent
}

fn after(sandbox: &Sandbox, event: &str, call: &str, response: Value) {
    let event = Event::post("Agent", json!({"description": "d", "prompt": "p"}))
        .with("hook_event_name", json!(event))
        .with("tool_use_id", json!(call))
        .with("tool_response", response);
    sandbox.hook(&event).success();
}

/// Moves what is on record for a call into the past.
fn age_calls(sandbox: &Sandbox, seconds: i64) {
    let dir = sandbox.session_dir(SESSION).join("spawns");
    for entry in fs::read_dir(dir).expect("a file").flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else {
            continue;
        };
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let at = value["at"].as_str().expect("a text");
        let at = chrono::DateTime::parse_from_rfc3339(at).expect("a time")
            - chrono::Duration::seconds(seconds);
        value["at"] = json!(at.to_rfc3339());
        fs::write(entry.path(), value.to_string()).expect("a file");
    }
}

#[test]
fn a_call_takes_a_place_before_its_agent_starts() {
    let sandbox = limited("2");
    free(&sandbox, "t1");
    free(&sandbox, "t2");
    let reason = full(&sandbox, "t3");
    assert!(
        reason.contains("coder (do t1)") && reason.contains("(do t2)"),
        "{reason}"
    );
    // The same call asked about again is no second one.
    let agent = started(&sandbox, "a1", "t1");
    agent.command("make");
    let reason = full(&sandbox, "t3");
    assert!(
        reason.contains(&format!("{} (do t1)", agent.handle())),
        "{reason}"
    );
    assert_eq!(reason.matches("(do t").count(), 2, "{reason}");
}

#[test]
fn one_whose_start_was_not_seen_takes_one_place_not_two() {
    let sandbox = limited("2");
    free(&sandbox, "t1");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.command("make");
    free(&sandbox, "t2");
    full(&sandbox, "t3");
}

#[test]
fn a_place_comes_back_when_the_call_is_over() {
    for (event, response) in [
        (
            "PostToolUse",
            json!({"status": "completed", "agentId": "a1"}),
        ),
        ("PostToolUseFailure", json!(null)),
    ] {
        let sandbox = limited("1");
        free(&sandbox, "t1");
        full(&sandbox, "t2");
        after(&sandbox, event, "t1", response);
        free(&sandbox, "t2");
    }
}

#[test]
fn in_the_background_it_comes_back_at_the_stop() {
    let sandbox = limited("1");
    free(&sandbox, "t1");
    let launched = json!({"status": "async_launched", "agentId": "a1"});
    after(&sandbox, "PostToolUse", "t1", launched);
    full(&sandbox, "t2");
    let agent = started(&sandbox, "a1", "t1");
    agent.command("make");
    full(&sandbox, "t2");
    agent.stop();
    free(&sandbox, "t2");
}

#[test]
fn it_comes_back_after_a_minute_without_a_start() {
    let sandbox = limited("1");
    free(&sandbox, "t1");
    age_calls(&sandbox, 55);
    full(&sandbox, "t2");
    age_calls(&sandbox, 10);
    free(&sandbox, "t2");
}

#[test]
fn it_comes_back_after_ten_minutes_without_a_sign_of_life() {
    let sandbox = limited("1");
    free(&sandbox, "t1");
    let agent = started(&sandbox, "a1", "t1");
    agent.command("make");
    let age = |path: &std::path::Path, minutes: &str| {
        let when = format!("{minutes} minutes ago");
        let status = sandbox
            .command("touch", &sandbox.repo)
            .args(["-d", &when])
            .arg(path)
            .status();
        assert!(status.unwrap().success());
    };
    let log = sandbox.session_dir(SESSION).join("agents");
    let log = log.join(format!("{}.log", agent.handle()));
    let transcript = sandbox.home.join(".claude/projects/p");
    let transcript = transcript.join(SESSION).join("subagents/agent-a1.jsonl");
    age(&log, "9");
    full(&sandbox, "t2");
    // It says nothing to hooks but goes on talking.
    age(&log, "11");
    fs::write(&transcript, "{}\n").unwrap();
    full(&sandbox, "t2");
    age(&transcript, "11");
    free(&sandbox, "t2");
    // A sign of life makes it count again.
    agent.command("make");
    full(&sandbox, "t3");
}

#[test]
fn those_who_only_read_do_not_count_and_get_no_workspace() {
    let sandbox = limited("1");
    for (name, head) in [
        ("listed", "tools: Read, Grep, Glob"),
        ("blocks", "tools:\n  - Read\n  - WebFetch"),
        (
            "without",
            "disallowedTools: Edit, Write, MultiEdit, NotebookEdit, Bash",
        ),
        ("writer", "tools: Read, Edit"),
        ("commands", "tools: Read, Bash(git log:*)"),
        ("all", "description: does all"),
    ] {
        let text = format!("---\nname: {name}\n{head}\n---\nYou work.\n");
        sandbox.write(&format!(".claude/agents/sub/{name}-file.md"), &text);
    }
    sandbox.commit("agents");
    for reader in ["Explore", "Plan", "listed", "blocks", "without"] {
        for n in 0..3 {
            ask(&sandbox, &format!("{reader}{n}"), reader).silent();
        }
        let agent = Actor::new(&sandbox, reader, reader);
        let told = agent.start().specific("additionalContext").to_string();
        assert!(told.contains("an agent that reads"), "{reader}: {told}");
        agent
            .pre("Bash", json!({"command": "git log | head"}))
            .silent();
        for command in [
            "touch x",
            "echo x > p.txt",
            "npm test",
            "sed -i s/a/b/ p.txt",
        ] {
            let reason = agent.pre("Bash", json!({"command": command})).denied();
            assert!(reason.contains("only reads"), "{reader}: {reason}");
        }
        let write = json!({"file_path": sandbox.path("x.txt"), "content": "x"});
        let reason = agent.pre("Write", write).denied();
        assert!(reason.contains("only reads"), "{reader}: {reason}");
        agent.stop();
    }
    assert!(!sandbox.path("worktrees").exists());
    Actor::main(&sandbox).hook("UserPromptSubmit").silent();
    for (n, writer) in ["writer", "commands", "all", "general-purpose"]
        .iter()
        .enumerate()
    {
        let call = format!("w{n}");
        ask(&sandbox, &call, writer).silent();
        full(&sandbox, "more");
        after(&sandbox, "PostToolUseFailure", &call, json!(null));
    }
}

#[test]
fn agents_of_agents_count_as_well() {
    let sandbox = limited("2");
    free(&sandbox, "t1");
    let parent = started(&sandbox, "a1", "t1");
    parent.command("make");
    let input = json!({"description": "below", "prompt": "p", "subagent_type": "coder"});
    let run = parent.spawn("t2", input.clone()).success();
    assert!(run.specific("permissionDecision").is_null(), "{run:?}");
    let reason = parent.spawn("t3", input).denied();
    assert!(reason.contains("coder (below)"), "{reason}");
}

#[test]
fn calls_at_once_get_as_many_places_as_there_are() {
    let sandbox = limited("3");
    let hooks: Vec<_> = (0..12)
        .map(|n| {
            let event = Event::pre("Agent", json!({"description": "d", "prompt": "p"}))
                .with("tool_use_id", json!(format!("t{n}")));
            sandbox.start_hook(&["hook"], event.json(&sandbox).as_bytes())
        })
        .collect();
    let answers = hooks.into_iter().map(|h| h.wait_with_output().unwrap());
    let free = answers.filter(|o| o.stdout.is_empty()).count();
    assert_eq!(free, 3);
}

#[test]
fn where_maos_only_observes_nobody_is_refused() {
    let sandbox = limited("1").env("MAOS_ISOLATION_MODE", "off");
    for n in 0..3 {
        ask(&sandbox, &format!("t{n}"), "coder").silent();
    }
}
