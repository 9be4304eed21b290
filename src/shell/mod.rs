//! `maos-shell`: the program that the client puts in front of every shell line.
//!
//! It finds the marker of the agent whose command the line holds, brings that
//! agent's refs up to date, and runs the user's shell in the agent's workspace,
//! behind walls that the kernel keeps (`walls`). It stays outside as the
//! supervisor, and afterwards puts back what decides where git looks and brings
//! the agent's branch over. A line without a marker runs as it is.

#[cfg(unix)]
mod channel;
#[cfg(not(unix))]
#[path = "channel_portable.rs"]
mod channel;
mod find;
pub mod marker;
mod paths;
mod walls;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use self::channel::ask;
use self::find::Found;
pub use self::find::remember;
pub use self::paths::bounded;
use crate::config::{self, Sandbox, env, places};
use crate::error::{Error, Result, exit};
use crate::git;
use crate::process::{Beside, Cmd, Ended, close_on_exec};
use crate::sandbox::{Backend, Walls, bubblewrap, prepare, restrict, seatbelt};
use crate::store::agents;
use crate::workspace::{pins, private};

/// The second name of the binary.
pub const NAME: &str = "maos-shell";

/// Whether a shell prefix is `maos-shell`.
pub fn is_in_front(prefix: Option<&str>) -> bool {
    prefix
        .and_then(|p| Path::new(p).file_stem())
        .is_some_and(|stem| stem == NAME)
}

/// Runs a line and returns its exit code.
pub fn run(args: &[OsString]) -> i32 {
    let Some(line) = args.first() else {
        return refuse(
            "no command was given; it is called by Claude Code, see CLAUDE_CODE_SHELL_PREFIX",
        );
    };
    let Some(found) = marker::find(bytes(line)) else {
        return become_it(&command(line, args));
    };
    match find::agent(found.handle) {
        Ok(of) => run_for(&of, &from_bytes(paths::exchange(&of, found)), args),
        Err(e) => refuse(&e.to_string()),
    }
}

/// Puts up walls and becomes the command, from inside of other mounts.
pub fn inside(args: &[OsString]) -> i32 {
    let mut args = args.iter().cloned();
    let write = args.by_ref().take_while(|arg| arg != bubblewrap::END);
    let walls = Walls {
        write: write.map(PathBuf::from).collect(),
        no_signals: true,
        ..Walls::default()
    };
    if let Err(e) = restrict(&walls) {
        return refuse(&format!("the command was not run: {e}"));
    }
    become_it(&Cmd::new("").with_line(args.collect()))
}

fn command(line: &OsString, args: &[OsString]) -> Cmd {
    let shell = Cmd::new(shell()).arg("-c").arg(line);
    shell.args(args.iter().skip(1))
}

#[cfg(unix)]
fn become_it(cmd: &Cmd) -> i32 {
    refuse(&cmd.become_it().to_string())
}

#[cfg(not(unix))]
fn become_it(cmd: &Cmd) -> i32 {
    cmd.run_through().unwrap_or_else(|e| refuse(&e.to_string()))
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{NAME}: {}", text.replace('\n', " "));
}

fn refuse(why: &str) -> i32 {
    say(why);
    exit::SHELL_REFUSED
}

fn run_for(of: &Found, line: &OsString, args: &[OsString]) -> i32 {
    close_on_exec();
    let main = of.project.main();
    let settings = config::load(main, &|file| git::tracks(main, file)).settings;
    let log = |e: &Error| {
        let _ = agents::log(&of.dir, &of.agent.id, &format!("error: {e}"));
    };
    if let Err(e) = private::names::refresh(&of.project, &of.agent) {
        log(&e);
    }
    if let Err(e) = pins::restore(&of.project, &of.agent) {
        log(&e);
    }
    let walls = walls::of(of, &settings.isolation, line);
    let cmd = in_place(of, command(line, args), &walls);
    let wanted = match settings.isolation.sandbox {
        // Where it stands nothing may change.
        Sandbox::Auto | Sandbox::Off if of.reads() => Sandbox::Require,
        wanted => wanted,
    };
    let (channel, mut beside) = channel::open(of.agent.id.as_str(), main);
    let cmd = match &channel {
        Some(channel) => cmd.env(env::CHANNEL, channel.number()),
        None => cmd,
    };
    let ran = confined(&cmd, &walls, wanted, &mut beside);
    walls::clear(line);
    if let Err(e) = pins::restore(&of.project, &of.agent) {
        log(&e);
    }
    if let Err(e) = private::sync::run(&of.project, &of.agent) {
        log(&e);
    }
    match ran {
        Ok(ended) => ended.follow(),
        Err(e) => refuse(&e.to_string()),
    }
}

/// Runs it behind the walls, as far as they are wanted and there.
#[cfg(unix)]
fn confined(
    cmd: &Cmd,
    walls: &Walls,
    wanted: Sandbox,
    beside: &mut Option<Beside>,
) -> Result<Ended> {
    let mut free = || cmd.supervise(|| Ok(()), beside);
    match (Backend::of_system(wanted == Sandbox::Strict), wanted) {
        (_, Sandbox::Off) => free(),
        (Backend::Landlock, _) => match prepare(walls) {
            Err(why) if wanted == Sandbox::Require => Err(not_run(&why)),
            Err(_) => free(),
            Ok(ready) => match cmd.supervise(|| ready.enter(), beside) {
                Err(e) => match cannot_restrict(walls) {
                    Some(why) if wanted == Sandbox::Require => Err(not_run(&why)),
                    Some(_) => cmd.supervise(|| Ok(()), beside),
                    None => Err(e),
                },
                ran => ran,
            },
        },
        (Backend::Bubblewrap, _) => {
            let own = std::env::current_exe().map_err(|e| not_run(&e.to_string()))?;
            let line = bubblewrap::around(walls, &own, &cmd.line());
            let ran = cmd.clone().with_line(line).supervise(|| Ok(()), beside);
            ran.map_err(|e| not_run(&e.to_string()))
        }
        (Backend::Seatbelt, _) => {
            let line = seatbelt::around(walls, &cmd.line());
            let ran = cmd.clone().with_line(line).supervise(|| Ok(()), beside);
            ran.map_err(|e| not_run(&e.to_string()))
        }
    }
}

#[cfg(not(unix))]
fn confined(cmd: &Cmd, _: &Walls, wanted: Sandbox, beside: &mut Option<Beside>) -> Result<Ended> {
    match wanted {
        Sandbox::Auto | Sandbox::Off => cmd.supervise(|| Ok(()), beside),
        Sandbox::Strict | Sandbox::Require => Err(not_run("this system has no sandbox")),
    }
}

/// Why the walls can't be had, where it was them that failed and not the command.
#[cfg(unix)]
fn cannot_restrict(walls: &Walls) -> Option<String> {
    let tried = std::thread::scope(|scope| scope.spawn(|| restrict(walls)).join());
    tried.ok()?.err()
}

fn not_run(why: &str) -> Error {
    Error::Refused {
        reason: format!("the command was not run: there is no sandbox ({why})"),
        help: "isolation.sandbox asks for one; `maos doctor` says more".to_owned(),
    }
}

/// The command in the place of the workspace that matches where the line would
/// have run.
fn in_place(of: &Found, mut cmd: Cmd, walls: &Walls) -> Cmd {
    let agent = &of.agent;
    let place = matching_place(of);
    let dir = if place.is_dir() || (!of.reads() && std::fs::create_dir_all(&place).is_ok()) {
        place
    } else {
        of.place.clone()
    };
    for name in git::ELSEWHERE {
        cmd = cmd.without_env(name);
    }
    for (variable, cache) in places::missing_caches(&walls.tmp) {
        cmd = cmd.env(variable, cache);
    }
    cmd.env("PWD", &dir)
        .dir(dir)
        .env(env::AGENT, agent.id.as_str())
        .env("MAOS_SESSION", &agent.session_id.0)
        .env("MAOS_WORKSPACE", &of.place)
        .env("TMPDIR", &walls.tmp)
        // zsh keeps its heredocs there.
        .env("TMPPREFIX", walls.tmp.join("zsh"))
}

fn matching_place(of: &Found) -> PathBuf {
    let workspace = &of.place;
    let Ok(cwd) = std::env::current_dir() else {
        return workspace.clone();
    };
    if cwd.starts_with(workspace) {
        return cwd;
    }
    let below = |top: &Path| cwd.strip_prefix(top).ok().map(Path::to_owned);
    let rest = below(&of.agent.start_root).or_else(|| below(&git::locate(&cwd)?.main));
    match rest.as_deref() {
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
