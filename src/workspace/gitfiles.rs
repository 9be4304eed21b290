//! Git's own files of a workspace, kept with a backup and put back with it: the
//! index as it stands, what an operation in progress needs, HEAD's log.
//!
//! Format: a commit whose tree holds the files below `files/` and what only the
//! index names below `objects/`; its parents are the commits that the files name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::raw::Raw;
use super::tree::Tree;
use crate::error::{Error, Result};

/// What belongs to the place and not to the work.
const LEFT_OUT: [&str; 6] = [
    "commondir",
    "gitdir",
    "locked",
    "config.worktree",
    "modules",
    "maos-checkout",
];

/// Larger files name no commits.
const MAX_TEXT: u64 = 16 << 20;

/// Regular files below the admin directory, relative to it.
fn files(tree: &Tree) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(dir) = waiting.pop() {
        let Ok(entries) = fs::read_dir(tree.git_dir.join(&dir)) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = dir.join(entry.file_name());
            let left_out = LEFT_OUT.iter().any(|out| name == Path::new(out));
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !left_out {
                waiting.push(name);
            } else if kind.is_file() && !left_out && name.extension().is_none_or(|e| e != "lock") {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// Commits that these files name and that can't be reached otherwise.
fn commits(tree: &Tree, files: &[PathBuf], otherwise: &[&str]) -> Result<Vec<String>> {
    let mut named = BTreeSet::new();
    for file in files {
        let path = tree.git_dir.join(file);
        if fs::metadata(&path).is_ok_and(|m| m.len() <= MAX_TEXT)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let words = text.split(|c: char| !c.is_ascii_hexdigit());
            named.extend(
                words
                    .filter(|w| matches!(w.len(), 40 | 64))
                    .map(str::to_owned),
            );
        }
    }
    if tree.git_dir.join("reftable").is_dir() {
        named.extend(in_reftable(tree));
    }
    let bare = || tree.bare();
    let names: Vec<String> = named.into_iter().collect();
    let kinds = bare()
        .args(["cat-file", "--batch-check=%(objectname) %(objecttype)"])
        .input(names.join("\n") + "\n")
        .text()?;
    let known = kinds
        .lines()
        .filter_map(|line| line.strip_suffix(" commit"));
    let known: Vec<String> = known.map(str::to_owned).collect();
    if known.is_empty() {
        return Ok(known);
    }
    let mut args = vec!["rev-list", "--ignore-missing", "--stdin", "--not"];
    args.extend(otherwise);
    let apart = bare().args(args).input(known.join("\n") + "\n").text()?;
    let apart: BTreeSet<&str> = apart.lines().collect();
    Ok(known
        .into_iter()
        .filter(|commit| apart.contains(commit.as_str()))
        .collect())
}

/// Commits that no file names but a table of refs: those in HEAD's log, and those
/// of an operation in progress.
fn in_reftable(tree: &Tree) -> Vec<String> {
    let lines = |args: &[&str]| tree.agents_git().args(args).text().unwrap_or_default();
    let logged = lines(&["log", "--walk-reflogs", "--format=%H", "HEAD"]);
    let roots = lines(&[
        "for-each-ref",
        "--include-root-refs",
        "--format=%(objectname) %(refname)",
    ]);
    let roots = roots.lines().filter_map(|line| line.split_once(' '));
    let roots = roots.filter(|(_, name)| !name.contains('/'));
    let logged = logged.lines().map(str::to_owned);
    logged.chain(roots.map(|(id, _)| id.to_owned())).collect()
}

/// Commits that nothing but HEAD's log and its like hold.
///
/// # Errors
/// Where git can't tell.
pub fn loose(tree: &Tree, head: &str) -> Result<Vec<String>> {
    commits(tree, &files(tree), &[head, "--all"])
}

/// Keeps them in a commit; `None` where there are none.
///
/// # Errors
/// Where one can't be read, or git can't write the commit.
pub fn keep(raw: &Raw, tree: &Tree, head: &str) -> Result<Option<String>> {
    let files = files(tree);
    if files.is_empty() {
        return Ok(None);
    }
    let top = raw.directory("keep")?;
    for file in &files {
        let (from, to) = (tree.git_dir.join(file), top.join("files").join(file));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        }
        fs::copy(&from, &to).map_err(|e| Error::io("copy", &from, e))?;
    }
    let git = || raw.git(&top, "keep-index");
    git()
        .args(["add", "--all", "--force", "--no-ignore-errors", "--", "."])
        .text()?;
    let conflicts = conflicts(tree)?;
    if !conflicts.is_empty() {
        let args = ["update-index", "--add", "--index-info"];
        git().args(args).input(conflicts).text()?;
    }
    let content = git().args(["write-tree"]).text()?;
    let mut args = vec!["commit-tree".to_owned(), content];
    for commit in commits(tree, &files, &[head])? {
        args.extend(["-p".to_owned(), commit]);
    }
    let message = "Git's own files\n";
    let commit = git().as_maos().args(args).input(message).text()?;
    Ok(Some(commit))
}

/// Both sides of conflicts, as lines for `update-index --index-info`.
fn conflicts(tree: &Tree) -> Result<String> {
    if !tree.git_dir.join("index").exists() {
        return Ok(String::new());
    }
    let bytes = tree.git().args(["ls-files", "--unmerged", "-z"]).bytes()?;
    let entries = bytes.split(|b| *b == 0);
    let ids: BTreeSet<String> = entries
        .filter_map(|entry| {
            let text = String::from_utf8_lossy(entry);
            let mut words = text.split(' ');
            let file = words.next().is_some_and(|mode| mode.starts_with("10"));
            words.next().filter(|_| file).map(str::to_owned)
        })
        .collect();
    let lines: Vec<String> = ids
        .iter()
        .map(|id| format!("100644 {id}\tobjects/{id}\n"))
        .collect();
    Ok(lines.concat())
}

/// Puts them back, but for HEAD.
///
/// # Errors
/// Where git can't read the commit, or one can't be written.
pub fn put_back(raw: &Raw, commit: &str, tree: &Tree) -> Result<()> {
    let top = raw.directory("kept")?;
    raw.write(&format!("{commit}:files"), &top)?;
    let kept = Tree {
        git_dir: top,
        ..tree.clone()
    };
    for file in files(&kept) {
        if file == Path::new("HEAD") {
            continue;
        }
        let (from, to) = (kept.git_dir.join(&file), tree.git_dir.join(&file));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        }
        fs::copy(&from, &to).map_err(|e| Error::io("copy", &from, e))?;
    }
    Ok(())
}
