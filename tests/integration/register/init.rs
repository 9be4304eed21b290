//! `maos init`: what goes where.

use std::fs;

use maos::register::{Target, hooks};
use serde_json::json;

use super::desk::{Desk, json, read, write};

#[test]
fn shared_settings_name_the_program_and_block_nobody() {
    let desk = Desk::new();
    desk.init(Target::Project);
    let shared = json(&desk.shared());
    assert_eq!(shared["hooks"], hooks::all(&hooks::Form::Shared, false));
    let entry = &shared["hooks"]["PreToolUse"][0]["hooks"][0];
    let wanted = json!({
        "type": "command", "command": "maos", "args": ["hook", "pre-tool-use"], "timeout": 120
    });
    assert_eq!(*entry, wanted);
    assert!(shared["hooks"].get("WorktreeCreate").is_none());
    assert_eq!(shared.get("env"), None);

    let local = json(&desk.local());
    let prefix = desk.program.with_file_name("maos-shell");
    let wanted = json!({"env": {"CLAUDE_CODE_SHELL_PREFIX": prefix}});
    assert_eq!(local, wanted);
    assert_eq!(prefix.canonicalize().unwrap(), desk.program);
}

#[test]
fn machine_settings_name_the_path_and_the_guard_blocks() {
    for target in [Target::Local, Target::User] {
        let desk = Desk::new();
        desk.init(target);
        let path = if target == Target::Local {
            desk.local()
        } else {
            desk.user()
        };
        let settings = json(&path);
        for (event, groups) in settings["hooks"].as_object().unwrap() {
            let entry = &groups[0]["hooks"][0];
            assert_eq!(entry["command"], json!(desk.program), "{event}");
            let block = (event == "PreToolUse").then(|| json!("block"));
            assert_eq!(entry.get("onFailure").cloned(), block, "{event}");
        }
        assert!(settings["env"]["CLAUDE_CODE_SHELL_PREFIX"].is_string());
        assert!(!desk.shared().exists());
        assert_eq!(desk.local().exists(), target == Target::Local);
    }
}

#[test]
fn worktrees_of_the_client_on_request_alone() {
    let desk = Desk::new();
    desk.plan(Target::Project, true).unwrap().apply().unwrap();
    let shared = json(&desk.shared());
    assert_eq!(shared["hooks"], hooks::all(&hooks::Form::Shared, true));
    // Asked again without: what is there stays.
    assert!(desk.init(Target::Project).is_empty());
}

#[test]
fn twice_changes_nothing() {
    for target in [Target::Project, Target::Local, Target::User] {
        let desk = Desk::new();
        write(
            &desk.shared(),
            "{\"permissions\": {\"deny\": [\"Edit(/a/**)\"]}}",
        );
        desk.init(target);
        let before = desk.snapshot();
        let plan = desk.init(target);
        assert!(plan.is_empty(), "{target:?}: {:?}", plan.changes);
        assert_eq!(desk.snapshot(), before, "{target:?}");
    }
}

#[test]
fn a_plan_alone_changes_nothing() {
    for target in [Target::Project, Target::Local, Target::User, Target::Plugin] {
        let desk = Desk::new();
        let before = desk.snapshot();
        assert!(!desk.plan(target, false).unwrap().is_empty());
        assert_eq!(desk.snapshot(), before);
        assert!(!desk.program.with_file_name("maos-shell").exists());
    }
}

#[test]
fn git_shows_nothing_new_but_the_shared_settings() {
    let desk = Desk::new();
    write(&desk.repo.join(".gitignore"), "/target\n");
    desk.git(&["add", "."]);
    desk.git(&["commit", "--quiet", "--message=two"]);
    desk.init(Target::Project);
    write(&desk.repo.join("worktrees/x/f"), "");
    write(&desk.repo.join(".maos/sessions/f"), "");
    let shown = desk.git(&["status", "--porcelain", "--untracked-files=all"]);
    assert_eq!(shown, "?? .claude/settings.json\n");
    let lines = read(&desk.exclude());
    for line in ["/worktrees/", "/.maos/", "/.claude/settings.local.json"] {
        assert_eq!(lines.lines().filter(|l| *l == line).count(), 1, "{line}");
    }
}

#[test]
fn what_git_overlooks_already_gets_no_line() {
    let desk = Desk::new();
    write(&desk.repo.join(".gitignore"), "settings.local.json\n");
    write(&desk.exclude(), "# mine\nworktrees\n/.maos/");
    desk.init(Target::Project);
    assert_eq!(read(&desk.exclude()), "# mine\nworktrees\n/.maos/");

    let desk = Desk::new();
    write(&desk.local(), "{}\n");
    desk.git(&["add", "--force", "."]);
    write(&desk.exclude(), "no newline");
    desk.init(Target::Project);
    assert_eq!(read(&desk.exclude()), "no newline\n/worktrees/\n/.maos/\n");
}

#[test]
fn an_old_entry_is_brought_up_to_date_in_its_place() {
    let desk = Desk::new();
    write(
        &desk.shared(),
        r#"{
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]},
      {"matcher": "*", "hooks": [{"type": "command", "command": "/old/maos", "args": ["pre-tool-use"], "timeout": 7, "onFailure": "block"}]},
      {"hooks": [{"type": "command", "command": "maos hook pre-tool-use"}, {"type": "command", "command": "mine"}]}
    ]
  }
}
"#,
    );
    desk.init(Target::Project);
    let groups = json(&desk.shared())["hooks"]["PreToolUse"].clone();
    let wanted = json!([
        {"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]},
        {"matcher": "*", "hooks": [
            {"type": "command", "command": "maos", "args": ["hook", "pre-tool-use"], "timeout": 7}
        ]},
        {"hooks": [{"type": "command", "command": "mine"}]}
    ]);
    assert_eq!(groups, wanted);
    assert!(desk.init(Target::Project).is_empty());
}

#[test]
fn outside_of_git_only_the_home_settings_will_do() {
    let mut desk = Desk::new();
    desk.repo = desk.machine.home.clone().unwrap().join("plain");
    fs::create_dir(&desk.repo).unwrap();
    for target in [Target::Project, Target::Local, Target::Plugin] {
        assert!(desk.refused(target).contains("is not in a git repository"));
    }
    desk.init(Target::User);
    assert!(desk.user().exists());
    desk.uninstall(true);
    assert!(!desk.user().exists());
}

#[test]
fn a_subdirectory_means_the_project() {
    let mut desk = Desk::new();
    let top = desk.repo.clone();
    desk.repo = top.join("src/deep");
    fs::create_dir_all(&desk.repo).unwrap();
    desk.init(Target::Project);
    assert!(top.join(".claude/settings.json").exists());
    assert!(!desk.repo.join(".claude").exists());
}

#[test]
fn another_shell_prefix_is_not_replaced() {
    for which in [Desk::shared, Desk::local, Desk::user] {
        let desk = Desk::new();
        let text = "{\"env\": {\"CLAUDE_CODE_SHELL_PREFIX\": \"/opt/other\"}}";
        write(&which(&desk), text);
        let why = desk.refused(Target::Project);
        assert!(why.contains("is set to /opt/other in"), "{why}");
        assert!(why.contains("take that setting out first"), "{why}");
    }
}

#[test]
fn a_stale_shell_prefix_is_replaced() {
    let desk = Desk::new();
    let text = "{\"env\": {\"CLAUDE_CODE_SHELL_PREFIX\": \"/gone/maos-shell\", \"A\": \"b\"}}";
    write(&desk.local(), text);
    desk.init(Target::Project);
    let shell = desk.program.with_file_name("maos-shell");
    let wanted = json!({"CLAUDE_CODE_SHELL_PREFIX": shell, "A": "b"});
    assert_eq!(json(&desk.local())["env"], wanted);
}

#[cfg(unix)]
#[test]
fn the_second_name_lies_where_the_client_can_run_it() {
    use std::os::unix::fs::symlink;
    // A path with ` -` is taken for arguments by the client.
    let mut desk = Desk::new();
    let odd = desk.program.parent().unwrap().join("a -b");
    fs::create_dir(&odd).unwrap();
    fs::rename(&desk.program, odd.join("maos")).unwrap();
    desk.program = odd.join("maos");
    desk.init(Target::Project);
    let own = desk.machine.state.clone().unwrap().join("bin/maos-shell");
    assert_eq!(
        json(&desk.local())["env"]["CLAUDE_CODE_SHELL_PREFIX"],
        json!(own)
    );
    assert_eq!(own.canonicalize().unwrap(), desk.program);

    // A program found on PATH by a link outlives an update of its target.
    let mut desk = Desk::new();
    let bin = desk.program.parent().unwrap().to_owned();
    fs::rename(&desk.program, bin.join("maos-1.0")).unwrap();
    symlink("maos-1.0", bin.join("maos")).unwrap();
    desk.program = bin.join("maos-1.0");
    desk.init(Target::Local);
    let entry = json(&desk.local())["hooks"]["Stop"][0]["hooks"][0].clone();
    assert_eq!(entry["command"], json!(bin.join("maos")));
    assert_eq!(
        fs::read_link(bin.join("maos-shell")).unwrap().to_str(),
        Some("maos")
    );

    // One that points elsewhere is set right, and only then.
    fs::remove_file(bin.join("maos-shell")).unwrap();
    symlink("/bin/sh", bin.join("maos-shell")).unwrap();
    assert!(desk.init(Target::Local).link.unwrap().missing);
    assert!(!desk.init(Target::Local).link.unwrap().missing);
}

#[test]
fn says_what_a_person_should_know() {
    let mut desk = Desk::new();
    desk.machine.path.clear();
    write(&desk.shared(), "{\n  // mine\n}\n");
    let notes = desk.init(Target::Project).notes.join("\n");
    assert!(notes.contains("maos is not on PATH"), "{notes}");
    assert!(
        notes.contains("settings.json: it is not strict JSON"),
        "{notes}"
    );
}
