//! bubblewrap: another view of the file system, with Landlock put up inside it.
//!
//! Everything is mounted read-only but what may be written; `/tmp` and `/run` are
//! the agent's own; the pinned files can't be written, renamed or removed. There
//! is no namespace of processes: what a command leaves running lives on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Walls;

/// The argument by which `maos-shell` puts up Landlock and becomes what follows.
pub const INSIDE: &str = "--inside";

/// What the agent has of its own.
const REPLACED: [&str; 2] = ["/tmp", "/run"];

/// Between the paths that may be written and the command.
pub const END: &str = "--";

/// The command line that runs `command` behind the walls. `own` is the program
/// that understands [`INSIDE`].
pub fn around(walls: &Walls, own: &Path, command: &[OsString]) -> Vec<OsString> {
    let mut line: Vec<OsString> = ["bwrap", "--unshare-user", "--cap-drop", "ALL"]
        .map(OsString::from)
        .into();
    let mut add = |words: &[&std::ffi::OsStr]| line.extend(words.iter().map(OsString::from));
    add(&["--ro-bind".as_ref(), "/".as_ref(), "/".as_ref()]);
    add(&["--dev-bind".as_ref(), "/dev".as_ref(), "/dev".as_ref()]);
    add(&["--bind".as_ref(), walls.tmp.as_ref(), "/tmp".as_ref()]);
    add(&["--tmpfs".as_ref(), "/run".as_ref()]);
    let own_place = own.to_owned();
    for path in hidden(&walls.shown).chain(hidden(std::slice::from_ref(&own_place))) {
        add(&["--ro-bind-try".as_ref(), path.as_ref(), path.as_ref()]);
    }
    let replaced =
        |path: &Path| path.starts_with("/dev") || REPLACED.iter().any(|top| path == Path::new(top));
    for path in walls.write.iter().filter(|path| !replaced(path)) {
        add(&["--bind-try".as_ref(), path.as_ref(), path.as_ref()]);
    }
    // The name server's address is behind a link to here.
    let names = Path::new("/run/systemd/resolve");
    add(&["--ro-bind-try".as_ref(), names.as_ref(), names.as_ref()]);
    for path in &walls.pinned {
        add(&["--ro-bind-try".as_ref(), path.as_ref(), path.as_ref()]);
    }
    add(&["--".as_ref(), own.as_ref(), INSIDE.as_ref()]);
    for path in &walls.write {
        add(&[path.as_ref()]);
    }
    add(&["/tmp".as_ref(), END.as_ref()]);
    line.extend(command.iter().cloned());
    line
}

/// What lies where other directories are mounted.
fn hidden(shown: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    shown
        .iter()
        .filter(|path| REPLACED.iter().any(|top| path.starts_with(top)))
}
