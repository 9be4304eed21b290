//! Places reserved by Agent calls, one file a call.

use std::fs;
use std::path::PathBuf;

use super::atomic::{self, Durable};
use super::layout::SessionDir;
use super::lock::{FileLock, SHORT};
use crate::clock;
use crate::error::{Error, Result};
use crate::session::Spawn;
use crate::session::id::hex_hash;

/// Seconds after which a place is given back when no agent started.
pub const PATIENCE: u64 = 60;

/// The lock under which places are counted and given.
///
/// # Errors
/// Where it is still held after some seconds.
pub fn lock(dir: &SessionDir) -> Result<FileLock> {
    FileLock::take(&dir.spawns().join(".lock"), SHORT)
}

fn path(dir: &SessionDir, tool_use_id: &str) -> PathBuf {
    dir.spawns()
        .join(format!("{}.json", hex_hash(tool_use_id, 32)))
}

/// Records a call.
///
/// # Errors
/// Where it can't be written.
pub fn put(dir: &SessionDir, spawn: &Spawn) -> Result<()> {
    let path = path(dir, &spawn.tool_use_id);
    let bytes = serde_json::to_vec(spawn).map_err(|e| Error::io("write", &path, e.into()))?;
    atomic::replace(&path, &bytes, Durable::No)
}

/// The call of that id.
pub fn get(dir: &SessionDir, tool_use_id: &str) -> Option<Spawn> {
    fs::read(path(dir, tool_use_id))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

/// Gives the place of a call back.
pub fn remove(dir: &SessionDir, tool_use_id: &str) {
    let _ = fs::remove_file(path(dir, tool_use_id));
}

/// All calls on record, oldest first.
pub fn list(dir: &SessionDir) -> Vec<Spawn> {
    let Ok(entries) = fs::read_dir(dir.spawns()) else {
        return Vec::new();
    };
    let mut spawns: Vec<Spawn> = entries
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "json"))
        .filter_map(|e| serde_json::from_slice(&fs::read(e.path()).ok()?).ok())
        .collect();
    spawns.sort_by(|a, b| a.at.cmp(&b.at));
    spawns
}

/// Whether a place still waits for its agent.
pub fn waits(spawn: &Spawn) -> bool {
    !spawn.started && clock::parse(&spawn.at).is_some_and(|at| clock::seconds_since(at) < PATIENCE)
}

/// Notes that an agent of a type started: the oldest place of that type that
/// waits is now taken by it. Which agent it is, only the client's files say.
///
/// # Errors
/// Where the note can't be written.
pub fn start_one(dir: &SessionDir, kind: &str) -> Result<()> {
    if !dir.spawns().is_dir() {
        return Ok(());
    }
    let _lock = lock(dir)?;
    match list(dir).into_iter().find(|s| s.kind == kind && waits(s)) {
        Some(mut spawn) => {
            spawn.started = true;
            put(dir, &spawn)
        }
        None => Ok(()),
    }
}
