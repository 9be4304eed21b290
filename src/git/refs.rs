//! Changes to refs, each by compare-and-swap and without the repository's hooks.

use std::path::Path;

use super::read::bare;
use super::run::Git;
use crate::error::Result;

fn quiet(common_dir: &Path) -> Git {
    bare(common_dir).args(["-c", "core.hooksPath=/dev/null", "update-ref"])
}

/// Creates a ref. `false` where there is one of that name already.
///
/// # Errors
/// Where git can't create it for another reason.
pub fn create(common_dir: &Path, full_ref: &str, commit: &str, why: &str) -> Result<bool> {
    let git = quiet(common_dir).args(["-m", why, "--create-reflog", full_ref, commit, ""]);
    match git.text() {
        Ok(_) => Ok(true),
        Err(e) => match super::read::tip(common_dir, full_ref)? {
            Some(_) => Ok(false),
            None => Err(e),
        },
    }
}

/// Moves a ref from one commit to another; git refuses where it stands elsewhere.
///
/// # Errors
/// Where it stands elsewhere, or can't be moved.
pub fn advance(common_dir: &Path, full_ref: &str, from: &str, to: &str, why: &str) -> Result<()> {
    quiet(common_dir)
        .args(["-m", why, full_ref, to, from])
        .text()
        .map(drop)
}

/// Deletes a ref that stands on `commit`.
///
/// # Errors
/// Where it stands elsewhere, or can't be deleted.
pub fn delete(common_dir: &Path, full_ref: &str, commit: &str) -> Result<()> {
    quiet(common_dir)
        .args(["-d", full_ref, commit])
        .text()
        .map(drop)
}

/// Whether the HEAD of any working tree names a branch. Where git can't tell, one
/// might.
pub fn is_stood_on(common_dir: &Path, full_ref: &str) -> bool {
    let listed = bare(common_dir).args(["worktree", "list", "--porcelain"]);
    let line = format!("branch {full_ref}");
    listed
        .text()
        .map_or(true, |text| text.lines().any(|l| l == line))
}

/// Refs below a prefix with the commits they stand on, by name.
///
/// # Errors
/// Where git can't list them.
pub fn below(common_dir: &Path, prefix: &str) -> Result<Vec<(String, String)>> {
    let text = bare(common_dir)
        .args(["for-each-ref", "--format=%(objectname) %(refname)", prefix])
        .text()?;
    let pair = |line: &str| {
        line.split_once(' ')
            .map(|(id, name)| (name.to_owned(), id.to_owned()))
    };
    Ok(text.lines().filter_map(pair).collect())
}
