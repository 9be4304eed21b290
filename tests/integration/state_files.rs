//! Damaged, newer and broken state: said, moved aside and made anew from what else
//! is there, never obeyed, never written over, and nothing of the work is lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Event, Run, Sandbox, Worker};

/// Contents that are no record, made from one that is.
fn damages(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = [
        ("empty", &b""[..]),
        ("zeros", &[0; 300]),
        ("null", b"null"),
        ("a list", b"[]"),
        ("an object", b"{}"),
        ("no text", b"\xff\xfe{\xc3\x28}"),
        ("a version that is no number", br#"{"version": "1"}"#),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
    .into();
    for cut in (1..good.len() - 2).step_by(97) {
        all.push((format!("cut at {cut}"), good[..cut].to_vec()));
    }
    all
}

fn record(sandbox: &Sandbox) -> PathBuf {
    sandbox.session_dir(SESSION).join("session.json")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{e}"))
}

/// Copies of a record that were moved aside.
fn aside(path: &Path) -> Vec<Vec<u8>> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let entries = fs::read_dir(path.parent().unwrap()).unwrap().flatten();
    let moved = entries.filter(|e| {
        let other = e.file_name().to_string_lossy().into_owned();
        other.starts_with(&format!("{name}.corrupt-"))
    });
    moved.map(|e| fs::read(e.path()).unwrap()).collect()
}

const LOOKING: [&[&str]; 6] = [
    &["status"],
    &["session-list", "--all"],
    &["session-info", "sess-0283"],
    &["worktree-list"],
    &["worktree-prune", "--dry-run"],
    &["session-info", "0283c709-5141", "--json"],
];

fn looking_at_agents() -> impl Iterator<Item = &'static [&'static str]> {
    LOOKING.into_iter().filter(|args| args[0] != "session-list")
}

#[track_caller]
fn says(run: &Run, name: &str, what: &str) {
    assert_eq!(run.code, Some(0), "{run:?}");
    let said = run
        .stderr
        .lines()
        .any(|l| l.contains(name) && l.contains(what));
    assert!(said, "no {name} {what} in {run:?}");
}

/// A session with one agent that stopped, and what it left.
fn session(sandbox: &Sandbox) -> Worker<'_> {
    sandbox.hook(&Event::new("SessionStart")).success();
    let w = sandbox.worker("a1");
    w.stop();
    w
}

#[test]
fn a_damaged_session_is_shown_by_what_else_is_known_and_made_anew() {
    let sandbox = Sandbox::new();
    let w = session(&sandbox);
    let path = record(&sandbox);
    let good = json(&path);
    for (what, bytes) in damages(&fs::read(&path).unwrap()) {
        fs::write(&path, &bytes).unwrap();
        for args in LOOKING {
            let run = sandbox.maos(args);
            says(&run, "session.json", "is damaged");
            let shown = run.stdout.contains(&w.handle) || args[0].starts_with("session-list");
            assert!(shown, "{what}: {run:?}");
        }
        let listed = sandbox.maos_json(&["session-list", "--json"]);
        assert_eq!(listed[0]["id"], SESSION, "{what}");
        assert_eq!(listed[0]["short"], "sess-0283c709", "{what}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{what}: looking wrote");
        let before = aside(&path).len();
        let event = [Event::new("SessionStart"), Event::new("Stop")];
        let event = &event[bytes.len() % 2];
        sandbox.hook(event).success();
        sandbox.hook(&Event::new("SessionStart")).success();
        assert_eq!(aside(&path).len(), before + 1, "{what}");
        assert!(aside(&path).contains(&bytes), "{what}");
        let made = json(&path);
        for key in ["session_id", "short", "agents", "orchestrator"] {
            assert_eq!(made[key], good[key], "{what}: {key}");
        }
        assert_eq!(made["started_at"], sandbox.timeline()[0]["at"], "{what}");
        assert_eq!(sandbox.maos(&["status"]).success().stderr, "", "{what}");
    }
}

#[test]
fn removal_works_without_the_session_s_record_and_makes_it_anew() {
    for bytes in [None, Some("{")] {
        let sandbox = Sandbox::new();
        let w = session(&sandbox);
        match bytes {
            Some(bytes) => fs::write(record(&sandbox), bytes).unwrap(),
            None => fs::remove_file(record(&sandbox)).unwrap(),
        }
        let run = sandbox.maos(&["session-cleanup", "0283", "--force"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!w.tree.exists());
        assert_eq!(
            json(&record(&sandbox))["agents"][0]["id"],
            w.handle.as_str()
        );
        let all = sandbox.maos_json(&["session-list", "--all", "--json"]);
        assert_eq!(all.as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_damaged_agent_is_left_alone_and_made_anew_at_its_next_call() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    let good = json(&w.record());
    for (what, bytes) in damages(&fs::read(w.record()).unwrap()) {
        fs::write(w.record(), &bytes).unwrap();
        let name = format!("{}.json", w.handle);
        for args in looking_at_agents() {
            says(&sandbox.maos(args), &name, "is damaged");
        }
        sandbox.maos(&["cleanup", "--all", "--force"]);
        assert!(w.path("made.txt").exists(), "{what}");
        assert_eq!(
            fs::read(w.record()).unwrap(),
            bytes,
            "{what}: looking wrote"
        );
        let input = json!({"file_path": sandbox.path("more.txt"), "content": "x"});
        let run = sandbox.hook(&Event::pre("Write", input).of("a1", "coder"));
        assert_eq!(
            Path::new(&run.updated("file_path")),
            w.path("more.txt"),
            "{what}"
        );
        assert!(aside(&w.record()).contains(&bytes), "{what}");
        let made = json(&w.record());
        for key in ["id", "agent_id", "session_id", "type", "status"] {
            assert_eq!(made[key], good[key], "{what}: {key}");
        }
        assert_eq!(
            made["workspace"]["path"], good["workspace"]["path"],
            "{what}"
        );
        assert_eq!(made["workspace"]["state"], "ready", "{what}");
    }
    // Damaged just before its stop, what it wrote is recorded all the same.
    fs::write(w.record(), "{").unwrap();
    w.stop();
    assert_eq!(w.git(&["status", "--porcelain"]), "");
    assert_eq!(w.git(&["show", "HEAD:made.txt"]), "made");
    assert_eq!(json(&w.record())["status"], "stopped");
}

fn newer(path: &Path) -> Vec<u8> {
    let mut value = json(path);
    value["version"] = json!(999);
    value["what-is-new"] = json!({"some": ["thing"]});
    let bytes = value.to_string().into_bytes();
    fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn a_newer_session_is_refused_and_never_rewritten() {
    let sandbox = Sandbox::new();
    let w = session(&sandbox);
    let path = record(&sandbox);
    let bytes = newer(&path);
    for args in [&["status"][..], &["session-list"], &["worktree-list"]] {
        says(&sandbox.maos(args), "session.json", "newer MAOS");
    }
    let info = sandbox.maos(&["session-info", "0283"]);
    assert_eq!(info.code, Some(6), "{info:?}");
    assert!(info.stderr.contains("update MAOS"), "{info:?}");
    let start = sandbox.hook(&Event::new("SessionStart")).success().json();
    let said = start["systemMessage"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(said.contains("newer MAOS"), "{start}");
    for name in ["Stop", "SessionEnd", "UserPromptSubmit"] {
        let run = sandbox.hook(&Event::new(name));
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    let read = json!({"file_path": sandbox.path("p.txt")});
    sandbox.hook(&Event::pre("Read", read)).silent();
    let input = json!({"file_path": sandbox.path("x.txt"), "content": "x"});
    let run = sandbox.hook(&Event::pre("Write", input).of("a2", "coder"));
    assert!(run.denied().contains("newer MAOS"), "{run:?}");
    sandbox.maos(&["cleanup", "--all", "--force"]);
    assert!(w.path("made.txt").exists());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert!(aside(&path).is_empty());
}

#[test]
fn a_newer_agent_is_refused_and_never_rewritten() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    let bytes = newer(&w.record());
    let name = format!("{}.json", w.handle);
    for args in looking_at_agents() {
        says(&sandbox.maos(args), &name, "newer MAOS");
    }
    let input = json!({"file_path": sandbox.path("x.txt"), "content": "x"});
    let run = sandbox.hook(&Event::pre("Write", input).of("a1", "coder"));
    assert!(run.denied().contains("newer MAOS"), "{run:?}");
    for name in ["SubagentStop", "SubagentStart"] {
        let run = sandbox.hook(&Event::new(name).of("a1", "coder"));
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    sandbox.hook(&Event::new("SessionEnd")).success();
    sandbox.maos(&["cleanup", "--all", "--force"]);
    assert!(w.path("made.txt").exists());
    assert_eq!(fs::read(w.record()).unwrap(), bytes);
}

#[test]
fn records_with_odd_values_break_nothing() {
    let sandbox = Sandbox::new();
    let w = session(&sandbox);
    let (good_session, good_agent) = (json(&record(&sandbox)), json(&w.record()));
    let odd = [
        json!(""),
        json!("\u{e9}"),
        json!("../../x"),
        json!("\u{1b}[31m"),
    ];
    for (i, value) in odd.iter().enumerate() {
        let (mut session, mut agent) = (good_session.clone(), good_agent.clone());
        for key in [
            "short",
            "started_at",
            "ended_at",
            "orchestrator",
            "start_root",
        ] {
            session[key] = value.clone();
        }
        for key in [
            "description",
            "started_at",
            "last_update",
            "start_root",
            "type",
        ] {
            agent[key] = value.clone();
        }
        agent["workspace"]["branch"] = value.clone();
        agent["workspace"]["base"] = json!({"commit": value, "from": value});
        fs::write(record(&sandbox), session.to_string()).unwrap();
        fs::write(w.record(), agent.to_string()).unwrap();
        for args in LOOKING {
            let run = sandbox.maos(args);
            let panicked = run.stderr.contains("panicked") || run.code == Some(101);
            assert!(!panicked && run.code.is_some(), "{i} {args:?}: {run:?}");
            assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
        }
        sandbox.hook(&Event::new("Stop")).success();
    }
    assert!(w.path("made.txt").exists());
}
