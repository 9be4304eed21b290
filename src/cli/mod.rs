//! The command line: one file a subcommand, each converts its arguments, calls
//! a service and prints through [`crate::output`].

mod changes;
mod cleanup;
mod config;
mod demo;
mod doctor;
mod init;
mod prune;
mod restore;
mod scope;
mod session_cleanup;
mod session_info;
mod session_list;
mod status;
mod trust;
mod uninstall;
mod view;
mod worktree_list;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::env;
use crate::error::{Error, Result, exit};
use crate::output;
use crate::process;
use crate::shell;
use scope::Scope;

/// Git worktrees for the agents of a Claude Code session.
#[derive(Debug, Parser)]
#[command(
    name = "maos",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register MAOS in this project (or for this user)
    Init(init::InitArgs),
    /// Take MAOS's own entries out again
    Uninstall(uninstall::UninstallArgs),
    /// Check that everything MAOS needs is there and works
    Doctor(doctor::DoctorArgs),
    /// One screen: sessions, agents, what each does now, changed files
    Status(status::StatusArgs),
    /// List the active sessions
    SessionList(session_list::SessionListArgs),
    /// Show one session with its agents
    SessionInfo(session_info::SessionInfoArgs),
    /// List the agents' workspaces
    WorktreeList(worktree_list::WorktreeListArgs),
    /// Remove workspaces of ended agents that are clean and merged
    WorktreePrune(prune::PruneArgs),
    /// Remove the workspaces of one session
    SessionCleanup(session_cleanup::SessionCleanupArgs),
    /// Remove the workspaces of every session
    Cleanup(cleanup::CleanupArgs),
    /// List backups of removed workspaces, or bring one back
    Restore(restore::RestoreArgs),
    /// Show the effective settings and where each comes from
    Config(config::ConfigArgs),
    /// Accept settings that came with the repository
    Trust(trust::TrustArgs),
    /// Show a session with three agents in a scratch repository
    Demo(demo::DemoArgs),
    /// Answer one event of Claude Code on stdin (called by its hooks)
    Hook(HookArgs),
}

/// The hook never gets here: `main` answers it before the arguments are parsed.
#[derive(Debug, clap::Args)]
struct HookArgs {
    /// session-start, user-prompt-submit, pre-tool-use, post-tool-use, post-tool-use-failure,
    /// subagent-start, subagent-stop, stop, session-end, worktree-create or worktree-remove
    #[arg(verbatim_doc_comment)]
    event: Option<String>,
}

/// Parses the arguments, runs the command and returns the exit code.
pub fn run() -> i32 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return if e.use_stderr() {
                exit::USAGE
            } else {
                exit::OK
            };
        }
    };
    let args = std::env::args_os().skip(1);
    let args: Option<Vec<String>> = args.map(|arg| arg.into_string().ok()).collect();
    if let Some(code) = args.and_then(|args| shell::ask(&args)) {
        return code;
    }
    match dispatch(&cli.command) {
        Ok(code) => code,
        Err(e) => {
            output::error(&e);
            e.exit_code()
        }
    }
}

/// The command line's own description; the documentation is checked against it.
pub fn command() -> clap::Command {
    Cli::command()
}

fn dispatch(command: &Command) -> Result<i32> {
    let cwd = std::env::current_dir().map_err(|e| Error::io("read", ".", e))?;
    match command {
        Command::Init(args) => {
            refuse_agents("init")?;
            init::run(args, &cwd)
        }
        Command::Uninstall(args) => {
            refuse_agents("uninstall")?;
            uninstall::run(args, &cwd)
        }
        Command::Doctor(args) => doctor::run(args, &cwd),
        Command::Status(args) => status::run(args, &Scope::find(&cwd)?),
        Command::SessionList(args) => session_list::run(args, &Scope::find(&cwd)?),
        Command::SessionInfo(args) => session_info::run(args, &Scope::find(&cwd)?),
        Command::WorktreeList(args) => worktree_list::run(args, &Scope::find(&cwd)?),
        Command::WorktreePrune(args) => {
            refuse_agents("worktree-prune")?;
            prune::run(args, &Scope::find(&cwd)?)
        }
        Command::SessionCleanup(args) => {
            refuse_agents("session-cleanup")?;
            session_cleanup::run(args, &Scope::find(&cwd)?)
        }
        Command::Cleanup(args) => {
            refuse_agents("cleanup")?;
            cleanup::run(args, &Scope::find(&cwd)?)
        }
        Command::Restore(args) => restore::run(args, &Scope::find(&cwd)?),
        Command::Config(args) => {
            let scope = Scope::find(&cwd)?;
            config::run(args, scope.project.main(), &|file| scope.is_tracked(file))
        }
        Command::Trust(args) => {
            refuse_agents("trust")?;
            trust::run(args, Scope::find(&cwd)?.project.main())
        }
        Command::Demo(args) => demo::run(args),
        Command::Hook(args) => Ok(crate::hook::run(args.event.as_deref())),
    }
}

/// What deletes, trusts or uninstalls is for people: an agent is refused, also
/// where a command of its shell cleared the variable.
fn refuse_agents(what: &str) -> Result<()> {
    match env::agent().or_else(|| process::above_started_with(env::AGENT)) {
        Some(agent) => Err(Error::Refused {
            reason: format!("`maos {what}` is not for agents, and this is the shell of {agent}"),
            help: "ask the person who runs the session".to_owned(),
        }),
        None => Ok(()),
    }
}
