//! `maos session-info`.

use serde::Serialize;

use super::scope::{Scope, SessionStatus};
use super::view;
use crate::error::{Result, exit};
use crate::output;
use crate::session::{Agent, RosterEntry, Session};
use crate::store::{sessions, timeline};

/// Arguments of `session-info`.
#[derive(Debug, clap::Args)]
pub(super) struct SessionInfoArgs {
    /// Any unique prefix of its id, with or without `sess-`; the latest active one without
    session: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Info {
    id: String,
    session_id: String,
    short: String,
    status: SessionStatus,
    overdue: bool,
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    orchestrator: String,
    agents: Vec<RosterEntry>,
    workspaces: Vec<view::WorktreeView>,
    metrics: timeline::Metrics,
}

pub(super) fn run(args: &SessionInfoArgs, scope: &Scope) -> Result<i32> {
    let (dir, session) = scope.session(args.session.as_deref())?;
    let config = scope.config();
    let status = scope.status(&dir, &session);
    let known = Scope::agents(&dir);
    let workspaces = known
        .iter()
        .filter_map(|a| view::worktree(scope, &dir, status, a, &config))
        .collect();
    let info = Info {
        id: session.session_id.0.clone(),
        session_id: session.session_id.0.clone(),
        short: session.short.clone(),
        status,
        overdue: status == SessionStatus::Active && Scope::overdue(&session, &config),
        started_at: session.started_at.clone(),
        ended_at: session.ended_at.clone(),
        orchestrator: session.orchestrator.clone(),
        agents: roster(scope, &session, &known),
        workspaces,
        metrics: timeline::metrics(&dir),
    };
    if args.json {
        output::json(&info)?;
        return Ok(exit::OK);
    }
    let word = format!("{:?}", info.status).to_lowercase();
    output::line(&format!(
        "{}  {word}, started {}  {}",
        info.short,
        view::ago(&info.started_at),
        info.id
    ))?;
    if known.is_empty() {
        output::line("no agents")?;
    } else {
        let rows = known.iter().map(|a| {
            let state = Scope::agent_state(&dir, status, a, &config).to_owned();
            let place = if a.redirected() || a.workspace.native {
                a.shown_worktree(scope.project.main())
            } else {
                "-".to_owned()
            };
            vec![
                a.id.to_string(),
                a.kind.clone(),
                state,
                place,
                a.task().to_owned(),
                view::ago(&a.last_update),
            ]
        });
        output::table(
            &["agent", "type", "state", "workspace", "task", "changed"],
            rows.collect(),
        )?;
    }
    Ok(exit::OK)
}

/// The roster with what the agents' own records say: they are written first.
fn roster(scope: &Scope, session: &Session, known: &[Agent]) -> Vec<RosterEntry> {
    let layout = &scope.project.layout;
    let line = |agent: &Agent| sessions::entry(agent, layout);
    let own = |entry: &&RosterEntry| known.iter().all(|agent| agent.id != entry.id);
    let others = session.agents.iter().filter(own).cloned();
    known.iter().map(line).chain(others).collect()
}
