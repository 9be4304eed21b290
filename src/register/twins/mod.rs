//! Keeping the twins of the user's path rules in step (see
//! [`crate::policy::rules::twin`] for what a twin is).
//!
//! Twins stand in `settings.local.json`, beside the user's own rules; which
//! ones are MAOS's says `.maos/twins.json`. A rule that the user wrote is never
//! taken out, even where it equals a twin. Called by `maos init` and at the
//! start of every session, so nothing is written where nothing changed.

mod tracked;
mod trust;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::document::{Document, keys};
use super::exclude;
use super::file;
use super::place::{Machine, local_settings, project_settings};
use crate::error::Result;
use crate::git;
use crate::policy::rules::{List, Origin, Trees, is_twin, twin};

pub use tracked::{Tracked, path};

/// The key of the list that makes the workspaces readable for a session that
/// was started in another tree.
const DIRECTORIES: &str = "additionalDirectories";

/// Brings the twins in step; says whether something was written.
///
/// # Errors
/// Where a settings file can't be read as what it should be, or written.
pub fn sync_twins(place: &git::Place) -> Result<bool> {
    sync(place, &Machine::from_env())
}

/// [`sync_twins`] with the directories given.
///
/// # Errors
/// Where a settings file can't be read as what it should be, or written.
pub fn sync(place: &git::Place, machine: &Machine) -> Result<bool> {
    let local = local_settings(&place.root);
    let before = file::read(&local)?;
    let mut document = Document::parse(&local, before.as_deref())?;
    let note = path(place)?;
    let note_before = file::read(&note)?;
    let mut tracked = Tracked::parse(&note, note_before.as_deref())?;
    if !plan(place, machine, &mut document, &mut tracked, false)? {
        return Ok(false);
    }
    let after = settle(&document, &mut tracked)?;
    // First the note, then the rules: a crash in between leaves twins that are
    // missing and come next time, not rules that nobody takes out again.
    write(&note, note_before.as_deref(), tracked.content())?;
    if before.is_none() && after.is_some() {
        exclude::cover_local(place)?;
    }
    write(&local, before.as_deref(), after)?;
    Ok(true)
}

/// Whether there is nothing to bring in step.
///
/// # Errors
/// Where a settings file can't be read as what it should be.
pub fn in_step(place: &git::Place, machine: &Machine) -> Result<bool> {
    let local = local_settings(&place.root);
    let mut document = Document::parse(&local, file::read(&local)?.as_deref())?;
    let note = path(place)?;
    let mut tracked = Tracked::parse(&note, file::read(&note)?.as_deref())?;
    Ok(!plan(place, machine, &mut document, &mut tracked, false)?)
}

fn write(path: &Path, before: Option<&[u8]>, after: Option<Vec<u8>>) -> Result<()> {
    match (before, after) {
        (before, Some(after)) if before != Some(&after) => file::replace(path, before, &after),
        (Some(before), None) => file::remove(path, before),
        _ => Ok(()),
    }
}

/// The next content of a settings file whose twins were changed; `None` where
/// it was made for twins and has none any more.
///
/// # Errors
/// Where an edit left no JSON, which would be a bug.
pub fn settle(document: &Document, tracked: &mut Tracked) -> Result<Option<Vec<u8>>> {
    let made = tracked.settle(document.path());
    let empty = document
        .value()?
        .as_object()
        .is_none_or(serde_json::Map::is_empty);
    Ok((!made || !empty).then(|| document.bytes()))
}

/// Changes the local settings and the note as they should be; says whether
/// something changed. `by_hand`: a person asked for it, so rules of shared
/// settings count before the client was told to trust the project.
///
/// # Errors
/// Where a settings file can't be read as what it should be.
pub fn plan(
    place: &git::Place,
    machine: &Machine,
    document: &mut Document,
    tracked: &mut Tracked,
    by_hand: bool,
) -> Result<bool> {
    let wanted = wanted(place, machine, document, tracked, by_hand)?;
    let known = tracked.of(document.path()).clone();
    let mut changed = false;
    for key in tracked::LISTS {
        for rule in known.list(key) {
            if !wanted.contains(&(key, rule.clone())) {
                take_out(document, tracked, key, rule)?;
                changed = true;
            }
        }
    }
    for (key, rule) in &wanted {
        let there = has(document, key, rule)?;
        if there && !known.list(key).contains(rule) {
            // The user has this very rule.
            continue;
        }
        if !there {
            put_in(document, tracked, key, rule)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Takes every twin out of the local settings.
///
/// # Errors
/// Where the settings can't be edited.
pub fn remove_all(document: &mut Document, tracked: &mut Tracked) -> Result<usize> {
    let known = tracked.of(document.path()).clone();
    let mut count = 0;
    for key in tracked::LISTS {
        for rule in known.list(key) {
            take_out(document, tracked, key, rule)?;
            count += 1;
        }
    }
    Ok(count)
}

fn wanted(
    place: &git::Place,
    machine: &Machine,
    document: &Document,
    tracked: &Tracked,
    by_hand: bool,
) -> Result<Vec<(&'static str, String)>> {
    let trees = Trees {
        root: place.root.clone(),
        main: place.main.clone(),
        home: machine.home.clone(),
    };
    let known = tracked.of(document.path());
    let mut wanted = Vec::new();
    for source in sources(place, machine, document)? {
        for list in List::ALL {
            if list == List::Allow && source.never_allows {
                continue;
            }
            let mut trusted = None;
            let rules = source.rules.get(list.key()).and_then(Value::as_array);
            for rule in rules.into_iter().flatten().filter_map(Value::as_str) {
                if source.is_local && known.list(list.key()).iter().any(|r| r == rule) {
                    continue;
                }
                let Some(twin) = twin(rule, list, source.origin, &trees) else {
                    continue;
                };
                // The client heeds what shared settings allow once the project
                // is trusted, and what local settings allow at once.
                let waits = source.is_shared
                    && list == List::Allow
                    && !by_hand
                    && !known.list(list.key()).contains(&twin)
                    && !*trusted.get_or_insert_with(|| trust::is_trusted(place, machine));
                let item = (list.key(), twin);
                if !waits && !wanted.contains(&item) {
                    wanted.push(item);
                }
            }
        }
    }
    if place.root != place.main
        && let Some(workspaces) = place.main.join("worktrees").to_str()
    {
        wanted.push((DIRECTORIES, workspaces.to_owned()));
    }
    Ok(wanted)
}

/// One file's `permissions`.
struct Source {
    origin: Origin,
    rules: Value,
    is_local: bool,
    is_shared: bool,
    never_allows: bool,
}

/// The files whose rules count for a session in `place.root`.
fn sources(place: &git::Place, machine: &Machine, local: &Document) -> Result<Vec<Source>> {
    let permissions = |document: &Document| -> Result<Value> {
        if document.lenience().is_some() {
            // The client takes no notice of such a file.
            return Ok(Value::Null);
        }
        Ok(document
            .value()?
            .get("permissions")
            .cloned()
            .unwrap_or_default())
    };
    let read = |path: PathBuf| -> Result<Value> {
        match file::read(&path)? {
            // Most files have no rules: don't take them apart.
            Some(bytes) if contains(&bytes, b"\"permissions\"") => {
                permissions(&Document::parse(&path, Some(&bytes))?)
            }
            _ => Ok(Value::Null),
        }
    };
    let source = |origin, rules| Source {
        origin,
        rules,
        is_local: false,
        is_shared: false,
        never_allows: false,
    };
    let user = machine.client.as_ref().map(|dir| dir.join("settings.json"));
    let project = project_settings(&place.root);
    let mut sources = Vec::new();
    if user.as_ref() != Some(&project) {
        sources.push(Source {
            is_shared: true,
            ..source(Origin::Project, read(project)?)
        });
    }
    sources.push(Source {
        is_local: true,
        ..source(Origin::Project, permissions(local)?)
    });
    if place.root != place.main {
        // Newer clients read it from a linked worktree, too, older ones don't:
        // what it allows there is not allowed everywhere.
        sources.push(Source {
            never_allows: true,
            ..source(Origin::Project, read(local_settings(&place.main))?)
        });
    }
    if let Some(user) = user {
        sources.push(source(Origin::User, read(user)?));
    }
    Ok(sources)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn has(document: &Document, key: &str, rule: &str) -> Result<bool> {
    let list = document.get(&keys(&["permissions", key]))?;
    Ok(list.is_some_and(|l| l.as_array().is_some_and(|l| l.iter().any(|r| r == rule))))
}

fn put_in(document: &mut Document, tracked: &mut Tracked, key: &str, rule: &str) -> Result<()> {
    let made: Vec<&str> = [&["permissions"][..], &["permissions", key]]
        .into_iter()
        .filter(|path| !matches!(document.get(&keys(path)), Ok(Some(_))))
        .map(|path| path[path.len() - 1])
        .collect();
    let file_made = document.is_empty();
    document.push(&keys(&["permissions", key]), &json!(rule))?;
    tracked.add(document.path(), key, rule, &made, file_made);
    Ok(())
}

/// Takes a twin out. What is noted but can't be one stays: the note is a file
/// that others could have written.
fn take_out(document: &mut Document, tracked: &mut Tracked, key: &str, rule: &str) -> Result<()> {
    let path = keys(&["permissions", key]);
    let ours = is_twin(rule) || (key == DIRECTORIES && rule.ends_with("/worktrees"));
    if ours
        && let Some(list) = document.get(&path)?
        && let Some(at) = list
            .as_array()
            .and_then(|list| list.iter().rposition(|r| r == rule))
    {
        let way = [&path[..], &[super::document::Step::At(at)]].concat();
        document.remove(&way)?;
        if tracked.of(document.path()).made(key) {
            document.remove_if_empty(&path)?;
        }
        if tracked.of(document.path()).made("permissions") {
            document.remove_if_empty(&path[..1])?;
        }
    }
    tracked.drop_rule(document.path(), key, rule);
    Ok(())
}
