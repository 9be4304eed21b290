//! The one path by which workspaces go.
//!
//! Looked at by content, kept where that would lose anything, backed up where
//! the user insists, moved to the trash in one rename, recorded, and only then
//! deleted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Project;
use super::backup;
use super::check::{self, Contents};
use super::merged::merged;
use super::tree::{self, Tree};
use crate::clock;
use crate::error::{Error, Result};
use crate::git::{read, refs};
use crate::session::{Agent, AgentState, Event, WorkspaceState};
use crate::store::{SessionDir, agents, atomic, sessions, timeline};

/// What became of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is gone; what stood in it is in this ref where it was more than the
    /// branch has.
    Removed {
        /// The backup's ref.
        backup: Option<String>,
        /// Whether the branch went as well.
        branch_gone: bool,
        /// Bytes on disk.
        freed: u64,
    },
    /// It stays, and why.
    Kept(Vec<String>),
}

/// Removes one agent's workspace. `alive` says whether its session's client
/// lives. `dry` only says what would happen.
///
/// # Errors
/// Where it can't be looked at, backed up or moved; it then stands as it was.
pub fn remove(
    project: &Project,
    dir: &SessionDir,
    agent: &Agent,
    alive: bool,
    force: bool,
    dry: bool,
) -> Result<Outcome> {
    let _lock = agents::workspace_lock(dir, &agent.id, Duration::from_secs(2))?;
    let agent = agents::load(dir, &agent.id)?.unwrap_or_else(|| agent.clone());
    if let Some(why) = untouchable(dir, &agent, alive) {
        return Ok(Outcome::Kept(vec![why]));
    }
    let Some(tree) = Tree::of(&agent, &project.common_dir) else {
        return gone_already(project, dir, &agent, dry);
    };
    tree::restore_pins(project, &agent)?;
    let contents = check::look(project, &agent, &tree)?;
    if !contents.processes.is_empty() {
        let ids: Vec<String> = contents.processes.iter().map(u32::to_string).collect();
        return Ok(Outcome::Kept(vec![format!(
            "a process stands in it: {}",
            ids.join(", ")
        )]));
    }
    let reasons = contents.reasons();
    if !reasons.is_empty() && !force {
        return Ok(Outcome::Kept(reasons));
    }
    let freed = size(&tree.root);
    if dry {
        return Ok(Outcome::Removed {
            backup: None,
            branch_gone: contents.unmerged == 0,
            freed,
        });
    }
    take_away(project, dir, &agent, &tree, &contents, freed)
}

fn untouchable(dir: &SessionDir, agent: &Agent, alive: bool) -> Option<String> {
    if agent.workspace.native {
        return Some("the client made it and removes it".to_owned());
    }
    let silent =
        agents::silent_for(dir, &agent.id).is_none_or(|s| s > crate::policy::limits::SILENT);
    (alive && agent.status == AgentState::Active && !silent)
        .then(|| "its agent is at work".to_owned())
}

/// The directory went by hand: what is left is the registration.
fn gone_already(project: &Project, dir: &SessionDir, agent: &Agent, dry: bool) -> Result<Outcome> {
    if agent.workspace.state == WorkspaceState::None {
        return Ok(Outcome::Kept(vec!["it has no workspace".to_owned()]));
    }
    if !dry {
        let admin = &agent.workspace.admin;
        let ours = fs::read_to_string(admin.join("gitdir"))
            .is_ok_and(|text| Path::new(text.trim_end()) == agent.workspace.path.join(".git"));
        if ours && !agent.workspace.path.exists() {
            to_trash(project, agent, None, Some(admin))?;
        }
        let branch_gone = drop_branch(project, agent)?;
        record(project, dir, agent, None)?;
        return Ok(Outcome::Removed {
            backup: None,
            branch_gone,
            freed: 0,
        });
    }
    Ok(Outcome::Removed {
        backup: None,
        branch_gone: false,
        freed: 0,
    })
}

fn take_away(
    project: &Project,
    dir: &SessionDir,
    agent: &Agent,
    tree: &Tree,
    contents: &Contents,
    freed: u64,
) -> Result<Outcome> {
    let stamp = format!("{}-{}", agent.id, clock::file_stamp());
    let stays = !contents.nested.is_empty();
    let backup = if contents.reasons().is_empty() {
        None
    } else {
        Some(backup::write(
            project,
            agent,
            tree,
            stays.then(|| stamp.clone()),
        )?)
    };
    let trash = project.layout.trash().join(&stamp);
    to_trash_at(&trash, Some(&tree.root), Some(&tree.git_dir))?;
    let branch_gone = drop_branch(project, agent)?;
    let full_ref = backup.map(|b| b.full_ref);
    record(project, dir, agent, full_ref.as_deref())?;
    if !stays {
        fs::remove_dir_all(&trash).map_err(|e| Error::io("delete", &trash, e))?;
    }
    Ok(Outcome::Removed {
        backup: full_ref,
        branch_gone,
        freed,
    })
}

fn to_trash(
    project: &Project,
    agent: &Agent,
    root: Option<&Path>,
    admin: Option<&Path>,
) -> Result<()> {
    let trash = project
        .layout
        .trash()
        .join(format!("{}-{}", agent.id, clock::file_stamp()));
    to_trash_at(&trash, root, admin)?;
    fs::remove_dir_all(&trash).map_err(|e| Error::io("delete", &trash, e))
}

fn to_trash_at(trash: &Path, root: Option<&Path>, admin: Option<&Path>) -> Result<()> {
    fs::create_dir_all(trash).map_err(|e| Error::io("make", trash, e))?;
    for (from, name) in [(root, "tree"), (admin, "admin")] {
        let Some(from) = from else { continue };
        let to = trash.join(name);
        fs::rename(from, &to).map_err(|e| Error::io("move", from, e))?;
    }
    atomic::sync_directory(trash);
    Ok(())
}

/// Deletes the branch where all of it is merged. A branch that only holds the
/// base goes as well; a base that nothing else holds stays in a backup ref.
fn drop_branch(project: &Project, agent: &Agent) -> Result<bool> {
    let full = format!("refs/heads/{}", agent.workspace.branch);
    let Some(tip) = read::tip(&project.common_dir, &full)? else {
        return Ok(false);
    };
    let merged = merged(project, agent, &tip)?;
    let bare_base = agent
        .workspace
        .base
        .as_ref()
        .is_some_and(|b| b.commit == tip);
    if !merged && !bare_base {
        return Ok(false);
    }
    if !merged {
        backup::keep_tip(project, agent, &tip)?;
    }
    // The user may have moved it or stand on it elsewhere: then it stays.
    Ok(refs::delete(&project.common_dir, &full, &tip).is_ok())
}

fn record(project: &Project, dir: &SessionDir, agent: &Agent, backup: Option<&str>) -> Result<()> {
    let agent = agents::update_durably(dir, &agent.id, |a| {
        a.workspace.state = WorkspaceState::Removed;
    })?;
    let event = Event {
        event: "workspace-removed".to_owned(),
        agent: Some(agent.id.to_string()),
        target: Some(agent.shown_worktree(project.main())),
        note: backup.map(|b| format!("backup: {b}")),
        ..Event::default()
    };
    timeline::append(dir, event)?;
    sessions::enrol(&project.layout, &agent)
}

/// Bytes that a directory takes, links counted as themselves.
pub fn size(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let of = |e: fs::DirEntry| match e.metadata() {
        Ok(meta) if meta.is_dir() => size(&e.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}
