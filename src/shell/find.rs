//! Which agent a line belongs to, and in which project.

use std::path::{Path, PathBuf};

use super::bytes;
use crate::config::env;
use crate::error::{Error, Result};
use crate::git::{self, Place};
use crate::session::{Agent, AgentState, Handle, SessionId, WorkspaceState};
use crate::store::atomic::{self, Durable};
use crate::store::{Layout, SessionDir, agents};
use crate::workspace::Project;

/// An agent at work, with where it works.
pub(super) struct Found {
    pub(super) agent: Agent,
    /// The top of the tree where it works: its workspace, or what an agent of a
    /// type that only reads sees.
    pub(super) place: PathBuf,
    pub(super) project: Project,
    pub(super) dir: SessionDir,
}

/// The agent with that handle, in the session that the client names or in any
/// other of the repository.
pub(super) fn agent(handle: &str) -> Result<Found> {
    let unknown = || Error::NotFound {
        kind: "agent",
        name: handle.to_owned(),
        known: Vec::new(),
    };
    let handle = Handle::parse(handle).ok_or_else(unknown)?;
    let session = env::shell_session().map(SessionId);
    let (project, dir) = projects_around()
        .chain(session.iter().filter_map(remembered))
        .find_map(|place| {
            let project = Project::of(&place);
            let dir = session_of(&project.layout, session.as_ref(), &handle)?;
            Some((project, dir))
        })
        .ok_or_else(unknown)?;
    let agent = agents::load(&dir, &handle)?.ok_or_else(unknown)?;
    if agent.status != AgentState::Active {
        return Err(Error::Usage(format!(
            "agent {handle} has ended: its command was not run"
        )));
    }
    let reads = !agent.can_write && agent.workspace.state == WorkspaceState::None;
    let place = if reads {
        seen(&dir, &agent)
    } else {
        agent.workspace.path.clone()
    };
    if (!reads && agent.workspace.state != WorkspaceState::Ready) || !place.is_dir() {
        return Err(Error::Usage(format!(
            "the workspace of {handle} is not there: its command was not run"
        )));
    }
    Ok(Found {
        agent,
        place,
        project,
        dir,
    })
}

impl Found {
    /// Whether it may write nothing of the project.
    pub(super) fn reads(&self) -> bool {
        self.place != self.agent.workspace.path
    }
}

/// What an agent without a workspace sees: that of the nearest agent above it.
fn seen(dir: &SessionDir, agent: &Agent) -> PathBuf {
    let mut next = agent.parent.clone();
    for _ in 0..16 {
        let Some(above) = next.and_then(|handle| agents::load(dir, &handle).ok().flatten()) else {
            break;
        };
        if above.workspace.state == WorkspaceState::Ready && above.workspace.path.is_dir() {
            return above.workspace.path;
        }
        next = above.parent;
    }
    agent.start_root.clone()
}

/// The project of the working directory, and those around it: the line may run
/// in a submodule, or in another repository inside of the project.
fn projects_around() -> impl Iterator<Item = Place> {
    let mut next = std::env::current_dir().ok();
    std::iter::from_fn(move || {
        let place = git::locate(next.as_deref()?)?;
        next = place.root.parent().map(Path::to_owned);
        Some(place)
    })
}

fn session_of(layout: &Layout, session: Option<&SessionId>, handle: &Handle) -> Option<SessionDir> {
    let has = |dir: &SessionDir| dir.agent(handle).exists();
    let named = session.map(|id| layout.session(id)).filter(has);
    named.or_else(|| layout.all_sessions().into_iter().find(has))
}

fn remember_path(session: &SessionId) -> Option<PathBuf> {
    env::state_dir().map(|dir| dir.join("projects").join(session.dir()))
}

/// Notes which project a session works in, for lines that run elsewhere.
///
/// # Errors
/// Where the note can't be written.
pub fn remember(session: &SessionId, main: &Path) -> Result<()> {
    let Some(path) = remember_path(session) else {
        return Ok(());
    };
    let bytes = bytes(main.as_os_str()).to_vec();
    if std::fs::read(&path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    atomic::replace(&path, &bytes, Durable::No)
}

fn remembered(session: &SessionId) -> Option<Place> {
    let bytes = std::fs::read(remember_path(session)?).ok()?;
    git::locate(&crate::git::locate::bytes_to_path(&bytes))
}
