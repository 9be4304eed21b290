//! The directory that git keeps of a worktree: built aside and renamed in, so
//! that no other git ever sees it half-made. Format: gitrepository-layout(5),
//! `worktrees/<id>/`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Project;
use crate::error::{Error, Result};
use crate::git::{Git, read};
use crate::session::{Agent, Handle};

/// Where the repository itself keeps what it knows of an agent's worktree.
pub fn registration(project: &Project, handle: &Handle) -> PathBuf {
    project.common_dir.join("worktrees").join(handle.as_str())
}

/// Makes the admin directory of a workspace, or finds it made. Where that lies in
/// a private git directory, the repository gets one as well that holds no index
/// and no log: it names the workspace and its branch, and nothing that is not the
/// repository's own.
///
/// # Errors
/// Where it can't be made, or its place is taken.
pub fn ensure(project: &Project, agent: &Agent) -> Result<()> {
    let common = agent.workspace.git.as_ref().unwrap_or(&project.common_dir);
    one(project, agent, common, &agent.workspace.admin)?;
    if agent.workspace.git.is_some() {
        let there = registration(project, &agent.id);
        one(project, agent, &project.common_dir, &there)?;
    }
    Ok(())
}

fn one(project: &Project, agent: &Agent, common: &Path, admin: &Path) -> Result<()> {
    let git_file = agent.workspace.path.join(".git");
    let gitdir = path_line(&git_file);
    match fs::read(admin.join("gitdir")) {
        Ok(found) if found == gitdir => return Ok(()),
        Ok(_) => return Err(foreign(admin)),
        Err(_) if admin.exists() => return Err(foreign(admin)),
        Err(_) => {}
    }
    let aside = common.join(format!("maos-new-{}", agent.id));
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(|e| Error::io("remove", &aside, e))?;
    }
    fs::create_dir(&aside).map_err(|e| Error::io("make", &aside, e))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = aside.join(name);
        fs::write(&path, bytes).map_err(|e| Error::io("write", path, e))
    };
    let branch = format!("refs/heads/{}", agent.workspace.branch);
    let stacked = common.join("reftable").is_dir();
    let named = if stacked {
        read::NO_HEAD
    } else {
        branch.as_str()
    };
    write("HEAD", format!("ref: {named}\n").as_bytes())?;
    write("commondir", b"../..\n")?;
    write("gitdir", &gitdir)?;
    write(
        "locked",
        format!(
            "maos: workspace of {}; `maos worktree-prune` removes it\n",
            agent.id
        )
        .as_bytes(),
    )?;
    if *admin == agent.workspace.admin {
        inherit_sparse(project, &aside)?;
    }
    if stacked {
        head_in_reftable(common, &aside, &branch)?;
    }
    rename_in(&aside, admin)
}

/// Where refs are kept in reftables, a worktree's HEAD is in one of its own, and
/// the file `HEAD` only says so.
fn head_in_reftable(common_dir: &Path, aside: &Path, branch: &str) -> Result<()> {
    for dir in ["reftable", "refs"] {
        let dir = aside.join(dir);
        fs::create_dir(&dir).map_err(|e| Error::io("make", dir, e))?;
    }
    let note = aside.join("refs/heads");
    fs::write(&note, "this repository uses the reftable format\n")
        .map_err(|e| Error::io("write", note, e))?;
    read::bare(aside)
        .env("GIT_COMMON_DIR", common_dir)
        .args(["symbolic-ref", "HEAD", branch])
        .text()
        .map(drop)
}

fn foreign(admin: &Path) -> Error {
    Error::Unsupported {
        path: admin.to_owned(),
        reason: format!(
            "{} is there already and belongs to something else",
            admin.display()
        ),
        help: "`maos doctor` says what it is".to_owned(),
    }
}

/// `git worktree prune` removes `worktrees/` itself when it is empty, so making
/// it and renaming into it may have to be tried again.
fn rename_in(aside: &Path, admin: &Path) -> Result<()> {
    let parent = admin.parent().unwrap_or(admin);
    for _ in 0..50 {
        fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        match fs::rename(aside, admin) {
            Err(e) if e.kind() == ErrorKind::NotFound && aside.exists() => {}
            other => return other.map_err(|e| Error::io("make", admin, e)),
        }
    }
    Err(Error::io("make", admin, ErrorKind::NotFound.into()))
}

/// As `git worktree add` does: a sparse main checkout makes sparse worktrees.
fn inherit_sparse(project: &Project, aside: &Path) -> Result<()> {
    let source = crate::git::locate(&project.start_root)
        .map_or_else(|| project.common_dir.clone(), |p| p.git_dir);
    let patterns = source.join("info/sparse-checkout");
    let config = source.join("config.worktree");
    if patterns.exists() {
        let to = aside.join("info");
        fs::create_dir(&to).map_err(|e| Error::io("make", &to, e))?;
        fs::copy(&patterns, to.join("sparse-checkout"))
            .map_err(|e| Error::io("copy", &patterns, e))?;
    }
    if config.exists() {
        let to = aside.join("config.worktree");
        fs::copy(&config, &to).map_err(|e| Error::io("copy", &config, e))?;
        for key in ["core.bare", "core.worktree"] {
            let file = to.to_string_lossy().into_owned();
            // 5 is git's word for "there was none".
            Git::at(&project.common_dir)
                .args(["config", "--file", &file, "--unset-all", key])
                .output()?;
        }
    }
    Ok(())
}

/// A path and a line break, in the bytes that git writes.
pub(super) fn path_line(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    let mut bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let mut bytes = path.to_string_lossy().replace('\\', "/").into_bytes();
    bytes.push(b'\n');
    bytes
}
