//! `maos` and, under its second name, `maos-shell`.
//!
//! The hook is answered before a command line parser or anything else is
//! touched: every tool call of every agent pays for its start.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let name = args.next().unwrap_or_default();
    let own_name = std::path::Path::new(&name).file_stem();
    if own_name.is_some_and(|stem| stem == maos::shell::NAME) {
        return exit(maos::shell::run(&args.collect::<Vec<_>>()));
    }
    let first = args.next();
    let event = match first.as_deref().and_then(|a| a.to_str()) {
        Some("hook") => args.next(),
        Some("pre-tool-use" | "post-tool-use") => first,
        _ => return exit(maos::cli::run()),
    };
    let event = event.as_ref().map(|e| e.to_string_lossy());
    match event.as_deref() {
        Some("--help" | "-h" | "help") => exit(maos::cli::run()),
        event => exit(maos::hook::run(event)),
    }
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
