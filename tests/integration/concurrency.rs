//! Many hooks at once on one session: nothing is lost, broken or refused, and the
//! user's own git never notices.

use std::fs;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Sandbox};

fn start(sandbox: &Sandbox, event: &Event) -> Child {
    sandbox.start_hook(&["hook"], event.json(sandbox).as_bytes())
}

fn write_of(sandbox: &Sandbox, id: &str, kind: &str, name: &str) -> Event {
    let input = json!({"file_path": sandbox.path(name), "content": "x"});
    let event = Event::pre("Write", input).of(id, kind);
    event.with("tool_use_id", json!(format!("{id}-{name}")))
}

/// What a hook answered, which has to have gone well.
#[track_caller]
fn answer(hook: Child) -> Value {
    let output = hook.wait_with_output().expect("a hook");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    if output.stdout.is_empty() {
        return Value::Null;
    }
    let value: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let specific = value["hookSpecificOutput"].clone();
    assert!(specific["permissionDecision"].is_null(), "{specific}");
    specific
}

/// Tells a thread to stop, also where the test fails before its end.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Parses every JSON file of the state, over and over, until told to stop.
/// Returns how many it has read.
fn read_on(sandbox: &Sandbox, stop: &AtomicBool) -> usize {
    let mut read = 0;
    while !stop.load(Ordering::Relaxed) {
        for name in sandbox.files(".maos") {
            let hidden = name.rsplit('/').next().is_some_and(|n| n.starts_with('.'));
            let Ok(text) = fs::read_to_string(sandbox.path(&name)) else {
                continue;
            };
            if std::path::Path::new(&name)
                .extension()
                .is_some_and(|e| e == "json")
                && !hidden
            {
                let parsed = serde_json::from_str::<Value>(&text);
                assert!(parsed.is_ok(), "{name}: {parsed:?} {text}");
                read += 1;
            }
            if std::path::Path::new(&name)
                .extension()
                .is_some_and(|e| e == "jsonl")
            {
                for line in text.lines() {
                    let parsed = serde_json::from_str::<Value>(line);
                    assert!(parsed.is_ok(), "{name}: {parsed:?} {line}");
                }
            }
        }
    }
    read
}

#[test]
fn thirty_two_hooks_at_once_lose_nothing() {
    let sandbox = Sandbox::new().env("MAOS_MAX_PARALLEL_AGENTS", "100");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = Stop(&done);
        let reader = scope.spawn(|| read_on(&sandbox, &done));
        for round in 0..4 {
            let hooks: Vec<Child> = (0..32)
                .map(|n| start(&sandbox, &mixed(&sandbox, round, n)))
                .collect();
            for hook in hooks {
                answer(hook);
            }
        }
        drop(stop);
        assert!(reader.join().expect("the reader") > 0);
    });
    let events = sandbox.timeline();
    for round in 0..4 {
        for n in 0..32 {
            let call = format!("call-{round}-{n}");
            let of_call = |e: &&Value| e["tool_use_id"] == json!(call);
            let found: Vec<_> = events.iter().filter(of_call).collect();
            assert!(!found.is_empty(), "{call} is lost");
            let errors = found.iter().filter(|e| e["event"] == "error");
            assert_eq!(errors.count(), 0, "{found:?}");
        }
    }
    let session = sandbox.session_dir(SESSION).join("session.json");
    let session: Value = serde_json::from_slice(&fs::read(session).unwrap()).unwrap();
    let agents = session["agents"].as_array().unwrap();
    let ids: std::collections::BTreeSet<_> = agents.iter().map(|a| a["id"].to_string()).collect();
    assert_eq!((agents.len(), ids.len()), (8, 8));
    let stray = sandbox.files(".maos");
    let stray: Vec<_> = stray.iter().filter(|f| f.contains("/.tmp-")).collect();
    assert!(stray.is_empty(), "{stray:?}");
    assert_eq!(sandbox.maos(&["status"]).code, Some(0));
}

/// One of 32 events: of the main conversation, and of eight agents.
fn mixed(sandbox: &Sandbox, round: usize, n: usize) -> Event {
    let call = json!(format!("call-{round}-{n}"));
    let (id, kind) = (format!("a{}", n % 8), format!("kind{}", n % 3));
    let path = sandbox.path("p.txt");
    let event = match n / 4 {
        0 => Event::new("SubagentStart").of(&id, &kind),
        1 => Event::pre("Agent", json!({"description": "d", "prompt": "p"})),
        2 => Event::pre("Read", json!({"file_path": path})),
        3 => Event::post("Bash", json!({"command": "ls"})),
        4 => Event::pre("Read", json!({"file_path": path})).of(&id, &kind),
        5 => Event::post("Edit", json!({"file_path": path})).of(&id, &kind),
        6 => Event::pre("Bash", json!({"command": "git log"})).of(&id, &kind),
        _ => Event::pre("Write", json!({"file_path": path, "content": "x"})).of(&id, &kind),
    };
    event.with("tool_use_id", call)
}

#[test]
fn fifty_first_writes_at_once_make_fifty_workspaces() {
    let sandbox = Sandbox::new();
    for n in 0..40 {
        sandbox.write(&format!("many/{n}.txt"), "x\n");
    }
    sandbox.commit("many");
    sandbox.write("dirty.txt", "x\n");
    let main = sandbox.git(&["rev-parse", "HEAD"]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = Stop(&done);
        let bystander = scope.spawn(|| stand_by(&sandbox, &done));
        let hooks: Vec<Child> = (0..50)
            .map(|n| {
                start(
                    &sandbox,
                    &write_of(&sandbox, &format!("a{n}"), "coder", "p.txt"),
                )
            })
            .collect();
        let mut places = std::collections::BTreeSet::new();
        for hook in hooks {
            let to = answer(hook)["updatedInput"]["file_path"].to_string();
            assert!(places.insert(to.clone()), "{to} twice");
        }
        drop(stop);
        assert!(bystander.join().expect("the bystander") > 4);
    });
    assert_eq!(sandbox.agent_branches().len(), 50);
    assert_eq!(sandbox.worktrees().len(), 50);
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 51);
    sandbox.git(&["fsck", "--strict"]);
    assert_eq!(sandbox.git(&["rev-parse", "main"]), main);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "?? dirty.txt");
    for name in sandbox.worktrees() {
        let at = sandbox.path("worktrees").join(&name);
        assert!(at.join("dirty.txt").is_file() && at.join("many/39.txt").is_file());
        assert_eq!(
            sandbox.git_in(&at, &["status", "--porcelain"]),
            "",
            "{name}"
        );
    }
    let left = sandbox.files(".maos/tmp");
    assert!(left.is_empty(), "{left:?}");
}

/// A user at work meanwhile: none of these may fail once. Returns how many ran.
fn stand_by(sandbox: &Sandbox, done: &AtomicBool) -> usize {
    let mut ran = 0;
    while !done.load(Ordering::Relaxed) {
        for args in [
            &["branch", "-a"][..],
            &["status", "--porcelain"],
            &["worktree", "list"],
            &["gc", "-q"],
            &["worktree", "prune"],
            &["fetch", "-q", "."],
        ] {
            sandbox.git(args);
            ran += 1;
        }
    }
    ran
}

#[test]
fn killed_at_any_moment_it_is_done_again_and_once() {
    let sandbox = Sandbox::new();
    for n in 0..200 {
        sandbox.write(&format!("many/{n}.txt"), "x\n");
    }
    sandbox.commit("many");
    let begin = Instant::now();
    answer(start(
        &sandbox,
        &write_of(&sandbox, "first", "first", "p.txt"),
    ));
    let whole = begin.elapsed();
    for n in 0..30u32 {
        let id = format!("a{n}");
        let event = write_of(&sandbox, &id, &format!("kind{n}"), "p.txt");
        let mut hook = start(&sandbox, &event);
        thread::sleep(whole * n / 30);
        hook.kill().expect("it can be killed");
        hook.wait().expect("its end");
        sandbox.git(&["worktree", "list"]);
        sandbox.git(&["branch"]);
        answer(start(&sandbox, &event));
        let agent = Actor::new(&sandbox, &id, &format!("kind{n}"));
        let record = agent.record();
        assert_eq!(record["workspace"]["state"], "ready", "{record}");
        assert_eq!(agent.git(&["status", "--porcelain"]), "", "{n}");
        assert_eq!(agent.git(&["branch", "--show-current"]), agent.branch());
        assert_eq!(agent.handle(), format!("kind{n}-sess-0283c709"));
        agent.write("work.txt", "work\n");
        agent.stop();
    }
    assert_eq!(sandbox.agent_branches().len(), 31);
    assert_eq!(sandbox.worktrees().len(), 31);
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 32);
    sandbox.git(&["fsck", "--strict"]);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    let session = sandbox.maos_json(&["session-info", "--json"]);
    assert_eq!(session["agents"].as_array().unwrap().len(), 31);
}

#[test]
fn a_second_call_waits_for_the_first_ones_workspace() {
    let sandbox = Sandbox::new();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    // Whoever makes it holds this lock.
    let locks = sandbox.session_dir(SESSION).join("agents");
    let lock = locks.join(format!("{}.workspace.lock", agent.handle()));
    let mut holder = sandbox
        .command("flock", &sandbox.repo)
        .arg(&lock)
        .args(["sleep", "1"])
        .spawn()
        .unwrap();
    while fs::metadata(&lock).is_err() {
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(Duration::from_millis(50));
    let begin = Instant::now();
    let to = agent.write("x.txt", "x");
    assert!(to.starts_with(agent.workspace()));
    assert!(begin.elapsed() > Duration::from_millis(500));
    holder.wait().unwrap();
}
