//! Backups: how they are listed, when one is not brought back, and that a removal
//! that is killed at any moment loses nothing and is finished by the next one.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Run, Sandbox, Worker, contents};

/// A workspace with work that only a forced removal takes away.
fn worker(sandbox: &Sandbox) -> Worker<'_> {
    let w = sandbox.worker("a1");
    w.stop();
    w.write("new.txt", "new\n");
    w
}

#[track_caller]
fn remove(w: &Worker<'_>) -> Value {
    let done = w
        .sandbox
        .maos_json(&["cleanup", "--all", "--force", "--json"]);
    assert_eq!(w.of(&done)["removed"], json!(true), "{done}");
    w.of(&done)
}

#[track_caller]
fn refused(run: &Run, code: i32, why: &str) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.stderr.contains(why), "no {why} in {run:?}");
}

#[test]
fn backups_are_listed_and_each_has_a_name() {
    let sandbox = Sandbox::new();
    let none = sandbox.maos(&["restore"]).success();
    assert_eq!(
        (none.stdout.as_str(), none.stderr.trim()),
        ("", "no backups")
    );
    assert_eq!(sandbox.maos_json(&["restore", "--json"]), json!([]));
    refused(
        &sandbox.maos(&["restore", "coder-sess-0283c709"]),
        3,
        "no backup",
    );
    let w = worker(&sandbox);
    remove(&w);
    sandbox.maos(&["restore", &w.handle]).success();
    w.write("new.txt", "newer\n");
    remove(&w);
    let all = sandbox.maos_json(&["restore", "--json"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    for backup in all {
        let id = backup["id"].as_str().unwrap();
        assert!(id.starts_with(&format!("{}/", w.handle)), "{backup}");
        assert_eq!(backup["agent"], json!(w.handle));
        assert_eq!(backup["branch"], json!(w.branch()));
        let full = format!("refs/maos/backup/{id}");
        assert_eq!(backup["commit"], json!(sandbox.git(&["rev-parse", &full])));
    }
    let text = sandbox.maos(&["restore"]).success().stdout;
    assert_eq!(text.matches(&w.handle).count(), 6, "{text}");
    // The agent's name means the latest one.
    let first = all[0]["id"].as_str().unwrap();
    for (name, wanted) in [(first, "new\n"), (&w.handle, "newer\n")] {
        let out = sandbox.top().join(format!("out-{}", wanted.trim()));
        let to = ["restore", name, "--to", out.to_str().unwrap()];
        sandbox.maos(&to).success();
        assert_eq!(
            std::fs::read_to_string(out.join("new.txt")).unwrap(),
            wanted
        );
        refused(&sandbox.maos(&to), 5, "is not empty");
    }
    refused(&sandbox.maos(&["restore", "nobody"]), 3, &w.handle);
}

#[test]
fn a_backup_overwrites_nothing() {
    let sandbox = Sandbox::new();
    let w = worker(&sandbox);
    remove(&w);
    let before = || (sandbox.fingerprint(), sandbox.git(&["worktree", "list"]));
    let restore = ["restore", w.handle.as_str()];
    std::fs::create_dir(&w.tree).unwrap();
    let now = before();
    refused(&sandbox.maos(&restore), 5, "is there");
    assert_eq!(before(), now);
    std::fs::remove_dir(&w.tree).unwrap();

    sandbox.git(&["switch", "-q", &w.branch()]);
    refused(&sandbox.maos(&restore), 5, "is checked out elsewhere");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "the user's"]);
    sandbox.git(&["switch", "-q", "main"]);
    let now = before();
    refused(&sandbox.maos(&restore), 5, "has moved since");
    assert_eq!(before(), now);
    sandbox.git(&[
        "branch",
        "-q",
        "-f",
        &w.branch(),
        &format!("{}~1", w.branch()),
    ]);

    let agent = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
    let mut agent = agent;
    let agent = agent.env("MAOS_AGENT", "x").args(restore).output().unwrap();
    assert_eq!(agent.status.code(), Some(5), "{agent:?}");

    std::fs::rename(w.record(), sandbox.top().join("record")).unwrap();
    refused(&sandbox.maos(&restore), 5, "--to DIR");
    std::fs::rename(sandbox.top().join("record"), w.record()).unwrap();
    sandbox.maos(&restore).success();
    refused(&sandbox.maos(&restore), 5, "is there");
    // The branch is made again where it went meanwhile.
    remove(&w);
    sandbox.git(&["branch", "-q", "-D", &w.branch()]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    sandbox.maos(&restore).success();
    assert_eq!(std::fs::read_to_string(w.path("new.txt")).unwrap(), "new\n");
    assert_eq!(w.git(&["symbolic-ref", "--short", "HEAD"]), w.branch());
}

#[test]
fn a_backup_of_a_later_version_is_refused() {
    let sandbox = Sandbox::new();
    let w = worker(&sandbox);
    let full = remove(&w)["backup"].as_str().unwrap().to_owned();
    let message = sandbox.git(&["log", "-1", "--format=%B", &full]);
    let later = message.replace("\"version\":1", "\"version\":2");
    assert_ne!(later, message);
    let tree = format!("{full}^{{tree}}");
    let head = format!("{full}^1");
    let commit = sandbox.git(&["commit-tree", "-p", &head, "-m", &later, &tree]);
    sandbox.git(&["update-ref", &full, &commit]);
    refused(&sandbox.maos(&["restore", &w.handle]), 6, "newer MAOS");
    let out = sandbox.top().join("out");
    let to = ["restore", &w.handle, "--to", out.to_str().unwrap()];
    refused(&sandbox.maos(&to), 6, "newer MAOS");
    assert!(!w.tree.exists() && !out.exists());
}

#[test]
fn submodules_come_back_with_what_was_committed_in_them() {
    let sandbox = Sandbox::new();
    let lib = sandbox.top().join("lib");
    std::fs::create_dir(&lib).unwrap();
    sandbox.git_in(&lib, &["init", "-q"]);
    sandbox.git_in(&lib, &["commit", "-q", "--allow-empty", "-m", "lib"]);
    let file = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
    let add = ["add", lib.to_str().unwrap(), "libs/sub"];
    sandbox.git(&[&file[..], &add].concat());
    sandbox.commit("two");
    let w = sandbox.worker("a1");
    w.stop_merged();
    w.git(&[&file[..], &["update", "--init"]].concat());
    let sub = w.path("libs/sub");
    sandbox.git_in(&sub, &["commit", "-q", "--allow-empty", "-m", "local"]);
    w.write("libs/sub/new.txt", "new\n");
    let asked = |dir: &std::path::Path| {
        let log = sandbox.git_in(dir, &["log", "--format=%H %s"]);
        (log, sandbox.git_in(dir, &["status", "--porcelain"]))
    };
    let before = (asked(&sub), asked(&w.tree));
    remove(&w);
    let out = sandbox.top().join("out");
    let to = ["restore", &w.handle, "--to", out.to_str().unwrap()];
    sandbox.maos(&to).success();
    assert_eq!(asked(&out.join("libs/sub")), before.0);
    sandbox.maos(&["restore", &w.handle]).success();
    assert_eq!((asked(&sub), asked(&w.tree)), before);
    // Gone from the trash: nothing is restored by half, and all else can be had.
    remove(&w);
    std::fs::remove_dir_all(sandbox.path(".maos/trash")).unwrap();
    refused(&sandbox.maos(&["restore", &w.handle]), 5, "are not in");
    assert!(!w.tree.exists());
}

#[test]
fn a_removal_that_is_killed_loses_nothing_and_is_finished_later() {
    let sandbox = Sandbox::new();
    let w = worker(&sandbox);
    for i in 0..200 {
        w.write(&format!("many/{i}.bin"), format!("{i}").repeat(2000));
    }
    w.git(&["init", "-q", "inner"]);
    w.write("inner/work.txt", "work\n");
    w.git(&["add", "new.txt"]);
    let start = Instant::now();
    remove(&w);
    let whole = start.elapsed();
    sandbox.maos(&["restore", &w.handle]).success();
    let mut killed = 0;
    for round in 0..24u32 {
        // No earlier backup has this.
        w.write("inner/round", round.to_string());
        w.write("many/round", round.to_string());
        let before = contents(&w.tree);
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
        command.args(["cleanup", "--all", "--force"]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(round) / 22.0));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        settled(&sandbox);
        sandbox.git(&["gc", "-q", "--prune=now"]);
        let there = w.tree.exists() && contents(&w.tree) == before;
        let out = sandbox.top().join(format!("out-{round}"));
        let to = ["restore", w.handle.as_str(), "--to", out.to_str().unwrap()];
        let saved = sandbox.maos(&to).code == Some(0) && contents(&out) == before;
        assert!(there || saved, "round {round}: lost");
        let again = sandbox.maos(&["cleanup", "--all", "--force"]);
        assert_eq!(again.code, Some(0), "round {round}: {again:?}");
        assert!(!w.tree.exists() && !w.admin().exists(), "round {round}");
        sandbox.maos(&["restore", &w.handle]).success();
        assert!(contents(&w.tree) == before, "round {round}: other content");
        assert_eq!(w.git(&["diff", "--cached", "--name-only"]), "new.txt");
    }
    assert!(killed > 0, "none was killed in time");
    remove(&w);
    let left = sandbox.files(".maos/trash");
    assert!(left.iter().all(|f| !f.ends_with("/removing")), "{left:?}");
}

#[test]
fn many_at_once_remove_and_restore_each_workspace_once() {
    let sandbox = Sandbox::new();
    let workers = ["a1", "a2", "a3"].map(|id| sandbox.worker(id));
    for w in &workers {
        w.stop();
        w.write("new.txt", w.handle.clone());
    }
    let at_once = |args: &[&str]| -> Vec<Run> {
        let start = || {
            let mut command = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
            let command = command.args(args).stdout(Stdio::piped());
            command.stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..5).map(|_| start()).collect();
        let output = |child: std::process::Child| Run::of(&child.wait_with_output().unwrap());
        children.into_iter().map(output).collect()
    };
    for run in at_once(&["cleanup", "--all", "--force"]) {
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    let backups = sandbox.maos_json(&["restore", "--json"]);
    assert_eq!(backups.as_array().unwrap().len(), 3, "{backups}");
    assert!(sandbox.files(".maos/trash").is_empty());
    for w in &workers {
        assert!(!w.tree.exists());
        let runs = at_once(&["restore", &w.handle]);
        let done = runs.iter().filter(|run| run.code == Some(0)).count();
        assert_eq!(done, 1, "{runs:?}");
        let others = runs.iter().filter(|run| run.code == Some(5)).count();
        assert_eq!(others, 4, "{runs:?}");
        assert_eq!(contents(&w.tree)["new.txt"].1, w.handle.as_bytes());
    }
}

/// A child of a killed removal may still be at work for a moment.
fn settled(sandbox: &Sandbox) {
    let deadline = Instant::now() + Duration::from_secs(10);
    let repo = sandbox.repo.to_str().unwrap().to_owned();
    while Instant::now() < deadline {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let mut cwds = all.filter_map(|e| std::fs::read_link(e.path().join("cwd")).ok());
        if !cwds.any(|cwd| cwd.starts_with(&repo)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
