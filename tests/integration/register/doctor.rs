//! `maos doctor`: each check finds what it is there for.
#![cfg(unix)]

use std::fs;
use std::time::{Duration, SystemTime};

use maos::doctor::{Check, Status, examine};
use maos::register::Target;
use serde_json::json;

use super::desk::{Desk, executable, write};

/// A stand-in for the binary that answers as the hook and the shell prefix do.
const STAND_IN: &str = r#"#!/bin/sh
case "$0" in *maos-shell) exec sh -c "$1";; esac
[ "$1" = hook ] || exit 1
case "$(cat)" in
    *MaosProbe*'}') exit 0;;
    *) echo broken >&2; exit 2;;
esac
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    write(&desk.program, STAND_IN);
    executable(&desk.program);
    desk
}

#[track_caller]
fn check(desk: &Desk, id: &str) -> Check {
    let checks = examine(&desk.repo, &desk.machine);
    let found = checks.into_iter().find(|check| check.id == id);
    let found = found.unwrap_or_else(|| panic!("no check {id}"));
    let needs_fix = matches!(found.status, Status::Warn | Status::Fail);
    assert_eq!(found.fix.is_some(), needs_fix, "{found:?}");
    found
}

#[track_caller]
fn expect(desk: &Desk, id: &str, status: Status, what: &str) {
    let found = check(desk, id);
    assert_eq!(found.status, status, "{found:?}");
    assert!(found.what.contains(what), "{found:?}");
}

/// The registered program by its path: tests don't change `PATH`.
fn registered() -> Desk {
    let desk = desk();
    desk.init(Target::Local);
    desk
}

fn old(path: &std::path::Path) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = fs::File::open(path).unwrap();
    file.set_modified(long_ago).unwrap();
}

#[test]
fn nothing_registered() {
    let desk = desk();
    expect(&desk, "hooks", Status::Fail, "not registered");
    expect(&desk, "proof", Status::Skip, "no hook");
    expect(&desk, "shell-prefix", Status::Skip, "not registered");
}

#[test]
fn all_is_well_and_nothing_is_left_behind() {
    let desk = registered();
    let before = desk.snapshot();
    for check in examine(&desk.repo, &desk.machine) {
        let expected = match check.id {
            // No client in this PATH.
            "client" => Status::Warn,
            // Where the kernel has none, that is said.
            "sandbox" if check.what.contains("no sandbox") => Status::Warn,
            "shell-prefix" => check.status,
            _ => Status::Ok,
        };
        assert_eq!(check.status, expected, "{check:?}");
    }
    assert_eq!(desk.snapshot(), before);
}

#[test]
fn a_registration_of_an_older_version() {
    let desk = registered();
    let mut settings = super::desk::json(&desk.local());
    let hooks = settings["hooks"].as_object_mut().unwrap();
    hooks.remove("SessionEnd");
    write(&desk.local(), settings.to_string());
    expect(
        &desk,
        "hooks",
        Status::Warn,
        "not registered for SessionEnd",
    );
    settings["hooks"]
        .as_object_mut()
        .unwrap()
        .remove("PreToolUse");
    write(&desk.local(), settings.to_string());
    expect(&desk, "hooks", Status::Fail, "PreToolUse, SessionEnd");
}

#[test]
fn doubles() {
    let desk = registered();
    expect(&desk, "doubles", Status::Ok, "one place");
    fs::create_dir_all(desk.user().parent().unwrap()).unwrap();
    fs::copy(desk.local(), desk.user()).unwrap();
    expect(&desk, "doubles", Status::Fail, "user settings");
    let fix = check(&desk, "doubles").fix.unwrap();
    assert!(fix.contains("maos uninstall"), "{fix}");

    let desk = registered();
    let mut settings = super::desk::json(&desk.local());
    let stop = settings["hooks"]["Stop"].as_array_mut().unwrap();
    stop.push(json!({"hooks": [{"type": "command", "command": "maos hook stop"}]}));
    write(&desk.local(), settings.to_string());
    expect(&desk, "doubles", Status::Fail, "more than once");
    desk.init(Target::Local);
    expect(&desk, "doubles", Status::Ok, "one place");
}

#[test]
fn hooks_that_do_not_do_their_work() {
    for (stand_in, what) in [
        ("#!/bin/sh\nexit 0\n", "not refused: exit code 0"),
        ("#!/bin/sh\ncat; exit 2\n", "not passed over"),
        (
            "#!/bin/sh\necho hello\n",
            "not passed over: exit code 0, `hello`",
        ),
        ("#!/bin/sh\nkill -9 $$\n", "ended by a signal"),
    ] {
        let desk = registered();
        write(&desk.program, stand_in);
        expect(&desk, "proof", Status::Fail, what);
    }
    let desk = registered();
    fs::remove_file(&desk.program).unwrap();
    expect(&desk, "proof", Status::Fail, "failed to run");
    expect(&desk, "shell-prefix", Status::Fail, "is not there");
}

#[test]
fn the_shell_prefix() {
    let set = |desk: &Desk, value: &str| {
        let mut settings = super::desk::json(&desk.local());
        settings["env"]["CLAUDE_CODE_SHELL_PREFIX"] = json!(value);
        write(&desk.local(), settings.to_string());
    };
    let desk = registered();
    set(&desk, "/opt/other");
    expect(&desk, "shell-prefix", Status::Warn, "another program");
    set(&desk, "/gone/maos-shell");
    expect(&desk, "shell-prefix", Status::Fail, "is not there");
    let broken = desk.repo.join("maos-shell");
    write(&broken, "#!/bin/sh\nexit 3\n");
    executable(&broken);
    set(&desk, broken.to_str().unwrap());
    expect(&desk, "shell-prefix", Status::Fail, "runs no command");
    let mut settings = super::desk::json(&desk.local());
    settings.as_object_mut().unwrap().remove("env");
    write(&desk.local(), settings.to_string());
    expect(&desk, "shell-prefix", Status::Warn, "is not set");
}

#[test]
fn other_hooks_that_see_shell_commands() {
    let with = |matcher: Option<&str>, command: &str| {
        let desk = registered();
        let mut group = json!({"hooks": [{"type": "command", "command": command}]});
        if let Some(matcher) = matcher {
            group["matcher"] = json!(matcher);
        }
        write(
            &desk.user(),
            json!({"hooks": {"PreToolUse": [group]}}).to_string(),
        );
        write(&desk.repo.join("rewrite.py"), "print('updatedInput')\n");
        write(&desk.repo.join("lint.sh"), "exit 0\n");
        check(&desk, "other-hooks")
    };
    let rewrite = "python3 \"$CLAUDE_PROJECT_DIR\"/rewrite.py";
    for (matcher, command, status, what) in [
        (
            Some("Bash"),
            rewrite,
            Status::Warn,
            "rewrites shell commands",
        ),
        (Some("Edit|Bash"), "./rewrite.py", Status::Warn, "rewrites"),
        (
            None,
            "echo '{\"updatedInput\": {}}'",
            Status::Warn,
            "rewrites",
        ),
        (Some("*"), "no-such-program", Status::Warn, "may rewrite"),
        (Some("Bash"), "./lint.sh", Status::Ok, "none rewrites"),
        (Some("Edit"), "./rewrite.py", Status::Ok, "no other hook"),
        (
            Some("BashOutput"),
            "./rewrite.py",
            Status::Ok,
            "no other hook",
        ),
    ] {
        let found = with(matcher, command);
        assert_eq!(found.status, status, "{matcher:?} {command} {found:?}");
        assert!(found.what.contains(what), "{found:?}");
    }
}

#[test]
fn settings_that_the_client_ignores() {
    let desk = registered();
    write(&desk.user(), "{\"a\": ");
    expect(&desk, "settings", Status::Warn, "this is not JSON");
    let text = super::desk::read(&desk.local());
    write(&desk.local(), format!("// mine\n{text}"));
    expect(&desk, "settings", Status::Fail, "not strict JSON");

    let desk = registered();
    write(&desk.user(), "{\"disableAllHooks\": true}");
    expect(&desk, "hooks-enabled", Status::Fail, "`disableAllHooks`");
}

#[test]
fn what_crashes_leave_behind() {
    let desk = registered();
    let git = desk.repo.join(".git");
    let record = desk.repo.join(".maos/sessions/s/agents/a.json");
    let lock = git.join("refs/heads/agent/a.lock");
    for id in ["admin", "unfinished", "records", "locks"] {
        expect(&desk, &format!("leftover-{id}"), Status::Ok, "");
    }
    write(&git.join("worktrees/zz/commondir"), "");
    fs::create_dir(git.join("maos-new-1")).unwrap();
    write(&record, "{\"workspace\": {\"state\": \"creating\"}}");
    write(&lock, "");
    expect(&desk, "leftover-admin", Status::Fail, "worktrees/zz");
    for id in ["leftover-unfinished", "leftover-records", "leftover-locks"] {
        expect(&desk, id, Status::Ok, "");
    }
    for path in [&git.join("maos-new-1"), &record, &lock] {
        old(path);
    }
    expect(&desk, "leftover-unfinished", Status::Warn, "maos-new-1");
    expect(&desk, "leftover-records", Status::Warn, "a.json");
    expect(&desk, "leftover-locks", Status::Warn, "a.lock");
}

#[test]
fn rules_and_directories() {
    let desk = registered();
    let rule = json!({"permissions": {"deny": ["Edit(/a/**)"]}});
    write(&desk.shared(), rule.to_string());
    expect(&desk, "path-rules", Status::Warn, "not yet known");
    desk.sync();
    expect(&desk, "path-rules", Status::Ok, "");
    write(&desk.exclude(), "");
    fs::create_dir(desk.repo.join("worktrees")).unwrap();
    expect(&desk, "git-exclude", Status::Warn, "worktrees");
    write(&desk.repo.join("worktrees/.gitignore"), "*\n");
    write(&desk.repo.join(".maos/.gitignore"), "*\n");
    expect(&desk, "git-exclude", Status::Ok, "");
}
