//! What can go wrong, said so that a person can act on it.
//!
//! Every failure has two faces: one line ([`std::fmt::Display`]) and a line of
//! help ([`Error::help`]), and belongs to one exit code ([`Error::exit_code`];
//! the table stands in `docs/exit-codes.md`). Nothing here touches files.

use std::path::PathBuf;

/// Exit codes of every command but `maos hook` and `maos-shell`.
pub mod exit {
    /// It worked.
    pub const OK: i32 = 0;
    /// It ran and found something that needs attention, or failed.
    pub const FAILED: i32 = 1;
    /// The arguments or the input can't be used; for the hook: the call is refused.
    pub const USAGE: i32 = 2;
    /// What was named does not exist, or the name fits more than one thing.
    pub const NOT_FOUND: i32 = 3;
    /// This is not a git repository that MAOS can work in.
    pub const REPOSITORY: i32 = 4;
    /// Something was kept because removing it would lose work.
    pub const KEPT: i32 = 5;
    /// A configuration, settings or state file can't be used as it is.
    pub const FILE: i32 = 6;
    /// `maos-shell` refused to run a command.
    pub const SHELL_REFUSED: i32 = 126;
}

/// A `Result` with the project's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("failed to {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `read`, `write`, `lock`.
        action: &'static str,
        /// The path it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A git command failed.
    #[error("git {command} failed in {}: {message}", dir.display())]
    Git {
        /// The subcommand with its first arguments.
        command: String,
        /// Where it ran.
        dir: PathBuf,
        /// The first lines of its stderr.
        message: String,
    },
    /// A child process could not be started or ran out of time.
    #[error("failed to run {program}: {message}")]
    Process {
        /// The program.
        program: String,
        /// What happened.
        message: String,
    },
    /// No git repository here.
    #[error("{} is not in a git repository", path.display())]
    NotARepository {
        /// Where we looked.
        path: PathBuf,
    },
    /// A repository that can't hold workspaces, and why.
    #[error("no workspace can be made in {}: {reason}", path.display())]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// Why not.
        reason: String,
        /// What the person can do.
        help: String,
    },
    /// A document that can't be read as what it should be.
    #[error("{} is damaged: {reason}", path.display())]
    Corrupt {
        /// The document.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A document of a later version of MAOS.
    #[error("{} was written by a newer MAOS (format {found}, this one knows {known})", path.display())]
    Newer {
        /// The document.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// A configuration or settings file with a value that can't be used.
    #[error("{}:{line}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Which key, and what is wrong.
        reason: String,
    },
    /// Nothing of that name.
    #[error("no {kind} is called `{name}`")]
    NotFound {
        /// `session`, `agent`, `backup`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// Names that would have worked.
        known: Vec<String>,
    },
    /// A prefix that fits several things.
    #[error("`{name}` fits more than one {kind}: {}", matches.join(", "))]
    Ambiguous {
        /// `session`, `agent`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// What it fits.
        matches: Vec<String>,
    },
    /// Input or arguments that can't be used.
    #[error("{0}")]
    Usage(String),
    /// Something that MAOS won't do, with the reason.
    #[error("{reason}")]
    Refused {
        /// Why not.
        reason: String,
        /// What the person can do.
        help: String,
    },
    /// Something is not ready yet; the same call may work later.
    #[error("{0}")]
    Busy(String),
}

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }

    /// The exit code that the command ends with; see `docs/exit-codes.md`.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Io { .. } | Self::Git { .. } | Self::Process { .. } | Self::Busy(_) => {
                exit::FAILED
            }
            Self::Usage(_) => exit::USAGE,
            Self::NotFound { .. } | Self::Ambiguous { .. } => exit::NOT_FOUND,
            Self::NotARepository { .. } | Self::Unsupported { .. } => exit::REPOSITORY,
            Self::Refused { .. } => exit::KEPT,
            Self::Corrupt { .. } | Self::Newer { .. } | Self::Config { .. } => exit::FILE,
        }
    }

    /// What the person can do about it, if there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, path, .. } => match source.kind() {
                std::io::ErrorKind::PermissionDenied => {
                    Some(format!("check who owns {} and its mode", path.display()))
                }
                std::io::ErrorKind::StorageFull => {
                    Some("free some disk space and try again".into())
                }
                _ => None,
            },
            Self::Git { message, .. } if message.contains("safe.directory") => Some(
                "git does not trust this directory's owner; MAOS does not override that".into(),
            ),
            Self::Git { .. } | Self::Process { .. } | Self::Config { .. } => None,
            Self::NotARepository { .. } => Some(
                "run it inside a repository, or make one with `git init` and a first commit".into(),
            ),
            Self::Unsupported { help, .. } | Self::Refused { help, .. } => Some(help.clone()),
            Self::Corrupt { .. } => Some("`maos doctor` says what can be done".into()),
            Self::Newer { .. } => Some("update MAOS; nothing was changed".into()),
            Self::NotFound { known, .. } if known.is_empty() => None,
            Self::NotFound { known, .. } => Some(format!("known: {}", known.join(", "))),
            Self::Ambiguous { .. } => Some("give more of its name".into()),
            Self::Usage(_) => Some("`maos --help` lists the commands".into()),
            Self::Busy(_) => Some("try again in a moment".into()),
        }
    }
}
