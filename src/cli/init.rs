//! `maos init`: registers MAOS with the client, and says what it changed.

use std::path::Path;

use clap::Args;

use super::changes;
use crate::config::{self, Mode};
use crate::error::{Result, exit};
use crate::git;
use crate::register::{Machine, Request, Target, init, link};

/// Arguments of `maos init`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a flag")]
pub struct InitArgs {
    /// Put everything into .claude/settings.local.json: nobody else is asked to use MAOS
    #[arg(long, conflicts_with_all = ["user", "plugin"])]
    pub local: bool,
    /// Put everything into the home settings: every project of yours
    #[arg(long, conflicts_with = "plugin")]
    pub user: bool,
    /// The hooks come from the MAOS plugin: set up only what a plugin can't
    #[arg(long)]
    pub plugin: bool,
    /// Show the changes and make none
    #[arg(long)]
    pub dry_run: bool,
}

impl InitArgs {
    fn target(&self) -> Target {
        match (self.local, self.user, self.plugin) {
            (true, _, _) => Target::Local,
            (_, true, _) => Target::User,
            (_, _, true) => Target::Plugin,
            _ => Target::Project,
        }
    }
}

/// In native mode the client asks MAOS for worktrees, so that hook is needed, too.
fn native(place: &git::Place) -> bool {
    let tracked = |file: &Path| git::tracks(&place.main, file);
    config::load(&place.main, &tracked).settings.isolation.mode == Mode::Native
}

/// Registers MAOS.
///
/// # Errors
/// Where it is registered elsewhere, or a file can't be read or written.
pub fn run(args: &InitArgs, cwd: &Path) -> Result<i32> {
    let machine = Machine::from_env();
    let place = git::locate(cwd);
    let request = Request {
        target: args.target(),
        native: place.as_ref().is_some_and(native),
        program: link::program(&machine)?,
    };
    let plan = init::plan(&request, cwd, place.as_ref(), &machine)?;
    let root = place.as_ref().map(|place| place.root.as_path());
    if args.dry_run {
        changes::print_diff(&plan, root)?;
        return Ok(exit::OK);
    }
    plan.apply()?;
    changes::print(&plan, root, "MAOS is registered already: nothing changed")?;
    Ok(exit::OK)
}
