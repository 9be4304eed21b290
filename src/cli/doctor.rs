//! `maos doctor`: prints what the checks found.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;

use crate::doctor::{Check, Status, examine};
use crate::error::{Result, exit};
use crate::output;
use crate::register::Machine;

/// Arguments of `maos doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One JSON array, an object with an `id` for each check
    #[arg(long)]
    pub json: bool,
}

/// Checks whether MAOS can work here.
///
/// # Errors
/// Where stdout can't be written.
pub fn run(args: &DoctorArgs, cwd: &Path) -> Result<i32> {
    let checks = examine(cwd, &Machine::from_env());
    if args.json {
        output::json(&checks)?;
    } else {
        output::line(table(&checks).trim_end())?;
    }
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if failed { exit::FAILED } else { exit::OK })
}

fn table(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for check in checks {
        let status = match check.status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
            Status::Skip => "-",
        };
        let _ = writeln!(
            out,
            "{status:<5} {:<width$}  {}",
            check.id,
            output::plain(&check.what)
        );
        if let Some(fix) = &check.fix {
            let _ = writeln!(out, "{:<5} {:<width$}  fix: {}", "", "", output::plain(fix));
        }
    }
    out
}
