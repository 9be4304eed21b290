//! The one path by which workspaces go.
//!
//! Looked at by content, kept where that would lose anything, backed up where
//! the user insists, moved to the trash in one rename, recorded, and only then
//! deleted. Ended at any moment, it is finished by the next call.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Project;
use super::backup;
use super::check::{self, Contents};
use super::create;
use super::gitfiles;
use super::merged::merged;
use super::trash::{self, Begun};
use super::tree::{Tree, is_real};
use super::{pins, private};
use crate::clock;
use crate::error::Result;
use crate::git::{locate, read, refs};
use crate::session::{Agent, AgentState, Event, WorkspaceState};
use crate::store::{SessionDir, agents, sessions, timeline};

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

impl Outcome {
    fn kept(why: impl Into<String>) -> Self {
        Self::Kept(vec![why.into()])
    }
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
    let removed = |backup, branch_gone, freed| Outcome::Removed {
        backup,
        branch_gone,
        freed,
    };
    if agent.workspace.state == WorkspaceState::Removed {
        // Another command did so at this moment.
        let full = format!("refs/heads/{}", agent.workspace.branch);
        let branch_gone = read::tip(&project.common_dir, &full)?.is_none();
        return Ok(removed(None, branch_gone, 0));
    }
    if let Some(why) = untouchable(project, dir, &agent, alive) {
        return Ok(Outcome::kept(why));
    }
    if !dry {
        if let Some(begun) = half_done(project, &agent) {
            private::retire(project, &agent)?;
            trash::take(project, &begun, &agent)?;
            let branch_gone = settle(project, dir, &agent, &begun)?;
            return Ok(removed(begun.backup, branch_gone, 0));
        }
        if is_real(&agent.workspace.path) && !agent.workspace.admin.exists() {
            create::register_again(project, &agent)?;
        }
    }
    let Some(tree) = tree_of(project, &agent) else {
        let known = agent.workspace.path.exists();
        if known && !agent.workspace.native {
            return Ok(Outcome::kept("git does not know it any more"));
        }
        let branch_gone = !dry && !agent.workspace.native && drop_branch(project, &agent)?;
        if !dry {
            record(project, dir, &agent, None)?;
        }
        return Ok(removed(None, branch_gone, 0));
    };
    let changed = pins::changed(&agent.workspace);
    if dry && !changed.is_empty() {
        let files: Vec<String> = changed.iter().map(|p| p.display().to_string()).collect();
        return Ok(Outcome::kept(format!(
            "its git files were changed: {}",
            files.join(", ")
        )));
    }
    pins::restore(project, &agent)?;
    if !dry {
        private::bring(project, &agent, &mut Vec::new());
    }
    let contents = check::look(project, &agent, &tree)?;
    if !contents.processes.is_empty() {
        let ids: Vec<String> = contents.processes.iter().map(u32::to_string).collect();
        return Ok(Outcome::kept(format!(
            "a process stands in it: {}",
            ids.join(", ")
        )));
    }
    let reasons = contents.reasons();
    if !reasons.is_empty() && !force {
        return Ok(Outcome::Kept(reasons));
    }
    let freed = trash::size(&tree.root);
    if dry {
        return Ok(removed(None, contents.unmerged == 0, freed));
    }
    let begun = begin(project, &agent, &tree, &contents)?;
    if let Err(e) = private::retire(project, &agent)
        && !force
    {
        return Ok(Outcome::kept(format!("its git objects are not whole: {e}")));
    }
    trash::take(project, &begun, &agent)?;
    let branch_gone = settle(project, dir, &agent, &begun)?;
    Ok(removed(begun.backup, branch_gone, freed))
}

/// Why a workspace is not looked at.
fn untouchable(project: &Project, dir: &SessionDir, agent: &Agent, alive: bool) -> Option<String> {
    let workspace = &agent.workspace;
    let exists = workspace.path.exists();
    if workspace.native {
        return exists.then(|| "the client made it and removes it".to_owned());
    }
    let silent =
        agents::silent_for(dir, &agent.id).is_none_or(|s| s > crate::policy::limits::SILENT);
    if alive && agent.status == AgentState::Active && !silent {
        return Some("its agent is at work".to_owned());
    }
    if workspace.state == WorkspaceState::None {
        return Some("it has no workspace".to_owned());
    }
    if let Some(path) = [&workspace.path, &workspace.admin]
        .into_iter()
        .find(|p| fs::symlink_metadata(p).is_ok() && !is_real(p))
    {
        return Some(format!("{} is not what MAOS made", path.display()));
    }
    let here = project.layout.workspace(&agent.id);
    if !exists && here.exists() {
        let from = workspace.path.display();
        return Some(format!("the project was moved: it was made as {from}"));
    }
    let place = moved_to(agent).filter(|_| !exists)?;
    Some(format!("it was moved to {}", place.display()))
}

/// Where git says that the tree is now, if that is somewhere else.
fn moved_to(agent: &Agent) -> Option<PathBuf> {
    let admin = &agent.workspace.admin;
    let text = fs::read(admin.join("gitdir")).ok()?;
    let git_file = admin.join(locate::bytes_to_path(text.trim_ascii_end()));
    let place = git_file.parent().filter(|_| git_file.exists())?;
    (place != agent.workspace.path).then(|| place.to_owned())
}

/// The tree, or what git knows of one whose directory is gone.
fn tree_of(project: &Project, agent: &Agent) -> Option<Tree> {
    let workspace = &agent.workspace;
    let gone = !workspace.path.exists() && is_real(&workspace.admin) && !workspace.native;
    Tree::of(agent, &project.common_dir)
        .or_else(|| gone.then(|| Tree::known(agent, &project.common_dir)))
}

/// A removal that was ended after its tree was moved away. One that moved nothing,
/// or whose agent has a new tree since, is over.
fn half_done(project: &Project, agent: &Agent) -> Option<Begun> {
    let mut found = None;
    for begun in trash::begun(project, Some(&agent.id)) {
        if begun.place.join("tree").exists() && !agent.workspace.path.exists() {
            found = Some(begun);
        } else {
            trash::finish(project, &begun);
        }
    }
    found
}

/// Writes the backup, where there is anything that would be lost.
fn begin(project: &Project, agent: &Agent, tree: &Tree, contents: &Contents) -> Result<Begun> {
    let stamp = clock::file_stamp();
    let name = trash::name(&agent.id, &stamp);
    let place = project.layout.trash().join(&name);
    let lost = !contents.reasons().is_empty() || !gitfiles::loose(tree, &contents.head)?.is_empty();
    let stays = contents.has_repositories().then_some(name);
    let backup = if lost {
        let kept = backup::write(project, agent, tree, contents, &stamp, stays)?;
        Some(kept.full_ref)
    } else {
        None
    };
    Ok(Begun { place, backup })
}

/// What is left to do once the tree is in the trash. Returns whether the branch
/// went as well.
fn settle(project: &Project, dir: &SessionDir, agent: &Agent, begun: &Begun) -> Result<bool> {
    let branch_gone = drop_branch(project, agent)?;
    record(project, dir, agent, begun.backup.as_deref())?;
    if let Some(git) = &agent.workspace.git {
        private::forget(git);
    }
    trash::finish(project, begun);
    Ok(branch_gone)
}

/// Takes a tree away again that was made for a backup and could not be filled.
///
/// # Errors
/// Where it can't be moved or recorded.
pub fn undo(project: &Project, dir: &SessionDir, agent: &Agent) -> Result<()> {
    let name = trash::name(&agent.id, &clock::file_stamp());
    let place = project.layout.trash().join(name);
    let begun = Begun {
        place,
        backup: None,
    };
    private::retire(project, agent)?;
    trash::take(project, &begun, agent)?;
    record(project, dir, agent, None)?;
    trash::finish(project, &begun);
    Ok(())
}

/// Deletes what the removal of a workspace left in the trash when it was ended
/// after it had been recorded.
pub fn sweep(project: &Project, dir: &SessionDir, agent: &Agent) {
    let left = trash::begun(project, Some(&agent.id));
    if left.is_empty() {
        return;
    }
    let Ok(_lock) = agents::workspace_lock(dir, &agent.id, Duration::ZERO) else {
        return;
    };
    let now = agents::load(dir, &agent.id);
    if now.is_ok_and(|a| a.is_some_and(|a| a.workspace.state == WorkspaceState::Removed)) {
        for begun in &left {
            trash::finish(project, begun);
        }
    }
}

/// Deletes the branch where all of it is merged and nobody stands on it. A branch
/// that only holds the base goes as well; a base that nothing else holds stays in
/// a backup ref.
fn drop_branch(project: &Project, agent: &Agent) -> Result<bool> {
    let full = format!("refs/heads/{}", agent.workspace.branch);
    let Some(tip) = read::tip(&project.common_dir, &full)? else {
        return Ok(true);
    };
    let merged = merged(project, agent, &tip)?;
    let bare_base = agent
        .workspace
        .base
        .as_ref()
        .is_some_and(|b| b.commit == tip);
    if (!merged && !bare_base) || refs::is_stood_on(&project.common_dir, &full) {
        return Ok(false);
    }
    if !merged {
        backup::keep_tip(project, agent, &tip)?;
    }
    // The user may have moved it at this moment: then it stays.
    Ok(refs::delete(&project.common_dir, &full, &tip).is_ok())
}

/// Only the agent's record counts: the news can be lost.
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
    let _ = timeline::append(dir, event);
    let _ = sessions::enrol(&project.layout, &agent);
    Ok(())
}
