//! The agent's branch, brought from its private git directory into the
//! repository.
//!
//! The file `.<handle>.tip` beside the directory says which commit was brought
//! over last. The branch moves from that commit to the new one by
//! compare-and-swap: where somebody else moved it, their move stays, and the
//! agent's commits are kept by a ref of their own.

use std::fs;
use std::path::Path;

use super::super::Project;
use super::{beside, exchange, kept, names, objects};
use crate::error::Result;
use crate::git::{read, refs};
use crate::session::Agent;
use crate::store::atomic::{self, Durable};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Synced {
    /// The branch stands where the agent's own does.
    Same,
    /// It was moved there.
    Moved,
    /// Somebody else moved the branch; the agent's tip is under this ref.
    Apart(String),
}

/// Notes the commit that both sides begin at, where none is noted yet.
///
/// # Errors
/// Where it can't be written.
pub fn begin(git: &Path, tip: &str) -> Result<()> {
    if beside(git, "tip").exists() {
        return Ok(());
    }
    note(git, tip)
}

pub(super) fn note(git: &Path, tip: &str) -> Result<()> {
    atomic::replace(&beside(git, "tip"), tip.as_bytes(), Durable::No)
}

/// Brings the agent's branch over, where it has moved since the last time. Costs
/// two reads of small files where it has not.
///
/// # Errors
/// Where its objects are not whole, or git can't write them or the ref.
pub fn run(project: &Project, agent: &Agent) -> Result<Synced> {
    let Some(git) = &agent.workspace.git else {
        return Ok(Synced::Same);
    };
    let full = format!("refs/heads/{}", agent.workspace.branch);
    let last = || fs::read_to_string(beside(git, "tip")).unwrap_or_default();
    match own_tip(git, &full)? {
        Some(tip) if tip != last() => {}
        _ => return Ok(Synced::Same),
    }
    let _lock = exchange(git)?;
    let Some(tip) = own_tip(git, &full)? else {
        return Ok(Synced::Same);
    };
    let last = last();
    if tip == last {
        return Ok(Synced::Same);
    }
    objects::bring_over(project, agent, &tip)?;
    let why = "maos: the agent's commit";
    let moved = match read::tip(&project.common_dir, &full)? {
        Some(there) if there == tip => Ok(()),
        Some(_) => refs::advance(&project.common_dir, &full, &last, &tip, why),
        None if last.is_empty() => refs::create(&project.common_dir, &full, &tip, why).map(drop),
        // The user deleted it.
        None => return kept::keep(project, agent, &full, &tip).map(Synced::Apart),
    };
    match moved {
        Ok(()) => {
            note(git, &tip)?;
            Ok(Synced::Moved)
        }
        Err(_) => kept::keep(project, agent, &full, &tip).map(Synced::Apart),
    }
}

/// Where the agent's own branch stands. Its file is read as it is, never through
/// a link.
fn own_tip(git: &Path, full: &str) -> Result<Option<String>> {
    let path = git.join(full);
    let plain = fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() < 100);
    if plain && let Ok(text) = fs::read_to_string(&path) {
        let text = text.trim();
        if names::is_id(text) {
            return Ok(Some(text.to_owned()));
        }
    }
    let found = objects::private(git)
        .args([
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("{full}^{{commit}}"),
        ])
        .output()?;
    Ok(found.ok().then(|| found.text()))
}
