//! Staging all that stands in a tree, but for what git can't hold.
//!
//! A repository inside of the tree would become a link to a commit that nobody
//! else has, so it stays out; submodules, which the tree names already, do not.
//! A file that can't be read keeps none of the others from being staged.

use std::path::Path;

use super::tree::Tree;
use crate::error::Result;
use crate::git::Git;

/// Stages everything that is not ignored, in the tree's own index or another
/// one, and says in words what was left out.
///
/// # Errors
/// Where git can't stage anything.
pub fn all(tree: &Tree, index: Option<&Path>) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    let added = add(tree, index, &[]).output()?;
    if !added.ok() {
        let again = add(tree, index, &["--ignore-errors"]).output()?;
        if again.code != Some(0) && again.code != Some(1) {
            add(tree, index, &[]).text()?;
        }
        left_out.extend(complaints(&again.stderr));
    }
    for path in new_links(tree, index)? {
        in_index(tree, index)
            .args(["update-index", "--force-remove", "--", &path])
            .text()?;
        left_out.push(format!("{path} is a repository of its own"));
    }
    Ok(left_out)
}

fn in_index(tree: &Tree, index: Option<&Path>) -> Git {
    match index {
        Some(index) => tree.git().index(index),
        None => tree.git(),
    }
}

fn add(tree: &Tree, index: Option<&Path>, more: &[&str]) -> Git {
    let git = in_index(tree, index).args(["add", "--all"]).args(more);
    // A file beside the sparse patterns was written all the same.
    let sparse = tree.git_dir.join("info/sparse-checkout").exists();
    let git = if sparse { git.args(["--sparse"]) } else { git };
    git.args(["--", "."])
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
