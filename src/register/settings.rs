//! What MAOS reads and changes in one settings file.

use serde_json::{Value, json};

use super::document::{Document, Step, keys};
use super::hooks::{self, Form, Kind, Row};
use crate::error::Result;

/// The setting that names the shell prefix, below `env`.
pub const PREFIX: &str = "CLAUDE_CODE_SHELL_PREFIX";

const PREFIX_PATH: [&str; 2] = ["env", PREFIX];

/// One hook entry of a settings file.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The event's name.
    pub event: String,
    /// Its place in the event's list, and in that group's `hooks`.
    pub at: (usize, usize),
    /// The group's matcher.
    pub matcher: Option<String>,
    /// The entry itself.
    pub entry: Value,
    /// How it runs MAOS, if it does.
    pub ours: Option<Kind>,
}

/// Every hook entry of a settings value, whatever shape the rest has.
pub fn hooks_in(settings: &Value) -> Vec<Hook> {
    let mut found = Vec::new();
    let Some(events) = settings.get("hooks").and_then(Value::as_object) else {
        return found;
    };
    for (event, groups) in events {
        for (g, group) in groups.as_array().into_iter().flatten().enumerate() {
            let entries = group.get("hooks").and_then(Value::as_array);
            for (h, entry) in entries.into_iter().flatten().enumerate() {
                found.push(Hook {
                    event: event.clone(),
                    at: (g, h),
                    matcher: group
                        .get("matcher")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                    entry: entry.clone(),
                    ours: hooks::ours(entry),
                });
            }
        }
    }
    found
}

/// Registers the hooks; says how many were added and how many changed.
///
/// # Errors
/// Where `hooks` has another shape.
pub fn register(document: &mut Document, form: &Form, native: bool) -> Result<(usize, usize)> {
    check_shape(document)?;
    let (mut added, mut changed) = (0, 0);
    for row in hooks::rows(native) {
        let event = row.event.name();
        let mut ours = mine(document, event)?;
        if ours.is_empty() {
            document.push(&keys(&["hooks", event]), &hooks::group(row, form))?;
            added += 1;
            continue;
        }
        let kept = ours.remove(0);
        changed += usize::from(bring_up_to_date(document, row, form, &kept)?);
        // From behind, so that the places in front stay right.
        for double in ours.iter().rev() {
            take_out(document, double)?;
            changed += 1;
        }
    }
    Ok((added, changed))
}

/// Takes every entry of ours out; says how many there were.
///
/// # Errors
/// Where `hooks` can't be edited.
pub fn unregister(document: &mut Document) -> Result<usize> {
    let ours: Vec<Hook> = hooks_in(&document.value()?)
        .into_iter()
        .filter(|hook| hook.ours.is_some())
        .collect();
    for hook in ours.iter().rev() {
        take_out(document, hook)?;
    }
    if !ours.is_empty() {
        document.remove_if_empty(&keys(&["hooks"]))?;
    }
    Ok(ours.len())
}

/// The shell prefix that a settings value sets.
pub fn prefix_in(settings: &Value) -> Option<&str> {
    settings.get("env")?.get(PREFIX)?.as_str()
}

/// Sets the shell prefix; false where it was so before.
///
/// # Errors
/// Where `env` is no object.
pub fn set_prefix(document: &mut Document, program: &str) -> Result<bool> {
    let path = keys(&PREFIX_PATH);
    if document.get(&path)?.is_some_and(|v| v == program) {
        return Ok(false);
    }
    document.set(&path, &json!(program))?;
    Ok(true)
}

/// Takes the shell prefix out where it is ours.
///
/// # Errors
/// Where `env` is no object.
pub fn remove_prefix(document: &mut Document) -> Result<bool> {
    let path = keys(&PREFIX_PATH);
    let ours = document
        .get(&path)?
        .and_then(|v| v.as_str().map(|v| hooks::named(v, hooks::SHELL_PROGRAM)))
        .unwrap_or(false);
    if ours {
        document.remove(&path)?;
        document.remove_if_empty(&keys(&["env"]))?;
    }
    Ok(ours)
}

fn mine(document: &Document, event: &str) -> Result<Vec<Hook>> {
    let all = hooks_in(&document.value()?);
    Ok(all
        .into_iter()
        .filter(|hook| hook.ours.is_some() && hook.event == event)
        .collect())
}

/// Changes what names the program or decides on failures; a time limit that
/// somebody set stays.
fn bring_up_to_date(document: &mut Document, row: &Row, form: &Form, hook: &Hook) -> Result<bool> {
    let (g, h) = hook.at;
    let entry = [
        Step::Key("hooks"),
        Step::Key(&hook.event),
        Step::At(g),
        Step::Key("hooks"),
        Step::At(h),
    ];
    let at = |key| [&entry[..], &[Step::Key(key)]].concat();
    let mut changed = false;
    let wanted = [
        ("command", json!(form.command())),
        ("args", json!(["hook", row.event.command()])),
    ];
    for (key, value) in wanted {
        if hook.entry.get(key) != Some(&value) {
            document.set(&at(key), &value)?;
            changed = true;
        }
    }
    let on_failure = hook.entry.get("onFailure").and_then(Value::as_str);
    let wanted = form.on_failure(row);
    if on_failure != wanted {
        match wanted {
            Some(value) => document.set(&at("onFailure"), &json!(value))?,
            None => drop(document.remove(&at("onFailure"))?),
        }
        changed = true;
    }
    Ok(changed)
}

/// Takes one entry out, and what it leaves empty.
fn take_out(document: &mut Document, hook: &Hook) -> Result<()> {
    let (g, h) = hook.at;
    let way = [
        Step::Key("hooks"),
        Step::Key(&hook.event),
        Step::At(g),
        Step::Key("hooks"),
        Step::At(h),
    ];
    document.remove(&way)?;
    if document.remove_if_empty(&way[..4])? {
        document.remove(&way[..3])?;
        document.remove_if_empty(&way[..2])?;
    }
    Ok(())
}

/// Refuses what can't be added to: the file belongs to somebody else.
fn check_shape(document: &Document) -> Result<()> {
    let Some(value) = document.get(&keys(&["hooks"]))? else {
        return Ok(());
    };
    if !value.is_object() {
        return Err(document.error_at(&keys(&["hooks"]), "`hooks` must be an object"));
    }
    for row in &hooks::TABLE {
        let event = row.event.name();
        let path = keys(&["hooks", event]);
        let Some(groups) = document.get(&path)? else {
            continue;
        };
        let Some(groups) = groups.as_array() else {
            return Err(document.error_at(&path, format!("`hooks.{event}` must be an array")));
        };
        for (index, group) in groups.iter().enumerate() {
            if !group.get("hooks").is_some_and(Value::is_array) {
                let at = [Step::Key("hooks"), Step::Key(event), Step::At(index)];
                let reason =
                    format!("`hooks.{event}[{index}]` must be an object with a list `hooks`");
                return Err(document.error_at(&at, reason));
            }
        }
    }
    Ok(())
}
