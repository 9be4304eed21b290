//! Whether the system keeps agents' shell commands inside their workspaces.

use super::{Check, Scene};
use crate::config::{self, Sandbox, places};
use crate::git;
use crate::sandbox;

pub(super) fn check(scene: &Scene<'_>) -> Check {
    const ID: &str = "sandbox";
    let wanted = scene.place.map_or(Sandbox::Auto, |place| {
        let loaded = config::load(&place.main, &|file| git::tracks(&place.main, file));
        loaded.settings.isolation.sandbox
    });
    if wanted == Sandbox::Off {
        return Check::warn(
            ID,
            "isolation.sandbox is off: an agent's command that names another path writes there",
            "`maos config` says where that is set",
        );
    }
    let place = places::probe();
    match sandbox::probe(wanted == Sandbox::Strict, &place) {
        Ok(backend) => Check::ok(
            ID,
            format!("{} keeps agents' shell commands inside", backend.name()),
        ),
        Err(why) if wanted == Sandbox::Auto => Check::warn(
            ID,
            format!(
                "there is no sandbox: {why}. An agent's command that names another path writes there"
            ),
            "Linux 6.2 or later, or macOS; with isolation.sandbox \"require\" such commands are refused",
        ),
        Err(why) => Check::fail(
            ID,
            format!("there is no sandbox: {why}. Agents' shell commands are refused"),
            "install bubblewrap for \"strict\", or set isolation.sandbox to \"auto\"",
        ),
    }
}
