//! The private git directory of an agent: all that git does in a workspace works
//! there and nowhere else, and what it holds comes over whole.

use crate::support::{Actor, Sandbox};

fn agent(sandbox: &Sandbox) -> Actor<'_> {
    let agent = Actor::new(sandbox, "a1", "coder");
    agent.start();
    agent.write("own.txt", "own\n");
    agent
}

#[track_caller]
fn ran(agent: &Actor<'_>, command: &str) -> String {
    let output = agent.bash(command);
    assert!(output.status.success(), "{command}: {output:?}");
    assert!(output.stderr.is_empty(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The repository's own refs and configuration, without the agent's branch.
fn own(sandbox: &Sandbox) -> (String, String, String) {
    let refs = sandbox.git(&["for-each-ref"]);
    let others = refs.lines().filter(|l| !l.contains("refs/heads/agent/"));
    (
        others.collect::<Vec<_>>().join("\n"),
        sandbox.read(".git/config"),
        sandbox.git(&["stash", "list"]),
    )
}

#[test]
fn git_works_in_the_workspace_and_changes_nothing_outside() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    let before = own(&sandbox);
    for command in [
        "git add -A && git commit -qm one",
        "git checkout -q -b side && git tag v1 && git tag -a v2 -m two",
        "echo more >> own.txt && git stash -q && git stash pop -q",
        "git config user.nickname me && git config --unset user.nickname",
        "git commit -qam two && git switch -q - && git merge -q side",
        "git branch -q -D side && git gc -q && git fsck --no-progress",
        "git sparse-checkout set src && git sparse-checkout disable",
        "git worktree list && git reflog -1 && git notes add -m note",
    ] {
        ran(&agent, command);
    }
    assert_eq!(own(&sandbox), before);
    assert_eq!(
        sandbox.git(&["log", "-1", "--format=%s", &agent.branch()]),
        "two"
    );
    sandbox.git(&["fsck", "--no-progress"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    assert_eq!(ran(&agent, "git status --porcelain"), "");
}

#[test]
fn commits_are_on_the_branch_after_each_command_and_outlive_the_directory() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(&agent, "git add -A && git commit -qm one");
    let branch = agent.branch();
    assert_eq!(sandbox.git(&["log", "-1", "--format=%s", &branch]), "one");
    // Whatever becomes of the private directory, the repository is whole.
    sandbox.git(&["gc", "-q", "--prune=now"]);
    std::fs::remove_dir_all(sandbox.path(".maos")).unwrap();
    assert_eq!(sandbox.git(&["show", &format!("{branch}:own.txt")]), "own");
    sandbox.git(&["rev-list", "--objects", &branch]);
}

#[test]
fn a_branch_that_the_user_moved_stays_and_the_agents_commits_are_kept() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(&agent, "git add -A && git commit -qm one");
    let full = format!("refs/heads/{}", agent.branch());
    sandbox.git(&["update-ref", &full, "main"]);
    ran(&agent, "git commit -q --allow-empty -m two");
    assert_eq!(
        sandbox.git(&["rev-parse", &full]),
        sandbox.git(&["rev-parse", "main"])
    );
    agent.stop();
    let kept = format!("refs/maos/kept/{}/heads/{}", agent.handle(), agent.branch());
    assert_eq!(sandbox.git(&["log", "-1", "--format=%s", &kept]), "two");
    let told = Actor::main(&sandbox).hook("UserPromptSubmit").stdout;
    assert!(told.contains(&kept), "{told}");
}

#[test]
fn branches_tags_and_stashes_of_the_agents_are_kept() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(&agent, "git add -A && git commit -qm one");
    ran(
        &agent,
        "git checkout -q -b other && git commit -q --allow-empty -m other && git switch -q -",
    );
    for name in ["first", "second"] {
        ran(
            &agent,
            &format!("echo {name} > own.txt && git stash -q -m {name}"),
        );
    }
    ran(&agent, "git tag v1 other");
    agent.stop();
    let refs = sandbox.git(&[
        "for-each-ref",
        "--format=%(refname) %(contents:subject)",
        "refs/maos/kept",
    ]);
    for wanted in ["heads/other other", ": first", ": second"] {
        assert!(refs.contains(wanted), "{wanted}: {refs}");
    }
    assert_eq!(sandbox.git(&["branch", "--list", "other"]), "");
}

#[test]
fn the_agent_sees_what_the_user_commits() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    sandbox.write("p.txt", "later\n");
    sandbox.commit("later");
    sandbox.git(&["branch", "topic"]);
    assert_eq!(
        ran(
            &agent,
            "git log -1 --format=%s main && git rev-parse -q --verify topic >/dev/null"
        ),
        "later\n"
    );
    ran(&agent, "git branch -q -D topic");
    sandbox.git(&["tag", "t"]);
    assert_eq!(ran(&agent, "git tag; git branch --list topic"), "t\n");
    sandbox.git(&["branch", "-q", "-D", "topic"]);
    assert_eq!(ran(&agent, "git merge -q main && cat p.txt"), "later\n");
}

#[test]
fn the_repository_lists_the_workspace_and_stays_right_without_it() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(
        &agent,
        "git add -A && git commit -qm one && echo staged > s && git add s",
    );
    let tree = agent.workspace();
    let listed = sandbox.git(&["worktree", "list", "--porcelain"]);
    assert!(
        listed.contains(&format!("branch refs/heads/{}", agent.branch())),
        "{listed}"
    );
    for args in [
        &["gc", "-q", "--prune=now"][..],
        &["fsck", "--no-progress"],
        &["worktree", "prune"],
        &["repack", "-adlq"],
    ] {
        sandbox.git(args);
    }
    // Git moves no worktree that belongs to another directory; what it repairs is
    // put right again before the agent's next command.
    let to = sandbox.path("worktrees/x");
    let mut moved = sandbox.command("git", &sandbox.repo);
    moved
        .args(["worktree", "move", "-f", "-f"])
        .arg(&tree)
        .arg(&to);
    assert!(!moved.output().unwrap().status.success());
    sandbox.git(&["worktree", "repair"]);
    assert_eq!(ran(&agent, "git status --porcelain"), "A  s\n");
    sandbox.git(&["fsck", "--no-progress"]);
}

#[test]
fn nothing_of_the_repository_is_given_up_for_what_an_agent_holds() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(
        &agent,
        "git add -A && git commit -qm one && git repack -adq",
    );
    sandbox.git(&["merge", "-q", &agent.branch()]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    ran(
        &agent,
        "rm -rf \"$(git rev-parse --git-common-dir)/objects\"",
    );
    sandbox.git(&["fsck", "--no-progress"]);
    sandbox.git(&["rev-list", "--objects", "--all"]);
}

#[test]
fn what_the_configuration_includes_still_counts() {
    let sandbox = Sandbox::new().prefixed();
    sandbox.write(".git/more", "[alias]\n\tst = status --porcelain\n");
    sandbox.git(&["config", "include.path", "more"]);
    let agent = agent(&sandbox);
    assert_eq!(ran(&agent, "git st"), "?? own.txt\n");
}

#[test]
fn hooks_of_the_repository_run_in_the_workspace() {
    let sandbox = Sandbox::new().prefixed();
    let hook = sandbox.path(".git/hooks/commit-msg");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho signed >> \"$1\"\n").unwrap();
    std::process::Command::new("chmod")
        .arg("+x")
        .arg(&hook)
        .status()
        .unwrap();
    let agent = agent(&sandbox);
    ran(&agent, "git add -A && git commit -qm one");
    assert_eq!(
        sandbox.git(&["log", "-1", "--format=%B", &agent.branch()]),
        "one\nsigned"
    );
}

#[test]
fn large_files_come_over() {
    let sandbox = Sandbox::new().prefixed();
    if sandbox
        .command("git", &sandbox.repo)
        .args(["lfs", "version"])
        .output()
        .is_ok_and(|o| !o.status.success())
    {
        assert!(
            std::env::var_os("MAOS_REQUIRE_CLIENT").is_none(),
            "git-lfs is not installed"
        );
        println!("skipped: git-lfs is not installed");
        return;
    }
    sandbox.git(&["lfs", "install", "--local"]);
    sandbox.write(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    );
    sandbox.write("a.bin", "the user's");
    sandbox.commit("large");
    let agent = agent(&sandbox);
    assert_eq!(
        ran(&agent, "cat a.bin && git status --porcelain"),
        "the user's?? own.txt\n"
    );
    ran(
        &agent,
        "printf committed > b.bin && git add -A && git commit -qm b",
    );
    agent.write("c.bin", "uncommitted");
    agent.stop();
    assert_eq!(agent.git(&["status", "--porcelain"]), "");
    sandbox.git(&["merge", "-q", &agent.branch()]);
    assert_eq!(
        (sandbox.read("b.bin"), sandbox.read("c.bin")),
        ("committed".into(), "uncommitted".into())
    );
    sandbox.maos(&["worktree-prune"]).success();
    assert!(!agent.workspace().exists());
    sandbox.git(&["lfs", "fsck"]);
}

#[test]
fn an_agent_that_deletes_its_git_directory_loses_none_of_its_files() {
    let sandbox = Sandbox::new().prefixed();
    let agent = agent(&sandbox);
    ran(&agent, "git add -A && git commit -qm one");
    agent.write("own.txt", "changed\n");
    agent.write("src/a.txt", "changed as well\n");
    ran(
        &agent,
        "rm -rf \"$(git rev-parse --git-common-dir)\" 2>/dev/null || true",
    );
    agent.stop();
    agent.start();
    ran(&agent, "echo more > more.txt");
    let read = |name: &str| std::fs::read_to_string(agent.workspace().join(name)).unwrap();
    assert_eq!(
        (read("own.txt"), read("src/a.txt")),
        ("changed\n".into(), "changed as well\n".into())
    );
    agent.stop();
    let branch = agent.branch();
    assert_eq!(
        sandbox.git(&["show", &format!("{branch}:src/a.txt")]),
        "changed as well"
    );
    let log = sandbox.git(&["log", "--format=%s", &branch]);
    assert!(log.lines().any(|line| line == "one"), "{log}");
}
