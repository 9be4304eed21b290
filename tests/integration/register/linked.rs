//! A session in a linked worktree: the workspaces lie elsewhere.

use maos::register::{Target, twins};
use serde_json::json;

use super::desk::{Desk, json, write};

fn linked() -> (Desk, std::path::PathBuf) {
    let mut desk = Desk::new();
    let main = desk.repo.clone();
    let tree = main.parent().unwrap().join("feature");
    desk.git(&["worktree", "add", "--quiet", tree.to_str().unwrap()]);
    desk.repo = tree;
    (desk, main)
}

#[test]
fn twins_name_the_main_checkout() {
    let (desk, main) = linked();
    write(
        &desk.shared(),
        r#"{"permissions": {"allow": ["Edit(/src/**)"], "deny": ["Edit(.env)"]}}"#,
    );
    desk.init(Target::Project);
    let main = main.display();
    let wanted = json!({
        "allow": [format!("Edit(/{main}/worktrees/*/src/**)")],
        "deny": [format!("Edit(/{main}/worktrees/*/**/.env)")],
        "additionalDirectories": [format!("{main}/worktrees")]
    });
    assert_eq!(json(&desk.local())["permissions"], wanted);
    assert!(!desk.sync());
}

#[test]
fn settings_go_to_the_tree_and_notes_to_the_main_checkout() {
    let (desk, main) = linked();
    let before = desk.snapshot();
    desk.init(Target::Project);
    assert!(desk.shared().exists() && desk.local().exists());
    assert!(!main.join(".claude").exists());
    assert!(main.join(".maos/registered.json").exists());
    assert!(!desk.repo.join(".maos").exists());
    desk.uninstall(false);
    assert!(!main.join(".maos").exists());
    assert_eq!(desk.snapshot(), before);
}

#[test]
fn the_main_checkout_s_local_registration_is_a_double() {
    let (mut desk, main) = linked();
    let tree = std::mem::replace(&mut desk.repo, main);
    desk.init(Target::Local);
    desk.repo = tree;
    let why = desk.refused(Target::Local);
    assert!(why.contains("local settings of the main checkout"), "{why}");
}

#[test]
fn what_main_allows_locally_is_not_allowed_here() {
    let (desk, main) = linked();
    let text = r#"{"permissions": {"allow": ["Edit(/a/**)"], "deny": ["Edit(/b/**)"]}}"#;
    write(&main.join(".claude/settings.local.json"), text);
    desk.sync();
    let local = json(&desk.local());
    assert_eq!(local["permissions"].get("allow"), None);
    let wanted = [format!("Edit(/{}/worktrees/*/b/**)", main.display())];
    assert_eq!(local["permissions"]["deny"], json!(wanted));
}

#[test]
fn taking_it_out_of_main_takes_the_twins_of_all_trees() {
    let (mut desk, main) = linked();
    desk.sync();
    let local = desk.local();
    assert!(local.exists());
    desk.repo = main;
    assert!(!twins::sync(&desk.place(), &desk.machine).unwrap());
    desk.uninstall(false);
    assert!(!local.exists());
    assert!(!desk.repo.join(".maos").exists());
}
