//! The main checkout is looked at when an agent stops: what changed there by no
//! tool of the main conversation is told to it, by name, once.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Sandbox};

const FACT: &str = "no tool of this conversation";

/// A session that has started, with an agent at work.
fn at_work(sandbox: &Sandbox) -> Actor<'_> {
    start(sandbox);
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent
}

fn start(sandbox: &Sandbox) {
    let event = Event::new("SessionStart").with("source", json!("startup"));
    sandbox.hook(&event).success();
}

fn told(sandbox: &Sandbox) -> String {
    let run = Actor::main(sandbox).hook("UserPromptSubmit");
    let text = run.specific("additionalContext");
    text.as_str().unwrap_or_default().to_owned()
}

/// The lines about the main checkout that the main conversation gets.
fn news(sandbox: &Sandbox) -> String {
    let text = told(sandbox);
    let lines: Vec<&str> = text.lines().filter(|l| l.contains(FACT)).collect();
    lines.join("\n")
}

fn found(sandbox: &Sandbox) -> Vec<Value> {
    let status = sandbox.maos_json(&["status", "--json"]);
    status["tripwire"].as_array().unwrap().clone()
}

/// One call of the main conversation, with what it does in between.
fn main_call(sandbox: &Sandbox, tool: &str, input: Value, act: impl FnOnce()) {
    let main = Actor::main(sandbox);
    main.pre(tool, input.clone()).success();
    act();
    main.post(tool, input, json!({}));
}

#[test]
fn a_write_from_outside_is_told_with_its_name() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    agent.write("own.txt", "own\n");
    sandbox.write("src/a.txt", "from elsewhere\n");
    std::fs::remove_file(sandbox.path("p.txt")).unwrap();
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.starts_with(
            "MAOS: these files of the main checkout changed while agents ran (coder-sess-0283c709)"
        ) && text.ends_with("changed them: p.txt, src/a.txt."),
        "{text}"
    );
    let found = found(&sandbox);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["files"], json!(["p.txt", "src/a.txt"]));
    assert_eq!(found[0]["refs"], json!([]));
    assert_eq!(found[0]["agents"], json!([agent.handle()]));
    let shown = sandbox.maos(&["status"]).success().stdout;
    assert!(
        shown.contains("by no tool of their conversation") && shown.contains("p.txt, src/a.txt"),
        "{shown}"
    );
    // Once: the next look begins where this one ended.
    agent.start();
    agent.stop();
    assert_eq!(news(&sandbox), "");
}

#[test]
fn nothing_changed_and_nothing_is_told() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    agent.write("src/a.txt", "mine\n");
    agent.stop();
    assert_eq!(news(&sandbox), "");
    // An index that was only refreshed is none that changed.
    agent.start();
    let index = sandbox.path(".git/index");
    let before = std::fs::read(&index).unwrap();
    std::fs::write(sandbox.path(".git/index-copy"), &before).unwrap();
    sandbox.git(&["update-index", "--index-version", "4"]);
    assert_ne!(std::fs::read(&index).unwrap(), before);
    agent.stop();
    assert_eq!(news(&sandbox), "");
    assert_eq!(found(&sandbox), Vec::<Value>::new());
}

#[test]
fn what_was_changed_before_agents_ran_is_nobodys_concern() {
    let sandbox = Sandbox::new();
    sandbox.write("p.txt", "uncommitted\n");
    start(&sandbox);
    sandbox.write("src/a.txt", "the user's\n");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    let other = Actor::new(&sandbox, "a2", "coder");
    other.start();
    other.stop();
    assert_eq!(news(&sandbox), "");
    // What differed and changes once more is seen, also while another agent begins.
    sandbox.write("p.txt", "changed again\n");
    other.start();
    agent.stop();
    let text = news(&sandbox);
    assert!(text.ends_with("changed them: p.txt."), "{text}");
}

#[test]
fn an_edit_of_the_main_conversation_is_its_own() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    let path = sandbox.path("src/a.txt");
    let input = json!({"file_path": path, "old_string": "hello", "new_string": "bye"});
    main_call(&sandbox, "Edit", input, || {
        sandbox.write("src/a.txt", "bye\n");
    });
    sandbox.write("p.txt", "not by a tool\n");
    agent.stop();
    let text = news(&sandbox);
    assert!(text.ends_with("changed them: p.txt."), "{text}");
    // One that is not over yet.
    agent.start();
    let input = json!({"file_path": path, "content": "x"});
    Actor::main(&sandbox).pre("Write", input).success();
    sandbox.write("src/a.txt", "half\n");
    agent.stop();
    assert_eq!(found(&sandbox).len(), 1);
}

#[test]
fn a_command_of_the_main_conversation_may_have_changed_anything() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    let bash = |command: &str| json!({"command": command});
    for (command, own) in [
        ("make", true),
        ("ls\nmake", true),
        ("git status", false),
        ("cat p.txt | head", false),
    ] {
        agent.start();
        main_call(&sandbox, "Bash", bash(command), || {
            sandbox.write("p.txt", command);
        });
        agent.stop();
        let text = news(&sandbox);
        assert_eq!(text.is_empty(), own, "{command}: {text}");
    }
    // A tool that nobody knows, and a command that runs on past the look.
    agent.start();
    main_call(&sandbox, "mcp__files__write", json!({"x": 1}), || {
        sandbox.write("p.txt", "by a server\n");
    });
    agent.stop();
    let before = found(&sandbox).len();
    agent.start();
    let main = Actor::main(&sandbox);
    main.pre("Bash", bash("make all")).success();
    sandbox.write("p.txt", "running\n");
    agent.stop();
    agent.start();
    sandbox.write("p.txt", "still running\n");
    main.post("Bash", bash("make all"), json!({}));
    agent.stop();
    agent.start();
    agent.stop();
    assert_eq!(found(&sandbox).len(), before);
    sandbox.write("p.txt", "over\n");
    told(&sandbox);
}

#[test]
fn a_commit_by_somebody_else_shows_the_ref() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    agent.write("own.txt", "own\n");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "theirs"]);
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.contains("these refs moved") && text.contains("refs/heads/main ("),
        "{text}"
    );
    assert!(!text.contains("these files"), "{text}");
    // A file with it, then another branch, then main is gone.
    agent.start();
    sandbox.write("p.txt", "theirs\n");
    sandbox.commit("more");
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.contains("changed them: p.txt.") && text.contains("refs/heads/main ("),
        "{text}"
    );
    agent.start();
    sandbox.git(&["switch", "-q", "-c", "feature"]);
    sandbox.git(&["branch", "-q", "-D", "main"]);
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.contains("(refs/heads/main -> refs/heads/feature)"),
        "{text}"
    );
    assert!(text.contains("-> none)"), "{text}");
    // Agents' own branches and refs count for nothing.
    agent.start();
    sandbox.git(&["update-ref", "refs/heads/agent/x", "HEAD"]);
    sandbox.git(&["update-ref", "refs/maos/x", "HEAD"]);
    sandbox.git(&["tag", "t"]);
    agent.stop();
    assert_eq!(news(&sandbox), "");
}

#[test]
fn a_file_that_got_its_time_back_and_one_that_was_staged_are_seen() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    let path = sandbox.path("p.txt");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, "q\n").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    agent.stop();
    assert!(news(&sandbox).ends_with("changed them: p.txt."));
    agent.start();
    sandbox.write("src/a.txt", "staged\n");
    sandbox.git(&["add", "src/a.txt"]);
    sandbox.write("new.txt", "new\n");
    sandbox.git(&["add", "new.txt"]);
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.ends_with("changed them: new.txt, src/a.txt."),
        "{text}"
    );
}

#[test]
fn many_files_are_counted() {
    let sandbox = Sandbox::new();
    for n in 0..130 {
        sandbox.write(&format!("many/{n:03}.txt"), "x");
    }
    sandbox.commit("many");
    let agent = at_work(&sandbox);
    for n in 0..130 {
        sandbox.write(&format!("many/{n:03}.txt"), "changed");
    }
    agent.stop();
    let text = news(&sandbox);
    assert!(text.contains("many/011.txt and 118 more."), "{text}");
    let found = found(&sandbox);
    assert_eq!(found[0]["files"].as_array().unwrap().len(), 100);
    assert_eq!(found[0]["more"], 30);
}

#[test]
fn a_linked_tree_and_the_main_one_are_both_looked_at() {
    let sandbox = Sandbox::new();
    let linked = sandbox.top().join("linked");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        &linked.to_string_lossy(),
    ]);
    let sandbox = sandbox.env("CLAUDE_PROJECT_DIR", &linked.to_string_lossy());
    let agent = at_work(&sandbox);
    std::fs::write(linked.join("p.txt"), "x\n").unwrap();
    sandbox.write("src/a.txt", "x\n");
    sandbox.git_in(&linked, &["commit", "-q", "--allow-empty", "-m", "x"]);
    agent.stop();
    let text = news(&sandbox);
    let other = linked.join("p.txt").display().to_string();
    assert!(
        text.contains(&format!("changed them: {other}, src/a.txt.")),
        "{text}"
    );
    assert!(text.contains("refs/heads/side ("), "{text}");
}

#[test]
fn what_libgit2_cant_read_is_looked_at_all_the_same() {
    let sandbox = Sandbox::empty("repo");
    sandbox.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    sandbox.write("p.txt", "p\n");
    sandbox.write("a b", "x\n");
    sandbox.commit("one");
    let agent = at_work(&sandbox);
    sandbox.write("a b", "changed\n");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    agent.stop();
    let text = news(&sandbox);
    assert!(
        text.contains("changed them: a b.") && text.contains("refs/heads/main ("),
        "{text}"
    );
    let split = Sandbox::new();
    split.git(&["update-index", "--split-index"]);
    let agent = at_work(&split);
    split.write("p.txt", "changed\n");
    agent.stop();
    assert!(news(&split).contains("changed them: p.txt."));
}

#[test]
fn only_the_last_copy_of_an_index_stays() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    for n in 0..4 {
        sandbox.write("p.txt", &n.to_string());
        sandbox.commit("x");
        agent.stop();
        agent.start();
    }
    let names = std::fs::read_dir(sandbox.session_dir(SESSION)).unwrap();
    let copies = names.flatten().filter(|e| {
        e.file_name()
            .to_string_lossy()
            .starts_with("tripwire-index-")
    });
    assert_eq!(copies.count(), 1);
    assert!(Path::new(&sandbox.session_dir(SESSION).join("tripwire.json")).is_file());
}

#[test]
fn a_damaged_record_and_mode_off_change_no_answer() {
    let sandbox = Sandbox::new();
    let agent = at_work(&sandbox);
    std::fs::write(sandbox.session_dir(SESSION).join("tripwire.json"), "{").unwrap();
    sandbox.write("p.txt", "x\n");
    agent.stop().silent();
    let run = sandbox.maos(&["status"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("tripwire.json"), "{run:?}");
    let sandbox = Sandbox::new().env("MAOS_ISOLATION_MODE", "off");
    let agent = at_work(&sandbox);
    sandbox.write("p.txt", "x\n");
    agent.stop().silent();
    assert!(!sandbox.session_dir(SESSION).join("tripwire.json").exists());
}

#[test]
fn modes_hooks_and_the_configuration_are_seen() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    sandbox.write(".git/hooks/pre-push", "#!/bin/sh\n");
    let agent = at_work(&sandbox);
    agent.write("own.txt", "own\n");
    let mode = |name: &str, mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path(name), mode).unwrap();
    };
    mode(".git/hooks/pre-push", 0o600);
    mode("p.txt", 0o777);
    mode("src/a.txt", 0o600);
    sandbox.git(&["config", "user.nickname", "somebody"]);
    agent.stop();
    let files = found(&sandbox)[0]["files"].clone();
    let wanted = [".git/config", ".git/hooks/pre-push", "p.txt", "src/a.txt"];
    assert_eq!(files, json!(wanted));
}
