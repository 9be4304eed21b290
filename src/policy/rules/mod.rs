//! The user's own permission rules for paths, as the client reads them.
//!
//! `Tool(pattern)`, the pattern in the manner of a `.gitignore` line, letter
//! case aside, with four anchors. Seen on the client: a trailing `/**` is cut
//! off before anything else, so that a `dir/**` without another slash fits at
//! any depth (newer clients keep it where they allow, and only there); `!` and
//! `{a,b}` mean nothing special; only `Edit` and `Read` rules are looked at.

mod deny;
mod twin;

pub use deny::{DenyRules, Dirs};
pub use twin::{Trees, is_twin, twin};

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Settings of the project, shared or local, and those of the machine's
    /// administrator: `/x` is below the directory the session started in.
    Project,
    /// The home settings: `/x` is below the client's own directory.
    User,
}

/// The lists of rules, in the client's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Runs without asking.
    Allow,
    /// Always asks.
    Ask,
    /// Never runs.
    Deny,
}

impl List {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Ask, Self::Deny];

    /// The key below `permissions`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// A rule about a path, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathRule<'a> {
    /// The tool that it names.
    pub tool: &'a str,
    /// What its pattern is relative to.
    pub anchor: Anchor,
    /// The pattern without its anchor and without a slash in front.
    pub pattern: &'a str,
}

/// What a pattern is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// `//x`: the file system.
    Root,
    /// `~/x`: the home directory.
    Home,
    /// `/x`: the session's directory, or for home settings the client's own.
    Settings,
    /// `x`, `./x`: the working directory, at any depth unless it has a slash.
    Directory,
}

/// Tools whose rules are about paths. The client looks at `Edit` and `Read`
/// alone, for all tools that write and read; the others are taken along in
/// case another version does more.
const TOOLS: [&str; 8] = [
    "Read",
    "Edit",
    "Write",
    "MultiEdit",
    "NotebookEdit",
    "Glob",
    "Grep",
    "LS",
];

/// Takes a rule apart; `None` where it is not about a path.
pub fn parse(rule: &str) -> Option<PathRule<'_>> {
    let (tool, rest) = rule.split_once('(')?;
    let pattern = rest.strip_suffix(')')?;
    if !TOOLS.contains(&tool) || pattern.is_empty() {
        return None;
    }
    let (anchor, pattern) = if let Some(rest) = pattern.strip_prefix("//") {
        (Anchor::Root, rest)
    } else if let Some(rest) = pattern.strip_prefix("~/") {
        (Anchor::Home, rest)
    } else if let Some(rest) = pattern.strip_prefix('/') {
        (Anchor::Settings, rest)
    } else {
        let rest = pattern.strip_prefix("./").unwrap_or(pattern);
        (Anchor::Directory, rest)
    };
    Some(PathRule {
        tool,
        anchor,
        pattern,
    })
}

/// A pattern without a trailing `/**`; everything below is meant anyway.
fn without_below(pattern: &str) -> &str {
    if pattern == "**" {
        ""
    } else {
        pattern.strip_suffix("/**").unwrap_or(pattern)
    }
}

/// A pattern for a matcher to which braces mean something: for git and the
/// client they are plain characters.
fn without_braces(pattern: &str) -> String {
    pattern.replace('{', "\\{").replace('}', "\\}")
}
