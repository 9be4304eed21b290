//! `maos` and, under its second name, `maos-shell`.
//!
//! The hook is answered before a command line parser or anything else is
//! touched: every tool call of every agent pays for its start.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod start;

/// Answers the hook, runs a shell line or a command, and returns the exit code.
fn run() -> i32 {
    let mut args = std::env::args_os();
    let name = args.next().unwrap_or_default();
    let own_name = std::path::Path::new(&name).file_stem();
    if own_name.is_some_and(|stem| stem == maos::shell::NAME) {
        return shell(&args.collect::<Vec<_>>());
    }
    let first = args.next();
    if first
        .as_deref()
        .is_some_and(|arg| arg == maos::sandbox::bubblewrap::INSIDE)
    {
        return maos::shell::inside(&args.collect::<Vec<_>>());
    }
    let event = match first.as_deref().and_then(|a| a.to_str()) {
        Some("hook") => args.next(),
        Some("pre-tool-use" | "post-tool-use") => first,
        _ => return maos::cli::run(),
    };
    let event = event.as_ref().map(|e| e.to_string_lossy());
    match event.as_deref() {
        Some("--help" | "-h" | "help") => maos::cli::run(),
        event => maos::hook::run(event),
    }
}

fn shell(args: &[std::ffi::OsString]) -> i32 {
    match args {
        [first, rest @ ..] if first == maos::sandbox::bubblewrap::INSIDE => {
            maos::shell::inside(rest)
        }
        args => maos::shell::run(args),
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(u8::try_from(run()).unwrap_or(1))
}
