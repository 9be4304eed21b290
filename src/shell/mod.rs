//! `maos-shell`: the program that the client puts in front of every shell line.
//!
//! It finds the marker of the agent whose command the line holds, moves to that
//! agent's workspace, and becomes the user's shell. A line without a marker runs
//! as it is. Confinement by the kernel belongs between the move and the shell,
//! in [`run`]; there is none yet.

pub mod marker;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::config::env;
use crate::error::{Error, Result, exit};
use crate::git;
use crate::process::Cmd;
use crate::session::{Agent, AgentState, Handle, SessionId, WorkspaceState};
use crate::store::atomic::{self, Durable};
use crate::store::{Layout, SessionDir, agents};

/// The second name of the binary.
pub const NAME: &str = "maos-shell";

/// Whether a shell prefix is `maos-shell`.
pub fn is_in_front(prefix: Option<&str>) -> bool {
    prefix
        .and_then(|p| Path::new(p).file_stem())
        .is_some_and(|stem| stem == NAME)
}

/// Runs a line; returns only where that was refused or failed.
pub fn run(args: &[OsString]) -> i32 {
    let Some(line) = args.first() else {
        return refuse(
            "no command was given; it is called by Claude Code, see CLAUDE_CODE_SHELL_PREFIX",
        );
    };
    let bytes = bytes(line);
    let (cmd, line) = match marker::find(bytes) {
        None => (Cmd::new(shell()), line.clone()),
        Some(found) => match agent_of(found.handle) {
            Ok((agent, session)) => (prepare(&agent, &session), from_bytes(found.without)),
            Err(e) => return refuse(&e.to_string()),
        },
    };
    let cmd = cmd.arg("-c").arg(line).args(args.iter().skip(1));
    #[cfg(unix)]
    let error = cmd.become_it();
    #[cfg(not(unix))]
    let error = match cmd.run_through() {
        Ok(code) => return code,
        Err(e) => e,
    };
    refuse(&error.to_string())
}

fn refuse(why: &str) -> i32 {
    let _ = writeln!(std::io::stderr(), "{NAME}: {}", why.replace('\n', " "));
    exit::SHELL_REFUSED
}

/// The agent with that handle, in the session that the client names or in any
/// other of the repository.
fn agent_of(handle: &str) -> Result<(Agent, String)> {
    let unknown = || Error::NotFound {
        kind: "agent",
        name: handle.to_owned(),
        known: Vec::new(),
    };
    let handle = Handle::parse(handle).ok_or_else(unknown)?;
    let session = env::shell_session().map(SessionId);
    let dir = projects_around()
        .chain(session.iter().filter_map(remembered))
        .find_map(|main| session_of(&Layout::new(&main), session.as_ref(), &handle))
        .ok_or_else(unknown)?;
    let agent = agents::load(&dir, &handle)?.ok_or_else(unknown)?;
    if agent.status != AgentState::Active {
        return Err(Error::Usage(format!(
            "agent {handle} has ended: its command was not run"
        )));
    }
    if agent.workspace.state != WorkspaceState::Ready || !agent.workspace.path.is_dir() {
        return Err(Error::Usage(format!(
            "the workspace of {handle} is not there: its command was not run"
        )));
    }
    let session = agent.session_id.0.clone();
    Ok((agent, session))
}

/// The project of the working directory, and those around it: the line may run
/// in a submodule, or in another repository inside of the project.
fn projects_around() -> impl Iterator<Item = PathBuf> {
    let mut next = std::env::current_dir().ok();
    std::iter::from_fn(move || {
        let place = git::locate(next.as_deref()?)?;
        next = place.root.parent().map(Path::to_owned);
        Some(place.main)
    })
}

fn session_of(layout: &Layout, session: Option<&SessionId>, handle: &Handle) -> Option<SessionDir> {
    let named = session.map(|id| layout.session(id)).into_iter();
    named
        .chain(layout.all_sessions())
        .find(|dir| dir.agent(handle).exists())
}

/// The shell in the place of the workspace that matches where the line would
/// have run.
fn prepare(agent: &Agent, session: &str) -> Cmd {
    let workspace = &agent.workspace.path;
    let place = matching_place(agent);
    let dir = if place.is_dir() || std::fs::create_dir_all(&place).is_ok() {
        place
    } else {
        workspace.clone()
    };
    let mut cmd = Cmd::new(shell());
    for name in git::ELSEWHERE {
        cmd = cmd.without_env(name);
    }
    cmd.env("PWD", &dir)
        .dir(dir)
        .env("MAOS_AGENT", agent.id.as_str())
        .env("MAOS_SESSION", session)
        .env("MAOS_WORKSPACE", workspace)
}

fn matching_place(agent: &Agent) -> PathBuf {
    let workspace = &agent.workspace.path;
    let Ok(cwd) = std::env::current_dir() else {
        return workspace.clone();
    };
    if cwd.starts_with(workspace) {
        return cwd;
    }
    let main = git::locate(&cwd).map(|place| place.main);
    let tops = [Some(agent.start_root.clone()), main];
    let rest = tops
        .iter()
        .flatten()
        .find_map(|top| cwd.strip_prefix(top).ok());
    match rest {
        Some(rest)
            if rest != Path::new("")
                && !["worktrees", ".maos", ".git"]
                    .iter()
                    .any(|own| rest.starts_with(own)) =>
        {
            workspace.join(rest)
        }
        _ => workspace.clone(),
    }
}

/// The shell that the client chose, as long as it is one that can run its lines.
fn shell() -> PathBuf {
    let chosen = env::shell().filter(|s| {
        let name = s
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        name.contains("bash") || name.contains("zsh")
    });
    chosen
        .or_else(|| env::find_program("bash"))
        .or_else(|| env::find_program("zsh"))
        .unwrap_or_else(|| "/bin/sh".into())
}

fn remember_path(session: &SessionId) -> Option<PathBuf> {
    env::state_dir().map(|dir| dir.join("projects").join(session.dir()))
}

/// Notes which project a session works in, for lines that run elsewhere.
///
/// # Errors
/// Where the note can't be written.
pub fn remember(session: &SessionId, main: &Path) -> Result<()> {
    let Some(path) = remember_path(session) else {
        return Ok(());
    };
    let bytes = bytes(main.as_os_str()).to_vec();
    if std::fs::read(&path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    atomic::replace(&path, &bytes, Durable::No)
}

fn remembered(session: &SessionId) -> Option<PathBuf> {
    let bytes = std::fs::read(remember_path(session)?).ok()?;
    git::locate(&crate::git::locate::bytes_to_path(&bytes)).map(|place| place.main)
}

#[cfg(unix)]
fn bytes(text: &std::ffi::OsStr) -> &[u8] {
    std::os::unix::ffi::OsStrExt::as_bytes(text)
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn bytes(text: &std::ffi::OsStr) -> &[u8] {
    text.as_encoded_bytes()
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
