//! The only place that reads the environment.

use std::ffi::OsString;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|v| !v.is_empty())
}

/// The user's home directory, if it is an absolute path.
pub fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    var_os(name).map(PathBuf::from).filter(|p| p.is_absolute())
}

/// MAOS's own directory for a user's files: `$XDG_CONFIG_HOME/maos`, else
/// `~/.config/maos`.
pub fn config_dir() -> Option<PathBuf> {
    var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| home().map(|h| h.join(".config")))
        .map(|dir| dir.join("maos"))
}

/// MAOS's own directory for what can be made again: `$XDG_STATE_HOME/maos`,
/// else `~/.local/state/maos`.
pub fn state_dir() -> Option<PathBuf> {
    var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| home().map(|h| h.join(".local/state")))
        .map(|dir| dir.join("maos"))
}

/// The client's directory for a user's files: `$CLAUDE_CONFIG_DIR`, else
/// `~/.claude`.
pub fn client_dir() -> Option<PathBuf> {
    var_os("CLAUDE_CONFIG_DIR")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| home().map(|h| h.join(".claude")))
}

/// The directory that the session was started in, as the client tells its hooks.
pub fn project_dir() -> Option<PathBuf> {
    var_os("CLAUDE_PROJECT_DIR")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
}

/// The client's version (`2.1.328`), from `AI_AGENT=claude-code_2-1-328_harness`.
pub fn client_version() -> Option<String> {
    let agent = var("AI_AGENT")?;
    let version = agent
        .strip_prefix("claude-code_")?
        .split('_')
        .next()?
        .replace('-', ".");
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(version)
}

/// The program that the client puts in front of every shell line.
pub fn shell_prefix() -> Option<String> {
    var("CLAUDE_CODE_SHELL_PREFIX")
}

/// The session whose shell line this process runs.
pub fn shell_session() -> Option<String> {
    var("CLAUDE_CODE_SESSION_ID")
}

/// The shell that the client chose.
pub fn shell() -> Option<PathBuf> {
    var_os("SHELL").map(PathBuf::from)
}

/// The agent whose command this process belongs to, if any.
pub fn agent() -> Option<String> {
    var(AGENT)
}

/// The variable by which a command knows its agent.
pub const AGENT: &str = "MAOS_AGENT";

/// The variable that names the descriptor by which an agent's command reaches its
/// supervisor.
pub const CHANNEL: &str = "MAOS_FD";

/// That descriptor, where there is one.
pub fn channel() -> Option<i32> {
    var(CHANNEL)?.parse().ok().filter(|number| *number > 2)
}

/// Whether a trace is wanted, and at which level (`MAOS_DEBUG`, `MAOS_LOG_LEVEL`).
pub fn trace_level() -> Option<String> {
    var("MAOS_LOG_LEVEL").or_else(|| {
        var("MAOS_DEBUG")
            .filter(|v| v != "0")
            .map(|_| "debug".to_owned())
    })
}

/// A configuration value from the environment; see `docs/configuration.md`.
pub fn setting(name: &str) -> Option<String> {
    debug_assert!(name.starts_with("MAOS_"));
    var(name)
}

/// The names of all variables.
pub fn names() -> Vec<OsString> {
    std::env::vars_os().map(|(name, _)| name).collect()
}

/// The directories of `PATH`.
pub fn path() -> Vec<PathBuf> {
    var_os("PATH")
        .map(|p| std::env::split_paths(&p).collect())
        .unwrap_or_default()
}

/// A program found on `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    path()
        .into_iter()
        .map(|dir| dir.join(name))
        .find(|p| p.is_file())
}
