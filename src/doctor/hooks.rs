//! Whether the hooks are registered, once, and answer.
//!
//! The proof runs each registered command exactly as the client would, on an
//! event that no MAOS knows: it has to be quiet about it. The guard also gets
//! an event that breaks off, which it has to refuse: a guard that lets that
//! through guards nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Check, Scene};
use crate::process::{Cmd, Output};
use crate::protocol::HookEvent;
use crate::register::find::Source;
use crate::register::hooks::{Kind, rows};
use crate::register::settings::Hook;
use crate::register::{Place, link, way_out};

const LIMIT: Duration = Duration::from_secs(10);

/// The session of a probe: no client makes this one.
const SESSION: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn registered(scene: &Scene<'_>) -> Check {
    const ID: &str = "hooks";
    let found = scene.registrations();
    let Some(first) = found.first() else {
        let fix = if scene.place.is_some() {
            "`maos init`"
        } else {
            "`maos init` in a project, or `maos init --user`"
        };
        return Check::fail(ID, "MAOS is not registered", fix);
    };
    let events: BTreeSet<String> = found
        .iter()
        .flat_map(|source| source.ours())
        .map(|hook| hook.event)
        .collect();
    let missing: Vec<&str> = rows(false)
        .map(|row| row.event.name())
        .filter(|name| !events.contains(*name))
        .collect();
    if missing.is_empty() {
        let what = format!("registered in {} ({})", first.place, first.path.display());
        return Check::ok(ID, what);
    }
    let what = format!("not registered for {}", missing.join(", "));
    let fix = format!("`{}`", init_for(&first.place));
    if missing.contains(&HookEvent::PreToolUse.name()) {
        Check::fail(ID, what, fix)
    } else {
        Check::warn(ID, what, fix)
    }
}

fn init_for(place: &Place) -> &'static str {
    match place {
        Place::User => "maos init --user",
        Place::Local | Place::MainLocal => "maos init --local",
        Place::Plugin(_) => "claude plugin update",
        Place::Project | Place::Managed => "maos init",
    }
}

pub(super) fn doubles(scene: &Scene<'_>) -> Check {
    const ID: &str = "doubles";
    let found = scene.registrations();
    let mut where_: Vec<String> = found.iter().map(|source| shown(source)).collect();
    let twice = found.iter().find(|source| has_twice(source));
    if found.len() < 2 && twice.is_none() {
        return Check::ok(ID, "registered in one place at most");
    }
    if let (1, Some(source)) = (found.len(), twice) {
        let what = format!("an event has MAOS more than once in {}", shown(source));
        return Check::fail(ID, what, format!("`{}`", init_for(&source.place)));
    }
    where_.dedup();
    let last = found.last().map(|source| way_out(&source.place));
    Check::fail(
        ID,
        format!("MAOS is registered in {}", where_.join(" and ")),
        format!("keep one of them; {}", last.unwrap_or_default()),
    )
}

fn shown(source: &Source) -> String {
    format!("{} ({})", source.place, source.path.display())
}

fn has_twice(source: &Source) -> bool {
    let mut seen = BTreeSet::new();
    source
        .ours()
        .into_iter()
        .any(|hook| !seen.insert(hook.event))
}

pub(super) fn proof(scene: &Scene<'_>) -> Check {
    const ID: &str = "proof";
    let mut tried: Vec<Value> = Vec::new();
    for source in scene.registrations() {
        for hook in source.ours() {
            if tried.contains(&hook.entry) {
                continue;
            }
            if let Err(what) = probe(scene, &hook) {
                let what = format!("{} in {}: {what}", hook.event, source.path.display());
                return Check::fail(ID, what, fix_for(scene, &hook));
            }
            tried.push(hook.entry);
        }
    }
    if tried.is_empty() {
        return Check::skip(ID, "no hook to run");
    }
    if let Some(other) = other_version(scene, &tried) {
        return Check::warn(
            ID,
            format!(
                "the hooks run {}, another version than this maos",
                other.display()
            ),
            "update both, or run `maos init` of the one that you want",
        );
    }
    Check::ok(
        ID,
        format!("{} registered commands ran and answered", tried.len()),
    )
}

/// A registered program that is not the one that runs now.
fn other_version(scene: &Scene<'_>, entries: &[Value]) -> Option<PathBuf> {
    let this = link::program(scene.machine).ok()?;
    entries
        .iter()
        .filter(|entry| entry.get("args").is_some())
        .filter_map(|entry| entry.get("command")?.as_str())
        .filter_map(|command| {
            let path = PathBuf::from(command);
            if path.is_absolute() {
                Some(path)
            } else {
                scene.machine.find(command)
            }
        })
        .find(|path| !link::is_same(path, &this))
}

fn fix_for(scene: &Scene<'_>, hook: &Hook) -> String {
    let command = hook
        .entry
        .get("command")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !Path::new(command).is_absolute() && scene.machine.find(command).is_none() {
        return format!(
            "put the directory of {command} on the PATH that the client is started with"
        );
    }
    "install this version of maos there, and run `maos init` again".into()
}

/// Runs one entry as it is registered.
fn probe(scene: &Scene<'_>, hook: &Hook) -> Result<(), String> {
    let dir = scene.place.map_or(scene.cwd, |place| place.root.as_path());
    let event = json!({
        "session_id": SESSION, "cwd": dir, "hook_event_name": "MaosProbe"
    });
    let quiet = run(hook, dir, event.to_string())?;
    if !quiet.ok() || !matches!(quiet.text().trim(), "" | "{}") {
        return Err(format!(
            "an unknown event is not passed over: {}",
            said(&quiet)
        ));
    }
    if hook.event != HookEvent::PreToolUse.name() {
        return Ok(());
    }
    let broken = run(
        hook,
        dir,
        format!("{{\"session_id\":\"{SESSION}\",\"tool_na"),
    )?;
    if broken.code != Some(2) {
        return Err(format!(
            "an event that breaks off is not refused: {}",
            said(&broken)
        ));
    }
    Ok(())
}

fn run(hook: &Hook, dir: &Path, input: String) -> Result<Output, String> {
    let command = hook
        .entry
        .get("command")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let args = hook.entry.get("args").and_then(Value::as_array);
    let cmd = match hook.ours {
        Some(Kind::Shell) => Cmd::new("sh").args(["-c", command]),
        _ => Cmd::new(command).args(args.into_iter().flatten().filter_map(Value::as_str)),
    };
    cmd.dir(dir)
        .env("CLAUDE_PROJECT_DIR", dir)
        .input(input)
        .limit(LIMIT)
        .output()
        .map_err(|e| e.to_string())
}

fn said(output: &Output) -> String {
    let code = output.code.map_or_else(
        || "ended by a signal".to_owned(),
        |code| format!("exit code {code}"),
    );
    match (output.message().as_str(), output.text().trim()) {
        ("", "") => code,
        ("", text) => format!("{code}, `{}`", text.chars().take(80).collect::<String>()),
        (message, _) => format!("{code}, {message}"),
    }
}
