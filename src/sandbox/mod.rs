//! What the kernel keeps a command from writing.
//!
//! Everything may be read and run; only what [`Walls`] names may be written, made,
//! renamed or removed. On Linux by Landlock (landlock(7)), for `strict` inside of
//! bubblewrap (bwrap(1)); on macOS by Seatbelt (sandbox-exec(1)); elsewhere not at
//! all, which [`probe`] says.
//!
//! Invariants: walls once put up hold for every descendant of the process and
//! can't be taken down; a backend counts as there only after a write that it has
//! to stop was tried and stopped.

pub mod bubblewrap;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod landlock;
pub mod seatbelt;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Cmd;

#[cfg(not(target_os = "linux"))]
use elsewhere as landlock;
pub use landlock::Ready;

/// What may be written, all absolute.
#[derive(Debug, Default, Clone)]
pub struct Walls {
    /// Directories with all below them, and single files. What is not there is
    /// passed over.
    pub write: Vec<PathBuf>,
    /// Files inside of those that stay as they are, where the backend can say so.
    pub pinned: Vec<PathBuf>,
    /// What stands for `/tmp` where the backend can give it another.
    pub tmp: PathBuf,
    /// Whether no process outside may be sent a signal, where the kernel can hold
    /// that (Linux 6.12 and later). It holds for the agent's own earlier commands,
    /// too.
    pub no_signals: bool,
    /// Directories that stay to be seen where `/tmp` and `/run` are replaced.
    pub shown: Vec<PathBuf>,
}

/// What puts the walls up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The kernel's own, for the calling thread.
    Landlock,
    /// Other mounts around it, and Landlock inside.
    Bubblewrap,
    /// The one of macOS.
    Seatbelt,
}

impl Backend {
    /// As people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Landlock => "Landlock",
            Self::Bubblewrap => "bubblewrap with Landlock inside",
            Self::Seatbelt => "Seatbelt",
        }
    }

    /// The one to use on this system.
    pub fn of_system(strict: bool) -> Self {
        match (cfg!(target_os = "macos"), strict) {
            (true, _) => Self::Seatbelt,
            (false, true) => Self::Bubblewrap,
            (false, false) => Self::Landlock,
        }
    }
}

/// Puts the walls up around the calling thread and all that it starts from then
/// on, for good.
///
/// # Errors
/// In words, where the kernel can't hold all of them.
pub fn restrict(walls: &Walls) -> Result<(), String> {
    prepare(walls)?.enter()
}

/// Makes the walls, to be put up later: by a child between fork and exec, so that
/// its parent stays free.
///
/// # Errors
/// In words, where the kernel has none.
pub fn prepare(walls: &Walls) -> Result<Ready, String> {
    landlock::prepare(&walls.write, walls.no_signals)
}

/// Finds out whether the system holds walls: tries, in a thread or a process of
/// its own, a write that must go through and one that must not, in `scratch`,
/// which goes afterwards.
///
/// # Errors
/// In words, why it does not.
pub fn probe(strict: bool, scratch: &Path) -> Result<Backend, String> {
    let (inside, outside) = (scratch.join("inside"), scratch.join("outside"));
    std::fs::create_dir_all(&inside).map_err(|e| format!("{}: {e}", inside.display()))?;
    let backend = Backend::of_system(strict);
    let walls = Walls {
        write: vec![inside.clone()],
        tmp: inside.clone(),
        shown: vec![scratch.to_owned()],
        ..Walls::default()
    };
    let (good, bad) = (inside.join("file"), outside);
    let tried = match backend {
        Backend::Landlock => std::thread::scope(|scope| {
            let tried = scope.spawn(|| {
                restrict(&walls)?;
                Ok((
                    std::fs::write(&good, b"").is_ok(),
                    std::fs::write(&bad, b"").is_ok(),
                ))
            });
            tried
                .join()
                .unwrap_or_else(|_| Err("the attempt failed".to_owned()))
        }),
        Backend::Bubblewrap => std::env::current_exe()
            .map_err(|e| e.to_string())
            .and_then(|own| attempt(bubblewrap::around(&walls, &own, &both(&good, &bad)))),
        Backend::Seatbelt => attempt(seatbelt::around(&walls, &both(&good, &bad))),
    };
    let _ = std::fs::remove_dir_all(scratch);
    match tried? {
        (true, false) => Ok(backend),
        (true, true) => Err("a write that it had to stop went through".to_owned()),
        (false, _) => Err("a write that it had to let through was stopped".to_owned()),
    }
}

/// A command that tries both writes and says which went through.
fn both(good: &Path, bad: &Path) -> [OsString; 6] {
    let script = r#"touch -- "$1" && echo good; touch -- "$2" && echo bad; exit 0"#;
    let [sh, c, script, name] = ["sh", "-c", script, "sh"].map(OsString::from);
    [sh, c, script, name, good.into(), bad.into()]
}

fn attempt(line: Vec<OsString>) -> Result<(bool, bool), String> {
    let output = Cmd::new("").with_line(line).output();
    let output = output.map_err(|e| e.to_string())?;
    if !output.ok() {
        return Err(output.message());
    }
    let said = output.text();
    Ok((said.contains("good"), said.contains("bad")))
}
