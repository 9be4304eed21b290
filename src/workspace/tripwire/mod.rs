//! The main checkout as it is now, to be compared with how it was: HEAD, index,
//! the branches that stand in for the project's history, and the stat of every
//! tracked file.
//!
//! Invariants: nothing of a tree is written, read or run, no file's content
//! looked at, and no git process started where libgit2 can read the index. What
//! the index says is the reference, so that only files which are not as it has them
//! are noted. A look takes at most [`LIMIT`], and says where it saw only a part.

mod compare;
mod stat;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use compare::{Changes, compare};

use super::Project;
use crate::clock;
use crate::error::{Error, Result};
use crate::git::index::{self, Entry};
use crate::git::{self, Place, read};
use crate::session::tripwire::TreeLook;
use crate::session::{Look, Stamp};
use crate::store::{SessionDir, atomic, tripwire};

/// How long a look may take at the files of all trees.
pub const LIMIT: Duration = Duration::from_secs(2);
/// An index that is larger is not looked at.
const LARGEST_INDEX: u64 = 128 << 20;
/// Branches that are looked at wherever HEAD stands.
const PROTECTED: [&str; 2] = ["refs/heads/main", "refs/heads/master"];

/// A look with what is needed to compare it.
pub struct Seen {
    /// What is kept of it.
    pub look: Look,
    /// The entries of each tree, where its index is not the one of the look before.
    entries: Vec<Vec<Entry>>,
}

/// Looks at the trees of a project. `before` is the last look, whose copy of an
/// index serves again where that has not changed.
///
/// # Errors
/// Where an index can't be read, or its copy not be written.
pub fn look(project: &Project, dir: &SessionDir, before: Option<&Look>) -> Result<Seen> {
    let deadline = Instant::now() + LIMIT;
    let mut roots = vec![project.main().to_owned()];
    let others = before.iter().flat_map(|look| &look.trees);
    for root in others.map(|tree| &tree.root).chain([&project.start_root]) {
        if !roots.contains(root) {
            roots.push(root.clone());
        }
    }
    let mut seen = Seen {
        look: Look {
            at: clock::now_stamp(),
            ..Look::default()
        },
        entries: Vec::new(),
    };
    let mut names: Vec<String> = PROTECTED.map(str::to_owned).to_vec();
    for (number, root) in roots.iter().enumerate() {
        let Some(place) = git::locate(root).filter(|place| place.root == *root) else {
            continue;
        };
        names.extend(read::head_ref(&place.git_dir));
        let old = before.and_then(|look| look.trees.iter().find(|tree| tree.root == *root));
        let (tree, entries) = tree(&place, dir, old, number, deadline)?;
        seen.look.trees.push(tree);
        seen.entries.push(entries);
    }
    names.extend(before.iter().flat_map(|look| look.refs.keys().cloned()));
    seen.look.git = gits_own(&project.common_dir);
    seen.look.refs = tips(&project.common_dir, names);
    Ok(seen)
}

fn gits_own(common_dir: &Path) -> BTreeMap<String, Stamp> {
    let inner = ["hooks", "info"].map(|name| fs::read_dir(common_dir.join(name)));
    let inner = inner.into_iter().flatten().flatten().flatten();
    let paths = inner.map(|entry| entry.path());
    let paths = paths.filter(|path| path.extension().is_none_or(|e| e != "sample"));
    let shown = |path: PathBuf| Some((path.to_string_lossy().into_owned(), stat::stamp(&path)?));
    paths
        .chain([common_dir.join("config")])
        .filter_map(shown)
        .collect()
}

fn tips(common_dir: &Path, names: Vec<String>) -> BTreeMap<String, Option<String>> {
    let own = |name: &str| name.starts_with("refs/heads/agent/");
    let names = names.into_iter().filter(|name| !own(name));
    names
        .filter_map(|name| Some((read::tip(common_dir, &name).ok()?, name)))
        .map(|(tip, name)| (name, tip))
        .collect()
}

fn tree(
    place: &Place,
    dir: &SessionDir,
    old: Option<&TreeLook>,
    number: usize,
    deadline: Instant,
) -> Result<(TreeLook, Vec<Entry>)> {
    let head = fs::read_to_string(place.git_dir.join("HEAD")).unwrap_or_default();
    let mut tree = TreeLook {
        root: place.root.clone(),
        head: head.trim().to_owned(),
        ..TreeLook::default()
    };
    let Some(bytes) = index_of(place)? else {
        return Ok((tree, Vec::new()));
    };
    let kept = old.and_then(|old| old.index.clone());
    let same = |name: &String| fs::read(tripwire::copy(dir, name)).is_ok_and(|old| old == bytes);
    let name = if let Some(name) = kept.filter(same) {
        name
    } else {
        let name = tripwire::new_copy(number);
        atomic::replace(&tripwire::copy(dir, &name), &bytes, atomic::Durable::No)?;
        name
    };
    drop(bytes);
    let entries = index::entries(place, &tripwire::copy(dir, &name))?;
    tree.index = Some(name);
    stat::differing(&mut tree, &entries, deadline);
    Ok((tree, entries))
}

fn index_of(place: &Place) -> Result<Option<Vec<u8>>> {
    let path: PathBuf = place.git_dir.join("index");
    match fs::metadata(&path) {
        Ok(meta) if meta.len() > LARGEST_INDEX => Err(Error::Unsupported {
            reason: format!("{} is too large to be looked at", path.display()),
            path,
            help: "the main checkout is not watched here".to_owned(),
        }),
        Ok(_) => fs::read(&path)
            .map(Some)
            .map_err(|e| Error::io("read", &path, e)),
        Err(_) => Ok(None),
    }
}
