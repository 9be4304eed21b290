//! Where MAOS can be registered, and what belongs to the machine around it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::file;
use crate::config::env;
use crate::error::{Error, Result};
use crate::git;
use crate::store::Layout;

/// Where a registration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `.claude/settings.json`: shared with the team.
    Project,
    /// `.claude/settings.local.json`: this checkout's.
    Local,
    /// The main checkout's `settings.local.json`, seen from a linked worktree:
    /// newer clients read it there, too.
    MainLocal,
    /// The home settings: all projects of this user.
    User,
    /// Settings that the machine's administrator laid down.
    Managed,
    /// An enabled plugin, by its name.
    Plugin(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => f.write_str("project settings"),
            Self::Local => f.write_str("local settings"),
            Self::MainLocal => f.write_str("local settings of the main checkout"),
            Self::User => f.write_str("user settings"),
            Self::Managed => f.write_str("managed settings"),
            Self::Plugin(name) => write!(f, "plugin {name}"),
        }
    }
}

/// What lies outside of the repository. Read from the environment once, so
/// that everything below can be tried with other directories.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The client's directory for a user's files.
    pub client: Option<PathBuf>,
    /// MAOS's own directory for what can be made again.
    pub state: Option<PathBuf>,
    /// The administrator's settings.
    pub managed: PathBuf,
    /// The directories of `PATH`.
    pub path: Vec<PathBuf>,
}

impl Machine {
    /// This machine.
    pub fn from_env() -> Self {
        Self {
            home: env::home(),
            client: env::client_dir(),
            state: env::state_dir(),
            managed: PathBuf::from(if cfg!(target_os = "macos") {
                "/Library/Application Support/ClaudeCode/managed-settings.json"
            } else {
                "/etc/claude-code/managed-settings.json"
            }),
            path: env::path(),
        }
    }

    /// The home settings.
    ///
    /// # Errors
    /// Where the user has no home directory.
    pub fn user_settings(&self) -> Result<PathBuf> {
        self.client
            .as_ref()
            .map(|dir| dir.join("settings.json"))
            .ok_or_else(|| {
                Error::Usage("there is no home directory to find the settings in".into())
            })
    }

    /// The file in which the client keeps which projects are trusted.
    pub fn client_state(&self) -> Option<PathBuf> {
        let client = self.client.as_ref()?;
        // Beside `~/.claude`, but inside of a directory chosen by hand.
        match &self.home {
            Some(home) if *client == home.join(".claude") => Some(home.join(".claude.json")),
            _ => Some(client.join(".claude.json")),
        }
    }

    /// A program found on `PATH`.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.path
            .iter()
            .map(|dir| dir.join(&file))
            .find(|p| p.is_file())
    }
}

/// `.claude/settings.json` below a directory.
pub fn project_settings(root: &Path) -> PathBuf {
    root.join(".claude/settings.json")
}

/// `.claude/settings.local.json` below a directory.
pub fn local_settings(root: &Path) -> PathBuf {
    root.join(".claude/settings.local.json")
}

/// A note of MAOS's own below the project's `.maos`.
///
/// # Errors
/// Where `.maos` is no directory of its own: what is written there must not end
/// up elsewhere.
pub(super) fn note(place: &git::Place, name: &str) -> Result<PathBuf> {
    let layout = Layout::new(&place.main);
    layout.has_state()?;
    Ok(layout.state().join(name))
}

/// A note's content; `None` where there is none, or where it came with the
/// repository: what stands there would decide about the user's own settings.
///
/// # Errors
/// Where it can't be read.
pub(super) fn read_note(place: &git::Place, note: &Path) -> Result<Option<Vec<u8>>> {
    let content = file::read(note)?;
    Ok(content.filter(|_| !git::tracks(&place.main, note)))
}

/// A settings file by its real directory: the file itself may not be there yet.
pub(super) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let dir = path.parent().and_then(|dir| dir.canonicalize().ok());
    match (dir, path.file_name()) {
        (Some(dir), Some(name)) => dir.join(name),
        _ => path.to_owned(),
    }
}

/// Every settings file that the client reads for a session in `project`,
/// strongest last, each once.
pub fn settings_files(project: Option<&git::Place>, machine: &Machine) -> Vec<(Place, PathBuf)> {
    let mut files = Vec::new();
    if let Some(client) = &machine.client {
        files.push((Place::User, client.join("settings.json")));
    }
    if let Some(project) = project {
        files.push((Place::Project, project_settings(&project.root)));
        if project.root != project.main {
            files.push((Place::MainLocal, local_settings(&project.main)));
        }
        files.push((Place::Local, local_settings(&project.root)));
    }
    files.push((Place::Managed, machine.managed.clone()));
    let mut seen: Vec<PathBuf> = Vec::new();
    files.retain(|(_, path)| {
        let real = real(path);
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    files
}
