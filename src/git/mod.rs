//! Git: where a repository lies, the command line, and fast reads.
//!
//! The command line for all that writes; [`read`] answers questions about refs
//! and ancestry without a process and falls back to the command line where
//! libgit2 can't open the repository. MAOS never writes the shared
//! `.git/config` and never deletes a branch that is not merged.

pub mod index;
pub mod locate;
pub mod read;
pub mod refs;
pub mod run;

pub use locate::{Place, locate};
pub use run::{ELSEWHERE, Git};

/// Whether a file came with the repository. Where git can't tell, it did.
pub fn tracks(dir: &std::path::Path, file: &std::path::Path) -> bool {
    let name = file
        .strip_prefix(dir)
        .unwrap_or(file)
        .to_string_lossy()
        .into_owned();
    let pathspec = format!(":(top,literal,icase){name}");
    match Git::at(dir)
        .args(["ls-files", "--error-unmatch", "--", &pathspec])
        .output()
    {
        Ok(output) => output.code != Some(1),
        Err(_) => true,
    }
}
