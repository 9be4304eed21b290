//! `maos uninstall`, where the files were changed since.

use maos::register::Target;
use serde_json::json;

use super::desk::{Desk, json, read, write};

#[test]
fn what_others_added_since_stays() {
    let desk = Desk::new();
    write(&desk.shared(), "{\n  \"model\": \"opus\"\n}\n");
    desk.init(Target::Project);
    // As the client writes it when the user says "always allow".
    let mut settings = json(&desk.shared());
    settings["permissions"] = json!({"allow": ["Bash(ls)"]});
    let stop = settings["hooks"]["Stop"].as_array_mut().unwrap();
    stop.insert(
        0,
        json!({"hooks": [{"type": "command", "command": "beep"}]}),
    );
    let shared = settings["hooks"]["PreToolUse"][0]["hooks"]
        .as_array_mut()
        .unwrap();
    shared.push(json!({"type": "command", "command": "lint"}));
    write(
        &desk.shared(),
        serde_json::to_string_pretty(&settings).unwrap(),
    );
    let mut local = json(&desk.local());
    local["env"]["MINE"] = json!("1");
    write(&desk.local(), serde_json::to_string(&local).unwrap());
    write(&desk.exclude(), read(&desk.exclude()) + "/mine\n");

    desk.uninstall(false);
    let wanted = json!({
        "model": "opus",
        "hooks": {
            "PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "lint"}]}],
            "Stop": [{"hooks": [{"type": "command", "command": "beep"}]}]
        },
        "permissions": {"allow": ["Bash(ls)"]}
    });
    assert_eq!(json(&desk.shared()), wanted);
    assert_eq!(read(&desk.local()), "{\"env\":{\"MINE\":\"1\"}}");
    let exclude = read(&desk.exclude());
    assert!(exclude.ends_with("/mine\n"), "{exclude}");
    assert!(!exclude.contains("worktrees"), "{exclude}");
}

#[test]
fn without_the_note_the_entries_are_still_known() {
    let desk = Desk::new();
    let text = "{\n  \"hooks\": {\n    \"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"beep\"}]}]\n  }\n}\n";
    write(&desk.shared(), text);
    let exclude = read(&desk.exclude());
    desk.init(Target::Project);
    std::fs::remove_dir_all(desk.repo.join(".maos")).unwrap();
    desk.uninstall(false);
    assert_eq!(read(&desk.shared()), text);
    assert_eq!(read(&desk.local()), "{}\n");
    assert_eq!(
        read(&desk.exclude()),
        exclude + "/.claude/settings.local.json\n"
    );
}

#[test]
fn a_registration_of_any_form_is_taken_out() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "/x/maos hook stop"}]}]}, "a": 1}"#,
    );
    desk.uninstall(false);
    assert_eq!(read(&desk.shared()), r#"{"a": 1}"#);
}

#[test]
fn another_shell_prefix_stays() {
    let desk = Desk::new();
    let text = "{\"env\": {\"CLAUDE_CODE_SHELL_PREFIX\": \"/opt/other\"}}";
    write(&desk.local(), text);
    assert!(desk.uninstall(false).is_empty());
    assert_eq!(read(&desk.local()), text);
}

#[test]
fn git_overlooks_workspaces_as_long_as_there_are_some() {
    let desk = Desk::new();
    desk.init(Target::Project);
    write(&desk.repo.join("worktrees/.gitignore"), "*\n");
    write(&desk.repo.join("worktrees/x-sess-1/f"), "");
    let plan = desk.uninstall(false);
    assert!(
        plan.notes.join("").contains("workspaces are left"),
        "{:?}",
        plan.notes
    );
    assert!(read(&desk.exclude()).contains("\n/worktrees/\n/.maos/\n"));
    std::fs::remove_dir_all(desk.repo.join("worktrees/x-sess-1")).unwrap();
    desk.uninstall(false);
    assert!(!read(&desk.exclude()).contains("worktrees"));
}

#[test]
fn twice_is_as_good_as_once() {
    let desk = Desk::new();
    desk.init(Target::Project);
    desk.uninstall(false);
    let before = desk.snapshot();
    assert!(desk.uninstall(false).is_empty());
    assert_eq!(desk.snapshot(), before);
}

#[test]
fn only_the_named_place_is_cleared() {
    let desk = Desk::new();
    desk.init(Target::User);
    desk.uninstall(false);
    assert!(read(&desk.user()).contains("pre-tool-use"));
    desk.uninstall(true);
    assert!(!desk.user().exists());
}
