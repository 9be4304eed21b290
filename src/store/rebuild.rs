//! A session's record made anew from what else is there: the agents' records,
//! the timeline, and the names that sessions took.

use std::fs;

use super::layout::{Layout, SessionDir};
use super::{agents, sessions, timeline};
use crate::session::record::VERSION;
use crate::session::{Client, Session, SessionId};

/// The record; `None` where nothing else is there.
pub(super) fn session(layout: &Layout, dir: &SessionDir) -> Option<Session> {
    let agents = agents::list(dir).0;
    let (events, _) = timeline::read(dir);
    let name = dir.path().file_name()?.to_str()?;
    let known = agents.iter().map(|agent| agent.session_id.clone());
    let mut known = known.chain([SessionId(name.to_owned())]);
    let id = known.find(|id| id.dir() == name)?;
    let first = events.first().map(|event| &event.at);
    let started_at = first.or(agents.first().map(|agent| &agent.started_at))?;
    let mut turns = events.iter().rev();
    let last = turns.find(|e| matches!(e.event.as_str(), "SessionStart" | "SessionEnd"));
    let end = last.filter(|event| event.event == "SessionEnd");
    Some(Session {
        version: VERSION,
        short: taken_short(layout, name).unwrap_or_else(|| id.short(sessions::DIGITS)),
        session_id: id,
        started_at: started_at.clone(),
        ended_at: end.map(|event| event.at.clone()),
        end_reason: end.and_then(|event| event.target.clone()),
        orchestrator: "main".to_owned(),
        start_root: agents
            .first()
            .map_or_else(|| layout.main().to_owned(), |a| a.start_root.clone()),
        client: Client::default(),
        agents: agents
            .iter()
            .map(|agent| sessions::entry(agent, layout))
            .collect(),
    })
}

/// The short form that the session in a directory of that name took.
fn taken_short(layout: &Layout, name: &str) -> Option<String> {
    let claims = fs::read_dir(layout.sessions().join(".short")).ok()?;
    let mut own = claims
        .flatten()
        .filter(|claim| fs::read(claim.path()).is_ok_and(|text| text == name.as_bytes()));
    own.next()?.file_name().into_string().ok()
}
