//! Small records around an agent's life: the call that asks for it, the news
//! that it leaves, the backup that its removal made.

use serde::{Deserialize, Serialize};

use super::id::Handle;

/// A place reserved by an Agent call: `spawns/<key of its tool_use_id>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawn {
    /// The call.
    pub tool_use_id: String,
    /// RFC 3339.
    pub at: String,
    /// The type that was asked for.
    pub kind: String,
    /// Whether that type has a tool that writes.
    pub can_write: bool,
    /// The call's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name that the call gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who called; `None` for the main conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Handle>,
    /// The agent named by a `maos-base:` line of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_on: Option<Handle>,
    /// The client is to give it a worktree of its own.
    #[serde(default)]
    pub isolated: bool,
    /// An agent of this type started since: the place is taken by it.
    #[serde(default)]
    pub started: bool,
}

/// News for the main conversation or for a parent agent: what an agent left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// RFC 3339.
    pub at: String,
    /// Who it is about.
    pub about: Handle,
    /// The text.
    pub text: String,
}

/// What a removal kept: the message of the commit under `refs/maos/backup/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Format of this record.
    pub version: u32,
    /// Whose workspace it was.
    pub handle: Handle,
    /// RFC 3339.
    pub at: String,
    /// Where it stood, absolute.
    pub path: std::path::PathBuf,
    /// What HEAD named: a branch without `refs/heads/`, or `None` when detached.
    pub branch: Option<String>,
    /// The commit that HEAD stood on.
    pub head: String,
    /// A commit of the index, where that could be written as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<String>,
    /// A commit of git's own files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// A directory below `.maos/trash/` that holds what git can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trash: Option<String>,
}
