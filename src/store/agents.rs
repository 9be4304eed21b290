//! Agents' records: found by the client's id without reading the roster.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::append;
use super::atomic::{self, Durable};
use super::doc;
use super::layout::SessionDir;
use super::lock::{FileLock, SHORT, sidecar};
use crate::clock;
use crate::error::{Error, Result};
use crate::session::agent::VERSION;
use crate::session::{Agent, AgentId, Handle};

/// The agent with the client's id; `None` where it is not known here.
///
/// # Errors
/// Where its record is damaged or of a newer format.
pub fn find(dir: &SessionDir, id: &AgentId) -> Result<Option<Agent>> {
    match handle_of(dir, id) {
        Some(handle) => own(dir, id, &handle),
        None => Ok(None),
    }
}

/// The handle of the agent with the client's id.
pub fn handle_of(dir: &SessionDir, id: &AgentId) -> Option<Handle> {
    let bytes = doc::bytes(&dir.by_id(id)).ok()?;
    Handle::parse(std::str::from_utf8(&bytes).ok()?.trim())
}

/// One agent's record.
///
/// # Errors
/// Where it is damaged or of a newer format.
pub fn load(dir: &SessionDir, handle: &Handle) -> Result<Option<Agent>> {
    doc::load(&dir.agent(handle), VERSION)
}

/// The record of that handle, where it is this agent's: a crash may have left an
/// entry for a handle that another agent has taken since.
///
/// # Errors
/// Where it is damaged or of a newer format.
pub fn own(dir: &SessionDir, id: &AgentId, handle: &Handle) -> Result<Option<Agent>> {
    Ok(load(dir, handle)?.filter(|agent| agent.agent_id == *id))
}

/// Registers a new agent under the first handle that is free, or returns the
/// one that another call of the same agent registered meanwhile. `make` builds
/// the record for a handle, or says `None` where that handle can't be used.
///
/// # Errors
/// Where a file can't be written.
pub fn register(
    dir: &SessionDir,
    id: &AgentId,
    handles: impl Iterator<Item = Handle>,
    mut make: impl FnMut(&Handle) -> Result<Option<Agent>>,
) -> Result<(Agent, bool)> {
    let entry = dir.by_id(id);
    let _lock = FileLock::take(&sidecar(&entry), SHORT)?;
    if let Some(handle) = handle_of(dir, id) {
        match own(dir, id, &handle) {
            Ok(Some(agent)) => return Ok((agent, false)),
            Ok(None) => {}
            Err(Error::Corrupt { path, .. }) => {
                doc::move_aside(&path)?;
            }
            Err(e) => return Err(e),
        }
        // Known by name only: its workspace, if any, is found again by that name.
        if !dir.agent(&handle).exists()
            && let Some(agent) = make(&handle)?
            && create(dir, &handle, &agent)?
        {
            return Ok((agent, true));
        }
    }
    for handle in handles {
        if dir.agent(&handle).exists() {
            continue;
        }
        let Some(agent) = make(&handle)? else {
            continue;
        };
        // The entry first: a record without one would be made a second time.
        atomic::replace(&entry, format!("{handle}\n").as_bytes(), Durable::Yes)?;
        if create(dir, &handle, &agent)? {
            return Ok((agent, true));
        }
    }
    Err(Error::Busy(format!(
        "no handle is free for an agent in {}",
        dir.path().display()
    )))
}

/// Writes a new record; `false` where the handle has one.
fn create(dir: &SessionDir, handle: &Handle, agent: &Agent) -> Result<bool> {
    let path = dir.agent(handle);
    let mut bytes =
        serde_json::to_vec_pretty(agent).map_err(|e| Error::io("write", &path, e.into()))?;
    bytes.push(b'\n');
    let made = atomic::create(&path, &bytes)?;
    atomic::sync_directory(&path);
    Ok(made)
}

/// Changes one agent's record under its lock and returns it.
///
/// # Errors
/// Where there is no such record, or it can't be changed.
pub fn update(dir: &SessionDir, handle: &Handle, change: impl FnOnce(&mut Agent)) -> Result<Agent> {
    doc::update(&dir.agent(handle), VERSION, |slot: &mut Option<Agent>| {
        let agent = slot.as_mut().ok_or_else(|| Error::NotFound {
            kind: "agent",
            name: handle.to_string(),
            known: Vec::new(),
        })?;
        let before = agent.clone();
        change(agent);
        if *agent != before {
            agent.last_update = clock::now_stamp();
        }
        Ok(agent.clone())
    })
}

/// Writes an agent's record so that it outlasts a power cut. Only for whoever
/// holds the agent's workspace lock.
///
/// # Errors
/// Where it can't be written.
pub fn update_durably(
    dir: &SessionDir,
    handle: &Handle,
    change: impl FnOnce(&mut Agent),
) -> Result<Agent> {
    let agent = update(dir, handle, change)?;
    let path = dir.agent(handle);
    fs::File::open(&path)
        .and_then(|f| f.sync_all())
        .map_err(|e| Error::io("sync", &path, e))?;
    atomic::sync_directory(&path);
    Ok(agent)
}

/// All agents of a session in the order of their start; records that can't be
/// read are left out, and why is returned beside.
pub fn list(dir: &SessionDir) -> (Vec<Agent>, Vec<Error>) {
    let Ok(entries) = fs::read_dir(dir.agents()) else {
        return (Vec::new(), Vec::new());
    };
    let mut agents = Vec::new();
    let mut broken = Vec::new();
    for path in entries.flatten().map(|e| e.path()) {
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        match doc::load(&path, VERSION) {
            Ok(Some(agent)) => agents.push(agent),
            Ok(None) => {}
            Err(e) => broken.push(e),
        }
    }
    agents.sort_by(|a: &Agent, b: &Agent| (&a.started_at, &a.id).cmp(&(&b.started_at, &b.id)));
    (agents, broken)
}

/// Marks an agent as being between its start and its stop.
///
/// # Errors
/// Where the mark can't be made.
pub fn set_active(dir: &SessionDir, handle: &Handle, active: bool) -> Result<()> {
    let mark = dir.active().join(handle.as_str());
    if active {
        return atomic::replace(&mark, b"", Durable::No);
    }
    match fs::remove_file(&mark) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", mark, e)),
        _ => Ok(()),
    }
}

/// Whether an agent is between its start and its stop.
pub fn is_active(dir: &SessionDir, handle: &Handle) -> bool {
    dir.active().join(handle.as_str()).exists()
}

/// Handles of the agents between their start and their stop.
pub fn active(dir: &SessionDir) -> Vec<Handle> {
    let Ok(entries) = fs::read_dir(dir.active()) else {
        return Vec::new();
    };
    let mut handles: Vec<Handle> = entries
        .flatten()
        .filter_map(|e| Handle::parse(e.file_name().to_str()?))
        .collect();
    handles.sort();
    handles
}

/// Appends to an agent's log. The log's age is the agent's last sign of life.
///
/// # Errors
/// Where it can't be written.
pub fn log(dir: &SessionDir, handle: &Handle, text: &str) -> Result<()> {
    append::line(
        &dir.agent_log(handle),
        &format!("{}  {text}", clock::now_stamp()),
    )
}

/// Seconds since the agent's last hook; `None` where it had none.
pub fn silent_for(dir: &SessionDir, handle: &Handle) -> Option<u64> {
    changed_ago(&dir.agent_log(handle))
}

/// Seconds since a file changed.
pub fn changed_ago(path: &Path) -> Option<u64> {
    fs::metadata(path)
        .and_then(|m| m.modified())
        .ok()
        .map(clock::seconds_since_change)
}

/// The lock that whoever makes, records or removes a workspace holds. It may be
/// held for long: never take it on a path that has to be quick.
///
/// # Errors
/// [`Error::Busy`] where it is still held when `limit` is over.
pub fn workspace_lock(dir: &SessionDir, handle: &Handle, limit: Duration) -> Result<FileLock> {
    FileLock::take(
        &dir.agents().join(format!("{handle}.workspace.lock")),
        limit,
    )
}
