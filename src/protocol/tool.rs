//! The client's tools, and which of their fields are paths.

/// What a tool does with the tree, as far as the hook has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Reads one file: `file_path`, for notebooks `notebook_path`.
    Read,
    /// Searches below `path`, or below the working directory.
    Search,
    /// Writes one file: `file_path`.
    Write,
    /// Writes one notebook: `notebook_path`.
    Notebook,
    /// Runs `command` in a shell.
    Bash,
    /// Starts an agent.
    Agent,
    /// Known to touch no file of the project.
    Harmless,
    /// Anything else, tools of MCP servers included.
    Unknown,
}

/// Tools of the client that take no path of the project, or only show one.
const HARMLESS: [&str; 34] = [
    "AskUserQuestion",
    "BashOutput",
    "CronCreate",
    "CronDelete",
    "CronList",
    "EnterPlanMode",
    "EnterWorktree",
    "ExitPlanMode",
    "ExitWorktree",
    "KillBash",
    "KillShell",
    "LSP",
    "ListMcpResources",
    "ListMcpResourcesTool",
    "Monitor",
    "ReadMcpResource",
    "ReadMcpResourceTool",
    "ScheduleWakeup",
    "SendMessage",
    "SendUserMessage",
    "Skill",
    "SlashCommand",
    "StructuredOutput",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "TodoWrite",
    "ToolSearch",
    "WebFetch",
    "WebSearch",
    "Workflow",
];

impl Tool {
    /// By the client's name, in its exact spelling.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Read" | "NotebookRead" => Self::Read,
            "Grep" | "Glob" | "LS" => Self::Search,
            "Edit" | "Write" | "MultiEdit" => Self::Write,
            "NotebookEdit" => Self::Notebook,
            "Bash" | "PowerShell" => Self::Bash,
            "Agent" | "Task" => Self::Agent,
            _ if HARMLESS.contains(&name) || name.starts_with("mcp__maos__") => Self::Harmless,
            _ => Self::Unknown,
        }
    }

    /// Whether an agent that has it can change files.
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Notebook | Self::Bash)
    }

    /// The fields of its input that name a file or a directory.
    pub fn path_fields(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["file_path", "notebook_path"],
            Self::Search => &["path"],
            Self::Write | Self::Notebook => &["file_path", "notebook_path", "path"],
            _ => &[],
        }
    }

    /// The field without which the tool can't run.
    pub fn required(self) -> Option<&'static str> {
        match self {
            Self::Write => Some("file_path"),
            Self::Notebook => Some("notebook_path"),
            Self::Bash => Some("command"),
            _ => None,
        }
    }
}
