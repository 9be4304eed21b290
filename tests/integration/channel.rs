//! `maos` in an agent's command: what looks is run by the supervisor outside, and
//! nothing else is.

use serde_json::Value;

use crate::support::{Actor, Sandbox};

fn agent(sandbox: &Sandbox) -> Actor<'_> {
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent.write("own.txt", "own\n");
    agent
}

const MAOS: &str = env!("CARGO_BIN_EXE_maos");

#[test]
fn an_agent_sees_the_state_from_inside_of_its_walls() {
    let sandbox = Sandbox::new();
    let agent = agent(&sandbox);
    let output = agent.confined(&format!(
        "{MAOS} worktree-list --json && {MAOS} status >/dev/null"
    ));
    assert!(output.status.success(), "{output:?}");
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed[0]["id"], agent.handle());
    assert_eq!(listed[0]["uncommitted"], 1);
    let many = format!("for n in 1 2 3 4 5 6 7 8; do {MAOS} session-list --json & done; wait");
    let output = agent.confined(&many);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout)
            .matches("\"id\"")
            .count(),
        8
    );
    let unknown = agent.confined(&format!("{MAOS} session-info nothing"));
    assert_eq!(unknown.status.code(), Some(3), "{unknown:?}");
}

/// Sends a request of its own making, as any program of the agent's could.
const FORGED: &str = r#"
import array, json, os, socket, sys
channel = socket.socket(fileno=int(os.environ["MAOS_FD"]))
read, write = os.pipe()
rights = array.array("i", [1, 2, write])
channel.sendmsg([json.dumps(sys.argv[1:]).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
os.close(write)
print("code", os.read(read, 10).decode())
"#;

#[test]
fn what_changes_something_is_not_run_whoever_asks() {
    let sandbox = Sandbox::new();
    let agent = agent(&sandbox);
    agent.stop();
    agent.start();
    sandbox.write("../forge.py", FORGED);
    let script = sandbox.top().join("forge.py");
    let forge = |args: &str| agent.confined(&format!("python3 {} {args}", script.display()));
    if !forge("session-list --json").status.success() {
        println!("skipped: python3 is not installed");
        return;
    }
    for args in [
        "cleanup --all --force",
        "worktree-prune --force",
        "trust",
        "uninstall",
        "hook pre-tool-use",
        "",
    ] {
        let output = forge(args);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("code 1"), "{args}: {output:?}");
    }
    let forced = agent.confined(&format!(
        "env -u MAOS_AGENT -u MAOS_FD {MAOS} cleanup --all --force"
    ));
    assert!(!forced.status.success(), "{forced:?}");
    assert!(agent.workspace().join("own.txt").exists());
    assert!(
        agent
            .confined(&format!("MAOS_FD=1 {MAOS} session-list"))
            .status
            .success()
    );
}
