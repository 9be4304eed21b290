//! `maos session-cleanup`.

use super::prune;
use super::scope::Scope;
use crate::error::Result;

/// Arguments of `session-cleanup`.
#[derive(Debug, clap::Args)]
pub(super) struct SessionCleanupArgs {
    /// Any unique prefix of its id, with or without `sess-`
    session: String,
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

pub(super) fn run(args: &SessionCleanupArgs, scope: &Scope) -> Result<i32> {
    let (dir, session) = scope.session(Some(&args.session))?;
    let done = prune::remove_all(scope, &dir, &session, args.force, args.dry_run, false);
    prune::report(&done, args.dry_run, args.json)?;
    Ok(prune::code(&done))
}
