//! Removing workspaces: what is clean and merged goes, everything else stays
//! with the reason said, and the main checkout and its branches stay whole.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Actor, Run, Sandbox, Worker, contents};

/// Something done to a workspace after its work was merged.
type Deed = fn(&Worker<'_>);

/// A deed, and a part of the reason by which it keeps the workspace.
const KEEPERS: [(&str, Deed, &str); 20] = [
    ("modified", |w| w.write("p.txt", "new\n"), "p.txt"),
    ("untracked", |w| w.write("new.txt", "new\n"), "new.txt"),
    ("in a new directory", |w| w.write("a/b/c", "c"), "a/b/c"),
    (
        "deleted",
        |w| std::fs::remove_file(w.path("p.txt")).unwrap(),
        "p.txt",
    ),
    ("made executable", |w| make_executable(w), "p.txt"),
    ("staged", |w| stage(w, "staged\n"), "p.txt"),
    (
        "staged and put back",
        |w| {
            stage(w, "staged\n");
            w.write("p.txt", "p\n");
        },
        "p.txt",
    ),
    ("ignored", |w| w.write("x.env", "secret\n"), "x.env"),
    (
        "ignored and other than main's",
        |w| {
            w.sandbox.write("x.env", "a");
            w.write("x.env", "b");
        },
        "x.env",
    ),
    (
        "assumed unchanged",
        |w| hide(w, "--assume-unchanged"),
        "p.txt",
    ),
    ("to be skipped", |w| hide(w, "--skip-worktree"), "p.txt"),
    ("untracked files not shown", |w| no_untracked(w), "new.txt"),
    (
        "detached commits",
        |w| {
            w.git(&["switch", "-q", "--detach"]);
            commit(w);
        },
        "1 commit not merged",
    ),
    (
        "unmerged commits",
        |w| {
            commit(w);
            commit(w);
        },
        "2 commits not merged",
    ),
    (
        "a rebase",
        |w| {
            diverge(w);
            up_to_date(w);
            assert!(!w.try_git(&["rebase", "-q", "main"]));
        },
        "a rebase is in progress",
    ),
    (
        "a merge",
        |w| {
            diverge(w);
            up_to_date(w);
            assert!(!w.try_git(&["merge", "-q", "main"]));
        },
        "a merge is in progress",
    ),
    (
        "a repository",
        |w| nest(w, "inner"),
        "another repository: inner",
    ),
    (
        "an ignored repository",
        |w| nest(w, "x.env"),
        "another repository: x.env",
    ),
    (
        "an empty repository",
        |w| {
            w.git(&["init", "-q", "inner"]);
        },
        "another repository: inner",
    ),
    ("a submodule", |w| submodule(w), "another repository: sub"),
];

fn stage(w: &Worker<'_>, text: &str) {
    w.write("p.txt", text);
    w.git(&["add", "p.txt"]);
}

fn make_executable(w: &Worker<'_>) {
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(w.path("p.txt"), mode).unwrap();
}

fn hide(w: &Worker<'_>, how: &str) {
    w.git(&["update-index", how, "p.txt"]);
    w.write("p.txt", "hidden\n");
    assert_eq!(w.git(&["status", "--porcelain"]), "");
}

fn no_untracked(w: &Worker<'_>) {
    w.sandbox
        .git(&["config", "status.showUntrackedFiles", "no"]);
    w.write("new.txt", "new\n");
}

fn commit(w: &Worker<'_>) {
    w.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
}

/// A commit here and another one on main that can't go together.
fn diverge(w: &Worker<'_>) {
    w.write("p.txt", "one\n");
    w.git(&["commit", "-q", "-a", "-m", "here"]);
    w.sandbox.write("p.txt", "two\n");
    w.sandbox.commit("there");
}

/// An agent's refs are brought up to date before each of its commands.
fn up_to_date(w: &Worker<'_>) {
    let agent = Actor::new(w.sandbox, &w.id, "coder");
    agent.start();
    assert!(agent.confined("touch p.txt").status.success());
    agent.stop();
}

fn nest(w: &Worker<'_>, name: &str) {
    w.git(&["init", "-q", name]);
    w.write(&format!("{name}/work.txt"), "work\n");
    w.sandbox.git_in(&w.path(name), &["add", "-A"]);
    w.sandbox
        .git_in(&w.path(name), &["commit", "-q", "-m", "inner"]);
}

fn submodule(w: &Worker<'_>) {
    w.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "-q",
        "update",
        "--init",
    ]);
    let sub = w.path("sub");
    w.sandbox
        .git_in(&sub, &["commit", "-q", "--allow-empty", "-m", "local"]);
}

/// A repository with an ignore rule and a submodule.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(".gitignore", "*.env\n");
    let lib = sandbox.top().join("lib");
    std::fs::create_dir(&lib).unwrap();
    sandbox.git_in(&lib, &["init", "-q"]);
    sandbox.git_in(&lib, &["commit", "-q", "--allow-empty", "-m", "lib"]);
    let url = lib.to_str().unwrap();
    sandbox.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        url,
        "sub",
    ]);
    sandbox.commit("two");
    sandbox
}

/// What must stand as it did when a workspace was kept.
fn stands(w: &Worker<'_>) -> impl PartialEq + std::fmt::Debug {
    let status = w.git(&["status", "--porcelain", "--ignored", "-uall"]);
    let head = std::fs::read_to_string(w.admin().join("HEAD")).unwrap();
    // Its commits are brought over at every look.
    let lines = w.sandbox.fingerprint();
    let own = |line: &&str| line.contains("refs/heads/agent/") || line.contains("refs/maos/kept/");
    let others: Vec<String> = lines
        .lines()
        .filter(|l| !own(l))
        .map(str::to_owned)
        .collect();
    (contents(&w.tree), status, head, others)
}

#[track_caller]
fn kept(run: &Run, why: &str) {
    assert!(run.stdout.starts_with("kept  "), "{run:?}");
    assert!(run.stdout.contains(why), "no {why} in {run:?}");
}

#[test]
fn what_holds_anything_stays_and_says_why() {
    for (what, deed, why) in KEEPERS {
        let sandbox = sandbox();
        let w = sandbox.worker("a1");
        w.stop_merged();
        deed(&w);
        let before = stands(&w);
        let session = sandbox.maos(&["session-cleanup", "0283"]);
        assert_eq!(session.code, Some(5), "{what}: {session:?}");
        kept(&session, why);
        kept(&sandbox.maos(&["worktree-prune"]).success(), why);
        assert!(stands(&w) == before, "{what}: something changed");
    }
}

#[test]
fn what_is_clean_and_merged_goes() {
    let sandbox = sandbox();
    sandbox.write("x.env", "same\n");
    let w = sandbox.worker("a1");
    w.write("x.env", "same\n");
    w.git(&["stash", "push", "-q", "--all"]);
    w.git(&["stash", "apply", "-q"]);
    w.write("x.env", "same\n");
    w.stop_merged();
    sandbox.git(&["pack-refs", "--all"]);
    let before = sandbox.fingerprint();
    let would = sandbox.maos_json(&["worktree-prune", "--dry-run", "--json"]);
    assert_eq!(w.of(&would)["reasons"], json!([]), "{would}");
    assert_eq!(w.of(&would)["removed"], json!(false), "{would}");
    assert_eq!(w.of(&would)["would_remove"], json!(true), "{would}");
    assert_eq!(sandbox.fingerprint(), before);
    assert!(w.path("made.txt").exists());
    let done = w.of(&sandbox.maos_json(&["worktree-prune", "--json"]));
    assert_eq!(done["removed"], json!(true), "{done}");
    assert_eq!(done["branch"], json!(null), "{done}");
    assert_eq!(done["backup"], json!(null), "{done}");
    assert!(!w.tree.exists() && !w.admin().exists());
    assert_eq!(sandbox.git(&["branch", "--list", "agent/*"]), "");
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 1);
    let kept = sandbox.git(&[
        "for-each-ref",
        "--format=%(contents:subject)",
        "refs/maos/kept",
    ]);
    assert_eq!(kept.lines().count(), 1, "{kept}");
    assert!(kept.contains("WIP on agent/"), "{kept}");
    assert_eq!(sandbox.files(".maos/trash"), Vec::<String>::new());
    let again = sandbox.maos(&["worktree-prune"]).success();
    assert_eq!(
        (again.stdout.as_str(), again.stderr.trim()),
        ("", "no workspaces")
    );
}

#[test]
fn a_tree_in_use_stays_even_by_force() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    let forced = sandbox.maos(&["cleanup", "--all", "--force"]);
    assert_eq!(forced.code, Some(5), "{forced:?}");
    kept(&forced, "its agent is at work");
    kept(
        &sandbox.maos(&["worktree-prune"]),
        "its agent has not stopped",
    );
    w.stop_merged();
    let mut sleeper = sandbox.command("sleep", &w.tree);
    let mut sleeper = sleeper.arg("60").stdout(Stdio::null()).spawn().unwrap();
    let forced = sandbox.maos(&["cleanup", "--all", "--force"]);
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    kept(
        &forced,
        &format!("a process stands in it: {}", sleeper.id()),
    );
    assert!(w.path("made.txt").exists());
    assert_eq!(sandbox.maos(&["cleanup", "--all"]).code, Some(0));
    assert!(!w.tree.exists());
}

#[test]
fn cleaning_up_says_what_for() {
    let sandbox = Sandbox::new();
    let usage = sandbox.maos(&["cleanup", "--force"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
    assert!(usage.stderr.contains("--all"), "{usage:?}");
    assert_eq!(sandbox.maos(&["session-cleanup"]).code, Some(2));
    assert_eq!(sandbox.maos(&["session-cleanup", "0283"]).code, Some(3));
    sandbox.worker("a1").stop();
    assert_eq!(
        sandbox.maos(&["session-cleanup", "sess-0283c7"]).code,
        Some(5)
    );
    let forced = sandbox.maos(&["session-cleanup", "sess-0283c7", "--force"]);
    let forced = forced.success();
    assert!(
        forced
            .stdout
            .contains("branch agent/coder-sess-0283c709 stays"),
        "{forced:?}"
    );
}
