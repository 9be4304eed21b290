//! Reading the user's deny rules for the hook.
//!
//! Called on tool calls, so no more than the settings files is read, and those
//! without a `deny` list are not even taken apart.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file;
use super::place::{Machine, local_settings, project_settings};
use crate::git;
use crate::policy::rules::{DenyRules, Dirs, Origin};

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    deny: Vec<String>,
}

/// The deny rules that count for a session started in `start`, whose main
/// conversation stands in `cwd`.
pub fn load(place: &git::Place, start: &Path, cwd: &Path) -> DenyRules {
    load_from(place, start, cwd, &Machine::from_env())
}

/// [`load`] with the directories given.
pub fn load_from(place: &git::Place, start: &Path, cwd: &Path, machine: &Machine) -> DenyRules {
    let mut files: Vec<(Origin, PathBuf)> = vec![
        (Origin::Project, project_settings(start)),
        (Origin::Project, local_settings(start)),
    ];
    // Newer clients read the local settings of the main checkout as well.
    let main = local_settings(&place.main);
    if files.iter().all(|(_, path)| *path != main) {
        files.push((Origin::Project, main));
    }
    if let Some(client) = &machine.client {
        let user = client.join("settings.json");
        files.retain(|(_, path)| *path != user);
        files.push((Origin::User, user));
    }
    files.push((Origin::Project, machine.managed.clone()));
    let rules: Vec<(Origin, Vec<String>)> = files
        .into_iter()
        .map(|(origin, path)| (origin, denied(&path)))
        .filter(|(_, rules)| !rules.is_empty())
        .collect();
    let dirs = Dirs {
        start: start.to_owned(),
        cwd: cwd.to_owned(),
        home: machine.home.clone(),
        client: machine.client.clone(),
    };
    let rules = rules
        .iter()
        .flat_map(|(origin, rules)| rules.iter().map(|rule| (*origin, rule.as_str())));
    DenyRules::new(rules, &dirs)
}

/// A file's deny rules; none where the client ignores the file as well.
fn denied(path: &Path) -> Vec<String> {
    let Ok(Some(bytes)) = file::read(path) else {
        return Vec::new();
    };
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    if !bytes.windows(6).any(|window| window == b"\"deny\"") {
        return Vec::new();
    }
    serde_json::from_slice::<Settings>(bytes)
        .map(|settings| settings.permissions.deny)
        .unwrap_or_default()
}
