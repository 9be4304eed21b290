//! What a look at the main checkout notes, and what two looks found: `tripwire.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The newest format of `tripwire.json`.
pub const VERSION: u32 = 1;

/// A file as the system describes it, in the units of git's index; 0 is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Last change of its content: seconds, nanoseconds.
    pub mtime: (u32, u32),
    /// Last change of it at all.
    pub ctime: (u32, u32),
    /// Its inode.
    pub ino: u32,
    /// Its size.
    pub size: u32,
    /// What git calls its mode.
    pub mode: u32,
}

/// One working tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeLook {
    /// Its top.
    pub root: PathBuf,
    /// What its HEAD says.
    pub head: String,
    /// The copy of its index beside this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Tracked files that are not as its index has them; `None` for one that is gone.
    #[serde(default)]
    pub differ: BTreeMap<String, Option<Stamp>>,
    /// The last file that was looked at, where not all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_to: Option<String>,
}

/// A call of the main conversation that was not over yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The call.
    pub id: String,
    /// Its tool.
    pub tool: String,
    /// What it is about.
    pub target: Option<String>,
}

/// One look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// RFC 3339.
    pub at: String,
    /// How far the timeline went.
    pub timeline: u64,
    /// Calls of the main conversation at that time.
    #[serde(default)]
    pub open: Vec<Open>,
    /// The trees.
    pub trees: Vec<TreeLook>,
    /// Files by which git decides what it runs: configuration, hooks, `info/`.
    #[serde(default)]
    pub git: BTreeMap<String, Stamp>,
    /// Full names of refs, with the commits they stand on.
    pub refs: BTreeMap<String, Option<String>>,
}

/// What changed between two looks by no tool of the main conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// RFC 3339: of the second look.
    pub at: String,
    /// RFC 3339: of the first.
    pub since: String,
    /// Agents that were at work.
    pub agents: Vec<String>,
    /// Files, at most [`MOST_FILES`].
    pub files: Vec<String>,
    /// How many files there are besides.
    #[serde(default)]
    pub more: usize,
    /// Refs, each with where it was and is.
    pub refs: Vec<String>,
    /// Whether only some of the files were looked at.
    #[serde(default)]
    pub partial: bool,
}

/// Files that one finding names.
pub const MOST_FILES: usize = 100;

/// `tripwire.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripwire {
    /// Format of this file.
    pub version: u32,
    /// The last look.
    pub look: Option<Look>,
    /// The latest findings, oldest first.
    #[serde(default)]
    pub found: Vec<Found>,
}

impl Default for Tripwire {
    fn default() -> Self {
        Self {
            version: VERSION,
            look: None,
            found: Vec::new(),
        }
    }
}
