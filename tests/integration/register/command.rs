//! The commands as a user runs them: what they print, and how they end.
#![expect(
    clippy::disallowed_methods,
    reason = "a test harness reads PATH itself"
)]

use assert_cmd::Command;
use serde_json::Value;

use super::desk::{Desk, read, write};

const MAOS: &str = env!("CARGO_BIN_EXE_maos");

fn maos(desk: &Desk, args: &[&str]) -> assert_cmd::assert::Assert {
    let dir = std::path::Path::new(MAOS).parent().unwrap();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(dir.to_owned()).chain(std::env::split_paths(&inherited));
    Command::new(MAOS)
        .args(args)
        .current_dir(&desk.repo)
        .env_clear()
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("HOME", desk.machine.home.as_ref().unwrap())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .assert()
}

fn out(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn err(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn says_each_file_that_it_changes_and_how() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        "{\"permissions\": {\"deny\": [\"Edit(/a/**)\"]}}\n",
    );
    let said = out(&maos(&desk, &["init"]).success());
    assert!(
        said.contains("changed  .claude/settings.json        10 hooks added\n"),
        "{said}"
    );
    assert!(
        said.contains("made     .claude/settings.local.json  shell prefix set, path rules"),
        "{said}"
    );
    assert!(said.contains("changed  .git/info/exclude "), "{said}");
    assert_eq!(
        out(&maos(&desk, &["init"]).success()),
        "MAOS is registered already: nothing changed\n"
    );
    let said = out(&maos(&desk, &["uninstall"]).success());
    assert!(
        said.contains("changed  .claude/settings.json        10 hooks taken out\n"),
        "{said}"
    );
    assert!(
        said.contains("removed  .claude/settings.local.json"),
        "{said}"
    );
    assert_eq!(
        out(&maos(&desk, &["uninstall"]).success()),
        "MAOS is not registered here: nothing changed\n"
    );
}

#[test]
fn a_dry_run_shows_the_diff_and_changes_nothing() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        "{\r\n  \"model\": \"o\u{1b}[31mpus\"\r\n}\r\n",
    );
    for args in [
        &["init", "--dry-run"][..],
        &["init", "--local", "--dry-run"],
        &["init", "--user", "--dry-run"],
    ] {
        let before = desk.snapshot();
        let said = out(&maos(&desk, args).success());
        assert_eq!(desk.snapshot(), before, "{args:?}");
        assert!(said.contains("+++ b/"), "{said}");
        assert!(
            said.contains("\"args\": [\"hook\", \"pre-tool-use\"],"),
            "{said}"
        );
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    let said = out(&maos(&desk, &["init", "--dry-run"]).success());
    assert!(
        said.contains("--- a/.claude/settings.json\n+++ b/.claude/settings.json\n"),
        "{said}"
    );
    assert!(
        said.contains("--- /dev/null\n+++ b/.claude/settings.local.json\n"),
        "{said}"
    );
    assert!(said.contains("+/worktrees/\n"), "{said}");
    maos(&desk, &["init"]).success();
    let before = desk.snapshot();
    let said = out(&maos(&desk, &["uninstall", "--dry-run"]).success());
    assert!(said.contains("+++ /dev/null\n"), "{said}");
    assert_eq!(desk.snapshot(), before);
    let said = out(&maos(&desk, &["init", "--dry-run"]).success());
    assert!(
        said.starts_with("nothing would change\nnote: the client ignores "),
        "{said}"
    );
}

#[test]
fn refuses_with_a_reason_and_a_way_out() {
    let desk = Desk::new();
    maos(&desk, &["init", "--user"]).success();
    let said = err(&maos(&desk, &["init"]).code(5));
    assert!(
        said.contains("is registered already, in user settings"),
        "{said}"
    );
    assert!(said.contains("maos uninstall --user"), "{said}");
    maos(&desk, &["init", "--local", "--user"]).code(2);

    let desk = Desk::new();
    write(&desk.shared(), "{\"hooks\": 1}");
    let said = err(&maos(&desk, &["init"]).code(6));
    assert!(
        said.contains(".claude/settings.json:1: `hooks` must be an object"),
        "{said}"
    );
    assert_eq!(read(&desk.shared()), "{\"hooks\": 1}");

    let mut desk = Desk::new();
    desk.repo = desk.machine.home.clone().unwrap();
    maos(&desk, &["init"]).code(4);
    maos(&desk, &["uninstall"]).code(4);
}

#[test]
fn the_doctor_proves_what_init_registered() {
    for target in [None, Some("--local"), Some("--user")] {
        let desk = Desk::new();
        let checks = out(&maos(&desk, &["doctor", "--json"]).code(1));
        assert_eq!(status(&checks, "hooks"), "fail");
        let args: Vec<&str> = std::iter::once("init").chain(target).collect();
        maos(&desk, &args).success();
        let before = desk.snapshot();
        let checks = out(&maos(&desk, &["doctor", "--json"]).success());
        for id in [
            "git",
            "hooks",
            "doubles",
            "proof",
            "shell-prefix",
            "other-hooks",
        ] {
            assert_eq!(status(&checks, id), "ok", "{target:?} {id}: {checks}");
        }
        assert_ne!(status(&checks, "sandbox"), "fail");
        assert_eq!(
            desk.snapshot(),
            before,
            "{target:?}: the doctor left something"
        );
        let said = out(&maos(&desk, &["doctor"]).success());
        assert!(said.contains("\nok    proof "), "{said}");
    }
}

fn status(checks: &str, id: &str) -> String {
    let checks: Vec<Value> = serde_json::from_str(checks).unwrap();
    let check = checks.iter().find(|check| check["id"] == id);
    let check = check.unwrap_or_else(|| panic!("no check {id}"));
    assert!(check["what"].is_string(), "{check}");
    check["status"].as_str().unwrap().to_owned()
}
