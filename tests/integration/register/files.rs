//! The files that are edited: nothing of others' changes, nothing is lost.

use std::fs;

use maos::register::Target;

use super::desk::{Desk, read, write};

/// Settings as people and programs leave them.
const NASTY: [&str; 14] = [
    "",
    "\n",
    "{}",
    "{}\n",
    "{ }\n",
    "{\n}\n",
    "{\n\n  \"model\": \"opus\"\n\n}\n",
    "{\"model\":\"opus\",\"env\":{\"A\":\"1\"}}",
    "{\r\n\t\"env\": {\r\n\t\t\"A\": \"1\"\r\n\t}\r\n}\r\n",
    "\u{feff}{\n    \"hooks\": {}\n}",
    "{\n  // mine\n  \"model\": \"opus\", // best\n  /* and */ \"x\": [1,2 , 3,],\n}\n",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [],\n    \"Stop\": [ ]\n  }, \"env\": {}\n}\n",
    "{\"hooks\": {\"PreToolUse\": [{\"matcher\": \"Bash\", \"hooks\": [{\"type\": \"command\", \"command\": \"lint\"}]}]}}\n",
    "{\n  \"hooks\": {\n    \"Notification\": \"odd\",\n    \"Stop\": [\n      {\n        \"hooks\": [\n          { \"type\": \"command\", \"command\": \"say \u{e4}\" }\n        ]\n      }\n    ]\n  },\n  \"permissions\": { \"allow\": [ \"Edit(/src/**)\" ], \"deny\": [] }\n}\n",
];

#[test]
fn init_then_uninstall_leaves_every_byte() {
    for target in [Target::Project, Target::Local, Target::User] {
        for text in NASTY {
            let desk = Desk::new();
            for path in [desk.shared(), desk.local(), desk.user()] {
                write(&path, text);
            }
            let before = desk.snapshot();
            desk.init(target);
            assert_ne!(desk.snapshot(), before);
            desk.uninstall(target == Target::User);
            let after = desk.snapshot();
            assert_eq!(names(&after), names(&before), "{target:?} {text}");
            assert_eq!(after, before, "{target:?} {text}");
        }
    }
}

fn names(files: &[(std::path::PathBuf, Vec<u8>)]) -> Vec<String> {
    let show = |(path, bytes): &(std::path::PathBuf, Vec<u8>)| {
        format!("{}: {}", path.display(), String::from_utf8_lossy(bytes))
    };
    files.iter().map(show).collect()
}

#[test]
fn nothing_of_the_old_text_is_touched() {
    for text in NASTY {
        let desk = Desk::new();
        write(&desk.shared(), text);
        desk.init(Target::Project);
        let after = read(&desk.shared());
        let mut rest = after.chars();
        for c in text.trim_end().chars().filter(|c| *c != ' ') {
            assert!(rest.any(|d| d == c), "{text} => {after}");
        }
    }
}

#[test]
fn what_was_made_is_gone_again() {
    for target in [Target::Project, Target::Local, Target::User] {
        let desk = Desk::new();
        let before = desk.snapshot();
        desk.init(target);
        desk.uninstall(target == Target::User);
        assert_eq!(names(&desk.snapshot()), names(&before), "{target:?}");
        assert!(!desk.repo.join(".claude").exists());
        assert!(!desk.repo.join(".maos").exists());
    }
}

#[test]
fn what_is_no_settings_file_is_left_as_it_is() {
    for (text, why) in [
        ("{\"hooks\": ", "this is not JSON"),
        ("[]", "one JSON object"),
        ("{\"hooks\": []}", "`hooks` must be an object"),
        ("{\"hooks\": null}", "`hooks` must be an object"),
        (
            "{\"hooks\": {\"Stop\": {}}}",
            "`hooks.Stop` must be an array",
        ),
        (
            "{\n\"hooks\": {\"Stop\": [\n1]}}",
            "settings.json:3: `hooks.Stop[0]` must be an object with a list `hooks`",
        ),
        (
            "{\"hooks\": {\"PreToolUse\": [{\"matcher\": \"x\"}]}}",
            "`hooks.PreToolUse[0]`",
        ),
        (
            "{\"hooks\": {}, \"hooks\": {}}",
            "`hooks` stands here for the second time",
        ),
    ] {
        let desk = Desk::new();
        write(&desk.shared(), text);
        let refusal = desk.refused(Target::Project);
        assert!(refusal.contains(why), "{text}: {refusal}");
        assert!(refusal.contains("settings.json:"), "{refusal}");
    }
    let desk = Desk::new();
    write(&desk.local(), "{\"env\": \"x\"}");
    assert!(
        desk.refused(Target::Project)
            .contains("`env` must be an object")
    );
    let desk = Desk::new();
    write(&desk.shared(), b"{\n\"a\": \"\xff\"}");
    assert!(
        desk.refused(Target::Project)
            .contains("settings.json:2: this is not UTF-8")
    );
}

#[cfg(unix)]
#[test]
fn links_and_modes_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let desk = Desk::new();
    let dotfiles = desk.repo.parent().unwrap().join("dotfiles");
    let target = dotfiles.join("claude.json");
    write(&target, "{}\n");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(desk.repo.join(".claude")).unwrap();
    symlink("../../dotfiles/claude.json", desk.shared()).unwrap();
    symlink("../../dotfiles/later.json", desk.local()).unwrap();
    desk.init(Target::Project);
    assert!(desk.shared().is_symlink() && desk.local().is_symlink());
    assert!(read(&target).contains("pre-tool-use"));
    assert!(read(&dotfiles.join("later.json")).contains("maos-shell"));
    let mode = fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(&dotfiles).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    write(&desk.local(), "{}\n");
    fs::set_permissions(desk.local(), fs::Permissions::from_mode(0o444)).unwrap();
    let error = desk
        .plan(Target::Project, false)
        .unwrap()
        .apply()
        .unwrap_err();
    assert!(error.to_string().ends_with("is read-only"), "{error}");
    assert_eq!(read(&desk.local()), "{}\n");
    assert!(!desk.shared().exists());
}

#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let desk = Desk::new();
    write(&desk.shared(), "{}\n");
    let plan = desk.plan(Target::Project, false).unwrap();
    write(&desk.shared(), "{\"model\": \"opus\"}\n");
    let error = plan.apply().unwrap_err();
    assert!(
        error.to_string().contains("changed by somebody else"),
        "{error}"
    );
    assert_eq!(read(&desk.shared()), "{\"model\": \"opus\"}\n");
}

#[cfg(unix)]
#[test]
fn a_linked_state_directory_is_refused() {
    let desk = Desk::new();
    let elsewhere = desk.repo.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, desk.repo.join(".maos")).unwrap();
    let error = desk.plan(Target::Project, false).unwrap_err();
    assert!(
        error.to_string().contains("not a directory of its own"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}
