//! From an agent's start to its first write: reads cost nothing, the first write
//! makes the workspace, and from then on its paths lead there.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Actor, Run, Sandbox};

const NEW: &str = "claude-code_2-1-328_harness";
const OLD: &str = "claude-code_2-1-197_harness";

fn with_notebook() -> Sandbox {
    let sandbox = Sandbox::new().env("AI_AGENT", NEW);
    sandbox.write("n.ipynb", "{}\n");
    sandbox.commit("a notebook");
    sandbox
}

fn path_of(run: &Run, field: &str) -> PathBuf {
    PathBuf::from(run.updated(field))
}

#[test]
fn an_agent_that_only_reads_costs_nothing() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    let told = agent.start().specific("additionalContext").to_string();
    assert!(told.contains("worktrees/coder-sess-0283c709"), "{told}");
    assert!(told.contains("branch agent/coder-sess-0283c709"), "{told}");
    for (tool, input) in [
        ("Read", json!({"file_path": sandbox.path("src/a.txt")})),
        ("Grep", json!({"pattern": "x"})),
        ("Grep", json!({"pattern": "x", "path": sandbox.path("src")})),
        ("Glob", json!({"pattern": "*.rs"})),
        ("Bash", json!({"command": "git log --oneline | head -3"})),
        ("Bash", json!({"command": "cat p.txt && ls -la src"})),
        ("ToolSearch", json!({"query": "x"})),
    ] {
        agent.pre(tool, input).silent();
    }
    agent.stop().silent();
    assert!(!sandbox.path("worktrees").exists());
    assert_eq!(sandbox.agent_branches(), [""; 0]);
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    let told = told.specific("additionalContext").to_string();
    assert!(told.contains("left no changes"), "{told}");
}

#[test]
fn every_writing_tool_makes_the_workspace() {
    for (tool, field, input) in [
        (
            "Edit",
            "file_path",
            json!({"file_path": "{}/p.txt", "old_string": "p", "new_string": "q"}),
        ),
        (
            "Write",
            "file_path",
            json!({"file_path": "{}/new/x.txt", "content": "x"}),
        ),
        (
            "MultiEdit",
            "file_path",
            json!({"file_path": "{}/p.txt", "edits": [{"old_string": "p", "new_string": "q"}]}),
        ),
        (
            "NotebookEdit",
            "notebook_path",
            json!({"notebook_path": "{}/n.ipynb", "new_source": "1"}),
        ),
        ("Bash", "command", json!({"command": "echo x > {}/p.txt"})),
    ] {
        let sandbox = with_notebook();
        let before = sandbox.fingerprint();
        let agent = Actor::new(&sandbox, "a1", "coder");
        agent.start();
        let input = input
            .to_string()
            .replace("{}", &sandbox.repo.to_string_lossy());
        let input: Value = serde_json::from_str(&input).unwrap();
        let run = agent.pre(tool, input.clone());
        let given = run.updated(field);
        let workspace = agent.workspace();
        if tool == "Bash" {
            assert!(
                given.contains(&*workspace.to_string_lossy()),
                "{tool}: {given}"
            );
        } else {
            let relative = input[field].as_str().unwrap();
            let relative = PathBuf::from(relative);
            let relative = relative.strip_prefix(&sandbox.repo).unwrap();
            assert_eq!(PathBuf::from(given), workspace.join(relative), "{tool}");
        }
        assert!(run.specific("permissionDecision").is_null(), "{run:?}");
        assert!(workspace.join("p.txt").is_file(), "{tool}");
        assert_eq!(agent.git(&["branch", "--show-current"]), agent.branch());
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "", "{tool}");
        let told = run.specific("additionalContext").to_string();
        assert!(told.contains(&*workspace.to_string_lossy()), "{told}");
        let main = before.lines().last();
        assert_eq!(sandbox.fingerprint().lines().last(), main, "{tool}");
    }
}

#[test]
fn a_write_outside_of_the_project_makes_nothing() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    let outside = sandbox.top().join("x.txt");
    let run = agent.pre("Write", json!({"file_path": outside, "content": "x"}));
    assert!(run.denied().contains("x.txt"), "{run:?}");
    assert!(!sandbox.path("worktrees").exists());
}

#[test]
fn from_then_on_all_paths_below_the_project_lead_to_the_workspace() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("src/b.txt", "b\n");
    let workspace = agent.workspace();
    let main = |relative: &str| sandbox.path(relative);
    for (tool, field, given, wanted) in [
        ("Read", "file_path", main("src/a.txt"), "src/a.txt"),
        ("Read", "file_path", main("not/there.txt"), "not/there.txt"),
        ("NotebookRead", "notebook_path", main("n.ipynb"), "n.ipynb"),
        ("Edit", "file_path", main("p.txt"), "p.txt"),
        ("Grep", "path", main("src"), "src"),
        ("Glob", "path", main("."), ""),
        ("Glob", "path", sandbox.repo.clone(), ""),
        ("LS", "path", main("src/"), "src"),
    ] {
        let run = agent.pre(tool, json!({field: given, "pattern": "x"}));
        let to = path_of(&run, field);
        let wanted = workspace.join(wanted);
        assert_eq!(to, wanted, "{tool} {}", given.display());
        assert!(run.specific("permissionDecision").is_null());
    }
    for tool in ["Grep", "Glob"] {
        let run = agent.pre(tool, json!({"pattern": "x"}));
        assert_eq!(path_of(&run, "path"), workspace, "{tool}");
    }
    for own in [workspace.join("src/b.txt"), PathBuf::from("/etc/hosts")] {
        agent.pre("Read", json!({"file_path": own})).silent();
    }
}

#[test]
fn a_file_that_no_workspace_gets_is_read_where_it_is() {
    let sandbox = with_notebook();
    sandbox.write(".gitignore", "*.log\n/deps/\n");
    sandbox.commit("ignore");
    sandbox.write("build.log", "log\n");
    sandbox.write("deps/lib/x.txt", "x\n");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.write("x.txt", "x");
    for name in ["build.log", "deps/lib/x.txt"] {
        assert_eq!(agent.reads(name), sandbox.path(name));
    }
    let path = sandbox.path("deps");
    agent
        .pre("Grep", json!({"pattern": "x", "path": path}))
        .silent();
    // What the agent itself removed is gone, and its own is its own.
    std::fs::remove_file(agent.workspace().join("p.txt")).unwrap();
    assert_eq!(agent.reads("p.txt"), agent.workspace().join("p.txt"));
    agent.write("build.log", "mine\n");
    let own = agent.workspace().join("build.log");
    assert_eq!(agent.reads("build.log"), own);
    assert_eq!(sandbox.read("build.log"), "log\n");
}

#[test]
fn what_is_not_a_path_comes_back_byte_for_byte() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    let first = sandbox.path("p.txt").to_string_lossy().into_owned();
    let fields = r#""z":1.0,"old_string":"é\u00e9\ud83d\ude00\t\/","n":1e3,"big":12345678901234567890,"deep":{"b":[1.50,null],"a":"\u0041"}"#;
    let event = agent.event("PreToolUse").json(&sandbox);
    let tool = format!(
        r#","tool_name":"Edit","tool_use_id":"t","tool_input":{{{fields},"file_path":"{first}","last":true}}}}"#
    );
    let event = format!("{}{tool}", event.trim_end_matches('}'));
    let run = sandbox.hook_bytes(&["hook"], event.as_bytes());
    let to = agent.workspace().join("p.txt");
    let wanted = format!(
        r#""updatedInput":{{{fields},"file_path":"{}","last":true}}"#,
        to.display()
    );
    assert!(run.stdout.contains(&wanted), "{run:?}");
    assert!(!run.stdout.contains("allow"), "{run:?}");
}

#[test]
fn an_old_client_wants_its_read_in_the_workspace_already() {
    let sandbox = with_notebook().env("AI_AGENT", OLD);
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.pre("Bash", json!({"command": "cat p.txt"})).silent();
    agent.pre("Grep", json!({"pattern": "x"})).silent();
    assert!(!sandbox.path("worktrees").exists());
    // What lies outside of the project is none of the workspace's business.
    agent
        .pre("Read", json!({"file_path": "/etc/hosts"}))
        .silent();
    assert!(!sandbox.path("worktrees").exists());
    assert_eq!(agent.reads("p.txt"), agent.workspace().join("p.txt"));
    assert!(agent.workspace().join("p.txt").is_file());
    let reader = Actor::new(&sandbox, "a2", "Explore");
    assert_eq!(reader.reads("p.txt"), sandbox.path("p.txt"));
    assert_eq!(sandbox.worktrees().len(), 1);
}

#[test]
fn a_notebook_is_read_in_the_workspace_on_every_client() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    assert_eq!(agent.reads("p.txt"), sandbox.path("p.txt"));
    assert_eq!(agent.reads("n.ipynb"), agent.workspace().join("n.ipynb"));
}

#[test]
fn a_path_of_the_workspace_to_come_can_be_named_early() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    let own = sandbox
        .path("worktrees")
        .join(agent.handle())
        .join("src/a.txt");
    let grep = agent.pre("Grep", json!({"pattern": "x", "path": own.parent()}));
    assert_eq!(path_of(&grep, "path"), sandbox.path("src"));
    let run = agent.pre("Write", json!({"file_path": own, "content": "x"}));
    run.silent();
    assert!(own.is_file(), "the write made the workspace");
}

#[test]
fn an_agent_whose_start_was_not_seen_is_adopted_at_its_first_call() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    let run = agent.pre("Read", json!({"file_path": sandbox.path("p.txt")}));
    let told = run.specific("additionalContext").to_string();
    assert!(told.contains("coder-sess-0283c709"), "{told}");
    assert!(run.specific("updatedInput").is_null(), "{run:?}");
    agent
        .pre("Read", json!({"file_path": sandbox.path("p.txt")}))
        .silent();
    let to = agent.write("p.txt", "q\n");
    assert_eq!(to, agent.workspace().join("p.txt"));
    assert_eq!(sandbox.read("p.txt"), "p\n");
}

#[test]
fn eight_calls_at_once_are_one_agents() {
    let sandbox = with_notebook();
    let agent = Actor::new(&sandbox, "a1", "coder");
    let calls: Vec<_> = (0..8)
        .map(|n| {
            let path = sandbox.path(&format!("f{n}.txt"));
            let input = json!({"file_path": path, "content": "x"});
            let event = crate::support::Event::pre("Write", input).of("a1", "coder");
            sandbox.start_hook(&["hook"], event.json(&sandbox).as_bytes())
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        let output = call.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{n}: {e} {output:?}"));
        let to = &answer["hookSpecificOutput"]["updatedInput"]["file_path"];
        let wanted = agent.workspace().join(format!("f{n}.txt"));
        assert_eq!(to, &json!(wanted), "{output:?}");
    }
    assert_eq!(sandbox.worktrees().len(), 1);
    assert_eq!(sandbox.agent_branches(), [agent.branch()]);
    sandbox.git(&["fsck", "--strict"]);
}
