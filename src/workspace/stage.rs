//! Staging all that stands in a tree, but for what git can't hold.
//!
//! A repository inside of the tree would become a link to a commit that nobody
//! else has, so it stays out; submodules, which the tree names already, do not.
//! A file that can't be read keeps none of the others from being staged.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tree::{Tree, exclude};
use crate::error::Result;
use crate::git::{Git, locate};

/// Stages everything that is not ignored, in the tree's own index or another
/// one, and says in words what was left out. Git is not let into repositories
/// inside of the tree: it would obey their configuration.
///
/// # Errors
/// Where git can't stage anything.
pub fn all(tree: &Tree, index: Option<&Path>) -> Result<Vec<String>> {
    let (links, strangers) = repositories(tree, index)?;
    let but: Vec<OsString> = links
        .iter()
        .chain(&strangers)
        .map(|path| exclude(path))
        .collect();
    let mut left_out = Vec::new();
    let added = add(tree, index, &[], &but).output()?;
    if !added.ok() {
        let again = add(tree, index, &["--ignore-errors"], &but).output()?;
        if again.code != Some(0) && again.code != Some(1) {
            add(tree, index, &[], &but).text()?;
        }
        left_out.extend(complaints(&again.stderr));
    }
    if !links.is_empty() {
        // Of a submodule its commit counts.
        let git = in_index(tree, index).args(["update-index", "--remove", "--"]);
        git.args(&links).text()?;
    }
    for path in strangers {
        left_out.push(format!("{} is a repository of its own", path.display()));
    }
    for path in new_links(tree, index)? {
        in_index(tree, index)
            .args(["update-index", "--force-remove", "--", &path])
            .text()?;
        left_out.push(format!("{path} is a repository of its own"));
    }
    Ok(left_out)
}

/// Submodules that the index names, and other repositories inside of the tree.
fn repositories(tree: &Tree, index: Option<&Path>) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let listed = |args: &[&str]| in_index(tree, index).args(args).bytes();
    let staged = listed(&["ls-files", "--stage", "-z"])?;
    let links = staged
        .split(|b| *b == 0)
        .filter_map(|line| line.strip_prefix(b"160000 "));
    let links = links.filter_map(|line| line.splitn(2, |b| *b == b'\t').nth(1));
    let others = listed(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    let strangers = others
        .split(|b| *b == 0)
        .filter_map(|name| name.strip_suffix(b"/"));
    Ok((
        links.map(locate::bytes_to_path).collect(),
        strangers.map(locate::bytes_to_path).collect(),
    ))
}

fn in_index(tree: &Tree, index: Option<&Path>) -> Git {
    match index {
        Some(index) => tree.git().index(index),
        None => tree.git(),
    }
}

fn add(tree: &Tree, index: Option<&Path>, more: &[&str], but: &[OsString]) -> Git {
    let git = in_index(tree, index).args(["add", "--all"]).args(more);
    // A file beside the sparse patterns was written all the same.
    let sparse = tree.git_dir.join("info/sparse-checkout").exists();
    let git = if sparse { git.args(["--sparse"]) } else { git };
    git.args(["--", "."]).args(but)
}

/// What git could not add, in its words; at most three.
fn complaints(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().filter_map(|l| l.strip_prefix("error: "));
    lines.take(3).map(str::to_owned).collect()
}

/// Links to commits that HEAD has not: repositories made inside of the tree.
fn new_links(tree: &Tree, index: Option<&Path>) -> Result<Vec<String>> {
    let args = [
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-renames",
        "HEAD",
    ];
    let bytes = in_index(tree, index).args(args).bytes()?;
    let mut entries = bytes.split(|b| *b == 0);
    let mut found = Vec::new();
    while let (Some(what), Some(path)) = (entries.next(), entries.next()) {
        if what.starts_with(b":000000 160000 ") {
            found.push(String::from_utf8_lossy(path).into_owned());
        }
    }
    Ok(found)
}
