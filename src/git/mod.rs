//! Git: where a repository lies, the command line, and fast reads.
//!
//! The command line for all that writes; [`read`] answers questions about refs
//! and ancestry without a process and falls back to the command line where
//! libgit2 can't open the repository. MAOS never writes the shared
//! `.git/config` and never deletes a branch that is not merged.

pub mod locate;
pub mod read;
pub mod refs;
pub mod run;

pub use locate::{Place, locate};
pub use run::Git;
