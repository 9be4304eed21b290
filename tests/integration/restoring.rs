//! What a forced removal took away comes back: bytes, modes, links, index, HEAD,
//! operations in progress and repositories inside; and nothing of it is lost by
//! what git or the user does in between.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::json;

use crate::support::{Actor, Sandbox, Worker, contents};

/// A repository whose attributes change what is checked out.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    sandbox.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    sandbox.write(".gitignore", "*.env\n/out/\n");
    sandbox.write(
        ".gitattributes",
        "*.crlf text eol=crlf\n*.up filter=upper\n*.id ident\n",
    );
    sandbox.commit("two");
    sandbox
}

/// Everything that an agent may leave in a tree.
fn fill(w: &Worker<'_>) {
    w.write("p.txt", "staged\n");
    w.git(&["add", "p.txt"]);
    w.write("p.txt", "and changed again\n");
    w.write("only-staged.txt", "v1\n");
    w.git(&["add", "only-staged.txt"]);
    std::fs::remove_file(w.path("only-staged.txt")).unwrap();
    std::fs::remove_file(w.path("src/a.txt")).unwrap();
    w.write("x.env", b"\0secret\xff");
    w.write("out/deep/result.bin", vec![7; 100_000]);
    w.write("mixed.crlf", "a\nb\r\nc");
    w.write("Mixed.up", "Not all UPPER\n");
    w.write("Own.id", "$Id: mine $\n");
    w.write("empty", "");
    w.write("with space/ümlaut\n\"quoted\".txt", "odd\n");
    w.write("run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(w.path("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("p.txt", w.path("link")).unwrap();
    symlink("/nowhere/at/all", w.path("dangling")).unwrap();
    w.git(&["add", "--intent-to-add", "run.sh"]);
}

/// A repository inside with commits, a stash and uncommitted work.
fn nest(w: &Worker<'_>, name: &str) {
    let git = |args: &[&str]| w.sandbox.git_in(&w.path(name), args);
    w.git(&["init", "-q", name]);
    for (file, text) in [("a", "1"), ("b", "2")] {
        w.write(&format!("{name}/{file}"), text);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", file]);
    }
    w.write(&format!("{name}/a"), "stashed");
    git(&["stash", "-q"]);
    w.write(&format!("{name}/a"), "changed");
    w.write(&format!("{name}/run"), "#!/bin/sh\n");
    std::fs::set_permissions(
        w.path(name).join("run"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
}

/// What git says of a tree, and every byte in it.
#[derive(PartialEq)]
struct State {
    files: BTreeMap<String, (String, Vec<u8>)>,
    said: Vec<String>,
    head: String,
}

fn state(w: &Worker<'_>) -> State {
    let files = contents(&w.tree);
    let asked: [&[&str]; 5] = [
        &["rev-parse", "HEAD"],
        &["ls-files", "--stage", "-v"],
        &["status", "--porcelain=v2", "--ignored", "-uall"],
        &["diff", "--binary"],
        &["reflog", "--format=%H %gs"],
    ];
    State {
        files,
        said: asked.iter().map(|args| w.git(args)).collect(),
        head: std::fs::read_to_string(w.admin().join("HEAD")).unwrap(),
    }
}

#[track_caller]
fn assert_same(w: &Worker<'_>, before: &State) {
    let now = state(w);
    let names = |s: &State| s.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&now), names(before));
    for (name, wanted) in &before.files {
        assert!(now.files[name] == *wanted, "{name} is not what it was");
    }
    assert_eq!((&now.said, &now.head), (&before.said, &before.head));
}

/// Removes by force, lets git clean up behind, and restores.
#[track_caller]
fn there_and_back(w: &Worker<'_>) {
    let sandbox = w.sandbox;
    let before = state(w);
    let main = sandbox.fingerprint();
    let done = sandbox.maos_json(&["session-cleanup", "0283", "--force", "--json"]);
    assert_eq!(w.of(&done)["removed"], json!(true), "{done}");
    let name = w.of(&done)["backup"].as_str().expect("a backup").to_owned();
    let prefix = format!("refs/maos/backup/{}/", w.handle);
    assert!(name.starts_with(&prefix), "{name}");
    assert!(!w.tree.exists() && !w.admin().exists());
    sandbox.git(&["worktree", "prune", "--expire=now"]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    sandbox.git(&["fsck", "--no-dangling"]);
    let out = sandbox.top().join("out");
    let to = out.to_str().unwrap();
    sandbox.maos(&["restore", &w.handle, "--to", to]).success();
    assert_exported(&contents(&out), &before.files);
    sandbox.maos(&["restore", &w.handle]).success();
    assert_same(w, &before);
    sandbox.git(&["update-ref", "-d", &name]);
    assert_eq!(sandbox.fingerprint(), main);
}

/// An exported submodule has git's files of its own.
#[track_caller]
fn assert_exported(
    out: &BTreeMap<String, (String, Vec<u8>)>,
    wanted: &BTreeMap<String, (String, Vec<u8>)>,
) {
    for (name, file) in wanted.iter().filter(|(name, _)| *name != "sub/.git") {
        assert!(out.get(name) == Some(file), "{name} in the exported files");
    }
}

#[test]
fn everything_comes_back_byte_for_byte() {
    let sandbox = sandbox();
    let w = sandbox.worker("a1");
    w.stop();
    fill(&w);
    there_and_back(&w);
}

#[test]
fn a_detached_head_comes_back_with_commits_that_nothing_else_holds() {
    let sandbox = sandbox();
    let w = sandbox.worker("a1");
    w.stop_merged();
    w.git(&["switch", "-q", "--detach"]);
    w.write("lost.txt", "amended away\n");
    w.git(&["add", "-A"]);
    w.git(&["commit", "-q", "-m", "first"]);
    let amended = w.git(&["rev-parse", "HEAD"]);
    w.git(&["commit", "-q", "--amend", "-m", "second"]);
    there_and_back(&w);
    assert_eq!(
        sandbox.git(&["show", &format!("{amended}:lost.txt")]),
        "amended away"
    );
}

#[test]
fn commits_that_only_the_log_holds_outlive_a_clean_removal() {
    let sandbox = sandbox();
    let w = sandbox.worker("a1");
    w.stop_merged();
    w.git(&["commit", "-q", "--allow-empty", "-m", "thrown away"]);
    let thrown = w.git(&["rev-parse", "HEAD"]);
    w.git(&["reset", "-q", "--hard", "HEAD~1"]);
    w.git(&["update-ref", "-d", "ORIG_HEAD"]);
    let done = w.of(&sandbox.maos_json(&["worktree-prune", "--json"]));
    assert_eq!(
        (&done["removed"], &done["branch"]),
        (&json!(true), &json!(null))
    );
    sandbox.git(&["gc", "-q", "--prune=now"]);
    assert_eq!(
        sandbox.git(&["log", "-1", "--format=%s", &thrown]),
        "thrown away"
    );
}

#[test]
fn an_operation_in_progress_goes_on_where_it_stood() {
    for (what, args) in [
        ("merge", &["merge", "main"][..]),
        ("rebase", &["rebase", "--autostash", "main"]),
    ] {
        let sandbox = sandbox();
        let w = sandbox.worker("a1");
        w.write("p.txt", "one\n");
        w.stop();
        sandbox.write("p.txt", "two\n");
        sandbox.commit("there");
        // Its refs are brought up to date before each command.
        let agent = Actor::new(&sandbox, "a1", "coder");
        agent.start();
        assert!(agent.confined("touch p.txt").status.success());
        agent.stop();
        w.write("src/a.txt", "put into the autostash by a rebase\n");
        assert!(!w.try_git(args), "{what}");
        there_and_back(&w);
        w.write("p.txt", "both\n");
        w.git(&["add", "p.txt"]);
        w.git(&["-c", "core.editor=true", what, "--continue"]);
        let text = std::fs::read_to_string(w.path("src/a.txt")).unwrap();
        assert_eq!(text, "put into the autostash by a rebase\n", "{what}");
    }
}

#[test]
fn repositories_inside_come_back_whole() {
    let sandbox = sandbox();
    let w = sandbox.worker("a1");
    w.stop();
    nest(&w, "inner");
    nest(&w, "inner/innermost");
    nest(&w, "x.env");
    w.git(&["init", "-q", "src"]);
    w.write("src/a.txt", "tracked outside, in a repository inside\n");
    symlink("../p.txt", w.path("inner/up")).unwrap();
    // It has no content and does not come back, and nobody waits for a writer.
    let mut fifo = sandbox.command("mkfifo", &w.tree);
    assert!(
        fifo.args(["fifo", "inner/fifo"])
            .status()
            .unwrap()
            .success()
    );
    let before = contents(&w.path("inner"));
    there_and_back(&w);
    assert!(contents(&w.path("inner")) == before);
    let stash = sandbox.git_in(&w.path("inner"), &["stash", "list"]);
    assert_eq!(stash.lines().count(), 1);
}

#[test]
fn repositories_of_other_kinds_lose_nothing_either() {
    for (what, init, config) in [
        ("sha256", &["--object-format=sha256"][..], None),
        ("reftable", &["--ref-format=reftable"], None),
        ("split index", &[], Some(["core.splitIndex", "true"])),
        ("index version 4", &[], Some(["index.version", "4"])),
        (
            "untracked cache",
            &[],
            Some(["core.untrackedCache", "true"]),
        ),
    ] {
        let sandbox = Sandbox::empty("repo");
        let init = [&["init", "-q", "-b", "main"], init].concat();
        let mut command = sandbox.command("git", &sandbox.repo);
        if !command.args(init).status().unwrap().success() {
            continue; // this git does not know it
        }
        if let Some(config) = config {
            sandbox.git(&[&["config"], &config[..]].concat());
        }
        sandbox.write("src/a.txt", "hello\n");
        sandbox.write("p.txt", "p\n");
        sandbox.write(".gitignore", "*.env\n/out/\n");
        sandbox.commit("one");
        let w = sandbox.worker("a1");
        w.stop_merged();
        w.git(&["switch", "-q", "--detach"]);
        w.git(&["commit", "-q", "--allow-empty", "-m", "detached"]);
        w.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);
        let thrown = w.git(&["rev-parse", "HEAD@{1}"]);
        fill(&w);
        there_and_back(&w);
        let kept = w.try_git(&["cat-file", "-e", &thrown]);
        assert!(kept, "{what}: a commit of the log is gone");
    }
}
