//! `maos uninstall`: takes exactly MAOS's own entries out again.

use std::path::Path;

use clap::Args;

use super::changes;
use crate::error::{Result, exit};
use crate::git;
use crate::register::{Machine, uninstall};

/// Arguments of `maos uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Take it out of the home settings instead of this project's
    #[arg(long)]
    pub user: bool,
    /// Show the changes and make none
    #[arg(long)]
    pub dry_run: bool,
}

/// Takes MAOS out.
///
/// # Errors
/// Where a file can't be read or written.
pub fn run(args: &UninstallArgs, cwd: &Path) -> Result<i32> {
    let machine = Machine::from_env();
    let place = git::locate(cwd);
    let mut plan = uninstall::plan(args.user, cwd, place.as_ref(), &machine)?;
    let root = place.as_ref().map(|place| place.root.as_path());
    if args.dry_run {
        changes::print_diff(&plan, root)?;
        return Ok(exit::OK);
    }
    plan.apply()?;
    for (place, path) in uninstall::left(place.as_ref(), &machine) {
        let note = format!("MAOS is still registered in {place} ({})", path.display());
        plan.notes.push(note);
    }
    changes::print(&plan, root, "MAOS is not registered here: nothing changed")?;
    Ok(exit::OK)
}
