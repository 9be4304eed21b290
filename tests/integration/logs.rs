//! What MAOS writes down: timeline, metrics, the agents' logs, the trace; and that
//! no answer depends on whether it can.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Run, Sandbox};

fn metrics(sandbox: &Sandbox) -> Value {
    let path = sandbox.session_dir(SESSION).join("metrics.json");
    serde_json::from_slice(&fs::read(path).expect("metrics")).expect("JSON")
}

fn shown(sandbox: &Sandbox) -> Value {
    sandbox.maos_json(&["session-info", "--json"])["metrics"].clone()
}

/// A session in which things happen that are counted.
fn session(sandbox: &Sandbox) -> Actor<'_> {
    sandbox.hook(&Event::new("SessionStart")).success();
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    agent
        .pre("Write", json!({"file_path": "/etc/x", "content": "x"}))
        .denied();
    agent.command("touch y");
    let failed = agent
        .event("PostToolUseFailure")
        .with("tool_name", json!("Bash"));
    sandbox
        .hook(&failed.with("duration_ms", json!(250)))
        .success();
    let done = Event::post("Agent", json!({"description": "d"}));
    let response = json!({"status": "completed", "totalTokens": 1234, "agentId": "a1"});
    sandbox
        .hook(&done.with("tool_response", response))
        .success();
    agent
}

#[test]
fn broken_lines_are_passed_over_and_counted() {
    let sandbox = Sandbox::new();
    let agent = session(&sandbox);
    let path = sandbox.session_dir(SESSION).join("timeline.jsonl");
    let events = sandbox.timeline().len();
    let good = fs::read(&path).unwrap();
    let mut lines = vec![
        b"{\"at\":\"2026\",\"event\":\"cut of".to_vec(),
        b"null".to_vec(),
    ];
    lines.extend([b"\0\0\0\xff".to_vec(), b"{}".to_vec(), b"[1]".to_vec()]);
    let mut bytes = lines.join(&b'\n');
    bytes.push(b'\n');
    bytes.extend(&good);
    bytes.extend(b"{\"at\":\"x\",\"event\":\"of a later version\",\"more\":[1]}\n{\"at\"");
    fs::write(&path, &bytes).unwrap();
    let seen = shown(&sandbox);
    assert_eq!(seen["broken_lines"], json!(6), "{seen}");
    assert_eq!(seen["events"], json!(events + 1), "{seen}");
    sandbox.maos(&["status"]).success();
    // An event after a line that was cut off is not lost with it.
    fs::write(&path, [&good[..], b"{\"at\":\"cut"].concat()).unwrap();
    agent.stop();
    let seen = shown(&sandbox);
    assert_eq!(
        (&seen["broken_lines"], &seen["events"]),
        (&json!(1), &json!(events + 2)),
        "{seen}"
    );
}

#[test]
fn metrics_are_written_when_a_turn_ends() {
    let sandbox = Sandbox::new();
    let agent = session(&sandbox);
    let dir = sandbox.session_dir(SESSION);
    assert!(!dir.join("metrics.json").exists());
    sandbox.hook(&Event::new("Stop")).success();
    let written = metrics(&sandbox);
    let mut seen = shown(&sandbox);
    seen["at"] = written["at"].clone();
    assert_eq!(written, seen);
    assert_eq!(written["version"], 1);
    assert_eq!(written["agents_started"], 1);
    assert_eq!(written["workspaces_created"], 1);
    assert_eq!(written["broken_lines"], 0);
    let own = &written["agents"][agent.handle()];
    let wanted = [
        ("tool_calls", 3),
        ("denied", 1),
        ("failed", 1),
        ("tool_ms", 250),
    ];
    for (key, count) in wanted {
        assert_eq!(own[key], count, "{key}: {written}");
    }
    assert_eq!(own["redirected"], 2, "{written}");
    assert_eq!(written["agents"]["main"]["tokens"], 1234, "{written}");
    fs::write(dir.join("metrics.json"), "{").unwrap();
    sandbox.hook(&Event::new("SessionEnd")).success();
    assert_eq!(metrics(&sandbox)["version"], 1);
}

#[test]
fn an_agent_s_log_is_for_people() {
    let sandbox = Sandbox::new();
    let agent = session(&sandbox);
    agent.command("printf '\u{1b}[31m' > z; # \u{9b}2J");
    agent.stop();
    let log = format!("agents/{}.log", agent.handle());
    let text = fs::read_to_string(sandbox.session_dir(SESSION).join(log)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    for (line, part) in lines
        .iter()
        .zip(["started", "Write", "[denied]", "touch y", "z;", "stopped"])
    {
        assert!(line.contains(part), "no {part} in {line}");
        let time = line.split("  ").next().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{line}");
    }
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "{text:?}"
    );
}

#[test]
fn the_trace_goes_to_a_file_and_nowhere_else() {
    let plain = Sandbox::new();
    let answer = |sandbox: &Sandbox| -> Vec<Run> {
        let input = json!({"file_path": sandbox.path("x.txt"), "content": "x"});
        let events = [
            Event::new("SessionStart"),
            Event::new("SubagentStart").of("a1", "coder"),
            Event::pre("Write", input).of("a1", "coder"),
            Event::new("SubagentStop").of("a1", "coder"),
            Event::new("Stop"),
        ];
        events.iter().map(|event| sandbox.hook(event)).collect()
    };
    let wanted = answer(&plain);
    assert!(!plain.session_dir(SESSION).join("trace.log").exists());
    for (name, value) in [("MAOS_DEBUG", "1"), ("MAOS_LOG_LEVEL", "trace")] {
        let sandbox = Sandbox::new().env(name, value);
        for (run, wanted) in answer(&sandbox).iter().zip(&wanted) {
            let place = |text: &str, of: &Sandbox| text.replace(of.top().to_str().unwrap(), "");
            assert_eq!(run.code, wanted.code);
            assert_eq!(
                place(&run.stdout, &sandbox),
                place(&wanted.stdout, &plain),
                "{name}"
            );
            assert_eq!(run.stderr, "", "{name}");
        }
        let trace = fs::read_to_string(sandbox.session_dir(SESSION).join("trace.log")).unwrap();
        assert!(trace.contains("SubagentStop"), "{trace}");
        assert!(!trace.contains('\u{1b}'), "{trace}");
    }
    let sandbox = Sandbox::new().env("MAOS_DEBUG", "0");
    answer(&sandbox);
    assert!(!sandbox.session_dir(SESSION).join("trace.log").exists());
}

#[test]
fn full_logs_change_no_answer() {
    let sandbox = Sandbox::new().env("MAOS_DEBUG", "1");
    let dir = sandbox.session_dir(SESSION);
    fs::create_dir_all(dir.join("agents")).unwrap();
    let logs = [
        "timeline.jsonl",
        "trace.log",
        "agents/coder-sess-0283c709.log",
    ];
    for log in logs {
        symlink("/dev/full", dir.join(log)).unwrap();
    }
    for name in ["SessionStart", "UserPromptSubmit", "Stop"] {
        let run = sandbox.hook(&Event::new(name)).success();
        assert_eq!(run.stderr, "", "{name}");
    }
    let agent = Actor::new(&sandbox, "a1", "coder");
    assert_eq!(agent.start().stderr, "");
    let to = agent.write("x.txt", "x\n");
    assert!(to.starts_with(agent.workspace()));
    assert_eq!(agent.stop().stderr, "");
    assert_eq!(agent.git(&["show", "HEAD:x.txt"]), "x");
    for args in [
        &["status"][..],
        &["session-info"],
        &["worktree-list"],
        &["session-list"],
    ] {
        sandbox.maos(args).success();
    }
    let run = sandbox.maos(&["cleanup", "--all", "--force"]).success();
    assert!(run.stdout.starts_with("removed"), "{run:?}");
    assert!(sandbox.files(".maos/trash").is_empty());
    for log in logs {
        assert!(dir.join(log).is_symlink(), "{log}");
    }
}

#[test]
fn what_has_no_end_is_not_read() {
    let sandbox = Sandbox::new();
    session(&sandbox);
    let dir = sandbox.session_dir(SESSION);
    for file in ["timeline.jsonl", "session.json"] {
        let path = dir.join(file);
        let good = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        symlink("/dev/zero", &path).unwrap();
        sandbox.maos(&["status"]).success();
        fs::remove_file(&path).unwrap();
        let mut fifo = sandbox.command("mkfifo", &dir);
        assert!(fifo.arg(file).status().unwrap().success());
        sandbox.maos(&["status"]).success();
        fs::remove_file(&path).unwrap();
        fs::write(&path, good).unwrap();
    }
}
