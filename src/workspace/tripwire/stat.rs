//! Which tracked files are not as the index has them.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use crate::git::index::Entry;
use crate::git::locate::bytes_to_path;
use crate::session::Stamp;
use crate::session::tripwire::TreeLook;

/// Files looked at between two glances at the clock.
const BLOCK: usize = 4096;
/// More threads are no faster where all files lie in one file system.
const MOST_THREADS: usize = 4;
/// A tree in which more files differ is looked at no further.
const MOST_DIFFERING: usize = 5000;

/// Notes the files of a tree that differ from its index, in the order of the index,
/// until the deadline.
pub(super) fn differing(tree: &mut TreeLook, entries: &[Entry], deadline: Instant) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.clamp(1, MOST_THREADS);
    for block in entries.chunks(BLOCK) {
        let root = tree.root.clone();
        let part = block.len().div_ceil(threads).max(1);
        let found: Vec<(String, Option<Stamp>)> = thread::scope(|scope| {
            let parts: Vec<_> = block
                .chunks(part)
                .map(|part| scope.spawn(|| of_part(&root, part)))
                .collect();
            parts
                .into_iter()
                .flat_map(|p| p.join().unwrap_or_default())
                .collect()
        });
        tree.differ.extend(found);
        let last = block.last().map(|entry| name(&entry.path));
        let more = last.as_ref() != entries.last().map(|e| name(&e.path)).as_ref();
        if more && (tree.differ.len() > MOST_DIFFERING || Instant::now() >= deadline) {
            tree.only_to = last;
            return;
        }
    }
}

fn of_part(root: &Path, part: &[Entry]) -> Vec<(String, Option<Stamp>)> {
    part.iter()
        .filter_map(|entry| {
            let now = stamp(&root.join(bytes_to_path(&entry.path)));
            let same = now.is_some_and(|now| fits(&entry.stamp, &now));
            (!same).then(|| (name(&entry.path), now))
        })
        .collect()
}

/// How a path is shown and kept.
pub(super) fn name(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// Whether a file is as an index has it, as far as that says it.
pub(super) fn fits(index: &Stamp, file: &Stamp) -> bool {
    let time = |index: (u32, u32), file: (u32, u32)| {
        index.0 == file.0 && (index.1 == file.1 || index.1 == 0 || file.1 == 0)
    };
    index.size == file.size
        && index.mode == file.mode
        && time(index.mtime, file.mtime)
        && (index.ctime.0 == 0 || time(index.ctime, file.ctime))
        && (index.ino == 0 || file.ino == 0 || index.ino == file.ino)
}

/// A file as it is; `None` where there is none.
#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "git's index keeps the lower half of each"
)]
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::symlink_metadata(path).ok()?;
    let mode = match meta.mode() & 0o170_000 {
        0o100_000 if meta.mode() & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        kind => kind,
    };
    Some(Stamp {
        mtime: (meta.mtime() as u32, meta.mtime_nsec() as u32),
        ctime: (meta.ctime() as u32, meta.ctime_nsec() as u32),
        ino: meta.ino() as u32,
        size: meta.size() as u32,
        mode,
    })
}

/// A file as it is; `None` where there is none.
#[cfg(not(unix))]
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let meta = fs::symlink_metadata(path).ok()?;
    let changed = meta.modified().ok()?;
    let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Stamp {
        mtime: (since.as_secs() as u32, since.subsec_nanos()),
        size: meta.len() as u32,
        mode: 0o100_644,
        ..Stamp::default()
    })
}
