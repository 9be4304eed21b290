//! `maos uninstall`: exactly what `init` and the twins put in, out again.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document::Document;
use super::exclude;
use super::file;
use super::find;
use super::init::memory_path;
use super::memory::Memory;
use super::place::{Machine, Place, local_settings, project_settings, read_note};
use super::plan::Plan;
use super::settings;
use super::twins::{self, Tracked};
use crate::error::{Error, Result};
use crate::git;

/// Works out what taking MAOS out takes: of the project's settings, or with
/// `user` of the home settings.
///
/// # Errors
/// Where a file can't be edited. Nothing was changed.
pub fn plan(user: bool, cwd: &Path, place: Option<&git::Place>, machine: &Machine) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut files = Vec::new();
    match (user, place) {
        (true, _) => files.push(machine.user_settings()?),
        (false, Some(place)) => {
            files.push(project_settings(&place.root));
            files.push(local_settings(&place.root));
        }
        (false, None) => {
            return Err(Error::NotARepository {
                path: cwd.to_owned(),
            });
        }
    }
    let stays = find::registrations(&find::sources(place, machine))
        .iter()
        .any(|source| !files.contains(&source.path));
    let memory_path = memory_path(user, place, machine)?;
    let mut memory = Memory::load(memory_path.as_deref(), place)?;
    let mut tracked = None;
    if let Some(place) = place
        && (!user || !stays)
    {
        let path = twins::path(place)?;
        let known = Tracked::parse(&path, read_note(place, &path)?.as_deref())?;
        for path in known.paths() {
            if !files.contains(&path) {
                files.push(path);
            }
        }
        tracked = Some(known);
    }
    for path in &files {
        edit(&mut plan, path, &mut memory, tracked.as_mut())?;
    }
    if let Some(place) = place {
        if !user || !stays {
            lines(&mut plan, place, &mut memory)?;
        }
        if let Some(tracked) = &tracked {
            let path = twins::path(place)?;
            plan.add_own(&path, file::read(&path)?, tracked.content());
        }
    }
    if let Some(path) = memory_path {
        let after = (!memory.is_empty()).then(|| memory.bytes());
        plan.add_own(&path, file::read(&path)?, after);
    }
    Ok(plan)
}

fn edit(
    plan: &mut Plan,
    path: &Path,
    memory: &mut Memory,
    tracked: Option<&mut Tracked>,
) -> Result<()> {
    let Some(before) = file::read(path)? else {
        memory.forget(path);
        if let Some(tracked) = tracked {
            tracked.forget(path);
        }
        return Ok(());
    };
    let mut document = Document::parse(path, Some(&before))?;
    let mut what = Vec::new();
    let mut made = memory.made(path);
    if let Some(tracked) = tracked {
        made |= tracked.file_made(path);
        if twins::remove_all(&mut document, tracked)? > 0 {
            what.push("path rules for workspaces".to_owned());
        }
        tracked.forget(path);
    }
    let core = document.bytes();
    let hooks = settings::unregister(&mut document)?;
    if hooks > 0 {
        what.push(format!("{hooks} hooks"));
    }
    if settings::remove_prefix(&mut document)? {
        what.push("shell prefix".to_owned());
    }
    let mut after = memory
        .original(path, &core)
        .unwrap_or_else(|| document.bytes());
    let empty =
        Document::parse(path, Some(&after))?.value()? == Value::Object(serde_json::Map::new());
    memory.forget(path);
    if made && empty {
        after.clear();
    }
    let after = (!made || !empty).then_some(after);
    let what = format!("{} taken out", what.join(", "));
    plan.add(path, Some(before), after, what);
    Ok(())
}

fn lines(plan: &mut Plan, place: &git::Place, memory: &mut Memory) -> Result<()> {
    let path = exclude::path(place);
    let Some(before) = file::read(&path)? else {
        return Ok(());
    };
    if exclude::in_use(place) {
        plan.notes.push(format!(
            "workspaces are left in {}: git goes on overlooking it",
            place.main.join("worktrees").display()
        ));
        return Ok(());
    }
    let lines = memory
        .lines(&path)
        .unwrap_or_else(|| exclude::DIRECTORIES.map(str::to_owned).to_vec());
    if lines.is_empty() {
        return Ok(());
    }
    let made = memory.made(&path);
    let after = memory
        .original(&path, &before)
        .unwrap_or_else(|| exclude::without_lines(&before, &lines));
    memory.forget(&path);
    let after = (!made || !after.is_empty()).then_some(after);
    plan.add(
        &path,
        Some(before),
        after,
        format!("{} taken out", lines.join(" ")),
    );
    Ok(())
}

/// Where MAOS is still registered.
pub fn left(place: Option<&git::Place>, machine: &Machine) -> Vec<(Place, PathBuf)> {
    let sources = find::sources(place, machine);
    find::registrations(&sources)
        .into_iter()
        .map(|source| (source.place.clone(), source.path.clone()))
        .collect()
}
