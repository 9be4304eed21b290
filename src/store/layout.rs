//! Where everything lies below the main worktree.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::atomic;
use crate::error::{Error, Result};
use crate::session::{AgentId, Handle, SessionId};

/// `.maos/` and `worktrees/` of one main worktree.
#[derive(Debug, Clone)]
pub struct Layout {
    main: PathBuf,
}

/// The directory of one session.
#[derive(Debug, Clone)]
pub struct SessionDir {
    dir: PathBuf,
}

impl Layout {
    /// The layout below a main worktree. Nothing is touched.
    pub fn new(main: &Path) -> Self {
        Self {
            main: main.to_owned(),
        }
    }

    /// The main worktree.
    pub fn main(&self) -> &Path {
        &self.main
    }

    /// `.maos`.
    pub fn state(&self) -> PathBuf {
        self.main.join(".maos")
    }

    /// `worktrees`.
    pub fn worktrees(&self) -> PathBuf {
        self.main.join("worktrees")
    }

    /// The workspace of an agent.
    pub fn workspace(&self, handle: &Handle) -> PathBuf {
        self.worktrees().join(handle.as_str())
    }

    /// `.maos/sessions`.
    pub fn sessions(&self) -> PathBuf {
        self.state().join("sessions")
    }

    /// What was removed and is not deleted yet.
    pub fn trash(&self) -> PathBuf {
        self.state().join("trash")
    }

    /// Git files that an agent had changed, by handle, where the recorded ones were
    /// put back.
    pub fn aside(&self) -> PathBuf {
        self.state().join("aside")
    }

    /// The agents' private git directories.
    pub fn git(&self) -> PathBuf {
        self.state().join("git")
    }

    /// Scratch files; anything in it may be deleted when nothing runs.
    pub fn scratch(&self) -> PathBuf {
        self.state().join("tmp")
    }

    /// The directory of one session. Nothing is touched.
    pub fn session(&self, id: &SessionId) -> SessionDir {
        SessionDir {
            dir: self.sessions().join(id.dir()),
        }
    }

    /// The directories of all sessions.
    pub fn all_sessions(&self) -> Vec<SessionDir> {
        let Ok(entries) = fs::read_dir(self.sessions()) else {
            return Vec::new();
        };
        let mut dirs: Vec<PathBuf> = entries
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.join("session.json").is_file() || p.join("timeline.jsonl").is_file())
            .collect();
        dirs.sort();
        dirs.into_iter().map(|dir| SessionDir { dir }).collect()
    }

    /// Makes `.maos/` and its `.gitignore`.
    ///
    /// # Errors
    /// Where it can't be made, or is a link to somewhere else.
    pub fn prepare_state(&self) -> Result<()> {
        own_directory(&self.state())
    }

    /// Makes `worktrees/` and its `.gitignore`.
    ///
    /// # Errors
    /// Where it can't be made, or is a link to somewhere else.
    pub fn prepare_worktrees(&self) -> Result<()> {
        own_directory(&self.worktrees())
    }

    /// Whether `.maos` is a directory of its own. `false` where there is none.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn has_state(&self) -> Result<bool> {
        real_directory(&self.state())
    }

    /// Whether `worktrees` is a directory of its own. `false` where there is none.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn has_worktrees(&self) -> Result<bool> {
        real_directory(&self.worktrees())
    }
}

impl SessionDir {
    /// The session in a directory below `.maos/sessions`.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The roster.
    pub fn record(&self) -> PathBuf {
        self.dir.join("session.json")
    }

    /// Events.
    pub fn timeline(&self) -> PathBuf {
        self.dir.join("timeline.jsonl")
    }

    /// Counts made from the timeline.
    pub fn metrics(&self) -> PathBuf {
        self.dir.join("metrics.json")
    }

    /// The last look at the main checkout, and what was found.
    pub fn tripwire(&self) -> PathBuf {
        self.dir.join("tripwire.json")
    }

    /// The trace that `MAOS_DEBUG` asks for.
    pub fn trace(&self) -> PathBuf {
        self.dir.join("trace.log")
    }

    /// The agents' records.
    pub fn agents(&self) -> PathBuf {
        self.dir.join("agents")
    }

    /// One agent's record.
    pub fn agent(&self, handle: &Handle) -> PathBuf {
        self.agents().join(format!("{handle}.json"))
    }

    /// One agent's log, for people.
    pub fn agent_log(&self, handle: &Handle) -> PathBuf {
        self.agents().join(format!("{handle}.log"))
    }

    /// The entry that leads from a client's id to a handle.
    pub fn by_id(&self, id: &AgentId) -> PathBuf {
        self.agents().join("by-id").join(id.key())
    }

    /// Empty files named for the agents between their start and their stop.
    pub fn active(&self) -> PathBuf {
        self.dir.join("active")
    }

    /// Places reserved by Agent calls.
    pub fn spawns(&self) -> PathBuf {
        self.dir.join("spawns")
    }

    /// News for the main conversation (`None`) or for an agent.
    pub fn notices(&self, recipient: Option<&Handle>) -> PathBuf {
        self.dir
            .join("notices")
            .join(recipient.map_or("main", Handle::as_str))
    }

    /// Whether the session is known.
    pub fn exists(&self) -> bool {
        self.record().exists()
    }
}

fn real_directory(dir: &Path) -> Result<bool> {
    match fs::symlink_metadata(dir) {
        Ok(meta) if meta.is_dir() => Ok(true),
        Ok(_) => Err(Error::Unsupported {
            path: dir.to_owned(),
            reason: format!("{} is not a directory of its own", dir.display()),
            help: "move it away: MAOS follows no link there".to_owned(),
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(Error::io("read", dir, e)),
    }
}

fn own_directory(dir: &Path) -> Result<()> {
    if !real_directory(dir)? {
        match fs::create_dir(dir) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("make", dir, e)),
        }
    }
    let ignore = dir.join(".gitignore");
    match fs::symlink_metadata(&ignore) {
        Ok(_) => Ok(()),
        Err(_) => match atomic::create(&ignore, b"*\n") {
            Ok(_) => Ok(()),
            Err(e) => Err(e),
        },
    }
}
