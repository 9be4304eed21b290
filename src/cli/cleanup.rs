//! `maos cleanup --all`.

use super::prune;
use super::scope::Scope;
use crate::error::{Error, Result};

/// Arguments of `cleanup`.
#[derive(Debug, clap::Args)]
pub(super) struct CleanupArgs {
    /// Every session of this repository
    #[arg(long)]
    all: bool,
    /// Remove what is not clean and merged as well, after a backup
    #[arg(long)]
    force: bool,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CleanupArgs, scope: &Scope) -> Result<i32> {
    if !args.all {
        return Err(Error::Usage(
            "say which sessions: --all, or `maos session-cleanup SESSION` for one".to_owned(),
        ));
    }
    let mut done = Vec::new();
    for (dir, session) in scope.sessions() {
        done.extend(prune::remove_all(
            scope,
            &dir,
            &session,
            args.force,
            args.dry_run,
            false,
        ));
    }
    prune::report(&done, args.dry_run, args.json)?;
    Ok(prune::code(&done))
}
