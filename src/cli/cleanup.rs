//! `maos cleanup --all`.

use super::prune::{self, How};
use super::scope::Scope;
use crate::error::{Error, Result};

/// Arguments of `cleanup`.
#[derive(Debug, clap::Args)]
pub(super) struct CleanupArgs {
    /// Every session of this repository
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &CleanupArgs, scope: &Scope) -> Result<i32> {
    if !args.all {
        return Err(Error::Usage(
            "say which sessions: --all, or `maos session-cleanup SESSION` for one".to_owned(),
        ));
    }
    let mut done = Vec::new();
    for (dir, session) in scope.sessions() {
        done.extend(prune::remove_all(scope, &dir, &session, &args.how, false));
    }
    prune::report(&done, &args.how)?;
    Ok(prune::code(&done))
}
