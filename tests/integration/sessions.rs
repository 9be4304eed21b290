//! Sessions as the commands tell them: active, ended and dead ones, by any unique
//! part of their id, and what `--json` says of them.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Run, Sandbox};

const ENDED: &str = "1f2e3d4c-0000-4772-a945-07b70096c622";
const DEAD: &str = "0283c7ff-0000-4772-a945-07b70096c622";

/// The hook, called by a client that is gone right after: `xargs` stands between,
/// which is no shell.
#[track_caller]
fn hook_of_a_client_that_dies(sandbox: &Sandbox, event: &Event) {
    let mut command = sandbox.command("xargs", &sandbox.repo);
    let command = command.args(["-a", "/dev/null", env!("CARGO_BIN_EXE_maos"), "hook"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(event.json(sandbox).as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// One active, one ended and one dead session, each with an agent that wrote.
fn three(sandbox: &Sandbox) {
    for id in [ENDED, SESSION] {
        sandbox
            .hook(&Event::new("SessionStart").session(id))
            .success();
        let agent = Actor::new(sandbox, "a1", "coder").session(id);
        agent.start();
        agent.write(&format!("{id}.txt"), "x\n");
    }
    sandbox
        .hook(&Event::new("SessionEnd").session(ENDED))
        .success();
    let dying = |event: Event| hook_of_a_client_that_dies(sandbox, &event.session(DEAD));
    dying(Event::new("SessionStart"));
    dying(Event::new("SubagentStart").of("a1", "coder"));
    let input = json!({"file_path": sandbox.path("dead.txt"), "content": "x"});
    dying(Event::pre("Write", input).of("a1", "coder"));
    let tree = sandbox.path("worktrees/coder-sess-0283c7ff");
    std::fs::write(tree.join("dead.txt"), "x\n").unwrap();
}

fn statuses(list: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let all = list.as_array().unwrap().iter();
    let mut pairs: Vec<_> = all.map(|s| (text(&s["id"]), text(&s["status"]))).collect();
    pairs.sort();
    pairs
}

#[test]
fn active_ended_and_dead_ones_are_told_apart() {
    let sandbox = Sandbox::new();
    three(&sandbox);
    let pair = |id: &str, status: &str| (id.to_owned(), status.to_owned());
    let listed = sandbox.maos_json(&["session-list", "--json"]);
    assert_eq!(statuses(&listed), [pair(SESSION, "active")]);
    let all = sandbox.maos_json(&["session-list", "--all", "--json"]);
    let wanted = [
        pair(SESSION, "active"),
        pair(DEAD, "dead"),
        pair(ENDED, "ended"),
    ];
    assert_eq!(statuses(&all), wanted);
    let text = sandbox.maos(&["session-list", "--all"]).success().stdout;
    for word in ["active", "dead", "ended", "sess-1f2e3d4c", DEAD] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    assert_eq!(
        sandbox
            .maos(&["session-list"])
            .success()
            .stdout
            .lines()
            .count(),
        2
    );
    let state = |id: &str| {
        let all = sandbox.maos_json(&["worktree-list", "--json"]);
        let own = all
            .as_array()
            .unwrap()
            .iter()
            .find(|w| w["session_id"] == id);
        own.unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        [SESSION, DEAD, ENDED].map(state),
        ["active", "lost", "stopped"]
    );
    let status = sandbox.maos(&["status"]).success().stdout;
    let (now, over) = status.split_once("work of sessions that are over").unwrap();
    assert!(
        now.contains("coder-sess-0283c709") && !now.contains("0283c7ff"),
        "{status}"
    );
    assert!(over.contains("agent/coder-sess-0283c7ff"), "{status}");
    // What a dead client left is taken up again by one that resumes it.
    let resumed = Event::new("SessionStart").session(DEAD);
    sandbox
        .hook(&resumed.with("source", json!("resume")))
        .success();
    let info = sandbox.maos_json(&["session-info", DEAD, "--json"]);
    assert_eq!(info["status"], "active");
}

#[test]
fn agents_of_a_dead_session_are_not_at_work() {
    let sandbox = Sandbox::new();
    three(&sandbox);
    let prune = sandbox.maos(&["worktree-prune"]).success().stdout;
    let line = |handle: &str| {
        let found = prune.lines().find(|l| l.contains(handle));
        found
            .unwrap_or_else(|| panic!("no {handle} in {prune}"))
            .to_owned()
    };
    assert!(
        line("coder-sess-0283c709").contains("has not stopped"),
        "{prune}"
    );
    assert!(line("coder-sess-0283c7ff").contains("dead.txt"), "{prune}");
    let forced = sandbox.maos(&["session-cleanup", "0283c7ff", "--force"]);
    assert_eq!(forced.code, Some(0), "{forced:?}");
    let started = sandbox.hook(&Event::new("SubagentStart").of("a2", "coder"));
    let told = started.specific("additionalContext").to_string();
    assert!(
        told.contains("coder-sess-0283c709") && !told.contains("0283c7ff"),
        "{told}"
    );
}

#[track_caller]
fn not_found(run: &Run, names: &[&str]) {
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.stdout, "");
    for name in names {
        assert!(run.stderr.contains(name), "no {name} in {run:?}");
    }
}

#[test]
fn a_session_is_named_by_any_unique_prefix() {
    let sandbox = Sandbox::new();
    three(&sandbox);
    let of = |name: &str| sandbox.maos_json(&["session-info", name, "--json"])["id"].clone();
    for name in [
        "sess-0283c709",
        "0283c709",
        SESSION,
        "0283c70",
        "sess-0283c70",
        "SESS-0283C70",
    ] {
        assert_eq!(of(name), SESSION, "{name}");
    }
    for name in ["1", "sess-1", "1f2e3d4c-0000"] {
        assert_eq!(of(name), ENDED, "{name}");
    }
    for name in ["0283c7", "sess-02", "0"] {
        not_found(
            &sandbox.maos(&["session-info", name]),
            &[SESSION, DEAD, "more of its name"],
        );
        not_found(
            &sandbox.maos(&["session-cleanup", name, "--force"]),
            &[SESSION, DEAD],
        );
    }
    let shorts = ["sess-0283c709", "sess-0283c7ff", "sess-1f2e3d4c"];
    for name in ["ffff", "sess-", "", "sess-0283c7090", "../..", "*"] {
        not_found(&sandbox.maos(&["session-info", name]), &shorts);
    }
    // Without a name the latest active one is meant.
    assert_eq!(
        sandbox.maos_json(&["session-info", "--json"])["id"],
        SESSION
    );
    let none = Sandbox::new();
    not_found(&none.maos(&["session-info"]), &["no session"]);
}

#[test]
fn two_sessions_alike_have_short_forms_apart() {
    let sandbox = Sandbox::new();
    let twin = "0283c709-5141-4772-b000-000000000000";
    for id in [SESSION, twin] {
        sandbox
            .hook(&Event::new("SessionStart").session(id))
            .success();
    }
    let short = |id: &str| sandbox.maos_json(&["session-info", id, "--json"])["short"].clone();
    assert_eq!(short(SESSION), "sess-0283c709");
    let other = short(twin);
    let other = other.as_str().unwrap();
    assert!(
        other.starts_with("sess-0283c709") && other.len() > 13,
        "{other}"
    );
    // The whole short form of one is no prefix of both.
    assert_eq!(
        sandbox.maos_json(&["session-info", "sess-0283c709", "--json"])["id"],
        SESSION
    );
    assert_eq!(
        sandbox.maos_json(&["session-info", other, "--json"])["id"],
        twin
    );
}

#[test]
fn one_session_as_json() {
    let sandbox = Sandbox::new();
    three(&sandbox);
    let reader = Event::new("SubagentStart").of("a2", "Explore");
    sandbox.hook(&reader).success();
    let info = sandbox.maos_json(&["session-info", "--json"]);
    assert_eq!(info["session_id"], SESSION);
    assert_eq!(info["orchestrator"], "main");
    let started = info["started_at"].as_str().unwrap();
    assert!(started.len() == 24 && started.ends_with('Z'), "{started}");
    let wanted = json!([
        {
            "id": "coder-sess-0283c709",
            "type": "coder",
            "status": "active",
            "worktree": "worktrees/coder-sess-0283c709"
        },
        {"id": "explore-sess-0283c709", "type": "Explore", "status": "active", "worktree": null}
    ]);
    assert_eq!(info["agents"], wanted);
    let file = sandbox.session_dir(SESSION).join("session.json");
    let file: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    for key in ["session_id", "started_at", "orchestrator", "agents"] {
        assert_eq!(file[key], info[key], "{key}");
    }
    let listed = sandbox.maos_json(&["session-list", "--json"]);
    assert_eq!(listed[0]["agents"], 2);
    assert_eq!(
        (&listed[0]["active_agents"], &listed[0]["workspaces"]),
        (&json!(2), &json!(1))
    );
}

#[test]
fn what_takes_too_long_is_overdue() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".maos/config.json",
        r#"{"maos": {"orchestration": {"session_timeout_minutes": 5}, "agents": {"coder": {"default_timeout": 60}}}}"#,
    );
    let w = sandbox.worker("a1");
    let started = |path: &std::path::Path| {
        let mut record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        record["started_at"] = json!("2020-01-01T00:00:00.000Z");
        std::fs::write(path, record.to_string()).unwrap();
    };
    let shown = || {
        let session = sandbox.maos_json(&["session-list", "--json"])[0]["overdue"].clone();
        let agent = w.of(&sandbox.maos_json(&["worktree-list", "--json"]))["status"].clone();
        (session, agent)
    };
    assert_eq!(shown(), (json!(false), json!("active")));
    started(&w.record());
    started(&sandbox.session_dir(SESSION).join("session.json"));
    assert_eq!(shown(), (json!(true), json!("overdue")));
    let status = sandbox.maos(&["status"]).success().stdout;
    assert_eq!(status.matches("overdue").count(), 2, "{status}");
    w.stop();
    assert_eq!(shown(), (json!(true), json!("stopped")));
}
