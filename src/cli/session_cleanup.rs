//! `maos session-cleanup`.

use super::prune::{self, How};
use super::scope::Scope;
use crate::error::Result;

/// Arguments of `session-cleanup`.
#[derive(Debug, clap::Args)]
pub(super) struct SessionCleanupArgs {
    /// Any unique prefix of its id, with or without `sess-`
    session: String,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &SessionCleanupArgs, scope: &Scope) -> Result<i32> {
    let (dir, session) = scope.session(Some(&args.session))?;
    let done = prune::remove_all(scope, &dir, &session, &args.how, false);
    prune::report(&done, &args.how)?;
    Ok(prune::code(&done))
}
