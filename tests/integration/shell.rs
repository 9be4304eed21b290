//! `maos-shell`, called as the client calls its shell prefix: the line runs in
//! the agent's workspace, and nothing else of it changes.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Output, Stdio};

use serde_json::json;

use crate::support::actor::wrapped;
use crate::support::event::SESSION;
use crate::support::{Actor, Sandbox};

fn prefixed() -> Sandbox {
    Sandbox::new().started_in("").prefixed()
}

/// An agent with a workspace.
fn agent(sandbox: &Sandbox) -> Actor<'_> {
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent.write("own.txt", "own\n");
    agent
}

#[track_caller]
fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

/// A line that ends in an agent's marker, not wrapped by the client.
fn marked(agent: &Actor<'_>, command: &str) -> String {
    format!("{command}\n# maos:{}", agent.handle())
}

#[test]
fn a_command_runs_in_the_workspace_and_knows_whose_it_is() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let output = agent
        .bash("cat own.txt; pwd; echo $PWD; echo $MAOS_AGENT $MAOS_SESSION; echo $MAOS_WORKSPACE");
    let at = agent.workspace().display().to_string();
    let wanted = format!("own\n{at}\n{at}\n{} {SESSION}\n{at}\n", agent.handle());
    assert_eq!(stdout(&output), wanted);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    agent.bash("echo more > more.txt && git add -A && git commit -qm mine");
    assert_eq!(agent.git(&["log", "-1", "--format=%s"]), "mine");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_model_sees_its_own_command_and_one_line_more() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let input = json!({"timeout": 1.0, "command": "ls >> x", "run_in_background": true});
    let run = agent.pre("Bash", input);
    let wanted = format!(
        r#""updatedInput":{{"timeout":1.0,"command":"ls >> x\n# maos:{}","run_in_background":true}}"#,
        agent.handle()
    );
    assert!(run.stdout.contains(&wanted), "{run:?}");
}

#[test]
fn status_and_signals_are_the_commands_own() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let main = Actor::main(&sandbox);
    for (command, code, signal) in [
        ("true", Some(0), None),
        ("false", Some(1), None),
        ("exit 42", Some(42), None),
        ("kill -TERM $$", None, Some(15)),
        ("kill -KILL $$", None, Some(9)),
        ("kill -PIPE $$", None, Some(13)),
        ("sh -c 'kill -INT $$'", Some(130), None),
        ("no-such-command-here", Some(127), None),
        (
            "yes | head -1 > /dev/null; exit ${PIPESTATUS[0]}",
            Some(141),
            None,
        ),
    ] {
        for who in [&agent, &main] {
            let status = who.bash(command).status;
            assert_eq!(
                (status.code(), status.signal()),
                (code, signal),
                "{command}"
            );
        }
    }
}

#[test]
fn stdin_and_output_are_handed_on() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let mut child = agent
        .shell(marked(
            &agent,
            "cat; echo err >&2; head -c 300000 /dev/zero",
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"in\xff\0put")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(&output.stdout[..8], b"in\xff\0put\0");
    assert_eq!(output.stdout.len(), 300_007);
    assert_eq!(output.stderr, b"err\n");
}

#[test]
fn text_of_any_shape_runs_as_it_was_written() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let main = Actor::main(&sandbox);
    for command in [
        "cat <<EOF\na 'b' \"c\" $((1+1)) `echo d`\nEOF",
        "cat <<'EOF'\n$x `y` \\z\nEOF",
        "cat <<-EOF\n\tindented\n\tEOF\necho after",
        "cat <<EOF\nthis one has no end",
        "echo 'it'\"'\"'s' \"a\\\"b\" $'tab\\t!'",
        "for i in 1 2 3; do\n  echo $i\ndone",
        "echo a \\\n  b",
        "echo ends in a backslash \\",
        "echo one; # a comment",
        "echo '# maos:nobody-sess-1'",
        "# maos:nobody-sess-1\necho two",
        "if true; then echo é; fi",
        "echo x | tr x y | cat",
        "f() { echo in a function; }; f",
        "(sleep 0.1; echo later) & wait",
        "echo {a,b}{1,2} ~+ > /dev/null; echo done",
        "eval 'echo nested' && echo 'x' < /dev/null",
        "echo a\n\n\n",
        "\t echo tabs ",
    ] {
        let (own, plain) = (agent.bash(command), main.bash(command));
        assert_eq!(stdout(&own), stdout(&plain), "{command}");
        assert_eq!(own.status, plain.status, "{command}");
        let told = |o: &Output| String::from_utf8_lossy(&o.stderr).into_owned();
        assert_eq!(told(&own), told(&plain), "{command}");
    }
}

#[test]
fn bytes_that_are_no_text_and_long_commands_run_too() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let mut line = b"printf '\xff\xfe' > bytes; echo -n '".to_vec();
    line.extend(b"x".repeat(120_000));
    line.extend(format!("' | wc -c\n# maos:{}", agent.handle()).bytes());
    let output = agent.shell(OsString::from_vec(line)).output().unwrap();
    assert_eq!(stdout(&output).trim(), "120000");
    let bytes = std::fs::read(agent.workspace().join("bytes")).unwrap();
    assert_eq!(bytes, b"\xff\xfe");
    // The system takes no longer argument than this, but the hook does.
    let long = format!("echo {}", "y".repeat(1 << 20));
    assert_eq!(agent.command(&long), marked(&agent, &long));
}

#[test]
fn a_line_without_a_marker_runs_as_it_is() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let main = Actor::main(&sandbox).at(&sandbox.path("src"));
    let output = main.bash("pwd; echo \"[$MAOS_AGENT$MAOS_WORKSPACE]\"");
    let wanted = format!("{}\n[]\n", sandbox.path("src").display());
    assert_eq!(stdout(&output), wanted);
    // A marker inside of the text is text.
    let forged = format!("grep -c '# maos:{}' /dev/null; pwd", agent.handle());
    let output = main.bash(&forged);
    assert!(stdout(&output).ends_with("/src\n"), "{output:?}");
    let none = Sandbox::empty("none");
    let output = Actor::main(&none).bash("echo here");
    assert_eq!(stdout(&output), "here\n");
}

#[test]
fn an_unknown_or_ended_agent_runs_nothing() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let mut lines = vec![
        wrapped("touch made\n# maos:nobody-sess-0283c709"),
        "touch made\n# maos:nobody-sess-0283c709".to_owned(),
    ];
    agent.stop();
    lines.push(wrapped(&marked(&agent, "touch made")));
    for line in lines {
        let output = agent.shell(&line).output().unwrap();
        assert_eq!(output.status.code(), Some(126), "{line}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("maos-shell: "), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert!(!sandbox.path("made").exists() && !agent.workspace().join("made").exists());
    // Back at work, it runs again.
    assert!(agent.bash("true").status.success());
    std::fs::rename(agent.workspace(), sandbox.top().join("moved")).unwrap();
    let output = agent.shell(marked(&agent, "true")).output().unwrap();
    assert_eq!(output.status.code(), Some(126));
    let output = sandbox.command(&sandbox.shell_link().to_string_lossy(), &sandbox.repo);
    let output = { output }.output().unwrap();
    assert_eq!(output.status.code(), Some(126), "without a line");
}

#[test]
fn variables_that_point_git_elsewhere_do_not_reach_an_agents_git() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let before = sandbox.fingerprint();
    let mut shell = agent.shell(marked(
        &agent,
        "git add -A && git commit -qm inside && git rev-parse --show-toplevel",
    ));
    shell
        .env("GIT_DIR", sandbox.path(".git"))
        .env("GIT_WORK_TREE", &sandbox.repo)
        .env("GIT_INDEX_FILE", sandbox.path(".git/index"))
        .env("GIT_PREFIX", "src/");
    let output = shell.output().unwrap();
    assert_eq!(
        stdout(&output).trim_end(),
        agent.workspace().to_string_lossy(),
        "{output:?}"
    );
    let main = before.lines().last().unwrap();
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), main);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_shell_is_the_clients_or_one_that_can_run_its_lines() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let line = wrapped(&marked(&agent, "echo ${BASH_VERSION:+bash}"));
    for shell in ["/bin/bash", "/bin/sh", "/usr/bin/fish", ""] {
        let output = agent.shell(&line).env("SHELL", shell).output().unwrap();
        assert_eq!(stdout(&output), "bash\n", "{shell}");
    }
}

#[test]
fn another_session_of_the_repository_finds_its_agents_as_well() {
    let sandbox = prefixed();
    let first = agent(&sandbox);
    let other = Actor::new(&sandbox, "a1", "coder").session("9a8b7c6d-1111-4222-8333-444455556666");
    other.start();
    other.write("x.txt", "x");
    assert_ne!(first.handle(), other.handle());
    for who in [&first, &other] {
        let output = who.bash("pwd");
        assert_eq!(
            stdout(&output).trim_end(),
            who.workspace().to_string_lossy()
        );
    }
    // A client that names no session.
    let mut shell = other.shell(marked(&other, "pwd"));
    let output = shell.env_remove("CLAUDE_CODE_SESSION_ID").output().unwrap();
    assert_eq!(
        stdout(&output).trim_end(),
        other.workspace().to_string_lossy()
    );
}
