//! The files by which git finds a repository from a workspace, held to what was
//! written into them.
//!
//! An agent can write its `.git` file and its admin directory, and whoever runs
//! git there would obey it. So their bytes are recorded when they are made, and
//! put back where they are changed.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::Project;
use super::tree::is_real;
use crate::clock;
use crate::error::{Error, Result};
use crate::session::{Agent, Workspace};

/// The files that decide where git looks, in the order of [`of`].
fn pinned(workspace: &Workspace) -> [PathBuf; 4] {
    [
        workspace.path.join(".git"),
        workspace.admin.join("commondir"),
        workspace.admin.join("gitdir"),
        workspace.admin.join("config.worktree"),
    ]
}

/// Their content, to be recorded; an absent file is recorded as empty.
pub fn of(workspace: &Workspace) -> Vec<String> {
    pinned(workspace)
        .iter()
        .map(|path| fs::read(path).map_or_else(|_| String::new(), |bytes| as_text(&bytes)))
        .collect()
}

/// What stands before the hex digits of bytes that are no text.
const HEX: &str = "hex:";

fn as_text(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut hex = HEX.to_owned();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn as_bytes(text: &str) -> Vec<u8> {
    let Some(hex) = text.strip_prefix(HEX) else {
        return text.as_bytes().to_vec();
    };
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Longer ones were not written by git or MAOS.
const LONGEST: usize = 16 << 10;

/// Those that are not as they were recorded, with what was.
fn moved(workspace: &Workspace) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let wanted = workspace.pins.iter().map(|text| as_bytes(text));
    let all = pinned(workspace).into_iter().zip(wanted);
    all.filter(|(path, wanted)| match plain(path) {
        Ok(found) => found != *wanted && !is_sparse(path, &found),
        Err(e) if e.kind() == ErrorKind::NotFound => !wanted.is_empty(),
        Err(_) => true,
    })
}

/// What git may obey of a workspace's `config.worktree`: as it is where it says no
/// more than it may, else as it was recorded.
pub fn worktree_config(workspace: &Workspace) -> Vec<u8> {
    let path = workspace.admin.join("config.worktree");
    let recorded = workspace.pins.get(3).map(|text| as_bytes(text));
    let sparse = plain(&path).ok().filter(|found| is_sparse(&path, found));
    sparse.or(recorded).unwrap_or_default()
}

/// The content of a file that is no link and nothing else, and not too long.
fn plain(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let mut file = options.open(path)?;
    let mut bytes = vec![0; LONGEST + 1];
    let read = file.read(&mut bytes)?;
    if read > LONGEST {
        return Err(std::io::Error::other("longer than what was written"));
    }
    bytes.truncate(read);
    Ok(bytes)
}

/// Names the files that are not as they were recorded: git must not run on the
/// tree while there are any.
pub fn changed(workspace: &Workspace) -> Vec<PathBuf> {
    moved(workspace).map(|(path, _)| path).collect()
}

/// Puts back what was changed, and names the files that were. What stood there
/// is kept aside.
///
/// # Errors
/// Where one can't be put back.
pub fn restore(project: &Project, agent: &Agent) -> Result<Vec<PathBuf>> {
    let mut restored = Vec::new();
    for (path, wanted) in moved(&agent.workspace) {
        // Behind a link it is no place of the agent's.
        if path.parent().is_none_or(|dir| !is_real(dir)) {
            continue;
        }
        if fs::symlink_metadata(&path).is_ok() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let aside = project.layout.aside().join(agent.id.as_str());
            fs::create_dir_all(&aside).map_err(|e| Error::io("make", &aside, e))?;
            let aside = aside.join(format!("{}-{name}", clock::file_stamp()));
            fs::rename(&path, &aside).map_err(|e| Error::io("move aside", &path, e))?;
        }
        if !wanted.is_empty() {
            fs::write(&path, &wanted).map_err(|e| Error::io("write", &path, e))?;
        }
        restored.push(path);
    }
    Ok(restored)
}

/// Whether this is a worktree's configuration that says nothing but which files
/// are checked out: `git sparse-checkout` writes it for the agent.
fn is_sparse(path: &Path, bytes: &[u8]) -> bool {
    path.ends_with("config.worktree") && std::str::from_utf8(bytes).is_ok_and(says_only_sparse)
}

/// In the form that git writes, and no other.
fn says_only_sparse(text: &str) -> bool {
    let known = [
        "[core]",
        "[index]",
        "sparse = ",
        "sparseCheckout = ",
        "sparseCheckoutCone = ",
    ];
    text.lines().map(str::trim).all(|line| {
        let end = known.iter().find_map(|known| line.strip_prefix(known));
        end.is_some_and(|end| matches!(end, "" | "true" | "false"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_longer_than_what_was_written_is_another() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("config.worktree");
        fs::write(&path, vec![b'\n'; LONGEST]).unwrap();
        assert_eq!(plain(&path).unwrap().len(), LONGEST);
        fs::write(&path, vec![b'\n'; LONGEST + 1]).unwrap();
        assert!(plain(&path).is_err());
    }

    #[test]
    fn only_sparse_patterns_may_change() {
        assert!(says_only_sparse(
            "[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = true\n[index]\n\tsparse = false\n"
        ));
        for planted in [
            "[core]\n\tfsmonitor = /x\n",
            "[core] fsmonitor = /x\n",
            "[core]\n\tsparseCheckout = true\\\n\n",
            "[include]\n\tpath = /x\n",
            "[index]\n\tsparse = true # [core]\n",
        ] {
            assert!(!says_only_sparse(planted), "{planted}");
        }
    }
}
