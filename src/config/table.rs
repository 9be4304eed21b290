//! The settings that there are: one row for each.
//!
//! Invariants: every row stands in `docs/configuration.md` and in
//! [`super::Settings`], and nothing else does. A variable's name follows from
//! the key's: `MAOS_`, section, name, in capitals; `orchestration`, where nearly
//! everything is, is left out.

use serde_json::Value;

pub use super::kind::Kind;

/// A default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Not set.
    Unset,
    /// A number.
    Count(u64),
    /// True or false.
    Flag(bool),
    /// A string.
    Text(&'static str),
    /// An empty list.
    Nothing,
}

/// What a file that came with the repository needs [`super::trust`] for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// For no value of this key.
    Never,
    /// For this value.
    For(Preset),
    /// For every value but this.
    Unless(Preset),
    /// For every list with something in it.
    ForAny,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The object inside `maos`.
    pub section: &'static str,
    /// The key in that object; for `agents`, in an agent type's object.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What stands where nothing is set.
    pub default: Preset,
    /// The variable that sets it.
    pub env: Option<&'static str>,
    /// What a file that came with the repository may not set unasked.
    pub ask: Ask,
    /// One line about it.
    pub about: &'static str,
}

/// The section whose keys stand below a type of agent.
pub const AGENTS: &str = "agents";

const YEAR_IN_SECONDS: u64 = 31_536_000;

/// Every setting, in the order in which they are shown.
pub static TABLE: [Row; 12] = [
    Row {
        section: "orchestration",
        name: "max_parallel_agents",
        kind: Kind::Count(1000),
        default: Preset::Count(5),
        env: Some("MAOS_MAX_PARALLEL_AGENTS"),
        ask: Ask::Never,
        about: "How many agents that can write a session may have at work at one time.",
    },
    Row {
        section: "orchestration",
        name: "worktree_cleanup",
        kind: Kind::Flag,
        default: Preset::Flag(true),
        env: Some("MAOS_WORKTREE_CLEANUP"),
        ask: Ask::Never,
        about: "Remove workspaces that are clean and merged when a session ends.",
    },
    Row {
        section: "orchestration",
        name: "session_timeout_minutes",
        kind: Kind::Count(YEAR_IN_SECONDS / 60),
        default: Preset::Count(120),
        env: Some("MAOS_SESSION_TIMEOUT_MINUTES"),
        ask: Ask::Never,
        about: "How long a session may be silent before it counts as ended.",
    },
    Row {
        section: "orchestration",
        name: "lock_timeout_seconds",
        kind: Kind::Count(YEAR_IN_SECONDS),
        default: Preset::Count(300),
        env: Some("MAOS_LOCK_TIMEOUT_SECONDS"),
        ask: Ask::Never,
        about: "How long a lock on a file lasts that its agent does not refresh.",
    },
    Row {
        section: AGENTS,
        name: "branch_prefix",
        kind: Kind::Name,
        default: Preset::Unset,
        env: None,
        ask: Ask::Never,
        about: "What the names of this type's agents and branches begin with, instead of the type.",
    },
    Row {
        section: AGENTS,
        name: "default_timeout",
        kind: Kind::Count(YEAR_IN_SECONDS),
        default: Preset::Unset,
        env: None,
        ask: Ask::Never,
        about: "How long an agent of this type may work, in seconds.",
    },
    Row {
        section: "isolation",
        name: "mode",
        kind: Kind::Word(&["lazy", "native", "off"]),
        default: Preset::Text("lazy"),
        env: Some("MAOS_ISOLATION_MODE"),
        ask: Ask::For(Preset::Text("off")),
        about: "How agents get workspaces: at their first write, from the client at their start, or not at all.",
    },
    Row {
        section: "isolation",
        name: "sandbox",
        kind: Kind::Word(&["auto", "strict", "require", "off"]),
        default: Preset::Text("auto"),
        env: Some("MAOS_ISOLATION_SANDBOX"),
        ask: Ask::Unless(Preset::Text("strict")),
        about: "What keeps agents' shell commands inside: the kernel, also by mounts, or else no command, or nothing.",
    },
    Row {
        section: "isolation",
        name: "allow_write",
        kind: Kind::Paths,
        default: Preset::Nothing,
        env: None,
        ask: Ask::ForAny,
        about: "Directories outside of the project that agents may write below.",
    },
    Row {
        section: "isolation",
        name: "protect_settings",
        kind: Kind::Flag,
        default: Preset::Flag(true),
        env: Some("MAOS_ISOLATION_PROTECT_SETTINGS"),
        ask: Ask::For(Preset::Flag(false)),
        about: "Refuse `.claude/settings*.json` and `.mcp.json` to agents.",
    },
    Row {
        section: "worktree",
        name: "base",
        kind: Kind::Revision,
        default: Preset::Text("auto"),
        env: Some("MAOS_WORKTREE_BASE"),
        ask: Ask::Never,
        about: "What a workspace starts from: all that the spawner sees, only its commit, or a revision.",
    },
    Row {
        section: "worktree",
        name: "on_stop",
        kind: Kind::Word(&["commit", "leave"]),
        default: Preset::Text("commit"),
        env: Some("MAOS_WORKTREE_ON_STOP"),
        ask: Ask::Never,
        about: "Whether an agent's uncommitted work is committed on its branch when it stops.",
    },
];

/// The sections, in the order of the table.
pub fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    TABLE
        .iter()
        .map(|row| row.section)
        .filter(move |section| std::mem::replace(&mut last, section) != *section)
}

impl Row {
    /// The key with its section: `isolation.mode`.
    pub fn id(&self) -> String {
        self.id_for(Some("<type>"))
    }

    /// [`Row::id`] for one type of agent: `agents.backend-engineer.branch_prefix`.
    pub fn id_for(&self, agent: Option<&str>) -> String {
        match agent {
            Some(agent) if self.section == AGENTS => {
                format!("{}.{agent}.{}", self.section, self.name)
            }
            _ => format!("{}.{}", self.section, self.name),
        }
    }

    /// Whether a file that came with the repository needs trust for this.
    pub fn asks_for(&self, value: &Value) -> bool {
        match self.ask {
            Ask::Never => false,
            Ask::For(weak) => weak.value().as_ref() == Some(value),
            Ask::Unless(strong) => strong.value().as_ref() != Some(value),
            Ask::ForAny => value.as_array().is_none_or(|list| !list.is_empty()),
        }
    }
}

impl Preset {
    /// As JSON; `None` where nothing is set.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Unset => None,
            Self::Count(number) => Some(Value::from(number)),
            Self::Flag(flag) => Some(Value::from(flag)),
            Self::Text(text) => Some(Value::from(text)),
            Self::Nothing => Some(Value::Array(Vec::new())),
        }
    }
}
