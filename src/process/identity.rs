//! Which process is the client, and whether it still lives.
//!
//! A process is known by id, start time and boot together: an id alone is used
//! again, and no wall clock is trusted.

use crate::session::Client;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "portable.rs"]
mod platform;

/// Programs that only carry a hook: the client stands above them.
const CARRIERS: [&str; 11] = [
    "sh",
    "bash",
    "dash",
    "zsh",
    "fish",
    "ksh",
    "env",
    "timeout",
    "nice",
    "maos",
    "maos-shell",
];

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name, without a path.
    pub name: String,
    /// Its parent's id.
    pub parent: u32,
    /// Its start time in the system's own units.
    pub started: u64,
}

/// The client that this hook works for: the nearest ancestor that is no shell.
/// Where none can be made out, the process id is 0.
pub fn client_of(parent: u32, version: Option<String>) -> Client {
    let mut pid = parent;
    for _ in 0..8 {
        let Some(seen) = platform::look(pid) else {
            break;
        };
        if pid <= 1 {
            break;
        }
        if CARRIERS.contains(&seen.name.as_str()) {
            pid = seen.parent;
            continue;
        }
        return Client {
            pid,
            started: seen.started,
            boot: platform::boot(),
            version,
        };
    }
    Client {
        pid: 0,
        started: 0,
        boot: platform::boot(),
        version,
    }
}

/// Whether that very process lives; `None` where no process was recorded.
pub fn alive(client: &Client) -> Option<bool> {
    if client.pid == 0 {
        return None;
    }
    if client.boot != platform::boot() {
        return Some(false);
    }
    Some(platform::look(client.pid).is_some_and(|seen| seen.started == client.started))
}

/// A variable that one of the processes above this one was started with, however
/// this one's environment looks. Where the system does not tell, none.
pub fn above_started_with(name: &str) -> Option<String> {
    let mut pid = parent_id();
    for _ in 0..64 {
        if pid <= 1 {
            return None;
        }
        let found = platform::started_with(pid, name).filter(|value| !value.is_empty());
        if found.is_some() {
            return found;
        }
        pid = platform::look(pid)?.parent;
    }
    None
}

/// The id of this process's parent.
pub fn parent_id() -> u32 {
    platform::parent_id()
}

/// Whether a git runs in a directory or below it, where the system tells.
pub fn git_runs_in(dir: &std::path::Path) -> bool {
    let is_git = |pid: &u32| platform::look(*pid).is_some_and(|seen| seen.name == "git");
    standing_in(dir).iter().any(is_git)
}

/// Processes that have their working directory at or below `dir`, where the
/// system tells; ids of at most 16.
pub fn standing_in(dir: &std::path::Path) -> Vec<u32> {
    platform::standing_in(dir)
}
