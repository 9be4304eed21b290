//! Sessions and their rosters.

use std::fs;

use super::atomic;
use super::doc;
use super::layout::{Layout, SessionDir};
use super::rebuild;
use crate::clock;
use crate::error::{Error, Result};
use crate::session::record::VERSION;
use crate::session::{Agent, AgentId, Client, RosterEntry, Session, SessionId};

/// The fewest hex digits of a short form.
pub(super) const DIGITS: usize = 8;

/// One session; `None` where it is not known.
///
/// # Errors
/// Where its record is damaged or of a newer format.
pub fn load(dir: &SessionDir) -> Result<Option<Session>> {
    doc::load(&dir.record(), VERSION)
}

/// Every session, the latest first, and what is wrong with records. A session
/// whose record is damaged or gone is what the rest says of it; one of a newer
/// format is left out.
pub fn list(layout: &Layout) -> (Vec<(SessionDir, Session)>, Vec<Error>) {
    let mut sessions = Vec::new();
    let mut problems = Vec::new();
    for dir in layout.all_sessions() {
        let session = load(&dir).unwrap_or_else(|e| {
            problems.push(e);
            None
        });
        let newer =
            matches!(problems.last(), Some(Error::Newer { path, .. }) if *path == dir.record());
        let session = session.or_else(|| rebuild::session(layout, &dir).filter(|_| !newer));
        sessions.extend(session.map(|session| (dir, session)));
    }
    sessions.sort_by(|a, b| b.1.started_at.cmp(&a.1.started_at));
    (sessions, problems)
}

/// Opens a session's record, made where it is missing or damaged, and changes
/// it. Returns it and whether it was made.
///
/// # Errors
/// Where it can't be read or written.
pub fn open(
    layout: &Layout,
    id: &SessionId,
    start_root: &std::path::Path,
    client: impl FnOnce() -> Client,
    change: impl FnOnce(&mut Session),
) -> Result<(Session, bool)> {
    layout.prepare_state()?;
    let dir = layout.session(id);
    let short = short(layout, id)?;
    doc::update(&dir.record(), VERSION, |slot: &mut Option<Session>| {
        let made = slot.is_none();
        let session = slot.get_or_insert_with(|| {
            let rest = rebuild::session(layout, &dir);
            let new = || Session {
                version: VERSION,
                session_id: id.clone(),
                short: short.clone(),
                started_at: clock::now_stamp(),
                ended_at: None,
                end_reason: None,
                orchestrator: "main".to_owned(),
                start_root: start_root.to_owned(),
                client: Client::default(),
                agents: Vec::new(),
            };
            Session {
                short: short.clone(),
                client: client(),
                ..rest.unwrap_or_else(new)
            }
        });
        change(session);
        Ok((session.clone(), made))
    })
}

/// Changes a session that is known; nothing where it is not.
///
/// # Errors
/// Where it can't be read or written.
pub fn update(layout: &Layout, dir: &SessionDir, change: impl FnOnce(&mut Session)) -> Result<()> {
    doc::update(&dir.record(), VERSION, |slot: &mut Option<Session>| {
        if slot.is_none() {
            *slot = rebuild::session(layout, dir);
        }
        if let Some(session) = slot {
            change(session);
        }
        Ok(())
    })
}

/// The session of the same client that was cleared while this agent ran. What
/// the agent does from then on may come under the id of the one that followed.
pub fn cleared(layout: &Layout, agent: &AgentId, client: &Client) -> Option<(SessionDir, Session)> {
    let mut dirs = layout.all_sessions().into_iter();
    let dir = dirs.find(|dir| dir.by_id(agent).exists())?;
    let session = load(&dir).ok().flatten()?;
    let was_cleared = session.end_reason.as_deref() == Some("clear");
    (was_cleared && session.client.is_same(client)).then_some((dir, session))
}

/// The session that goes on in the client of one that was cleared.
pub fn successor(layout: &Layout, dir: &SessionDir) -> Option<SessionDir> {
    let ended = load(dir).ok().flatten()?;
    if ended.end_reason.as_deref() != Some("clear") {
        return None;
    }
    let mut sessions = list(layout).0.into_iter();
    let (dir, _) =
        sessions.find(|(_, s)| s.ended_at.is_none() && s.client.is_same(&ended.client))?;
    Some(dir)
}

/// Brings one agent's line of the roster up to date.
///
/// # Errors
/// Where the roster can't be read or written.
pub fn enrol(layout: &Layout, agent: &Agent) -> Result<()> {
    let line = entry(agent, layout);
    update(
        layout,
        &layout.session(&agent.session_id),
        |session| match session.agents.iter_mut().find(|e| e.id == line.id) {
            Some(known) => *known = line,
            None => session.agents.push(line),
        },
    )
}

/// An agent's line of the roster.
pub fn entry(agent: &Agent, layout: &Layout) -> RosterEntry {
    use crate::session::WorkspaceState;
    let there = agent.workspace.state == WorkspaceState::Ready;
    RosterEntry {
        id: agent.id.clone(),
        kind: agent.kind.clone(),
        status: agent.status,
        worktree: there.then(|| agent.shown_worktree(layout.main())),
    }
}

/// The short form of a session: the first to come gets eight digits, another
/// one that would have the same gets more.
fn short(layout: &Layout, id: &SessionId) -> Result<String> {
    let dir = layout.session(id);
    if let Ok(Some(session)) = load(&dir) {
        return Ok(session.short);
    }
    let name = id.dir();
    for digits in (DIGITS..=32).step_by(4) {
        let short = id.short(digits);
        let claim = layout.sessions().join(".short").join(&short);
        if atomic::create(&claim, name.as_bytes())?
            || fs::read(&claim).is_ok_and(|c| c == name.as_bytes())
        {
            return Ok(short);
        }
    }
    Err(Error::Busy(format!(
        "no short form is free for session {id}"
    )))
}

/// The session of a [`list`] that a prefix of its id names, with or without
/// `sess-`.
///
/// # Errors
/// Where none fits, or more than one.
pub fn named(
    mut all: Vec<(SessionDir, Session)>,
    problems: Vec<Error>,
    name: &str,
) -> Result<(SessionDir, Session)> {
    let wanted = name.trim().to_lowercase();
    let bare = wanted.strip_prefix("sess-").unwrap_or(&wanted);
    let fits = |s: &Session| {
        let id = s.session_id.0.to_lowercase();
        id == wanted
            || s.short == wanted
            || (!bare.is_empty()
                && (id.starts_with(bare) || s.short.starts_with(&format!("sess-{bare}"))))
    };
    let exact = all
        .iter()
        .position(|(_, s)| s.session_id.0 == name || s.short == wanted);
    if let Some(at) = exact {
        return Ok(all.swap_remove(at));
    }
    let matches: Vec<usize> = (0..all.len()).filter(|i| fits(&all[*i].1)).collect();
    match matches.as_slice() {
        [one] => Ok(all.swap_remove(*one)),
        [] => Err(left_out(problems, bare).unwrap_or_else(|| Error::NotFound {
            kind: "session",
            name: name.to_owned(),
            known: all.iter().take(8).map(|(_, s)| s.short.clone()).collect(),
        })),
        more => Err(Error::Ambiguous {
            kind: "session",
            name: name.to_owned(),
            matches: more
                .iter()
                .map(|i| all[*i].1.session_id.0.clone())
                .collect(),
        }),
    }
}

/// Why the session whose directory begins so is not among the others.
fn left_out(problems: Vec<Error>, name: &str) -> Option<Error> {
    let begins_so = |problem: &Error| match problem {
        Error::Newer { path, .. } => path
            .parent()
            .and_then(|dir| dir.file_name())
            .is_some_and(|dir| !name.is_empty() && dir.to_string_lossy().starts_with(name)),
        _ => false,
    };
    problems.into_iter().find(begins_so)
}
