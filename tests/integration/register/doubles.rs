//! One registration is enough: a second place is refused.

use maos::register::{Place, Target, registrations, sources};
use serde_json::json;

use super::desk::{Desk, write};

const ENTRY: &str =
    r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "maos hook stop"}]}]}}"#;

#[test]
fn every_other_place_is_refused() {
    let all = [Target::Project, Target::Local, Target::User, Target::Plugin];
    for first in [Target::Project, Target::Local, Target::User] {
        for second in all.into_iter().filter(|second| *second != first) {
            let desk = Desk::new();
            desk.init(first);
            let why = desk.refused(second);
            assert!(
                why.contains("is registered already"),
                "{first:?} {second:?} {why}"
            );
            assert!(why.contains("maos uninstall"), "{first:?} {second:?} {why}");
        }
    }
}

#[test]
fn a_line_for_a_shell_counts_as_well() {
    let desk = Desk::new();
    write(&desk.user(), ENTRY);
    let why = desk.refused(Target::Project);
    assert!(why.contains("in user settings"), "{why}");
    assert!(why.contains("maos uninstall --user"), "{why}");
}

#[test]
fn settings_of_the_administrator_count_as_well() {
    let desk = Desk::new();
    write(&desk.machine.managed, ENTRY);
    assert!(
        desk.refused(Target::Project)
            .contains("in managed settings")
    );
}

/// The files that the client writes for an installed plugin.
fn plugin(desk: &Desk, enabled_in: &std::path::Path, manifest: &str, hooks: Option<&str>) {
    let plugins = desk.machine.client.clone().unwrap().join("plugins");
    let root = plugins.join("cache/market/maos/0.1.0");
    write(&root.join(".claude-plugin/plugin.json"), manifest);
    if let Some(hooks) = hooks {
        write(&root.join("hooks/hooks.json"), hooks);
    }
    let installed = json!({"version": 2, "plugins": {"maos@market": [
        {"scope": "user", "installPath": root, "version": "0.1.0"}
    ]}});
    write(
        &plugins.join("installed_plugins.json"),
        installed.to_string(),
    );
    write(enabled_in, "{\"enabledPlugins\": {\"maos@market\": true}}");
}

#[test]
fn an_enabled_plugin_counts() {
    let inline = format!(
        "{{\"name\": \"maos\", \"hooks\": {}}}",
        &ENTRY[10..ENTRY.len() - 1]
    );
    let pointed = "{\"name\": \"maos\", \"hooks\": \"./hooks/hooks.json\"}";
    for (manifest, hooks) in [
        ("{\"name\": \"maos\"}", Some(ENTRY)),
        (pointed, Some(ENTRY)),
        (inline.as_str(), None),
    ] {
        for which in [Desk::user, Desk::shared, Desk::local] {
            let desk = Desk::new();
            plugin(&desk, &which(&desk), manifest, hooks);
            let why = desk.refused(Target::Project);
            assert!(why.contains("plugin maos@market"), "{manifest} {why}");
            let place = desk.place();
            let sources = sources(Some(&place), &desk.machine);
            let found = registrations(&sources);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].place, Place::Plugin("maos@market".into()));
        }
    }
}

#[test]
fn a_disabled_plugin_does_not_count() {
    let desk = Desk::new();
    plugin(&desk, &desk.user(), "{\"name\": \"maos\"}", Some(ENTRY));
    write(
        &desk.shared(),
        "{\"enabledPlugins\": {\"maos@market\": false}}",
    );
    desk.init(Target::Project);
}

#[test]
fn what_a_plugin_can_not_bring_along_is_set_up_beside_it() {
    let desk = Desk::new();
    plugin(&desk, &desk.user(), "{\"name\": \"maos\"}", Some(ENTRY));
    desk.init(Target::Plugin);
    assert!(!desk.shared().exists());
    let local = super::desk::json(&desk.local());
    assert!(local["env"]["CLAUDE_CODE_SHELL_PREFIX"].is_string());
    assert_eq!(local.get("hooks"), None);
}

#[test]
fn the_home_directory_as_a_project_has_one_settings_file() {
    let mut desk = Desk::new();
    desk.repo = desk.machine.home.clone().unwrap();
    desk.git(&["init", "--quiet"]);
    assert!(
        desk.refused(Target::Project)
            .contains("are the home settings")
    );
    desk.init(Target::User);
    assert!(desk.init(Target::User).is_empty());
}

#[test]
fn a_file_that_can_not_be_read_is_no_registration() {
    let desk = Desk::new();
    write(&desk.user(), "{\"hooks\": ");
    desk.init(Target::Project);
}
