//! The hook events that MAOS knows.

/// A hook event, by the client's name and by the subcommand's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookEvent {
    /// A session starts, resumes, or goes on after a compaction.
    SessionStart,
    /// The user sent a prompt.
    UserPromptSubmit,
    /// A tool is about to run: the only guard.
    PreToolUse,
    /// A tool ran.
    PostToolUse,
    /// A tool failed.
    PostToolUseFailure,
    /// A subagent starts.
    SubagentStart,
    /// A subagent stops.
    SubagentStop,
    /// The main conversation's turn ends.
    Stop,
    /// The session ends.
    SessionEnd,
    /// The client wants a worktree made.
    WorktreeCreate,
    /// The client is done with a worktree.
    WorktreeRemove,
}

/// Every event with its two names.
pub const EVENTS: [(HookEvent, &str, &str); 11] = [
    (HookEvent::SessionStart, "SessionStart", "session-start"),
    (
        HookEvent::UserPromptSubmit,
        "UserPromptSubmit",
        "user-prompt-submit",
    ),
    (HookEvent::PreToolUse, "PreToolUse", "pre-tool-use"),
    (HookEvent::PostToolUse, "PostToolUse", "post-tool-use"),
    (
        HookEvent::PostToolUseFailure,
        "PostToolUseFailure",
        "post-tool-use-failure",
    ),
    (HookEvent::SubagentStart, "SubagentStart", "subagent-start"),
    (HookEvent::SubagentStop, "SubagentStop", "subagent-stop"),
    (HookEvent::Stop, "Stop", "stop"),
    (HookEvent::SessionEnd, "SessionEnd", "session-end"),
    (
        HookEvent::WorktreeCreate,
        "WorktreeCreate",
        "worktree-create",
    ),
    (
        HookEvent::WorktreeRemove,
        "WorktreeRemove",
        "worktree-remove",
    ),
];

impl HookEvent {
    /// By the client's name, `PreToolUse`.
    pub fn from_name(name: &str) -> Option<Self> {
        EVENTS.iter().find(|e| e.1 == name).map(|e| e.0)
    }

    /// By the subcommand, `pre-tool-use`.
    pub fn from_command(command: &str) -> Option<Self> {
        EVENTS.iter().find(|e| e.2 == command).map(|e| e.0)
    }

    /// The client's name.
    pub fn name(self) -> &'static str {
        EVENTS.iter().find(|e| e.0 == self).map_or("", |e| e.1)
    }

    /// The subcommand.
    pub fn command(self) -> &'static str {
        EVENTS.iter().find(|e| e.0 == self).map_or("", |e| e.2)
    }

    /// Whether an error of MAOS refuses what the event is about. Only
    /// [`HookEvent::PreToolUse`] can refuse, and `WorktreeCreate` has to answer
    /// with a path or fail; the others observe.
    pub fn is_guard(self) -> bool {
        matches!(self, Self::PreToolUse | Self::WorktreeCreate)
    }
}
