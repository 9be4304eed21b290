//! Whether the client heeds the settings files at all.

use serde_json::Value;

use super::{Check, Scene};
use crate::register::settings::prefix_in;

pub(super) fn readable(scene: &Scene<'_>) -> Check {
    const ID: &str = "settings";
    let ignored: Vec<_> = scene
        .sources
        .iter()
        .filter_map(|source| Some((source, source.ignored.as_ref()?)))
        .collect();
    if ignored.is_empty() {
        return Check::ok(ID, format!("{} files read", scene.sources.len()));
    }
    let what: Vec<String> = ignored
        .iter()
        .map(|(source, why)| format!("the client ignores {}: {why}", source.path.display()))
        .collect();
    let needed = ignored
        .iter()
        .any(|(source, _)| !source.ours().is_empty() || prefix_in(&source.value).is_some());
    let fix = "make it plain JSON, without comments and trailing commas";
    if needed {
        Check::fail(ID, what.join("; "), fix)
    } else {
        Check::warn(ID, what.join("; "), fix)
    }
}

pub(super) fn hooks_enabled(scene: &Scene<'_>) -> Check {
    const ID: &str = "hooks-enabled";
    for key in ["disableAllHooks", "allowManagedHooksOnly"] {
        let off = scene
            .sources
            .iter()
            .find(|source| source.value.get(key) == Some(&Value::Bool(true)));
        if let Some(source) = off {
            return Check::fail(
                ID,
                format!("`{key}` in {}: hooks don't run", source.path.display()),
                "take that setting out",
            );
        }
    }
    Check::ok(ID, "no setting turns hooks off")
}
