//! The kernel refuses an agent's command a write: the agent is told what lies
//! outside and where its own copy is, once, and nothing else is explained.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Actor, Run, Sandbox};

/// A place that nobody can write to, not even root.
const NOWHERE: &str = "/sys/kernel/maos-none";

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

fn failed(actor: &Actor<'_>, command: &str, error: &str) -> Run {
    let event = actor
        .event("PostToolUseFailure")
        .with("tool_name", json!("Bash"))
        .with("tool_input", json!({"command": command}))
        .with("error", json!(error));
    actor.sandbox.hook(&event).success()
}

fn told(run: &Run) -> String {
    let text = run.specific("additionalContext");
    text.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_refused_write_names_the_copy_in_the_workspace() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let outside = sandbox.path("src/a.txt");
    let error = format!(
        "Exit code 1\nbash: line 1: {}: Permission denied",
        outside.display()
    );
    let text = told(&failed(&agent, "sh build.sh", &error));
    let own = agent.workspace().join("src/a.txt");
    assert_eq!(
        text,
        format!(
            "MAOS: outside of your workspace {}: {} (in your workspace it is {}).",
            agent.workspace().display(),
            outside.display(),
            own.display()
        )
    );
    // Of a command that succeeded on the whole, from both of its streams.
    let response = json!({"stdout": format!("touch: cannot touch '{}': Permission denied", outside.display()),
        "stderr": "touch: cannot touch '/tmp/x': Read-only file system"});
    let run = agent.post("Bash", json!({"command": "make 2>&1; true"}), response);
    let text = told(&run);
    assert!(
        text.contains("/tmp/x (your own temporary directory is $TMPDIR), "),
        "{text}"
    );
    assert!(text.contains(&*own.to_string_lossy()), "{text}");
}

#[test]
fn what_real_programs_print_is_understood() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let mut tried = 0;
    for (program, code) in [
        ("bash", format!("echo x > {NOWHERE}")),
        ("bash", format!("touch {NOWHERE}")),
        ("bash", format!("mkdir {NOWHERE}")),
        ("bash", format!("echo | tee {NOWHERE}")),
        ("bash", format!("cp /etc/passwd {NOWHERE}")),
        ("bash", format!("git init -q {NOWHERE}")),
        ("dash", format!("echo x > {NOWHERE}")),
        ("zsh", format!("echo x > {NOWHERE}")),
        ("python3", format!("open('{NOWHERE}', 'w')")),
        ("python3", format!("import os; os.mkdir('{NOWHERE}')")),
        (
            "node",
            format!("require('fs').writeFileSync('{NOWHERE}', '')"),
        ),
        ("node", format!("require('fs').promises.mkdir('{NOWHERE}')")),
    ] {
        for locale in ["C", "C.UTF-8"] {
            let flag = if program == "node" { "-e" } else { "-c" };
            let mut run = Command::new(program);
            let Ok(output) = run.args([flag, &code]).env("LC_ALL", locale).output() else {
                continue;
            };
            let error = String::from_utf8_lossy(&output.stderr);
            let text = told(&failed(&agent, "make", &format!("Exit code 1\n{error}")));
            assert!(
                text.contains(&format!(": {NOWHERE}.")),
                "{program} {code}: {text}\n{error}"
            );
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
}

#[test]
fn a_file_of_its_own_is_not_explained() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let own = agent.workspace().join("own.txt");
    for error in [
        format!("bash: {}: Permission denied", own.display()),
        "bash: ./own.txt: Permission denied".to_owned(),
        "touch: cannot touch 'own.txt': Permission denied".to_owned(),
        "Exit code 1\nno such thing".to_owned(),
    ] {
        failed(&agent, "./own.txt", &error).silent();
    }
}

#[test]
fn without_a_path_the_workspace_is_named() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let text = told(&failed(&agent, "make", "make: out: Permission denied"));
    assert!(
        text.contains("below your workspace") && text.contains("$TMPDIR"),
        "{text}"
    );
    // Nothing confines where nothing stands in front of the shell.
    let free = Sandbox::new();
    let agent = self::agent(&free);
    failed(&agent, "make", "make: out: Permission denied").silent();
}

#[test]
fn what_only_reads_and_whoever_has_no_workspace_hears_nothing() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let line = format!("x: {}: Permission denied", sandbox.path("p.txt").display());
    failed(&agent, "grep -rn denied src", &line).silent();
    let other = Actor::new(&sandbox, "a2", "coder");
    other.start();
    failed(&other, "make", &line).silent();
    failed(&Actor::main(&sandbox), "make", &line).silent();
}

#[test]
fn a_command_that_names_the_project_hears_what_that_meant() {
    let sandbox = prefixed();
    let agent = agent(&sandbox);
    let repo = sandbox.repo.display().to_string();
    let post = |command: String| {
        let response: Value = json!({"stdout": "", "stderr": ""});
        agent.post("Bash", json!({"command": command}), response)
    };
    let meant = |run: &Run| told(run).contains("meant the same paths of your workspace");
    let handle = agent.handle();
    assert!(meant(&post(format!(
        "cd {repo} && npm test\n# maos:{handle}"
    ))));
    assert!(meant(&post(format!("echo x > {repo}/out.txt"))));
    let workspace = agent.workspace();
    for command in [
        format!("cat {repo}/src/a.txt"),
        "npm test".to_owned(),
        format!("make -C {}", workspace.display()),
        format!("touch {repo}2/x"),
        format!("touch {repo}/$x"),
        format!("python3 -c \"open('{repo}/x', 'w')\""),
        format!("git --git-dir={repo}/.git gc"),
    ] {
        assert!(!meant(&post(command.clone())), "{command}");
    }
    assert!(Path::new(&workspace).is_dir());
}
