//! What is another between two looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Seen;
use super::stat::{fits, name};
use crate::git;
use crate::git::index::{self, Entry};
use crate::session::tripwire::TreeLook;
use crate::session::{Look, Stamp};
use crate::store::{SessionDir, tripwire};

/// What changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Files, absolute.
    pub files: BTreeSet<PathBuf>,
    /// Refs, each with where it was and is.
    pub refs: Vec<String>,
    /// Whether only some of the files were looked at.
    pub partial: bool,
}

/// What changed from one look to another.
pub fn compare(dir: &SessionDir, before: &Look, now: &Seen) -> Changes {
    let mut changes = Changes::default();
    for (tree, entries) in now.look.trees.iter().zip(&now.entries) {
        let Some(old) = before.trees.iter().find(|old| old.root == tree.root) else {
            continue;
        };
        if old.head != tree.head {
            changes.refs.push(format!(
                "HEAD of {} ({} -> {})",
                tree.root.display(),
                short(Some(&old.head)),
                short(Some(&tree.head))
            ));
        }
        let ends = [&old.only_to, &tree.only_to].into_iter().flatten();
        let end = ends.min();
        changes.partial |= end.is_some();
        let files = files(dir, old, tree, entries);
        let seen = files
            .into_iter()
            .filter(|file| end.is_none_or(|end| file <= end));
        changes.files.extend(seen.map(|file| tree.root.join(file)));
    }
    // A look of an older version has noted none.
    if !before.git.is_empty() {
        let all = before.git.keys().chain(now.look.git.keys());
        let other = |path: &&String| before.git.get(*path) != now.look.git.get(*path);
        changes.files.extend(all.filter(other).map(PathBuf::from));
    }
    for (name, tip) in &now.look.refs {
        if let Some(old) = before.refs.get(name)
            && old != tip
        {
            let (old, tip) = (short(old.as_deref()), short(tip.as_deref()));
            changes.refs.push(format!("{name} ({old} -> {tip})"));
        }
    }
    changes
}

/// The files of a tree that are others: by what the system says of them, and by
/// what the index says they hold.
fn files(dir: &SessionDir, old: &TreeLook, new: &TreeLook, entries: &[Entry]) -> BTreeSet<String> {
    if old.index == new.index {
        // One index: where a file was noted in neither look, it was as that has it.
        let both = old.differ.keys().chain(new.differ.keys());
        let other = |file: &&String| old.differ.get(*file) != new.differ.get(*file);
        return both.filter(other).cloned().collect();
    }
    let place = git::locate(&new.root);
    let read = old.index.as_ref().zip(place);
    let read =
        read.and_then(|(file, place)| index::entries(&place, &tripwire::copy(dir, file)).ok());
    let was: BTreeMap<String, &Entry> = by_name(read.as_deref().unwrap_or_default());
    let is: BTreeMap<String, &Entry> = by_name(entries);
    let every: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let other = |file: &&&String| {
        let (before, now) = (was.get(**file), is.get(**file));
        let id = |entry: Option<&&Entry>| entry.map(|e| e.id.clone());
        let stamp = |tree: &TreeLook, entry: Option<&&Entry>| match tree.differ.get(**file) {
            Some(noted) => *noted,
            None => entry.map(|e| e.stamp),
        };
        if id(before) != id(now) {
            return true;
        }
        match (stamp(old, before), stamp(new, now)) {
            (Some(a), Some(b)) => !alike(&a, &b),
            (a, b) => a.is_some() != b.is_some(),
        }
    };
    every
        .iter()
        .filter(other)
        .map(|file| (*file).clone())
        .collect()
}

/// Either may be of an index, which says less.
fn alike(a: &Stamp, b: &Stamp) -> bool {
    fits(a, b) || fits(b, a)
}

fn by_name(entries: &[Entry]) -> BTreeMap<String, &Entry> {
    entries
        .iter()
        .map(|entry| (name(&entry.path), entry))
        .collect()
}

/// A commit as people write it, or the branch that a HEAD names.
fn short(value: Option<&str>) -> String {
    match value {
        None => "none".to_owned(),
        Some(value) => match value.strip_prefix("ref: ") {
            Some(branch) => branch.to_owned(),
            None => value.chars().take(10).collect(),
        },
    }
}
