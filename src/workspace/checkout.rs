//! The directory of a workspace, and the files of its branch in it.
//!
//! Invariant: files are checked out only into a tree in which nothing stands, or
//! where the mark says that an earlier checkout was not finished.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::Project;
use super::admin::path_line;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::process;
use crate::session::Agent;

/// The mark that files are still to be checked out. A tree in which anything
/// stands keeps it, whatever became of git's own files: a checkout would put back
/// what was changed.
pub(super) fn pending(agent: &Agent) -> Result<Option<PathBuf>> {
    let workspace = &agent.workspace;
    let mark = workspace.admin.join("maos-checkout");
    let entries = fs::read_dir(&workspace.path)
        .into_iter()
        .flatten()
        .flatten();
    let empty = entries.filter(|e| e.file_name() != ".git").count() == 0;
    if empty || !workspace.path.exists() {
        fs::write(&mark, b"").map_err(|e| Error::io("write", &mark, e))?;
    }
    Ok(mark.exists().then_some(mark))
}

pub(super) fn tree_directory(agent: &Agent) -> Result<()> {
    let path = &agent.workspace.path;
    match fs::create_dir(path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(Error::io("make", path, e)),
        _ => {}
    }
    let mut line = b"gitdir: ".to_vec();
    line.extend(path_line(&agent.workspace.admin));
    let git_file = path.join(".git");
    if fs::read(&git_file).is_ok_and(|found| found == line) {
        return Ok(());
    }
    // Written beside the workspace, so that a kill leaves nothing in it.
    let aside = path.with_file_name(format!(".git-of-{}", agent.id));
    fs::write(&aside, &line).map_err(|e| Error::io("write", &aside, e))?;
    fs::rename(&aside, &git_file).map_err(|e| Error::io("make", &git_file, e))
}

pub(super) fn check_out(
    project: &Project,
    agent: &Agent,
    again: bool,
    limit: Duration,
) -> Result<()> {
    let workspace = &agent.workspace;
    let tree = Tree {
        root: workspace.path.clone(),
        git_dir: workspace.admin.clone(),
        common_dir: project.common_dir.clone(),
        private: workspace.git.clone(),
        view: None,
    };
    let write = |private: &PathBuf| {
        let own = [&tree.root, &tree.git_dir, private].map(Clone::clone);
        own.into_iter().chain(["/dev/null".into()]).collect()
    };
    let busy = || Error::Busy("the workspace is still being made".to_owned());
    let start = Instant::now();
    // A killed hook leaves its checkout running. It must not end after this one:
    // what the agent writes from then on would be reset.
    while again && process::git_runs_in(&tree.root) {
        if start.elapsed() >= limit {
            return Err(busy());
        }
        thread::sleep(Duration::from_millis(20));
    }
    tree.free_index(limit).map_err(|_| busy())?;
    let limit = limit.saturating_sub(start.elapsed());
    let workers = [
        "-c",
        "checkout.workers=0",
        "-c",
        "checkout.thresholdForParallelism=100",
    ];
    let git =
        tree.git()
            .args(workers)
            .args(["reset", "--hard", "--quiet", "--no-recurse-submodules"]);
    let common = workspace.git.as_ref().unwrap_or(&tree.common_dir);
    let git = git.env("GIT_COMMON_DIR", common);
    let git = match &workspace.git {
        Some(private) => git.within(write(private)),
        None => git,
    };
    match git.limit(limit.max(Duration::from_secs(1))).text() {
        Ok(_) => Ok(()),
        Err(Error::Process { .. }) => Err(busy()),
        Err(e) => Err(e),
    }
}
