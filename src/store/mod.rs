//! The only owner of files under `.maos/`. Formats: `docs/state.md`.
//!
//! Invariants: a document is replaced by rename and never half written; whoever
//! changes one holds the lock of its sidecar, which is never renamed; a log
//! grows by one `write` of one line; a document of a newer format is refused
//! and left alone; `.maos` and `worktrees` are real directories.

pub mod agents;
pub mod append;
pub mod atomic;
pub mod doc;
pub mod layout;
pub mod lock;
pub mod notices;
mod rebuild;
pub mod sessions;
pub mod spawns;
pub mod timeline;
pub mod tripwire;

pub use layout::{Layout, SessionDir};
pub use lock::FileLock;
