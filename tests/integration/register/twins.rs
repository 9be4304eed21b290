//! The user's path rules get twins for the workspaces, and keep them.

use maos::register::{Target, deny};
use serde_json::json;

use super::desk::{Desk, json, read, write};

fn rules(desk: &Desk) -> serde_json::Value {
    json(&desk.local())["permissions"].clone()
}

#[test]
fn every_list_gets_its_twins() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"permissions": {"allow": ["Edit(/src/**)", "Bash(ls)", "Edit(.env)"], "ask": ["Read(a/*.txt)"], "deny": ["Edit(/secret/**)"]}}"#,
    );
    write(
        &desk.user(),
        r#"{"permissions": {"deny": ["Read(/x)", "Read(b/c)"]}}"#,
    );
    desk.init(Target::Project);
    let wanted = json!({
        "allow": ["Edit(/worktrees/*/src/**)"],
        "ask": ["Read(/worktrees/*/a/*.txt)"],
        "deny": ["Edit(/worktrees/*/secret/**)", "Read(/worktrees/*/b/c)"]
    });
    assert_eq!(rules(&desk), wanted);
    assert!(!desk.sync());
}

#[test]
fn they_follow_their_sources_at_session_start() {
    let desk = Desk::new();
    desk.trust();
    desk.init(Target::Project);
    let before = desk.snapshot();
    assert!(!desk.sync());
    assert_eq!(desk.snapshot(), before);

    write(
        &desk.shared(),
        r#"{"permissions": {"allow": ["Edit(/a/**)"], "deny": ["Edit(/b/**)"]}}"#,
    );
    assert!(desk.sync());
    let wanted = json!({
        "allow": ["Edit(/worktrees/*/a/**)"], "deny": ["Edit(/worktrees/*/b/**)"]
    });
    assert_eq!(rules(&desk), wanted);
    assert!(!desk.sync());

    write(
        &desk.shared(),
        r#"{"permissions": {"deny": ["Edit(/c/**)"]}}"#,
    );
    assert!(desk.sync());
    assert_eq!(rules(&desk), json!({"deny": ["Edit(/worktrees/*/c/**)"]}));

    write(&desk.shared(), "{}");
    assert!(desk.sync());
    assert_eq!(json(&desk.local()).get("permissions"), None);
    assert!(!desk.repo.join(".maos/twins.json").exists());
    assert!(!desk.sync());
}

#[test]
fn rules_of_the_user_s_own_stay() {
    let desk = Desk::new();
    let own = r#"{"permissions": {"deny": ["Edit(/worktrees/*/a/**)", "Edit(/d/**)"]}}"#;
    write(&desk.local(), own);
    write(
        &desk.shared(),
        r#"{"permissions": {"deny": ["Edit(/a/**)"]}}"#,
    );
    assert!(desk.sync());
    let wanted = [
        "Edit(/worktrees/*/a/**)",
        "Edit(/d/**)",
        "Edit(/worktrees/*/d/**)",
    ];
    assert_eq!(rules(&desk)["deny"], json!(wanted));
    desk.uninstall(false);
    assert_eq!(read(&desk.local()), own);
}

#[test]
fn a_shared_allow_rule_waits_for_the_client_s_trust() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"permissions": {"allow": ["Edit(/a/**)"], "deny": ["Edit(/b/**)"]}}"#,
    );
    assert!(desk.sync());
    assert_eq!(rules(&desk), json!({"deny": ["Edit(/worktrees/*/b/**)"]}));
    desk.trust();
    assert!(desk.sync());
    assert_eq!(rules(&desk)["allow"], json!(["Edit(/worktrees/*/a/**)"]));

    // Asked for by hand, and kept from then on.
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"permissions": {"allow": ["Edit(/a/**)"]}}"#,
    );
    desk.init(Target::Project);
    assert!(!desk.sync());
    assert_eq!(rules(&desk)["allow"], json!(["Edit(/worktrees/*/a/**)"]));
}

#[test]
fn a_file_made_for_twins_goes_with_them_and_is_not_shown_by_git() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"permissions": {"deny": ["Edit(/a/**)"]}}"#,
    );
    assert!(desk.sync());
    assert!(
        !desk
            .git(&["status", "--porcelain", "-uall"])
            .contains("local")
    );
    write(&desk.shared(), "{}");
    assert!(desk.sync());
    assert!(!desk.local().exists());
}

#[test]
fn a_file_that_can_not_be_read_changes_nothing() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"permissions": {"deny": ["Edit(/a/**)"]}}"#,
    );
    desk.init(Target::Project);
    let before = rules(&desk);
    write(&desk.shared(), r#"{"permissions": {"#);
    let place = desk.place();
    assert!(maos::register::twins::sync(&place, &desk.machine).is_err());
    assert_eq!(rules(&desk), before);
}

/// A note that came with the repository must not decide about the user's rules.
#[test]
fn a_note_that_others_wrote_takes_nothing_out() {
    let desk = Desk::new();
    let own = r#"{"permissions": {"deny": ["Edit(.env)", "Edit(/a/**)"]}}"#;
    write(&desk.local(), own);
    desk.init(Target::Project);
    let note = desk.repo.join(".maos/twins.json");
    let registered = desk.repo.join(".maos/registered.json");
    let mut twins = json(&note);
    let local = desk.local().to_string_lossy().into_owned();
    let rules = twins["files"][&local]["rules"]["deny"]
        .as_array_mut()
        .unwrap();
    rules.push(json!("Edit(.env)"));
    write(&note, twins.to_string());
    desk.sync();
    let kept = json!(["Edit(.env)", "Edit(/a/**)", "Edit(/worktrees/*/a/**)"]);
    assert_eq!(rules_of(&desk, "deny"), kept);

    desk.git(&["add", "--force", ".maos"]);
    let text = read(&registered).replace("\"was\": \"\"", "\"was\": \"evil\"");
    write(&registered, text);
    desk.uninstall(false);
    assert!(!read(&desk.local()).contains("evil"));
    assert!(!read(&desk.shared()).contains("evil"));
    assert!(read(&desk.local()).contains("Edit(.env)"));
}

fn rules_of(desk: &Desk, list: &str) -> serde_json::Value {
    rules(desk)[list].clone()
}

#[test]
fn the_client_s_own_rewriting_does_no_harm() {
    let desk = Desk::new();
    write(
        &desk.local(),
        "{\n    \"permissions\": {\"allow\": [\"Edit(/a/**)\"]}\n}",
    );
    desk.init(Target::Project);
    let mut settings = json(&desk.local());
    let allow = settings["permissions"]["allow"].as_array_mut().unwrap();
    allow.insert(0, json!("Bash(make)"));
    write(
        &desk.local(),
        serde_json::to_string_pretty(&settings).unwrap(),
    );
    assert!(!desk.sync());
    desk.uninstall(false);
    let wanted = json!({"permissions": {"allow": ["Bash(make)", "Edit(/a/**)"]}});
    assert_eq!(json(&desk.local()), wanted);
}

#[test]
fn deny_rules_are_read_from_every_file() {
    let desk = Desk::new();
    let load = || deny::load_from(&desk.place(), &desk.repo, &desk.repo, &desk.machine);
    assert!(load().is_empty());
    let rule = |pattern: &str| json!({"permissions": {"deny": [format!("Edit({pattern})")]}});
    write(&desk.shared(), rule("/shared/**").to_string());
    write(&desk.local(), format!("\u{feff}{}", rule("/local/**")));
    write(&desk.user(), rule("user.txt").to_string());
    write(&desk.machine.managed, rule("/managed/**").to_string());
    let rules = load();
    for (path, found) in [
        ("shared/f", Some("Edit(/shared/**)")),
        ("local/f", Some("Edit(/local/**)")),
        ("deep/user.txt", Some("Edit(user.txt)")),
        ("managed/f", Some("Edit(/managed/**)")),
        ("other", None),
    ] {
        let path = desk.repo.join(path);
        assert_eq!(rules.matches("Write", &path).as_deref(), found);
        assert_eq!(rules.matches("Read", &path), None);
    }
    // As the client does with such a file.
    write(&desk.shared(), format!("// mine\n{}", rule("/shared/**")));
    assert_eq!(load().matches("Write", &desk.repo.join("shared/f")), None);
}
