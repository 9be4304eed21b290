//! What a workspace is based on: the state that whoever started the agent sees,
//! an agent's own where an agent started it, or another agent's by name.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Actor, Sandbox};

/// A repository whose checkout has all kinds of uncommitted work.
fn dirty() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit("ignore");
    sandbox.write("p.txt", "edited\n");
    sandbox.write("staged.txt", "staged\n");
    sandbox.git(&["add", "staged.txt"]);
    sandbox.write("staged.txt", "staged and edited\n");
    sandbox.write("untracked.txt", "untracked\n");
    sandbox.write("ignored.log", "ignored\n");
    fs::remove_file(sandbox.path("src/a.txt")).expect("the test's own");
    sandbox
}

fn writer<'a>(sandbox: &'a Sandbox, id: &str) -> Actor<'a> {
    let agent = Actor::new(sandbox, id, id);
    agent.start();
    agent.write(&format!("{id}.txt"), id);
    agent
}

/// An agent that another one started, by what the client says in its files.
fn child<'a>(parent: &Actor<'a>, parent_id: &str, id: &str, kind: &str, prompt: &str) -> Actor<'a> {
    let call = format!("toolu_{id}");
    let input = json!({"description": "d", "prompt": prompt, "subagent_type": kind});
    let run = parent.spawn(&call, input);
    assert!(run.specific("permissionDecision").is_null(), "{run:?}");
    let agent = Actor::new(parent.sandbox, id, kind);
    let mut meta = json!({"agentType": kind, "description": "d", "toolUseId": call});
    if !parent_id.is_empty() {
        meta["parentAgentId"] = json!(parent_id);
    }
    agent.start();
    agent.meta(&meta);
    agent
}

fn base(agent: &Actor<'_>) -> Value {
    agent.record()["workspace"]["base"].clone()
}

#[test]
fn auto_takes_uncommitted_work_along_without_touching_the_index() {
    let sandbox = dirty();
    let index = fs::read(sandbox.path(".git/index")).unwrap();
    let status = sandbox.git(&["status", "--porcelain"]);
    let agent = writer(&sandbox, "a1");
    let at = agent.workspace();
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap_or_default();
    assert_eq!(read("p.txt"), "edited\n");
    assert_eq!(read("staged.txt"), "staged and edited\n");
    assert_eq!(read("untracked.txt"), "untracked\n");
    assert!(!at.join("ignored.log").exists() && !at.join("src/a.txt").exists());
    assert_eq!(fs::read(sandbox.path(".git/index")).unwrap(), index);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), status);
    assert_eq!(
        base(&agent)["snapshot_of"],
        json!(sandbox.git(&["rev-parse", "HEAD"]))
    );
    assert_eq!(agent.git(&["status", "--porcelain"]), "?? a1.txt");
    agent.stop();
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    let told = told.specific("additionalContext").to_string();
    // Only its own work is its own.
    assert!(told.contains("1 file changed: a1.txt"), "{told}");
    let range = told.split("cherry-pick ").nth(1).unwrap();
    let range = range
        .split(' ')
        .next()
        .unwrap()
        .trim_end_matches(['.', '"']);
    sandbox.git(&["reset", "-q"]);
    sandbox.git(&["cherry-pick", range]);
    assert_eq!(sandbox.read("a1.txt"), "a1");
    assert_eq!(sandbox.read("p.txt"), "edited\n");
}

#[test]
fn a_clean_tree_is_its_commit() {
    let sandbox = Sandbox::new();
    let agent = writer(&sandbox, "a1");
    assert_eq!(base(&agent)["commit"], sandbox.git(&["rev-parse", "HEAD"]));
    assert!(base(&agent)["snapshot_of"].is_null());
}

#[test]
fn head_leaves_uncommitted_work_out_and_names_it() {
    let sandbox = dirty().env("MAOS_WORKTREE_BASE", "head");
    let agent = writer(&sandbox, "a1");
    assert_eq!(base(&agent)["commit"], sandbox.git(&["rev-parse", "HEAD"]));
    let left_out = base(&agent)["left_out"].to_string();
    for name in ["p.txt", "staged.txt", "untracked.txt", "src/a.txt"] {
        assert!(left_out.contains(name), "{name}: {left_out}");
    }
    assert!(agent.workspace().join("src/a.txt").is_file());
}

#[test]
fn a_ref_is_a_ref_and_an_unknown_one_is_said() {
    let sandbox = Sandbox::new();
    sandbox.git(&["tag", "v1"]);
    sandbox.write("later.txt", "x");
    sandbox.commit("later");
    let sandbox = sandbox.env("MAOS_WORKTREE_BASE", "v1");
    let agent = writer(&sandbox, "a1");
    assert!(!agent.workspace().join("later.txt").exists());
    let sandbox = sandbox.env("MAOS_WORKTREE_BASE", "nowhere");
    let agent = Actor::new(&sandbox, "a2", "coder");
    let input = json!({"file_path": sandbox.path("x"), "content": "x"});
    let reason = agent.pre("Write", input).denied();
    assert!(
        reason.contains("nowhere") && reason.contains("worktree.base"),
        "{reason}"
    );
}

#[test]
fn an_agents_agent_starts_from_its_parents_work() {
    let sandbox = Sandbox::new();
    let parent = writer(&sandbox, "a1");
    parent.git(&["add", "-A"]);
    parent.git(&["commit", "-q", "-m", "committed"]);
    parent.write("uncommitted.txt", "u");
    let index = fs::read(
        sandbox
            .path(".maos/git")
            .join(parent.handle())
            .join("worktrees")
            .join(parent.handle())
            .join("index"),
    );
    let child = child(&parent, "a1", "c1", "coder", "p");
    child.write("c1.txt", "c1");
    let at = child.workspace();
    assert_ne!(at, parent.workspace());
    for name in ["a1.txt", "uncommitted.txt", "c1.txt"] {
        assert!(at.join(name).is_file(), "{name}");
    }
    assert!(!parent.workspace().join("c1.txt").exists());
    assert_eq!(
        fs::read(
            sandbox
                .path(".maos/git")
                .join(parent.handle())
                .join("worktrees")
                .join(parent.handle())
                .join("index")
        )
        .unwrap(),
        index.unwrap()
    );
    assert_eq!(child.record()["parent"], parent.handle());
    assert_eq!(base(&child)["from"], parent.handle());
    // Its news are its parent's, once.
    child.stop();
    Actor::main(&sandbox).hook("UserPromptSubmit").silent();
    let told = parent.spawned("toolu_c1", "completed", &child);
    let told = told.specific("additionalContext").to_string();
    assert!(told.contains(&child.branch()), "{told}");
    parent.spawned("toolu_c1", "completed", &child).silent();
}

#[test]
fn a_childs_news_go_to_main_where_its_parent_has_stopped() {
    let sandbox = Sandbox::new();
    let parent = writer(&sandbox, "a1");
    let child = child(&parent, "a1", "c1", "coder", "p");
    child.write("c1.txt", "c1");
    parent.stop();
    child.stop();
    let told = Actor::main(&sandbox).hook("UserPromptSubmit");
    let told = told.specific("additionalContext").to_string();
    assert!(
        told.contains(&child.branch()) && told.contains(&parent.branch()),
        "{told}"
    );
}

#[test]
fn an_agents_agent_reads_what_its_parent_wrote() {
    let sandbox = Sandbox::new();
    let parent = writer(&sandbox, "a1");
    let child = child(&parent, "a1", "c1", "coder", "p");
    let to = child.reads("a1.txt");
    assert_eq!(fs::read_to_string(&to).unwrap_or_default(), "a1", "{to:?}");
    assert!(!to.starts_with(parent.workspace()));
}

#[test]
fn between_them_may_be_one_that_wrote_nothing() {
    let sandbox = Sandbox::new();
    let first = writer(&sandbox, "a1");
    let second = child(&first, "a1", "a2", "manager", "p");
    let third = child(&second, "a2", "a3", "coder", "p");
    third.write("a3.txt", "a3");
    assert!(third.workspace().join("a1.txt").is_file());
    assert_eq!(base(&third)["from"], first.handle());
    assert_eq!(third.record()["parent"], second.handle());
}

#[test]
fn a_reader_that_an_agent_started_sees_what_that_sees() {
    let sandbox = Sandbox::new();
    let parent = writer(&sandbox, "a1");
    let reader = child(&parent, "a1", "r1", "Explore", "p");
    let at = parent.workspace();
    assert_eq!(reader.reads("a1.txt"), at.join("a1.txt"));
    let grep = reader.pre("Grep", json!({"pattern": "x"}));
    assert_eq!(grep.updated("path"), at.to_string_lossy());
    let command = reader.command("cat a1.txt");
    assert_eq!(command, format!("cd '{}' && cat a1.txt", at.display()));
    let run = reader.pre("Bash", json!({"command": "touch x"}));
    assert!(run.denied().contains("only reads"), "{run:?}");
    let deeper = child(&reader, "r1", "r2", "Explore", "p");
    assert_eq!(deeper.reads("a1.txt"), at.join("a1.txt"));
    assert_eq!(sandbox.worktrees(), [parent.handle()]);
}

#[test]
fn a_child_of_one_that_wrote_nothing_starts_where_the_session_did() {
    for (setting, dirty_too) in [("auto", true), ("head", false)] {
        let sandbox = dirty().env("MAOS_WORKTREE_BASE", setting);
        let parent = Actor::new(&sandbox, "a1", "coder");
        parent.start();
        let child = child(&parent, "a1", "c1", "coder", "p");
        assert_eq!(child.reads("p.txt"), sandbox.path("p.txt"));
        child.write("c1.txt", "c1");
        let there = child.workspace().join("untracked.txt").exists();
        assert_eq!(there, dirty_too, "{setting}");
        assert_eq!(sandbox.worktrees(), [child.handle()]);
    }
}

#[test]
fn maos_base_shows_a_reviewer_what_it_reviews() {
    for kind in ["reviewer", "Explore"] {
        let sandbox = Sandbox::new();
        let author = writer(&sandbox, "a1");
        author.stop();
        let main = Actor::main(&sandbox);
        main.hook("UserPromptSubmit");
        let prompt = format!("Review it.\nmaos-base: {}\n", author.handle());
        let reviewer = child(&main, "", "r1", kind, &prompt);
        let to = reviewer.reads("a1.txt");
        assert!(to.starts_with(reviewer.workspace()), "{kind}: {to:?}");
        assert_eq!(fs::read_to_string(to).unwrap(), "a1");
        let grep = reviewer.pre("Grep", json!({"pattern": "x"}));
        assert_eq!(grep.updated("path"), reviewer.workspace().to_string_lossy());
        assert_eq!(base(&reviewer)["from"], author.handle());
    }
}

#[test]
fn an_unknown_base_is_refused_with_the_names_that_there_are() {
    let sandbox = Sandbox::new();
    let main = Actor::main(&sandbox);
    let input = json!({"description": "d", "prompt": "maos-base: nobody-sess-1"});
    let reason = main.spawn("t1", input.clone()).denied();
    assert!(
        reason.contains("nobody-sess-1") && reason.contains("none yet"),
        "{reason}"
    );
    let author = writer(&sandbox, "a1");
    let reason = main.spawn("t2", input).denied();
    assert!(reason.contains(&author.handle()), "{reason}");
}

#[test]
fn a_repository_inside_of_the_checkout_is_no_part_of_the_snapshot() {
    let sandbox = dirty();
    fs::create_dir(sandbox.path("inner")).unwrap();
    sandbox.git_in(&sandbox.path("inner"), &["init", "-q"]);
    sandbox.write("inner/x.txt", "x");
    let agent = writer(&sandbox, "a1");
    assert!(agent.workspace().join("untracked.txt").is_file());
    sandbox.git_in(&sandbox.path("inner"), &["add", "."]);
    sandbox.git_in(&sandbox.path("inner"), &["commit", "-q", "-m", "inner"]);
    let agent = writer(&sandbox, "a2");
    let tree = agent.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(
        !tree.contains("inner") && tree.contains("untracked.txt"),
        "{tree}"
    );
}
