//! Refs that an agent made beside its branch, and tips that its branch could not
//! take over: kept below `refs/maos/kept/<handle>/`, so that nothing of them is
//! lost with the private directory.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::Project;
use super::names::is_id;
use super::{exchange, objects};
use crate::error::Result;
use crate::git::{read, refs};
use crate::session::Agent;

/// Where they stand.
pub const PREFIX: &str = "refs/maos/kept";

/// Keeps every branch, tag and stash of the agent's that names something that no
/// ref of the repository can reach, and returns the new refs' names.
///
/// # Errors
/// Where git can't list, bring over or write them.
pub(super) fn keep_refs(project: &Project, agent: &Agent) -> Result<Vec<String>> {
    let Some(git) = &agent.workspace.git else {
        return Ok(Vec::new());
    };
    let here = listed(&project.common_dir)?;
    let own = format!("refs/heads/{}", agent.workspace.branch);
    let args = ["for-each-ref", "--format=%(objectname) %(refname)"];
    let text = objects::private(git).args(args).text()?;
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    let new: Vec<(String, String)> = pairs
        .filter(|(id, name)| *name != own && here.get(*name).map(String::as_str) != Some(*id))
        .map(|(id, name)| (name.to_owned(), id.to_owned()))
        .collect();
    let mut kept = Vec::new();
    for (name, id) in new
        .into_iter()
        .flat_map(|(name, id)| entries(git, name, id))
    {
        let full = name_of(agent, &name);
        if here.get(&full) == Some(&id) || is_reachable(project, &id) {
            continue;
        }
        let _lock = exchange(git)?;
        objects::bring_over(project, agent, &id)?;
        kept.push(keep(project, agent, &name, &id)?);
    }
    Ok(kept)
}

/// What a ref holds: of a stash all its entries, which only its log names. The
/// log is read as it is, never through a link.
fn entries(git: &Path, name: String, id: String) -> Vec<(String, String)> {
    if name != "refs/stash" {
        return vec![(name, id)];
    }
    let log = git.join("logs/refs/stash");
    let plain = std::fs::symlink_metadata(&log).is_ok_and(|meta| meta.is_file());
    let text = plain.then(|| std::fs::read_to_string(&log).unwrap_or_default());
    let new = |line: &str| line.split(' ').nth(1).map(str::to_owned);
    let mut ids: Vec<String> = text
        .iter()
        .flat_map(|text| text.lines().filter_map(new))
        .collect();
    ids.push(id);
    ids.retain(|id| is_id(id));
    ids.sort();
    ids.dedup();
    let named = |id: String| (format!("{name}/{}", &id[..12]), id);
    ids.into_iter().map(named).collect()
}

/// Keeps one commit under the name that it had in the private directory.
pub(super) fn keep(project: &Project, agent: &Agent, name: &str, id: &str) -> Result<String> {
    let full = name_of(agent, name);
    match read::tip(&project.common_dir, &full)? {
        Some(there) if there == id => {}
        Some(there) => refs::advance(&project.common_dir, &full, &there, id, "maos: kept")?,
        None => {
            refs::create(&project.common_dir, &full, id, "maos: kept")?;
        }
    }
    Ok(full)
}

fn name_of(agent: &Agent, name: &str) -> String {
    let name = name.strip_prefix("refs/").unwrap_or(name);
    format!("{PREFIX}/{}/{name}", agent.id)
}

fn listed(common_dir: &Path) -> Result<BTreeMap<String, String>> {
    Ok(refs::below(common_dir, "refs/")?.into_iter().collect())
}

/// Whether some ref of the repository reaches an object. One that can't be told
/// is not.
fn is_reachable(project: &Project, id: &str) -> bool {
    let args = ["rev-list", "--max-count=1", id, "--not", "--all"];
    let unreached = read::bare(&project.common_dir).args(args).text();
    unreached.is_ok_and(|text| text.is_empty())
}
