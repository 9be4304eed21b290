//! The repository's refs as an agent sees them: given when its private directory
//! is made, and brought up to date before its commands.
//!
//! Format: `packed-refs` (gitrepository-layout(5), git-pack-refs(1)), unpeeled. Beside the
//! directory, `.<handle>.given` has the same for what was given last: a ref that
//! the agent's file still has as it was given follows the repository's; one that
//! the agent moved, made or deleted stays the agent's. Loose refs are always its
//! own. Repositories with reftables keep the refs that they began with.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::super::Project;
use super::{beside, exchange};
use crate::error::{Error, Result};
use crate::session::Agent;
use crate::store::atomic::{self, Durable};

/// Below `refs/`, what is the user's alone, or MAOS's.
const LEFT_OUT: [&str; 5] = ["stash", "maos", "bisect", "worktree", "rewritten"];

const HEADER: &str = "# pack-refs with: sorted \n";

/// Names and what they stand on.
type Refs = BTreeMap<String, String>;

/// Gives a new directory the repository's refs. Its own branch is loose, so that
/// it can be looked at without git.
pub(super) fn give(from: &Path, to: &Path, given: &Path, own: &str) -> Result<()> {
    let stamp = stamp(from);
    let mut links = Vec::new();
    let refs = of_repository(from, &mut links)?;
    for (name, target) in links {
        put(&to.join(name), &format!("ref: {target}\n"))?;
    }
    if let Some(tip) = refs.get(own) {
        put(&to.join(own), &format!("{tip}\n"))?;
    }
    put(&to.join("packed-refs"), &write(&refs))?;
    put(given, &(stamp + "\n" + &write(&refs)))
}

fn put(path: &Path, text: &str) -> Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(|e| Error::io("make", dir, e))?;
    }
    fs::write(path, text).map_err(|e| Error::io("write", path, e))
}

/// Brings an agent's refs up to date, where the repository's have changed. Looks
/// at a few directories where they have not.
///
/// # Errors
/// Where they can't be read or written; the agent then sees the old ones.
pub fn refresh(project: &Project, agent: &Agent) -> Result<()> {
    let Some(git) = agent.workspace.git.as_ref() else {
        return Ok(());
    };
    let from = &project.common_dir;
    let given = beside(git, "given");
    let read = || fs::read_to_string(&given).unwrap_or_default();
    if is_fresh(from, &read()) || from.join("reftable").exists() {
        return Ok(());
    }
    let _lock = exchange(git)?;
    let stamp = stamp(from);
    let before = parse(&read());
    let now = of_repository(from, &mut Vec::new())?;
    let own = format!("refs/heads/{}", agent.workspace.branch);
    if before != now {
        replace(git, |theirs| merge(theirs, &before, &now, &own))?;
    }
    let text = stamp + "\n" + &write(&now);
    atomic::replace(&given, text.as_bytes(), Durable::No)
}

fn merge(theirs: &Refs, before: &Refs, now: &Refs, own: &str) -> Refs {
    let mut merged = theirs.clone();
    for (name, id) in now {
        let untouched = theirs.get(name) == before.get(name);
        if untouched && name != own {
            merged.insert(name.clone(), id.clone());
        }
    }
    for (name, id) in before {
        if !now.contains_key(name) && theirs.get(name) == Some(id) && name != own {
            merged.remove(name);
        }
    }
    merged
}

/// Rewrites the agent's file under git's own lock. One that is held is left.
fn replace(git: &Path, change: impl FnOnce(&Refs) -> Refs) -> Result<()> {
    let (path, lock) = (git.join("packed-refs"), git.join("packed-refs.lock"));
    let opened = OpenOptions::new().write(true).create_new(true).open(&lock);
    let mut file = opened.map_err(|e| Error::io("lock", &path, e))?;
    let theirs = match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_file() => fs::read_to_string(&path).unwrap_or_default(),
        _ => String::new(),
    };
    let text = write(&change(&parse(&theirs)));
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| fs::rename(&lock, &path));
    written.map_err(|e| {
        let _ = fs::remove_file(&lock);
        Error::io("write", &path, e)
    })
}

fn parse(text: &str) -> Refs {
    let pairs = text
        .lines()
        .filter(|line| !line.starts_with(['#', '^', '@']))
        .filter_map(|line| line.split_once(' '));
    pairs
        .filter(|(id, name)| is_id(id) && name.starts_with("refs/"))
        .map(|(id, name)| (name.to_owned(), id.to_owned()))
        .collect()
}

fn write(refs: &Refs) -> String {
    let lines = refs.iter().map(|(name, id)| format!("{id} {name}\n"));
    HEADER.to_owned() + &lines.collect::<String>()
}

/// Whether this is an object's name, SHA-1 or SHA-256.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Loose refs are read before packed ones: git packs a ref before it deletes the
/// loose file, so none is missed.
fn of_repository(dir: &Path, links: &mut Vec<(String, String)>) -> Result<Refs> {
    let mut loose = Refs::new();
    walk(dir, "refs", &mut |name, path| {
        let Ok(text) = fs::read_to_string(path) else {
            return;
        };
        match text.trim_end().strip_prefix("ref: ") {
            Some(target) => links.push((name.to_owned(), target.to_owned())),
            None if is_id(text.trim_end()) => {
                loose.insert(name.to_owned(), text.trim_end().to_owned());
            }
            None => {}
        }
    });
    let packed = match fs::read_to_string(dir.join("packed-refs")) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::io("read", dir.join("packed-refs"), e)),
    };
    let mut refs = parse(&packed);
    refs.retain(|name, _| !is_left_out(name));
    refs.extend(loose);
    Ok(refs)
}

fn is_left_out(name: &str) -> bool {
    let first = name.strip_prefix("refs/").and_then(|n| n.split('/').next());
    first.is_some_and(|first| LEFT_OUT.contains(&first))
}

fn walk(top: &Path, name: &str, each: &mut dyn FnMut(&str, &Path)) {
    for entry in fs::read_dir(top.join(name)).into_iter().flatten().flatten() {
        let Ok(file) = entry.file_name().into_string() else {
            continue;
        };
        let inner = format!("{name}/{file}");
        let locked = Path::new(&file).extension().is_some_and(|e| e == "lock");
        if locked || is_left_out(&inner) {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(top, &inner, each),
            Ok(kind) if kind.is_file() => each(&inner, &entry.path()),
            _ => {}
        }
    }
}

/// The directories that refs lie in, with their times, and the file of packed
/// refs: one of these changes with every change of a ref. Git writes a ref by a
/// rename, which changes its directory; a new directory changes the one around it.
fn stamp(dir: &Path) -> String {
    let mut found = vec!["packed-refs".to_owned()];
    let mut waiting = vec!["refs".to_owned()];
    while let Some(at) = waiting.pop() {
        let entries = fs::read_dir(dir.join(&at)).into_iter().flatten().flatten();
        let inner = entries
            .filter(|e| e.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|e| e.file_name().into_string().ok())
            .filter(|name| name != "maos" || at != "refs");
        waiting.extend(inner.map(|name| format!("{at}/{name}")));
        found.push(at);
    }
    let parts = found
        .iter()
        .map(|name| format!("{} {name}", changed(&dir.join(name))));
    format!("@{}", parts.collect::<Vec<_>>().join("\t"))
}

/// Whether nothing that a stamp names has changed.
fn is_fresh(dir: &Path, given: &str) -> bool {
    let line = given.lines().next().and_then(|line| line.strip_prefix('@'));
    line.is_some_and(|line| {
        line.split('\t').all(|part| {
            part.split_once(' ')
                .is_some_and(|(time, name)| time.parse() == Ok(changed(&dir.join(name))))
        })
    })
}

/// When a file was last changed, in nanoseconds since 1970; 0 where there is none.
fn changed(path: &Path) -> u128 {
    let changed = fs::symlink_metadata(path).and_then(|meta| meta.modified());
    let since = changed
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(pairs: &[(&str, char)]) -> Refs {
        let pairs = pairs.iter();
        pairs
            .map(|(name, id)| (format!("refs/{name}"), id.to_string().repeat(40)))
            .collect()
    }

    #[test]
    fn what_the_agent_touched_stays_its_own() {
        let before = refs(&[
            ("heads/main", 'a'),
            ("heads/old", 'a'),
            ("tags/t", 'a'),
            ("heads/own", 'a'),
        ]);
        let theirs = refs(&[
            ("heads/main", 'a'),
            ("heads/old", 'b'),
            ("heads/mine", 'c'),
            ("heads/own", 'a'),
        ]);
        let now = refs(&[
            ("heads/main", 'd'),
            ("heads/new", 'd'),
            ("tags/t", 'e'),
            ("heads/own", 'e'),
        ]);
        let wanted = refs(&[
            ("heads/main", 'd'),
            ("heads/mine", 'c'),
            ("heads/new", 'd'),
            ("heads/old", 'b'),
            ("heads/own", 'a'),
        ]);
        let merged = merge(&theirs, &before, &now, "refs/heads/own");
        assert_eq!(merged, wanted);
        assert_eq!(parse(&write(&merged)), merged);
    }

    #[test]
    fn what_the_repository_deleted_goes() {
        let before = refs(&[("heads/gone", 'a'), ("heads/kept", 'a')]);
        let theirs = refs(&[("heads/gone", 'a'), ("heads/kept", 'b')]);
        assert_eq!(
            merge(&theirs, &before, &Refs::new(), "refs/heads/own"),
            refs(&[("heads/kept", 'b')])
        );
    }
}
