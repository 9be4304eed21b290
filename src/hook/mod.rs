//! One event in, one answer out.
//!
//! stdin, [`crate::protocol`], a route by event and tool, [`crate::policy`],
//! [`crate::store`], the answer. Nothing but the answer goes to stdout. A guard
//! that fails refuses its call; an observer that fails lets it go on; in the
//! main conversation no error of MAOS's own refuses anything. What is needed
//! only to make, record or remove is loaded only then.

mod agent_start;
mod agent_stop;
mod call;
mod deny;
mod files;
mod kinds;
mod link;
mod needs;
mod post_tool_use;
mod pre_tool_use;
mod session;
mod shell_command;
mod shell_result;
mod spawn;
mod stdin;
mod tripwire;
mod worktree;

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, exit};
use crate::protocol::{Answer, HookEvent, Input, Tool, input};
use call::Call;

/// Whether a panic must refuse the call.
static GUARDS: AtomicBool = AtomicBool::new(true);

/// Answers the event on stdin and returns the exit code. `command` is the
/// event's subcommand, or `None` where the input alone says which it is.
pub fn run(command: Option<&str>) -> i32 {
    let named = match command {
        Some(command) => match HookEvent::from_command(command) {
            Some(event) => Some(event),
            None => return exit::OK,
        },
        None => None,
    };
    GUARDS.store(named.is_none_or(HookEvent::is_guard), Ordering::Relaxed);
    catch_panics();
    let bytes = match stdin::read() {
        Ok(bytes) => bytes,
        Err(why) => return unreadable(&why),
    };
    let input = match input::parse(&bytes) {
        Ok(input) => input,
        Err(e) => return unreadable(&e.to_string()),
    };
    let Some(event) = HookEvent::from_name(&input.hook_event_name) else {
        return exit::OK;
    };
    if named.is_some_and(|named| named != event) {
        return unreadable(&format!(
            "the input is of {}, another event than the command's",
            event.name()
        ));
    }
    // No error of MAOS's own refuses the main conversation anything.
    let of_agent = input.agent_id.is_some() || event != HookEvent::PreToolUse;
    GUARDS.store(event.is_guard() && of_agent, Ordering::Relaxed);
    answer(event, &input)
}

fn answer(event: HookEvent, input: &Input<'_>) -> i32 {
    let call = match Call::new(event, input) {
        Ok(Some(call)) => call,
        Ok(None) => return outside(event, input),
        Err(e) => return failed(event, input, &e),
    };
    let answer = match event {
        HookEvent::PreToolUse => pre_tool_use::run(&call),
        HookEvent::PostToolUse | HookEvent::PostToolUseFailure => post_tool_use::run(&call),
        HookEvent::SubagentStart => agent_start::run(&call),
        HookEvent::SubagentStop => agent_stop::run(&call),
        HookEvent::SessionStart => session::start(&call),
        HookEvent::SessionEnd => session::end(&call),
        HookEvent::UserPromptSubmit => session::prompt(&call),
        HookEvent::Stop => session::stop(&call),
        HookEvent::WorktreeCreate => worktree::create(&call),
        HookEvent::WorktreeRemove => worktree::remove(&call),
    };
    match answer {
        Ok(answer) => write(event, &answer),
        Err(e) => {
            // Input that can't be used leaves no trace: it may be of anybody's.
            if !matches!(e, Error::Usage(_)) {
                call.note("error", None, &e.to_string());
            }
            failed(event, input, &e)
        }
    }
}

/// Not in a repository: nothing to do, and the session's start says so.
fn outside(event: HookEvent, input: &Input<'_>) -> i32 {
    match event {
        HookEvent::SessionStart => write(event, &session::no_repository(input)),
        HookEvent::WorktreeCreate => {
            complain("not a git repository: no worktree can be made");
            exit::FAILED
        }
        _ => exit::OK,
    }
}

fn write(event: HookEvent, answer: &Answer<'_>) -> i32 {
    let out = std::io::BufWriter::new(std::io::stdout().lock());
    match answer.write(event, out) {
        Err(_) if GUARDS.load(Ordering::Relaxed) => exit::USAGE,
        _ => exit::OK,
    }
}

/// What becomes of an event that MAOS failed to answer.
fn failed(event: HookEvent, input: &Input<'_>, error: &Error) -> i32 {
    match event {
        HookEvent::PreToolUse if input.agent_id.is_some() => refuse(input, error),
        HookEvent::SessionStart => write(event, &session::failed(error)),
        HookEvent::WorktreeCreate => {
            complain(&error.to_string());
            exit::FAILED
        }
        _ => exit::OK,
    }
}

/// A tool that may write is refused; one that only reads can do no harm.
fn refuse(input: &Input<'_>, error: &Error) -> i32 {
    if let Error::Usage(why) = error {
        return unreadable(why);
    }
    let tool = Tool::from_name(input.tool_name.as_deref().unwrap_or_default());
    if matches!(tool, Tool::Read | Tool::Search | Tool::Harmless) {
        return exit::OK;
    }
    let help = error.help().map(|h| format!(" ({h})")).unwrap_or_default();
    let reason = format!("MAOS: {error}{help}. Nothing was run or written.");
    write(HookEvent::PreToolUse, &Answer::denied(reason))
}

/// Refuses a guarded call that can't be understood; one line on stderr.
fn unreadable(why: &str) -> i32 {
    if !GUARDS.load(Ordering::Relaxed) {
        return exit::OK;
    }
    complain(why);
    exit::USAGE
}

fn complain(why: &str) {
    let line = why.replace(['\n', '\r'], " ");
    let _ = writeln!(std::io::stderr(), "MAOS: {line}");
}

/// An uncaught panic would end with a code that lets the call run.
fn catch_panics() {
    std::panic::set_hook(Box::new(|info| {
        complain(&format!("internal error: {info}"));
        let code = if GUARDS.load(Ordering::Relaxed) {
            exit::USAGE
        } else {
            exit::OK
        };
        std::process::exit(code);
    }));
}
