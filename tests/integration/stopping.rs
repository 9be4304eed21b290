//! An agent stops: nothing of its work stays uncommitted, and whoever started
//! it hears once what it left.

use serde_json::json;

use crate::support::{Actor, Sandbox};

/// An agent whose task is known, with one file written in its workspace.
fn at_work<'a>(sandbox: &'a Sandbox, id: &str, description: &str) -> Actor<'a> {
    let agent = Actor::new(sandbox, id, "coder");
    agent.meta(&json!({"agentType": "coder", "description": description}));
    agent.start();
    agent.write("src/new.txt", "new\n");
    agent
}

fn told(actor: &Actor<'_>, event: &str) -> String {
    let run = actor.hook(event);
    let text = run.specific("additionalContext");
    text.as_str().unwrap_or_default().to_owned()
}

#[test]
fn uncommitted_work_is_committed_under_the_tasks_name() {
    let sandbox = Sandbox::new();
    let before = sandbox.fingerprint();
    let agent = at_work(&sandbox, "a1", "Add the login page\nin two lines");
    std::fs::write(agent.workspace().join("p.txt"), "changed\n").unwrap();
    std::fs::remove_file(agent.workspace().join("src/a.txt")).unwrap();
    agent.stop().silent();
    let message = agent.git(&["log", "-1", "--format=%an|%s|%b", &agent.branch()]);
    assert!(
        message.starts_with("Dev|Add the login page in two lines|Recorded by MAOS"),
        "{message}"
    );
    assert_eq!(
        agent.git(&["show", "--name-status", "--no-renames", "--format="]),
        "M\tp.txt\nD\tsrc/a.txt\nA\tsrc/new.txt"
    );
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    assert_eq!(
        sandbox.git(&["rev-parse", "HEAD"]),
        before.lines().last().unwrap()
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    for wanted in [
        &*agent.branch(),
        "1 commit",
        "3 files changed",
        "p.txt, src/a.txt, src/new.txt",
        "Add the login page",
        "main checkout is unchanged",
        &format!("git merge {}", agent.branch()),
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(told(&Actor::main(&sandbox), "UserPromptSubmit"), "");
}

#[test]
fn without_an_author_it_is_committed_all_the_same() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    let event = agent.event("SubagentStop").json(&sandbox);
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env_remove(format!("GIT_{role}_NAME"))
            .env_remove(format!("GIT_{role}_EMAIL"));
    }
    // Git would make a name up from the machine's.
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "user.useConfigOnly")
        .env("GIT_CONFIG_VALUE_0", "true");
    let input = sandbox.path("../event.json");
    std::fs::write(&input, event).unwrap();
    let status = command
        .arg("hook")
        .stdin(std::fs::File::open(input).unwrap())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(agent.git(&["log", "-1", "--format=%s"]), "task");
}

#[test]
fn an_agent_on_another_branch_leaves_its_work_on_its_own_too() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    agent.git(&["switch", "-q", "-c", "feature"]);
    agent.stop();
    assert_eq!(
        agent.git(&["rev-parse", "feature"]),
        agent.git(&["rev-parse", &agent.branch()])
    );
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(
        text.contains(&format!("Branch {}", agent.branch())),
        "{text}"
    );
    // Where its own branch can't follow, both are named.
    agent.start();
    agent.git(&["switch", "-q", "--orphan", "alone"]);
    std::fs::write(agent.workspace().join("alone.txt"), "x").unwrap();
    agent.git(&["add", "alone.txt"]);
    agent.git(&["commit", "-q", "-m", "alone"]);
    std::fs::write(agent.workspace().join("more.txt"), "x").unwrap();
    agent.stop();
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(
        text.contains("Branch alone") && text.contains(&format!("not on {}", agent.branch())),
        "{text}"
    );
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_detached_agent_leaves_its_work_on_its_branch() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    agent.git(&["switch", "-q", "--detach"]);
    agent.stop();
    let files = sandbox.git(&["ls-tree", "-r", "--name-only", &agent.branch()]);
    assert!(files.contains("src/new.txt"), "{files}");
}

#[test]
fn a_lock_that_a_killed_git_left_is_no_lock_and_a_held_one_is() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    let git = sandbox.path(".maos/git").join(agent.handle());
    let lock = git
        .join("worktrees")
        .join(agent.handle())
        .join("index.lock");
    std::fs::write(&lock, "").unwrap();
    agent.stop();
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    told(&Actor::main(&sandbox), "UserPromptSubmit");
    agent.start();
    agent.write("more.txt", "more");
    std::fs::write(&lock, "").unwrap();
    let mut holder = sandbox.command("sleep", &agent.workspace());
    let mut holder = holder.arg("30").spawn().unwrap();
    agent.stop();
    assert!(lock.exists());
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(
        text.contains("left as it is") && text.contains("index.lock"),
        "{text}"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_merge_in_progress_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    agent.git(&["add", "-A"]);
    agent.git(&["commit", "-q", "-m", "mine"]);
    agent.git(&["switch", "-q", "-c", "other", "main"]);
    agent.git(&["commit", "-q", "--allow-empty", "-m", "other"]);
    agent.git(&["merge", "-q", "--no-commit", "--no-ff", &agent.branch()]);
    let before = agent.git(&["rev-parse", "HEAD"]);
    agent.stop();
    assert_eq!(agent.git(&["rev-parse", "HEAD"]), before);
    assert!(agent.git(&["status"]).contains("still merging"));
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(text.contains("a merge is in progress"), "{text}");
}

#[test]
fn on_stop_leave_commits_nothing_and_says_what_is_there() {
    let sandbox = Sandbox::new().env("MAOS_WORKTREE_ON_STOP", "leave");
    let agent = at_work(&sandbox, "a1", "task");
    agent.stop();
    assert_eq!(agent.git(&["status", "--porcelain"]), "?? src/new.txt");
    assert_eq!(
        agent.git(&["rev-parse", "HEAD"]),
        sandbox.git(&["rev-parse", "HEAD"])
    );
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(
        text.contains("not committed") && text.contains("src/new.txt"),
        "{text}"
    );
}

#[test]
fn a_repository_that_the_agent_made_keeps_nothing_else_from_being_committed() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox, "a1", "task");
    let nested = agent.workspace().join("nested");
    std::fs::create_dir(&nested).unwrap();
    sandbox.git_in(&nested, &["init", "-q"]);
    std::fs::write(nested.join("in.txt"), "x").unwrap();
    agent.stop();
    let files = sandbox.git(&["ls-tree", "-r", "--name-only", &agent.branch()]);
    assert!(files.contains("src/new.txt"), "{files}");
    let text = told(&Actor::main(&sandbox), "UserPromptSubmit");
    assert!(text.contains("nested"), "{text}");
    assert!(nested.join("in.txt").is_file());
}

#[test]
fn a_foreground_call_tells_it_as_it_returns() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    main.spawn("toolu_1", json!({"description": "d", "prompt": "p"}))
        .silent();
    let agent = at_work(&sandbox, "a1", "task");
    agent.stop();
    let run = main.spawned("toolu_1", "completed", &agent);
    let text = run.specific("additionalContext").to_string();
    assert!(text.contains(&agent.branch()), "{text}");
    main.spawned("toolu_1", "completed", &agent).silent();
    main.pre("Read", json!({"file_path": sandbox.path("p.txt")}))
        .silent();
}

#[test]
fn a_background_agent_is_heard_of_at_the_next_call() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    main.spawn("toolu_1", json!({"description": "d", "prompt": "p"}))
        .silent();
    let agent = at_work(&sandbox, "a1", "task");
    main.spawned("toolu_1", "async_launched", &agent).silent();
    let other = at_work(&sandbox, "a2", "another task");
    agent.stop();
    // Another agent's calls and those of one not known yet are not main's.
    other
        .pre("Grep", json!({"pattern": "x", "path": other.workspace()}))
        .silent();
    let stranger = Actor::new(&sandbox, "a3", "coder");
    stranger
        .post("Grep", json!({"pattern": "x"}), json!({}))
        .silent();
    let run = main.pre("Bash", json!({"command": "ls"}));
    let text = run.specific("additionalContext").to_string();
    assert!(text.contains(&agent.branch()), "{text}");
    assert!(!text.contains(&other.branch()), "{text}");
    assert!(run.specific("updatedInput").is_null(), "{run:?}");
    main.pre("Bash", json!({"command": "ls"})).silent();
}

#[test]
fn two_agents_news_come_in_order_and_once_also_to_hooks_at_once() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    for n in 0..4 {
        let agent = at_work(&sandbox, &format!("a{n}"), "task");
        agent.stop();
    }
    let event = main.event("UserPromptSubmit").json(&sandbox);
    let hooks: Vec<_> = (0..6)
        .map(|_| sandbox.start_hook(&["hook"], event.as_bytes()))
        .collect();
    let mut heard = String::new();
    for hook in hooks {
        heard += &String::from_utf8_lossy(&hook.wait_with_output().unwrap().stdout);
    }
    assert_eq!(heard.matches("stopped. Branch").count(), 4, "{heard}");
}

#[test]
fn nothing_is_committed_for_an_agent_that_maos_only_observes() {
    let sandbox = Sandbox::new().started_in("");
    let native = sandbox.path(".claude/worktrees/agent-a1");
    let place = native.to_string_lossy().into_owned();
    sandbox.git(&["worktree", "add", "-q", "-b", "worktree-agent-a1", &place]);
    let sandbox = sandbox.env("MAOS_ISOLATION_MODE", "off");
    let agent = Actor::new(&sandbox, "a1", "coder").at(&native);
    agent.start().silent();
    std::fs::write(native.join("x.txt"), "x").unwrap();
    agent.stop();
    assert_eq!(
        sandbox.git_in(&native, &["status", "--porcelain"]),
        "?? x.txt"
    );
    Actor::main(&sandbox).hook("UserPromptSubmit").silent();
}
