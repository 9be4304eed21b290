//! The settings as the rest of the program reads them.
//!
//! Invariant: the fields are those of [`super::table::TABLE`] and nest as in the
//! file; the defaults are the table's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that can be set, with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many agents, and for how long.
    pub orchestration: Orchestration,
    /// What differs for one type of agent, by the type's name.
    #[serde(default)]
    pub agents: BTreeMap<String, AgentSettings>,
    /// What keeps agents apart.
    pub isolation: Isolation,
    /// Agents' workspaces.
    pub worktree: Worktree,
}

/// How many agents, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orchestration {
    /// How many agents of a session work at one time; at least 1.
    pub max_parallel_agents: u32,
    /// Whether clean, merged workspaces are removed when a session ends.
    pub worktree_cleanup: bool,
    /// How long a session may be silent before it counts as ended.
    pub session_timeout_minutes: u64,
    /// How long a lock lasts that nobody refreshes.
    pub lock_timeout_seconds: u64,
}

/// What differs for one type of agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    /// What its handles begin with, instead of the type's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_prefix: Option<String>,
    /// How long it may work, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_timeout: Option<u64>,
}

/// How agents get their workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// At an agent's first write.
    Lazy,
    /// By the client, at the agent's start.
    Native,
    /// Not at all.
    Off,
}

/// What keeps agents' shell commands inside their workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sandbox {
    /// The kernel's own, where it has one.
    Auto,
    /// With other mounts around it; commands are refused where it is not there.
    Strict,
    /// As `auto`, but commands are refused where it is not there.
    Require,
    /// Nothing.
    Off,
}

/// What keeps agents apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// How agents get their workspaces.
    pub mode: Mode,
    /// What keeps agents' shell commands inside their workspaces.
    pub sandbox: Sandbox,
    /// Directories outside of the project, absolute or from `~/`, that agents may
    /// write below.
    pub allow_write: Vec<String>,
    /// Whether `.claude/settings*.json` and `.mcp.json` are refused to agents.
    pub protect_settings: bool,
}

/// What happens to uncommitted work when an agent stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnStop {
    /// It is committed on the agent's branch.
    Commit,
    /// It is left as it is.
    Leave,
}

/// Agents' workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worktree {
    /// What a workspace starts from: `auto`, `head`, or a ref. Never begins
    /// with `-` and holds no white space.
    pub base: String,
    /// What happens to uncommitted work when an agent stops.
    pub on_stop: OnStop,
}
