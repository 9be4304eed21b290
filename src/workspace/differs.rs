//! Files of a workspace that are nowhere else, and repositories inside of it.
//!
//! `git status` alone is not trusted: it hides ignored files, entries marked
//! assume-unchanged or skip-worktree, and whatever a configuration tells it to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use super::check::Contents;
use super::tree::Tree;
use crate::error::Result;
use crate::git::locate::bytes_to_path;
use crate::session::Agent;

/// Files that differ from HEAD or are not in it; ignored ones included, unless
/// the main checkout has the same file.
///
/// # Errors
/// Where git can't read the tree.
pub fn uncommitted(
    project: &Project,
    agent: &Agent,
    tree: &Tree,
    contents: &Contents,
) -> Result<Vec<String>> {
    let mut found = if contents.no_branch {
        staged(tree, &contents.head)?
    } else {
        listed(tree)?
    };
    found.extend(ignored(project, tree)?);
    if found.is_empty() && contents.nested.is_empty() {
        let flagged = flagged(tree)?;
        if contents.no_branch || !flagged.is_empty() {
            found = by_content(project, agent, tree, &contents.head, &flagged)?;
        }
    }
    Ok(found)
}

/// Files that git itself lists as changed or new.
///
/// # Errors
/// Where git can't list them.
pub fn listed(tree: &Tree) -> Result<Vec<String>> {
    let args = [
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        // What stands in a repository inside is not asked: git would obey its
        // configuration.
        "--ignore-submodules=dirty",
    ];
    let git = tree.git().env("GIT_OPTIONAL_LOCKS", "0");
    let bytes = git.args(args).bytes()?;
    let entries = entries(&bytes).filter(|e| e.len() > 3);
    Ok(entries.map(|e| shown(&e[3..])).collect())
}

/// Files whose entry in the index is not that of a commit.
///
/// # Errors
/// Where git can't read the index.
pub fn staged(tree: &Tree, head: &str) -> Result<Vec<String>> {
    if !tree.git_dir.join("index").exists() {
        return Ok(Vec::new());
    }
    let args = [
        "diff-index",
        "--cached",
        "--name-only",
        "-z",
        "--no-renames",
    ];
    let bytes = tree.git().args(args).args([head, "--"]).bytes()?;
    Ok(entries(&bytes).map(shown).collect())
}

/// Ignored files that the main checkout has not, or has otherwise.
fn ignored(project: &Project, tree: &Tree) -> Result<Vec<String>> {
    let args = [
        "ls-files",
        "--others",
        "--ignored",
        "--exclude-standard",
        "-z",
    ];
    let bytes = tree.git().args(args).bytes()?;
    let differs = |name: &&[u8]| {
        let name = bytes_to_path(name);
        !same(&tree.root.join(&name), &project.main().join(&name))
    };
    Ok(entries(&bytes).filter(differs).map(shown).collect())
}

fn same(one: &Path, other: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::symlink_metadata(one), fs::symlink_metadata(other)) else {
        return false;
    };
    if a.is_symlink() || b.is_symlink() {
        return matches!((fs::read_link(one), fs::read_link(other)), (Ok(a), Ok(b)) if a == b);
    }
    a.len() == b.len() && matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
}

/// Entries that the index was told not to look at, with what it was told.
fn flagged(tree: &Tree) -> Result<Vec<(u8, Vec<u8>)>> {
    let bytes = tree.git().args(["ls-files", "-v", "-z"]).bytes()?;
    let told = entries(&bytes).filter_map(|line| {
        let (flag, name) = (*line.first()?, line.get(2..)?);
        (flag.is_ascii_lowercase() || flag == b'S').then(|| (flag, name.to_vec()))
    });
    Ok(told.collect())
}

/// Files that differ from a commit by their content, through an index that was
/// told nothing. A file that is to be skipped and is not there is as it should be.
fn by_content(
    project: &Project,
    agent: &Agent,
    tree: &Tree,
    head: &str,
    flagged: &[(u8, Vec<u8>)],
) -> Result<Vec<String>> {
    let index = tree.scratch_index(&project.layout.scratch(), &format!("check-{}", agent.id))?;
    let git = || tree.git().index(&index);
    let result: Result<Vec<u8>> = (|| {
        git().args(["read-tree", head]).text()?;
        // It ends with 1 where something differs, which is the question.
        git()
            .args(["update-index", "-q", "--really-refresh"])
            .output()?;
        let args = [
            "diff-files",
            "--name-only",
            "-z",
            "--ignore-submodules=dirty",
        ];
        let mut bytes = git().args(args).bytes()?;
        let others = ["ls-files", "--others", "--exclude-standard", "-z"];
        bytes.extend(git().args(others).bytes()?);
        Ok(bytes)
    })();
    let _ = fs::remove_file(&index);
    let bytes = result?;
    let skipped: BTreeSet<&[u8]> = flagged
        .iter()
        .filter(|(flag, _)| flag.eq_ignore_ascii_case(&b'S'))
        .map(|(_, name)| name.as_slice())
        .collect();
    let is_there = |name: &[u8]| fs::symlink_metadata(tree.root.join(bytes_to_path(name))).is_ok();
    let differs = |name: &&[u8]| !skipped.contains(name) || is_there(name);
    Ok(entries(&bytes).filter(differs).map(shown).collect())
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|b| *b == 0).filter(|entry| !entry.is_empty())
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Repositories below a tree, relative to it; neither the tree's own counts, nor
/// those inside of another one that is found.
pub fn nested(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(dir) = waiting.pop() {
        if dir != root && fs::symlink_metadata(dir.join(".git")).is_ok() {
            found.extend(dir.strip_prefix(root).map(Path::to_owned));
            continue;
        }
        let Ok(entries) = fs::read_dir(&dir) else {
            continue;
        };
        let below = entries
            .flatten()
            .filter(|entry| entry.file_name() != ".git")
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        waiting.extend(below.map(|entry| entry.path()));
    }
    found.sort();
    found
}
