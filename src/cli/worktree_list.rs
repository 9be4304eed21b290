//! `maos worktree-list`.

use super::scope::Scope;
use super::view;
use crate::error::{Result, exit};
use crate::output;

/// Arguments of `worktree-list`.
#[derive(Debug, clap::Args)]
pub(super) struct WorktreeListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &WorktreeListArgs, scope: &Scope) -> Result<i32> {
    let config = scope.config();
    let mut views = Vec::new();
    for (dir, session) in scope.sessions() {
        let status = scope.status(&dir, &session);
        views.extend(
            Scope::agents(&dir)
                .iter()
                .filter_map(|a| view::worktree(scope, &dir, status, a, &config)),
        );
    }
    if args.json {
        output::json(&views)?;
        return Ok(exit::OK);
    }
    if views.is_empty() {
        output::hint("no workspaces");
        return Ok(exit::OK);
    }
    let rows = views.iter().map(|v| {
        let place = if v.exists {
            v.worktree.clone()
        } else {
            format!("{} (gone)", v.worktree)
        };
        vec![
            v.id.clone(),
            v.status.clone(),
            place,
            v.branch.clone(),
            v.commits.to_string(),
            v.note.clone().unwrap_or_else(|| v.uncommitted.to_string()),
        ]
    });
    output::table(
        &[
            "agent",
            "state",
            "workspace",
            "branch",
            "commits",
            "uncommitted",
        ],
        rows.collect(),
    )?;
    Ok(exit::OK)
}
