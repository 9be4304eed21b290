//! No repository, and ones that can't be written or read: the session hears why,
//! an agent's writes are refused with the reason, and reading goes on.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::refused;
use crate::support::{Actor, Event, Run, Sandbox};

const EVENTS: [&str; 8] = [
    "UserPromptSubmit",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "SessionEnd",
];

#[track_caller]
fn said(sandbox: &Sandbox) -> String {
    let start = Actor::main(sandbox).hook("SessionStart");
    start.json()["systemMessage"].to_string()
}

#[test]
fn no_repository_is_said_and_left_alone() {
    let sandbox = Sandbox::empty("plain");
    sandbox.write("p.txt", "p\n");
    assert!(said(&sandbox).contains("not in a git repository"));
    let agent = Actor::new(&sandbox, "a1", "coder");
    for who in [&agent, &Actor::main(&sandbox)] {
        for event in EVENTS {
            let write = json!({"file_path": sandbox.path("x"), "content": "x"});
            let event = who.event(event).with("tool_name", json!("Write"));
            sandbox.hook(&event.with("tool_input", write)).silent();
        }
        assert_eq!(who.command("make"), "make");
    }
    let create = Event::new("WorktreeCreate").with("name", json!("agent-a1"));
    assert_eq!(sandbox.hook(&create).code, Some(1));
    assert_eq!(sandbox.files("."), ["p.txt"]);
    assert!(fs::read_dir(&sandbox.home).unwrap().count() <= 1);
    let bare = Sandbox::empty("bare.git");
    bare.git(&["init", "-q", "--bare"]);
    let before = bare.files(".");
    assert!(said(&bare).contains("not in a git repository"));
    assert_eq!(bare.files("."), before);
}

#[test]
fn links_in_the_place_of_maos_and_worktrees_are_not_followed() {
    let sandbox = Sandbox::new().prefixed();
    let elsewhere = sandbox.top().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for (name, is_state) in [(".maos", true), ("worktrees", false)] {
        for target in [elsewhere.clone(), sandbox.top().join("nothing")] {
            symlink(&target, sandbox.path(name)).unwrap();
            let text = said(&sandbox);
            assert!(
                text.contains(name) && text.contains("move it away"),
                "{text}"
            );
            let reason = refused(&sandbox);
            assert!(reason.contains("move it away"), "{reason}");
            let agent = Actor::new(&sandbox, "a1", "coder");
            agent.command("make").contains("make");
            assert_eq!(agent.reads("p.txt"), sandbox.path("p.txt"));
            let main = Actor::main(&sandbox);
            main.pre(
                "Write",
                json!({"file_path": sandbox.path("x"), "content": "x"}),
            )
            .silent();
            assert_eq!(main.spawn("t1", json!({"prompt": "p"})).code, Some(0));
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "{name}");
            if is_state {
                assert_eq!(sandbox.maos(&["status"]).code, Some(4));
            }
            fs::remove_file(sandbox.path(name)).unwrap();
        }
        fs::write(sandbox.path(name), "a file\n").unwrap();
        assert!(said(&sandbox).contains(name));
        refused(&sandbox);
        fs::remove_file(sandbox.path(name)).unwrap();
    }
    assert!(said(&sandbox) == "null");
}

/// The hook without the rights of root over files.
fn unprivileged(sandbox: &Sandbox, event: &Event) -> Run {
    let mut hook = sandbox.command("setpriv", &sandbox.repo);
    hook.arg("--bounding-set=-dac_override,-dac_read_search,-fowner");
    let mut hook = if rustix::process::geteuid().is_root() {
        hook.arg(env!("CARGO_BIN_EXE_maos"));
        hook
    } else {
        sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo)
    };
    let input = sandbox.top().join("event.json");
    fs::write(&input, event.json(sandbox)).expect("a file");
    run(hook
        .arg("hook")
        .stdin(fs::File::open(input).expect("a file")))
}

fn run(command: &mut Command) -> Run {
    let output = command.stderr(Stdio::piped()).output().expect("it runs");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
}

fn write_of(agent: &Actor<'_>) -> Event {
    agent
        .event("PreToolUse")
        .with("tool_name", json!("Write"))
        .with(
            "tool_input",
            json!({"file_path": agent.sandbox.path("x"), "content": "x"}),
        )
}

#[test]
fn what_can_not_be_written_is_said() {
    for read_only in ["", ".git", ".git/refs/heads", ".maos/sessions"] {
        let sandbox = Sandbox::new();
        fs::create_dir_all(sandbox.path(".maos/sessions")).unwrap();
        fs::write(sandbox.path(".maos/.gitignore"), "*\n").unwrap();
        if read_only.is_empty() {
            fs::remove_dir_all(sandbox.path(".maos")).unwrap();
        }
        let place = sandbox.path(read_only);
        chmod(&place, 0o555);
        let agent = Actor::new(&sandbox, "a1", "coder");
        let main = Actor::main(&sandbox);
        let start = unprivileged(&sandbox, &main.event("SessionStart"));
        let refused = unprivileged(&sandbox, &write_of(&agent));
        let read = agent
            .event("PreToolUse")
            .with("tool_name", json!("Read"))
            .with("tool_input", json!({"file_path": sandbox.path("p.txt")}));
        let read = unprivileged(&sandbox, &read);
        let mains: Vec<Run> = EVENTS
            .iter()
            .map(|event| unprivileged(&sandbox, &main.event(event)))
            .collect();
        chmod(&place, 0o755);
        if read_only != ".git" && read_only != ".git/refs/heads" {
            let text = start.json()["systemMessage"].to_string();
            assert!(text.contains("Permission denied"), "{read_only}: {start:?}");
        }
        let reason = refused.denied();
        let why = ["Permission denied", "unable to create directory"];
        assert!(why.iter().any(|w| reason.contains(w)), "{reason}");
        assert!(
            read.success().specific("permissionDecision").is_null(),
            "{read_only}"
        );
        for run in mains {
            assert_eq!(run.code, Some(0), "{read_only}: {run:?}");
            assert_eq!(run.json().get("decision"), None::<&Value>);
        }
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
        sandbox.git(&["worktree", "list"]);
        // Writable again, the same agent goes on.
        agent.write("x.txt", "x");
        assert_eq!(sandbox.agent_branches(), [agent.branch()], "{read_only}");
    }
}

#[test]
fn a_file_that_can_not_be_read_is_no_part_of_the_base() {
    let sandbox = Sandbox::new();
    for name in ["secret/x.txt", "secret.txt", "dirty.txt"] {
        sandbox.write(name, "x");
    }
    chmod(&sandbox.path("secret"), 0);
    chmod(&sandbox.path("secret.txt"), 0);
    let agent = Actor::new(&sandbox, "a1", "coder");
    let run = unprivileged(&sandbox, &write_of(&agent));
    chmod(&sandbox.path("secret"), 0o755);
    chmod(&sandbox.path("secret.txt"), 0o644);
    assert_eq!(
        run.updated("file_path"),
        agent.workspace().join("x").to_string_lossy()
    );
    let files = agent.git(&["ls-files"]);
    assert_eq!(files, "dirty.txt\np.txt\nsrc/a.txt");
    // Nor of what is recorded at its stop, which takes all the rest.
    fs::write(agent.workspace().join("hidden.txt"), "x").unwrap();
    fs::write(agent.workspace().join("seen.txt"), "x").unwrap();
    chmod(&agent.workspace().join("hidden.txt"), 0);
    unprivileged(&sandbox, &agent.event("SubagentStop")).silent();
    let files = agent.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(
        files.contains("seen.txt") && !files.contains("hidden"),
        "{files}"
    );
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    assert!(told.stdout.contains("hidden.txt"), "{told:?}");
}

#[test]
fn a_tree_that_git_refuses_for_its_owner_is_refused_with_gits_words() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let status = sandbox
        .command("chown", &sandbox.repo)
        .args(["-R", "65534", "."])
        .status();
    assert!(status.unwrap().success());
    let reason = refused(&sandbox);
    assert!(reason.contains("dubious ownership"), "{reason}");
    assert_eq!(Actor::main(&sandbox).hook("SessionStart").code, Some(0));
}

#[test]
fn without_git_an_agents_writes_are_refused() {
    let sandbox = Sandbox::new();
    let agent = Actor::new(&sandbox, "a1", "coder");
    let input = sandbox.top().join("event.json");
    fs::write(&input, write_of(&agent).json(&sandbox)).unwrap();
    let mut hook = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
    hook.env("PATH", "/nowhere").arg("hook");
    let answer = run(hook.stdin(fs::File::open(input).unwrap()));
    assert!(answer.denied().contains("git"), "{answer:?}");
}
