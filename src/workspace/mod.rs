//! Workspaces: where they come from, what stands in them, how they go.
//!
//! Invariants: a workspace is announced in its agent's record only after its
//! directory, admin directory and branch exist; nothing of an agent's is
//! removed before a backup of it was read back; git runs on an agent's tree
//! only through [`tree::Tree`], which trusts none of that tree's own files.

pub mod absent;
pub mod admin;
pub mod backup;
pub mod base;
pub mod beneath;
pub mod check;
mod checkout;
pub mod create;
pub mod differs;
pub mod foreign;
pub mod gitfiles;
pub mod landed;
pub mod left;
pub mod lies;
pub mod merged;
pub mod pins;
pub mod private;
pub mod raw;
pub mod real;
pub mod redirect;
pub mod remove;
pub mod restore;
pub mod stage;
pub mod trash;
pub mod tree;
pub mod tripwire;
pub mod view;

use std::path::{Path, PathBuf};

use crate::git::Place;
use crate::store::Layout;

/// The repository that a session works in.
#[derive(Debug, Clone)]
pub struct Project {
    /// Where state and workspaces lie.
    pub layout: Layout,
    /// The git directory that all worktrees share.
    pub common_dir: PathBuf,
    /// The top of the tree that the session was started in.
    pub start_root: PathBuf,
}

impl Project {
    /// The project of a working tree. A tree below `worktrees/` is a workspace
    /// and never where a session was started, so the main worktree stands for it.
    pub fn of(place: &Place) -> Self {
        let layout = Layout::new(&place.main);
        let inside = place.root.starts_with(layout.worktrees());
        Self {
            start_root: if inside {
                place.main.clone()
            } else {
                place.root.clone()
            },
            common_dir: place.common_dir.clone(),
            layout,
        }
    }

    /// The main worktree.
    pub fn main(&self) -> &Path {
        self.layout.main()
    }
}
