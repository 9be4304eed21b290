//! Removal where somebody was there first: branches that the user took over,
//! directories that were deleted or moved by hand, trees merged elsewhere.

use serde_json::json;

use crate::support::{Event, Run, Sandbox, Worker, contents};

#[track_caller]
fn kept(run: &Run, why: &str) {
    assert!(run.stdout.starts_with("kept  "), "{run:?}");
    assert!(run.stdout.contains(why), "no {why} in {run:?}");
}

fn stage(w: &Worker<'_>, text: &str) {
    w.write("p.txt", text);
    w.git(&["add", "p.txt"]);
}

fn commit(w: &Worker<'_>) {
    w.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
}

#[test]
fn a_branch_that_the_user_took_over_stays() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    w.stop_merged();
    // Only a branch that nobody stands on may go.
    sandbox.git(&["switch", "-q", "--ignore-other-worktrees", &w.branch()]);
    sandbox.maos(&["worktree-prune"]).success();
    assert!(!w.tree.exists());
    assert_eq!(
        sandbox.git(&["symbolic-ref", "--short", "HEAD"]),
        w.branch()
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");

    let w = sandbox.worker("a2");
    w.stop_merged();
    let other = sandbox.git(&["commit-tree", "-m", "user's", "HEAD^{tree}"]);
    let full = format!("refs/heads/{}", w.branch());
    sandbox.git(&["update-ref", &full, &other]);
    kept(&sandbox.maos(&["worktree-prune"]), "1 commit not merged");
    w.git(&["update-ref", "-d", &full]);
    kept(&sandbox.maos(&["worktree-prune"]), "its branch was deleted");
    assert!(w.path("made.txt").exists());
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    assert!(!w.tree.exists());
    sandbox.git(&["update-ref", "-d", &full]);
    sandbox.maos(&["restore", &w.handle]).success();
    assert!(w.path("made.txt").exists());
}

#[test]
fn a_directory_that_went_by_hand_leaves_nothing_of_git_s_behind() {
    let sandbox = Sandbox::new();
    let merged = sandbox.worker("a1");
    merged.stop_merged();
    let detached = sandbox.worker("a2");
    detached.stop_merged();
    detached.git(&["switch", "-q", "--detach"]);
    commit(&detached);
    let commit = detached.git(&["rev-parse", "HEAD"]);
    let staged = sandbox.worker("a3");
    staged.stop_merged();
    stage(&staged, "staged\n");
    for w in [&merged, &detached, &staged] {
        std::fs::remove_dir_all(&w.tree).unwrap();
    }
    sandbox.git(&["worktree", "prune", "--expire=now"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    let done = sandbox.maos_json(&["worktree-prune", "--json"]);
    assert_eq!(merged.of(&done)["removed"], json!(true), "{done}");
    assert_eq!(merged.of(&done)["branch"], json!(null), "{done}");
    assert_eq!(detached.of(&done)["removed"], json!(false), "{done}");
    assert_eq!(staged.of(&done)["removed"], json!(false), "{done}");
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 1);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    sandbox.maos(&["restore", &detached.handle]).success();
    assert_eq!(detached.git(&["rev-parse", "HEAD"]), commit);
    sandbox.maos(&["restore", &staged.handle]).success();
    assert_eq!(staged.git(&["show", ":p.txt"]), "staged");
}

#[test]
fn a_directory_that_was_moved_by_hand_stays_a_worktree() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    w.stop_merged();
    let elsewhere = sandbox.top().join("elsewhere");
    std::fs::rename(&w.tree, &elsewhere).unwrap();
    sandbox.git(&["worktree", "repair", elsewhere.to_str().unwrap()]);
    kept(&sandbox.maos(&["worktree-prune"]), "moved to");
    assert_eq!(sandbox.git_in(&elsewhere, &["status", "--porcelain"]), "");
}

#[test]
fn a_tree_that_git_forgot_is_told_to_it_again() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    w.stop_merged();
    w.write("new.txt", "new\n");
    std::fs::remove_dir_all(w.admin()).unwrap();
    kept(
        &sandbox.maos(&["worktree-prune", "--dry-run"]),
        "git does not know it",
    );
    kept(&sandbox.maos(&["worktree-prune"]), "new.txt");
    assert_eq!(w.git(&["status", "--porcelain"]), "?? new.txt");
    std::fs::remove_dir_all(w.admin()).unwrap();
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    sandbox.maos(&["restore", &w.handle]).success();
    assert_eq!(std::fs::read_to_string(w.path("new.txt")).unwrap(), "new\n");
}

#[test]
fn a_project_that_was_moved_keeps_its_workspaces() {
    let mut sandbox = Sandbox::new();
    let (tree, name) = {
        let w = sandbox.worker("a1");
        w.stop_merged();
        w.write("new.txt", "new\n");
        (w.tree.clone(), w.handle.clone())
    };
    let before = contents(&tree);
    let to = sandbox.top().join("moved");
    std::fs::rename(&sandbox.repo, &to).unwrap();
    sandbox.repo = to;
    kept(
        &sandbox.maos(&["cleanup", "--all", "--force"]),
        "the project was moved",
    );
    assert!(contents(&sandbox.path("worktrees").join(name)) == before);
    assert_ne!(sandbox.git(&["branch", "--list", "agent/*"]), "");
}

#[test]
fn what_was_merged_where_the_session_was_started_is_merged() {
    let sandbox = Sandbox::new();
    let tree = sandbox.top().join("feature");
    sandbox.git(&["worktree", "add", "-q", tree.to_str().unwrap()]);
    let there = |event: Event| event.with("cwd", json!(tree));
    sandbox.hook(&there(Event::new("SessionStart"))).success();
    sandbox
        .hook(&there(Event::new("SubagentStart")).of("a1", "coder"))
        .success();
    let input = json!({"file_path": tree.join("made.txt"), "content": "made\n"});
    let write = there(Event::pre("Write", input)).of("a1", "coder");
    let path = std::path::PathBuf::from(sandbox.hook(&write).updated("file_path"));
    std::fs::write(&path, "made\n").unwrap();
    sandbox
        .hook(&there(Event::new("SubagentStop")).of("a1", "coder"))
        .success();
    kept(&sandbox.maos(&["worktree-prune"]), "1 commit not merged");
    sandbox.git_in(&tree, &["merge", "-q", "agent/coder-sess-0283c709"]);
    let run = sandbox.maos_in(&tree, &["worktree-prune"]).success();
    assert!(run.stdout.starts_with("removed"), "{run:?}");
    assert_eq!(sandbox.git(&["branch", "--list", "agent/*"]), "");
}

#[test]
fn a_sparse_tree_is_clean_without_the_files_that_are_left_out() {
    let sandbox = Sandbox::new();
    sandbox.write("big/b.txt", "b\n");
    sandbox.commit("two");
    sandbox.git(&["sparse-checkout", "set", "src"]);
    let w = sandbox.worker("a1");
    w.stop_merged();
    assert!(!w.path("big/b.txt").exists(), "the workspace is not sparse");
    let would = sandbox.maos(&["worktree-prune", "--dry-run"]).success();
    assert!(would.stdout.starts_with("would remove"), "{would:?}");
    w.write("big/b.txt", "written although left out\n");
    kept(&sandbox.maos(&["worktree-prune"]), "big/b.txt");
    w.write("big/new.txt", "new\n");
    let before = (contents(&w.tree), w.git(&["status", "--porcelain"]));
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    sandbox.maos(&["restore", &w.handle]).success();
    assert!(contents(&w.tree) == before.0);
    assert_eq!(w.git(&["status", "--porcelain"]), before.1);
}

#[test]
fn a_workspace_that_was_never_finished_goes() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    std::fs::remove_file(w.path("made.txt")).unwrap();
    w.stop();
    std::fs::remove_dir_all(&w.tree).unwrap();
    std::fs::remove_file(w.admin().join("index")).unwrap();
    let text = std::fs::read_to_string(w.record()).unwrap();
    let creating = text.replace("\"state\": \"ready\"", "\"state\": \"creating\"");
    assert_ne!(text, creating);
    std::fs::write(w.record(), creating).unwrap();
    sandbox.maos(&["cleanup", "--all"]).success();
    assert!(!w.admin().exists());
    assert_eq!(sandbox.git(&["branch", "--list", "agent/*"]), "");
}

#[test]
fn nobody_saws_off_the_branch_that_he_sits_on() {
    let sandbox = Sandbox::new();
    let w = sandbox.worker("a1");
    w.stop_merged();
    let run = sandbox.maos_in(&w.tree, &["worktree-prune"]);
    kept(&run, "a process stands in it");
    assert!(w.path("made.txt").exists());
}

#[test]
fn a_tree_of_the_client_s_own_is_the_client_s_to_remove() {
    let sandbox = Sandbox::new();
    let tree = sandbox.path(".claude/worktrees/agent-a1");
    sandbox.git(&["worktree", "add", "-q", tree.to_str().unwrap()]);
    sandbox.hook(&Event::new("SessionStart")).success();
    let own = |event: Event| event.with("cwd", json!(tree)).of("a1", "coder");
    sandbox.hook(&own(Event::new("SubagentStart"))).success();
    sandbox.hook(&own(Event::new("SubagentStop"))).success();
    kept(
        &sandbox.maos(&["cleanup", "--all", "--force"]),
        "the client made it",
    );
    assert!(tree.join("p.txt").exists());
    sandbox.git(&["worktree", "remove", tree.to_str().unwrap()]);
    sandbox.maos(&["cleanup", "--all"]).success();
    assert_eq!(sandbox.maos_json(&["worktree-list", "--json"]), json!([]));
    assert_ne!(sandbox.git(&["branch", "--list", "agent-a1"]), "");
}
