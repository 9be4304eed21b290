//! Brings a backup back: bytes, modes, index and branch.

use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use super::backup::Kept;
use super::base::Source;
use super::create;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::git::{read, refs};
use crate::session::{Agent, WorkspaceState};
use crate::store::{SessionDir, agents};

/// Writes a backup's files into a directory that is new or empty.
///
/// # Errors
/// Where the directory holds something, or git can't write it.
pub fn export(project: &Project, kept: &Kept, to: &Path) -> Result<()> {
    if to.exists()
        && fs::read_dir(to)
            .map_err(|e| Error::io("read", to, e))?
            .next()
            .is_some()
    {
        return Err(Error::Refused {
            reason: format!("{} is not empty", to.display()),
            help: "name a directory that is new or empty".to_owned(),
        });
    }
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    let to = fs::canonicalize(to).map_err(|e| Error::io("read", to, e))?;
    let scratch = project.layout.scratch();
    fs::create_dir_all(&scratch).map_err(|e| Error::io("make", &scratch, e))?;
    let index = scratch.join(format!("index-restore-{}", std::process::id()));
    let git = || {
        read::bare(&project.common_dir)
            .env("GIT_WORK_TREE", &to)
            .index(&index)
    };
    let result = (|| {
        git().args(["read-tree", &kept.commit]).text()?;
        git()
            .args([
                "-c",
                "core.bare=false",
                "checkout-index",
                "--all",
                "--force",
            ])
            .text()
    })();
    let _ = fs::remove_file(&index);
    result?;
    bring_nested(project, kept, &to, false)
}

/// Makes the workspace again, on its branch, as it was.
///
/// # Errors
/// Where something stands in its place, or the branch has moved since.
pub fn restore(project: &Project, dir: &SessionDir, agent: &Agent, kept: &Kept) -> Result<Agent> {
    let record = &kept.record;
    let occupied = agent.workspace.state == WorkspaceState::Ready && create::is_there(agent);
    if occupied || agent.workspace.path.exists() {
        return Err(Error::Refused {
            reason: format!("{} is there", agent.workspace.path.display()),
            help: "give another place with --to DIR".to_owned(),
        });
    }
    let full = format!("refs/heads/{}", agent.workspace.branch);
    match read::tip(&project.common_dir, &full)? {
        None => {
            let tip = if record.branch.as_deref() == Some(&agent.workspace.branch) {
                record.head.clone()
            } else {
                agent
                    .workspace
                    .tip
                    .clone()
                    .unwrap_or_else(|| record.head.clone())
            };
            refs::create(&project.common_dir, &full, &tip, "maos: restored")?;
        }
        Some(tip)
            if record.branch.as_deref() == Some(&agent.workspace.branch) && tip != record.head =>
        {
            return Err(Error::Refused {
                reason: format!(
                    "{} has moved since the backup was made",
                    agent.workspace.branch
                ),
                help: "give another place with --to DIR".to_owned(),
            });
        }
        Some(_) => {}
    }
    let agent = create::ensure(project, "auto", &Source::Start, &agent.id, dir)?;
    let tree = Tree::of(&agent, &project.common_dir).ok_or_else(|| Error::NotARepository {
        path: agent.workspace.path.clone(),
    })?;
    put_head(&tree, record.branch.as_deref(), &record.head)?;
    tree.git()
        .args(["read-tree", "--reset", "-u", &kept.commit])
        .text()?;
    let index = tree
        .git()
        .args([
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("{}^2", kept.commit),
        ])
        .output()?;
    let staged = if index.ok() {
        index.text()
    } else {
        record.head.clone()
    };
    tree.git().args(["read-tree", "--reset", &staged]).text()?;
    bring_nested(project, kept, &tree.root, true)?;
    agents::update(dir, &agent.id, |a| {
        a.workspace.tip = Some(record.head.clone());
    })
}

fn put_head(tree: &Tree, branch: Option<&str>, head: &str) -> Result<()> {
    match branch {
        Some(branch) if tree.branch().as_deref() == Some(branch) => Ok(()),
        Some(branch) => {
            let full = format!("refs/heads/{branch}");
            if read::tip(&tree.common_dir, &full)?.is_none() {
                refs::create(&tree.common_dir, &full, head, "maos: restored")?;
            }
            tree.git()
                .args(["symbolic-ref", "HEAD", &full])
                .text()
                .map(drop)
        }
        None => tree
            .git()
            .args(["update-ref", "--no-deref", "HEAD", head])
            .text()
            .map(drop),
    }
}

/// Nested repositories come from the trash: moved where the workspace comes
/// back, copied where it is only exported.
fn bring_nested(project: &Project, kept: &Kept, to: &Path, take: bool) -> Result<()> {
    let Some(trash) = &kept.record.trash else {
        return Ok(());
    };
    let from = project.layout.trash().join(trash).join("tree");
    for nested in super::differs::nested(&from) {
        let (source, target) = (from.join(&nested), to.join(&nested));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        }
        if take {
            fs::rename(&source, &target).map_err(|e| Error::io("move", &source, e))?;
        } else {
            copy_all(&source, &target)?;
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &PathBuf) -> Result<()> {
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    for entry in fs::read_dir(from)
        .map_err(|e| Error::io("read", from, e))?
        .flatten()
    {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry
            .file_type()
            .map_err(|e| Error::io("read", &source, e))?;
        if kind.is_dir() {
            copy_all(&source, &target)?;
        } else if kind.is_symlink() {
            let link = fs::read_link(&source).map_err(|e| Error::io("read", &source, e))?;
            #[cfg(unix)]
            std::os::unix::fs::symlink(&link, &target)
                .map_err(|e| Error::io("make", &target, e))?;
            #[cfg(not(unix))]
            fs::write(&target, link.to_string_lossy().as_bytes())
                .map_err(|e| Error::io("make", &target, e))?;
        } else {
            fs::copy(&source, &target).map_err(|e| Error::io("copy", &source, e))?;
        }
    }
    Ok(())
}
