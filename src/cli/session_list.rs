//! `maos session-list`.

use super::scope::{Scope, SessionStatus};
use super::view;
use crate::error::{Result, exit};
use crate::output;

/// Arguments of `session-list`.
#[derive(Debug, clap::Args)]
pub(super) struct SessionListArgs {
    /// Ended and dead sessions, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SessionListArgs, scope: &Scope) -> Result<i32> {
    let config = scope.config();
    let sessions = scope.sessions();
    let views = sessions
        .iter()
        .map(|(dir, s)| view::session(scope, dir, s, &config));
    let views: Vec<_> = views
        .filter(|v| args.all || v.status == SessionStatus::Active)
        .collect();
    if args.json {
        output::json(&views)?;
        return Ok(exit::OK);
    }
    if views.is_empty() {
        let hidden = sessions.len();
        let more = if hidden > 0 {
            format!(" ({hidden} ended: --all)")
        } else {
            String::new()
        };
        output::hint(&format!("no active session{more}"));
        return Ok(exit::OK);
    }
    let rows = views.iter().map(|v| {
        let status = if v.overdue {
            "overdue".to_owned()
        } else {
            format!("{:?}", v.status).to_lowercase()
        };
        let agents = format!("{} ({} active)", v.agents, v.active_agents);
        vec![
            v.short.clone(),
            status,
            agents,
            v.workspaces.to_string(),
            view::ago(&v.started_at),
            v.id.clone(),
        ]
    });
    output::table(
        &["session", "status", "agents", "workspaces", "started", "id"],
        rows.collect(),
    )?;
    Ok(exit::OK)
}
