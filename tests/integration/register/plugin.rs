//! The files by which the repository is a plugin and an example, against the
//! hook table.

use std::path::Path;

use maos::register::hooks::{Form, all};
use serde_json::json;

use super::desk::json;

fn top(name: &str) -> serde_json::Value {
    json(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

#[test]
fn the_plugin_registers_what_init_registers() {
    let plugin = top("hooks/hooks.json");
    assert_eq!(plugin["hooks"], all(&Form::Shared, false));
    assert!(plugin["description"].is_string());
    assert_eq!(plugin.as_object().unwrap().len(), 2);
}

#[test]
fn the_example_is_what_init_writes() {
    let desk = super::desk::Desk::new();
    desk.init(maos::register::Target::Project);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/settings.json");
    assert_eq!(
        super::desk::read(&example),
        super::desk::read(&desk.shared())
    );
}

#[test]
fn the_manifests_say_what_the_crate_says() {
    let manifest = top(".claude-plugin/plugin.json");
    assert_eq!(manifest["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["description"], env!("CARGO_PKG_DESCRIPTION"));
    assert_eq!(manifest["license"], env!("CARGO_PKG_LICENSE"));
    assert_eq!(manifest["repository"], env!("CARGO_PKG_REPOSITORY"));
    let market = top(".claude-plugin/marketplace.json");
    assert_eq!(market["plugins"][0]["name"], manifest["name"]);
    assert_eq!(market["plugins"][0]["description"], manifest["description"]);
    assert_eq!(market["plugins"][0]["source"], json!("./"));
}
