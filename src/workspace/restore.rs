//! Brings a backup back: bytes, modes, index and branch.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Project;
use super::backup::Kept;
use super::base::Source;
use super::raw::Raw;
use super::tree::Tree;
use super::{create, gitfiles, remove, trash};
use crate::error::{Error, Result};
use crate::git::{read, refs};
use crate::session::Agent;
use crate::store::{SessionDir, agents};

const ELSEWHERE: &str = "give another place with --to DIR";

/// Writes a backup's files into a directory that is new or empty.
///
/// # Errors
/// Where the directory holds something, or git can't write it.
pub fn export(project: &Project, kept: &Kept, to: &Path) -> Result<()> {
    kept.check_version()?;
    let entries = fs::read_dir(to).map(|mut entries| entries.next().is_some());
    if entries.unwrap_or(to.exists()) {
        return Err(Error::Refused {
            reason: format!("{} is not empty", to.display()),
            help: "name a directory that is new or empty".to_owned(),
        });
    }
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    let to = fs::canonicalize(to).map_err(|e| Error::io("read", to, e))?;
    Raw::new(project, "restore")?.write(&kept.commit, &to)?;
    trash::bring_repositories(project, kept, &to, None)
}

/// Makes the workspace again, on its branch, as it was.
///
/// # Errors
/// Where something stands in its place, or the branch has moved since; nothing is
/// changed then.
pub fn restore(project: &Project, dir: &SessionDir, agent: &Agent, kept: &Kept) -> Result<Agent> {
    kept.check_version()?;
    let lock = agents::workspace_lock(dir, &agent.id, Duration::from_secs(30))?;
    let agent = agents::load(dir, &agent.id)?.unwrap_or_else(|| agent.clone());
    let record = &kept.record;
    let refused = |reason: String| {
        Err(Error::Refused {
            reason,
            help: ELSEWHERE.to_owned(),
        })
    };
    if fs::symlink_metadata(&agent.workspace.path).is_ok() {
        return refused(format!("{} is there", agent.workspace.path.display()));
    }
    if agent.workspace.admin.exists() {
        return Err(Error::Refused {
            reason: format!("git still knows the workspace that {} had", agent.id),
            help: "`maos worktree-prune` takes away what is left of it".to_owned(),
        });
    }
    trash::check(project, kept)?;
    let own = record.branch.as_deref() == Some(&agent.workspace.branch);
    let full = format!("refs/heads/{}", agent.workspace.branch);
    match read::tip(&project.common_dir, &full)? {
        Some(tip) if own && tip != record.head => {
            return refused(format!(
                "{} has moved since the backup was made",
                agent.workspace.branch
            ));
        }
        Some(_) if refs::is_stood_on(&project.common_dir, &full) => {
            return refused(format!(
                "{} is checked out elsewhere",
                agent.workspace.branch
            ));
        }
        Some(_) => {}
        None => {
            let last = agent.workspace.tip.as_ref().filter(|_| !own);
            let tip = last.unwrap_or(&record.head);
            refs::create(&project.common_dir, &full, tip, "maos: restored")?;
        }
    }
    let of = (&agent.id, dir);
    let agent = create::ensure_held(project, "auto", &Source::Start, of, create::LIMIT, &lock)?;
    let filled = fill(project, &agent, kept);
    if filled.is_err() {
        // It was made a moment ago and holds nothing but what the backup has.
        let _ = remove::undo(project, dir, &agent);
    }
    filled?;
    agents::update(dir, &agent.id, |a| {
        a.workspace.tip = Some(record.head.clone());
    })
}

fn fill(project: &Project, agent: &Agent, kept: &Kept) -> Result<()> {
    let record = &kept.record;
    let tree = Tree::of(agent, &project.common_dir).ok_or_else(|| Error::NotARepository {
        path: agent.workspace.path.clone(),
    })?;
    empty(&tree.root)?;
    let raw = Raw::new(project, "restore")?;
    raw.write(&kept.commit, &tree.root)?;
    put_head(&tree, record.branch.as_deref(), &record.head)?;
    if let Some(git) = &record.git {
        gitfiles::put_back(&raw, git, &tree)?;
    } else {
        let index = record.staged.as_ref().unwrap_or(&record.head);
        tree.git().args(["read-tree", "--reset", index]).text()?;
    }
    trash::bring_repositories(project, kept, &tree.root, Some(&tree.git_dir))
}

/// Takes away what was checked out, but for `.git`.
fn empty(root: &Path) -> Result<()> {
    let entries = fs::read_dir(root).map_err(|e| Error::io("read", root, e))?;
    for entry in entries.flatten().filter(|e| e.file_name() != ".git") {
        let path = entry.path();
        let gone = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.map_err(|e| Error::io("remove", &path, e))?;
    }
    Ok(())
}

fn put_head(tree: &Tree, branch: Option<&str>, head: &str) -> Result<()> {
    match branch {
        Some(branch) if tree.branch().as_deref() == Some(branch) => Ok(()),
        Some(branch) => {
            let full = format!("refs/heads/{branch}");
            if read::tip(tree.refs_dir(), &full)?.is_none() {
                refs::create(tree.refs_dir(), &full, head, "maos: restored")?;
            }
            tree.agents_git()
                .args(["symbolic-ref", "HEAD", &full])
                .text()
                .map(drop)
        }
        None => tree
            .agents_git()
            .args(["update-ref", "--no-deref", "HEAD", head])
            .text()
            .map(drop),
    }
}
