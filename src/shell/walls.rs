//! What one agent's shell command may write.
//!
//! Its workspace, the two directories that git keeps of it, a directory for
//! temporary files, a few devices, the client's own scratch places and the one
//! file in which the client's line leaves its directory, downloads of package
//! managers, and what the user allows.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::find::Found;
use super::{bytes, marker};
use crate::config::{Isolation, places};
use crate::git::locate::bytes_to_path;
use crate::sandbox::Walls;

/// Devices that programs write.
const DEVICES: [&str; 8] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/shm",
];

/// Directories for everybody's temporary files.
const SHARED: [&str; 3] = ["/tmp", "/var/tmp", "/private/tmp"];

pub(super) fn of(of: &Found, isolation: &Isolation, line: &OsStr) -> Walls {
    let workspace = &of.agent.workspace;
    let tmp = temporary(of);
    let mut write = vec![tmp.clone()];
    if !of.reads() {
        write.push(workspace.path.clone());
        if let Some(git) = &workspace.git {
            // The admin directory lies in it.
            write.push(git.clone());
        } else {
            write.push(workspace.admin.clone());
            write.extend(shared_git(of));
        }
    }
    write.extend(DEVICES.map(PathBuf::from));
    let kept = kept(of);
    let shared = SHARED.iter().map(PathBuf::from);
    write.extend(shared.filter(|top| !kept.iter().any(|path| path.starts_with(top))));
    write.extend(places::scratch());
    write.extend(
        leaves_its_place_in(line)
            .into_iter()
            .filter(|file| prepare(file)),
    );
    let outside = places::caches()
        .into_iter()
        .chain(places::named(&isolation.allow_write));
    let holds_kept = |place: &PathBuf| {
        kept.iter()
            .any(|path| path.starts_with(place) || place.starts_with(path))
    };
    write.extend(outside.filter(|place| !holds_kept(place)));
    let pinned = [
        workspace.path.join(".git"),
        workspace.admin.join("commondir"),
        workspace.admin.join("gitdir"),
    ];
    Walls {
        write,
        pinned: pinned.into(),
        no_signals: false,
        tmp,
        shown: kept,
    }
}

/// What git has to write in the repository's own directory for a workspace that
/// has none of its own: objects, and the directories with the agents' branches.
fn shared_git(of: &Found) -> Vec<PathBuf> {
    let git = &of.project.common_dir;
    let branch = Path::new(&of.agent.workspace.branch);
    let group = branch.parent().unwrap_or(branch);
    let (refs, logs) = (git.join("refs/heads"), git.join("logs/refs/heads"));
    let own = [refs.join(group), logs.join(group)];
    own.into_iter()
        .filter(|dir| *dir != refs && *dir != logs && fs::create_dir_all(dir).is_ok())
        .chain([git.join("objects")])
        .collect()
}

/// What must not change, wherever it lies.
fn kept(of: &Found) -> Vec<PathBuf> {
    let project = &of.project;
    let mut kept = vec![
        project.main().to_owned(),
        project.start_root.clone(),
        of.agent.start_root.clone(),
        project.common_dir.clone(),
    ];
    kept.dedup();
    kept
}

/// The agent's directory for temporary files, made where it is missing. One that
/// somebody else made is not used.
fn temporary(of: &Found) -> PathBuf {
    let wanted = places::temporary(of.agent.id.as_str());
    if places::make(&wanted) {
        return wanted;
    }
    let instead = of.project.layout.scratch().join(of.agent.id.as_str());
    let _ = fs::create_dir_all(&instead);
    instead
}

/// The file that the client reads the directory from in which the line ended:
/// `... && pwd -P >| /tmp/claude-0a1b-cwd`.
fn leaves_its_place_in(line: &OsStr) -> Option<PathBuf> {
    let sign = b"&& pwd -P >| ";
    let line = bytes(line);
    let at = line.windows(sign.len()).rposition(|part| part == sign)?;
    let word = line[at + sign.len()..].trim_ascii();
    let file = bytes_to_path(&unquoted(word)?);
    let name = file.file_name()?.to_str()?;
    let own = name.starts_with("claude-") && name.ends_with("-cwd");
    (own && file.is_absolute()).then_some(file)
}

/// A word as the client quotes it: bare, or between single quotes.
fn unquoted(word: &[u8]) -> Option<Vec<u8>> {
    let inner = word.strip_prefix(b"'").and_then(|w| w.strip_suffix(b"'"));
    if let Some(inner) = inner {
        return marker::unquoted(inner);
    }
    let plain = !word.iter().any(|b| b"'\"$`\\ \n;&|<>".contains(b));
    plain.then(|| word.to_vec())
}

/// A rule of the kernel's needs a file that is there.
fn prepare(file: &Path) -> bool {
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file);
    made.is_ok() || fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file())
}

/// Takes the file away again where the line did not come to write it.
pub(super) fn clear(line: &OsStr) {
    if let Some(file) = leaves_its_place_in(line)
        && fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file() && meta.len() == 0)
    {
        let _ = fs::remove_file(file);
    }
}
