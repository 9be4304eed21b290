//! Hooks of others that see the same shell commands. Where two hooks rewrite
//! one command, the client takes one answer, and the other's work is lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Check, Scene};
use crate::protocol::HookEvent;
use crate::register::find::Source;
use crate::register::settings::Hook;

/// The field by which a hook rewrites a call.
const FIELD: &[u8] = b"updatedInput";

/// A program larger than this is not searched.
const LARGEST: u64 = 64 << 20;

#[derive(PartialEq)]
enum Rewrites {
    Yes,
    No,
    Unknown,
}

pub(super) fn rewriters(scene: &Scene<'_>) -> Check {
    const ID: &str = "other-hooks";
    let mut quiet = 0;
    for source in &scene.sources {
        for hook in source.hooks() {
            if hook.ours.is_some() || !sees_bash(&hook) {
                continue;
            }
            let does = rewrites(scene, source, &hook.entry);
            if does == Rewrites::No {
                quiet += 1;
                continue;
            }
            let verb = if does == Rewrites::Yes {
                "rewrites"
            } else {
                "may rewrite"
            };
            return Check::warn(
                ID,
                format!(
                    "`{}` in {} {verb} shell commands: of two rewritten commands the client \
                     takes one",
                    line(&hook.entry),
                    source.path.display()
                ),
                "let only one of them rewrite Bash, or leave agents out of the other",
            );
        }
    }
    match quiet {
        0 => Check::ok(ID, "no other hook sees shell commands"),
        _ => Check::ok(
            ID,
            format!("{quiet} other hooks see shell commands, none rewrites them"),
        ),
    }
}

fn sees_bash(hook: &Hook) -> bool {
    if hook.event != HookEvent::PreToolUse.name() {
        return false;
    }
    let matcher = hook.matcher.as_deref().unwrap_or_default();
    matches!(matcher, "" | "*")
        || matcher.contains(".*")
        || matcher
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word == "Bash")
}

fn line(entry: &Value) -> String {
    let mut words = vec![
        entry
            .get("command")
            .and_then(Value::as_str)
            .unwrap_or("a hook"),
    ];
    let args = entry.get("args").and_then(Value::as_array);
    words.extend(args.into_iter().flatten().filter_map(Value::as_str));
    words.join(" ")
}

/// Whether an entry can rewrite a call: whether its line, or a file that the
/// line names, has the word for it.
fn rewrites(scene: &Scene<'_>, source: &Source, entry: &Value) -> Rewrites {
    if entry.get("type").and_then(Value::as_str) == Some("prompt") {
        return Rewrites::No;
    }
    let line = line(entry);
    if has(line.as_bytes()) {
        return Rewrites::Yes;
    }
    let files: Vec<PathBuf> = line
        .split_whitespace()
        .map(|word| word.replace(['"', '\''], ""))
        .filter_map(|word| file(scene, source, word))
        .collect();
    let mut answer = Rewrites::Unknown;
    for path in files {
        match fs::metadata(&path) {
            Ok(meta) if meta.len() <= LARGEST => {}
            _ => continue,
        }
        match fs::read(&path) {
            Ok(bytes) if has(&bytes) => return Rewrites::Yes,
            Ok(_) => answer = Rewrites::No,
            Err(_) => {}
        }
    }
    answer
}

fn has(bytes: &[u8]) -> bool {
    bytes.windows(FIELD.len()).any(|window| window == FIELD)
}

fn file(scene: &Scene<'_>, source: &Source, mut word: String) -> Option<PathBuf> {
    let root = scene.place.map_or(scene.cwd, |place| place.root.as_path());
    // A plugin's hooks stand one directory below its root.
    let plugin = source.path.parent().and_then(Path::parent).unwrap_or(root);
    for (name, dir) in [("CLAUDE_PROJECT_DIR", root), ("CLAUDE_PLUGIN_ROOT", plugin)] {
        let dir = dir.to_string_lossy();
        word = word
            .replace(&format!("${{{name}}}"), &dir)
            .replace(&format!("${name}"), &dir);
    }
    let path = match (word.strip_prefix("~/"), &scene.machine.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => root.join(Path::new(&word)),
    };
    if path.is_file() {
        return Some(path);
    }
    scene.machine.find(&word)
}
