//! What stands in the project and in no workspace: ignored files, repositories
//! inside of the project, submodules. The directories of these git leaves empty
//! in a new worktree, and it takes no notice of what is put there without
//! checking them out.

use std::fs;
use std::path::{Path, PathBuf};

use super::tree::Tree;
use crate::error::Result;
use crate::git::locate::bytes_to_path;
use crate::git::read;
use crate::session::Workspace;

/// Whether a file of the project is one that no workspace gets. It can be read
/// where it is; one that the base had is gone because the agent removed it.
pub fn no_part_of(workspace: &Workspace, common_dir: &Path, path: &Path, rest: &Path) -> bool {
    let there = |path: &Path| fs::symlink_metadata(path).is_ok();
    if there(&workspace.path.join(rest)) || !there(path) {
        return false;
    }
    let Some(base) = &workspace.base else {
        return false;
    };
    let name = format!("{}:{}", base.commit, rest.display());
    let args = ["rev-parse", "--verify", "--quiet", &name];
    let found = read::bare(common_dir).args(args).output();
    found.is_ok_and(|output| output.code == Some(1))
}

/// The submodule that a relative path lies in, where `tree` has it checked out
/// and the workspace `own` has not.
pub fn submodule(tree: &Path, own: &Path, rest: &Path) -> Option<PathBuf> {
    let mut above: Vec<&Path> = rest.ancestors().skip(1).collect();
    above.pop();
    let there = |top: &Path, dir: &Path| fs::symlink_metadata(top.join(dir).join(".git")).is_ok();
    above
        .into_iter()
        .rev()
        .find(|dir| there(tree, dir) && own.join(dir).is_dir() && !there(own, dir))
        .map(Path::to_owned)
}

/// Files in directories of submodules that are not checked out, relative to the
/// tree: git would never list them.
///
/// # Errors
/// Where git can't list the submodules.
pub fn stray(tree: &Tree) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for link in links(tree)? {
        if fs::symlink_metadata(tree.root.join(&link).join(".git")).is_err() {
            files(&tree.root, &link, &mut found);
        }
    }
    found.sort();
    Ok(found)
}

/// The submodules that a tree's index names.
///
/// # Errors
/// Where git can't list them.
pub fn links(tree: &Tree) -> Result<Vec<PathBuf>> {
    let bytes = tree.git().args(["ls-files", "--stage", "-z"]).bytes()?;
    let entries = bytes.split(|b| *b == 0);
    let links = entries.filter(|e| e.starts_with(b"160000 "));
    let path = |entry: &[u8]| {
        let tab = entry.iter().position(|b| *b == b'\t')?;
        Some(bytes_to_path(&entry[tab + 1..]))
    };
    Ok(links.filter_map(path).collect())
}

fn files(root: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(root.join(below)) else {
        return;
    };
    for entry in entries.flatten() {
        let path = below.join(entry.file_name());
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            files(root, &path, found);
        } else {
            found.push(path);
        }
    }
}
