//! What the commands print: on a pipe whose reader leaves, on a terminal of some
//! width, and whatever agents call their tasks and files.

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// Commands that look.
const LOOKING: [&[&str]; 7] = [
    &["session-list", "--all"],
    &["worktree-list"],
    &["restore"],
    &["status"],
    &["session-info"],
    &["config"],
    &["worktree-prune"],
];

/// A session with an agent at work and a backup.
fn world(sandbox: &Sandbox) {
    sandbox.worker("a0").stop();
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    let agent = Actor::new(sandbox, "a2", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let sandbox = Sandbox::new();
    world(&sandbox);
    for i in 0..40 {
        sandbox.write(
            &format!("worktrees/coder-3-sess-0283c709/{i}"),
            &"x".repeat(200),
        );
    }
    for args in LOOKING.into_iter().chain([&["doctor"][..], &["--help"]]) {
        for line in [
            "\"$0\" \"$@\" 2>err | head -1 >/dev/null; exit ${PIPESTATUS[0]}",
            "\"$0\" \"$@\" --json 2>err | true; exit ${PIPESTATUS[0]}",
        ] {
            let mut shell = sandbox.command("bash", &sandbox.top());
            let shell = shell.current_dir(&sandbox.repo);
            let run = shell
                .args(["-c", line, env!("CARGO_BIN_EXE_maos")])
                .args(args);
            let code = run.status().unwrap().code();
            let err = sandbox.read("err");
            std::fs::remove_file(sandbox.path("err")).unwrap();
            assert!(
                !err.contains("panicked") && !err.contains("Broken pipe"),
                "{args:?}: {err}"
            );
            let fine = code == Some(0) || args[0] == "doctor" || args[0] == "--help";
            assert!(fine, "{args:?}: {code:?} {err}");
        }
    }
    let full = "\"$0\" status >/dev/full";
    let run = sandbox
        .command("bash", &sandbox.repo)
        .args(["-c", full, env!("CARGO_BIN_EXE_maos")])
        .output();
    assert_eq!(run.unwrap().status.code(), Some(1));
    let closed = "\"$0\" status >&-";
    let run = sandbox
        .command("bash", &sandbox.repo)
        .args(["-c", closed, env!("CARGO_BIN_EXE_maos")])
        .output();
    assert_eq!(run.unwrap().status.code(), Some(0));
}

const NASTY: &str = "do\u{1b}[31m \u{9b}2J\r\u{7}\nthis\u{202e} 任务 e\u{301}";

/// Whether a terminal obeys nothing of it.
fn is_plain(text: &str) -> bool {
    let obeyed = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    !text.chars().any(obeyed)
}

#[test]
fn what_agents_say_moves_no_cursor() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    main.spawn(
        "t1",
        json!({"description": NASTY, "prompt": "p", "subagent_type": "coder"}),
    );
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.meta(&json!({"toolUseId": "t1", "description": NASTY, "agentType": "coder"}));
    agent.write("x\u{1b}[2J.txt", "x\n");
    agent.command(&format!("touch '{NASTY}'"));
    let looking = LOOKING
        .into_iter()
        .filter(|args| args[0] != "worktree-prune");
    for args in looking.chain([&["worktree-prune", "--dry-run"][..]]) {
        for more in [&[][..], &["--json"]] {
            let run = sandbox.maos(&[args, more].concat()).success();
            assert!(
                is_plain(&run.stdout) && is_plain(&run.stderr),
                "{args:?} {more:?}: {run:?}"
            );
        }
    }
    let odd = r#"{"maos": {"\u001b[31mx": 1, "orchestration": {"\u009b2J": "\u202e"}}}"#;
    sandbox.write(".maos/config.json", odd);
    let config = sandbox.maos(&["config"]);
    assert!(
        is_plain(&config.stdout) && is_plain(&config.stderr),
        "{config:?}"
    );
    let shown = sandbox.maos(&["session-info"]).success().stdout;
    assert!(shown.contains("任务"), "{shown}");
    let info = sandbox.maos_json(&["worktree-list", "--json"]);
    assert_eq!(info[0]["task"], NASTY, "JSON says it as it is");
}

#[test]
fn a_terminal_s_width_is_kept() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    let long = "describe every single thing that was ever asked of anybody ".repeat(4);
    main.spawn(
        "t1",
        json!({"description": long, "prompt": "p", "subagent_type": "coder"}),
    );
    world(&sandbox);
    for args in [
        "status",
        "session-info",
        "worktree-list",
        "session-list --all",
        "restore",
    ] {
        let line = format!(
            "stty cols 80 rows 24; {} {args}",
            env!("CARGO_BIN_EXE_maos")
        );
        let mut script = sandbox.command("script", &sandbox.repo);
        let run = script
            .args(["-qec", &line, "/dev/null"])
            .env("TERM", "xterm")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success(), "{args}: {text}");
        for line in text.lines() {
            assert!(line.trim_end().chars().count() <= 80, "{args}: {line}");
        }
    }
}
