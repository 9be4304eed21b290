//! Fast reads of refs and ancestry, with the command line as a fall back.
//!
//! libgit2 can't open reftable, sha256 and some partial clones, and an agent's
//! tree is never opened with it: only the shared git directory is.

use std::path::Path;

use super::run::Git;
use crate::error::Result;

/// The commit that a full ref name stands on; `None` where there is no such ref.
///
/// # Errors
/// Where neither libgit2 nor git can read the repository.
pub fn tip(common_dir: &Path, full_ref: &str) -> Result<Option<String>> {
    if let Ok(repository) = git2::Repository::open(common_dir) {
        match repository.refname_to_id(full_ref) {
            Ok(id) => return Ok(Some(id.to_string())),
            Err(e) if e.code() == git2::ErrorCode::NotFound => return Ok(None),
            Err(_) => {}
        }
    }
    let git = bare(common_dir).args([
        "rev-parse",
        "--verify",
        "--quiet",
        &format!("{full_ref}^{{commit}}"),
    ]);
    let output = git.output()?;
    Ok(output.ok().then(|| output.text()))
}

/// What the file `HEAD` names where refs are kept elsewhere, in reftables.
pub const NO_HEAD: &str = "refs/heads/.invalid";

/// The full name of the branch that a git directory's HEAD names, whether it is
/// there or not; `None` when detached.
pub fn head_ref(git_dir: &Path) -> Option<String> {
    let head = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
    let named = head.trim().strip_prefix("ref: ")?;
    if named != NO_HEAD {
        return Some(named.to_owned());
    }
    let output = bare(git_dir).args(["symbolic-ref", "--quiet", "HEAD"]);
    output.text().ok()
}

/// Whether `ancestor` can be reached from `descendant`. A commit is its own.
///
/// # Errors
/// Where git can't tell.
pub fn is_ancestor(common_dir: &Path, ancestor: &str, descendant: &str) -> Result<bool> {
    if ancestor == descendant {
        return Ok(true);
    }
    if let Ok(repository) = git2::Repository::open(common_dir) {
        let ids = (
            git2::Oid::from_str(descendant),
            git2::Oid::from_str(ancestor),
        );
        if let (Ok(descendant), Ok(ancestor)) = ids
            && let Ok(answer) = repository.graph_descendant_of(descendant, ancestor)
        {
            return Ok(answer);
        }
    }
    bare(common_dir)
        .args(["merge-base", "--is-ancestor", ancestor, descendant])
        .test()
}

/// Git that reads the shared git directory alone, with no working tree.
pub fn bare(common_dir: &Path) -> Git {
    Git::at(common_dir).env("GIT_DIR", common_dir)
}
