//! Every registration of MAOS that a session in a project would run.
//!
//! Settings that can't be read count as empty here, as they do for the client:
//! who is about to write one reads it strictly.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document::Document;
use super::file;
use super::place::{Machine, Place, settings_files};
use super::settings::{Hook, hooks_in};
use crate::git;

/// One file that takes part, read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it stands.
    pub place: Place,
    /// The file.
    pub path: PathBuf,
    /// What it says; null where it can't be read.
    pub value: Value,
    /// Why the client ignores it, if it does.
    pub ignored: Option<String>,
}

impl Source {
    /// Its hook entries; none where the client ignores the file.
    pub fn hooks(&self) -> Vec<Hook> {
        hooks_in(&self.value)
    }

    /// Its hook entries that run MAOS.
    pub fn ours(&self) -> Vec<Hook> {
        let mut hooks = self.hooks();
        hooks.retain(|hook| hook.ours.is_some());
        hooks
    }
}

/// All settings files that are there, and the hooks of enabled plugins.
pub fn sources(project: Option<&git::Place>, machine: &Machine) -> Vec<Source> {
    let mut sources: Vec<Source> = settings_files(project, machine)
        .into_iter()
        .filter_map(|(place, path)| source(place, path))
        .collect();
    let plugins = enabled_plugins(&sources);
    for name in plugins {
        for path in plugin_hooks(&name, machine) {
            sources.extend(source(Place::Plugin(name.clone()), path));
        }
    }
    sources
}

/// The sources that register MAOS.
pub fn registrations(sources: &[Source]) -> Vec<&Source> {
    sources.iter().filter(|s| !s.ours().is_empty()).collect()
}

fn source(place: Place, path: PathBuf) -> Option<Source> {
    let content = file::read(&path).ok().flatten()?;
    let (value, ignored) = match Document::parse(&path, Some(&content)) {
        Ok(document) => (document.value().unwrap_or_default(), document.lenience()),
        Err(e) => (Value::Null, Some(e.to_string())),
    };
    Some(Source {
        place,
        path,
        value,
        ignored,
    })
}

/// Names of plugins that some settings file enables and none after it disables.
fn enabled_plugins(sources: &[Source]) -> Vec<String> {
    let mut enabled: Vec<String> = Vec::new();
    for source in sources {
        let plugins = source
            .value
            .get("enabledPlugins")
            .and_then(Value::as_object);
        for (name, on) in plugins.into_iter().flatten() {
            enabled.retain(|known| known != name);
            if *on == Value::Bool(true) || on.is_array() {
                enabled.push(name.clone());
            }
        }
    }
    enabled
}

/// The files in which a plugin's hooks stand. A plugin of a marketplace that
/// is a directory is read from there by newer clients, and from its copy by
/// older ones.
fn plugin_hooks(name: &str, machine: &Machine) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    let Some(plugins) = machine.client.as_ref().map(|dir| dir.join("plugins")) else {
        return roots;
    };
    let installed = json(&plugins.join("installed_plugins.json"));
    let copies = installed.get("plugins").and_then(|p| p.get(name));
    for copy in copies.and_then(Value::as_array).into_iter().flatten() {
        if let Some(path) = copy.get("installPath").and_then(Value::as_str) {
            push_new(&mut roots, PathBuf::from(path));
        }
    }
    if roots.is_empty() {
        roots.extend(in_marketplace(name, &plugins));
    }
    let mut files = Vec::new();
    for root in roots {
        let manifest = root.join(".claude-plugin/plugin.json");
        match json(&manifest).get("hooks") {
            Some(Value::String(path)) => push_new(&mut files, root.join(path)),
            Some(Value::Array(paths)) => {
                for path in paths.iter().filter_map(Value::as_str) {
                    push_new(&mut files, root.join(path));
                }
            }
            Some(Value::Object(_)) => push_new(&mut files, manifest),
            _ => {}
        }
        push_new(&mut files, root.join("hooks/hooks.json"));
    }
    let mut seen: Vec<Vec<u8>> = Vec::new();
    files.retain(|path| {
        let Ok(Some(content)) = file::read(path) else {
            return false;
        };
        // Each scope that a plugin is installed in may have a copy of its own.
        let new = !seen.contains(&content);
        seen.push(content);
        new
    });
    files
}

fn in_marketplace(name: &str, plugins: &Path) -> Option<PathBuf> {
    let (plugin, marketplace) = name.split_once('@')?;
    let known = json(&plugins.join("known_marketplaces.json"));
    let at = known.get(marketplace)?.get("installLocation")?.as_str()?;
    let listed = json(&Path::new(at).join(".claude-plugin/marketplace.json"));
    let entry = listed
        .get("plugins")?
        .as_array()?
        .iter()
        .find(|p| p.get("name").and_then(Value::as_str) == Some(plugin))?
        .clone();
    let source = entry.get("source")?.as_str()?;
    Some(Path::new(at).join(source))
}

fn push_new(list: &mut Vec<PathBuf>, path: PathBuf) {
    if !list.contains(&path) {
        list.push(path);
    }
}

fn json(path: &Path) -> Value {
    file::read(path)
        .ok()
        .flatten()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}
