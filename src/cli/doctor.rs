//! `maos doctor`: prints what the checks found.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use clap::Args;

use crate::doctor::{Check, Status, examine};
use crate::error::{Error, Result, exit};
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
/// Where the result can't be written as JSON.
pub fn run(args: &DoctorArgs, cwd: &Path) -> Result<i32> {
    let checks = examine(cwd, &Machine::from_env());
    let out = if args.json {
        let mut text = serde_json::to_string_pretty(&checks)
            .map_err(|e| Error::Usage(format!("no JSON can be made of the result: {e}")))?;
        text.push('\n');
        text
    } else {
        table(&checks)
    };
    // A reader that went away wants no more of it.
    let _ = std::io::stdout().write_all(out.as_bytes());
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
        let _ = writeln!(out, "{status:<5} {:<width$}  {}", check.id, check.what);
        if let Some(fix) = &check.fix {
            let _ = writeln!(out, "{:<5} {:<width$}  fix: {fix}", "", "");
        }
    }
    out
}
