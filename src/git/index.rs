//! What an index says of each tracked file, to be compared with the file itself.
//!
//! libgit2 reads it; where it can't (sha256, a split index), the command line does.
//! No file of the tree is read and no index written.

use std::path::Path;

use super::locate::Place;
use super::run::Git;
use crate::error::Result;
use crate::session::Stamp;

/// A tracked file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the top of its tree, as git wrote it.
    pub path: Vec<u8>,
    /// Its content's name.
    pub id: Vec<u8>,
    /// How it was when git looked last.
    pub stamp: Stamp,
}

/// Sparse checkouts leave these out of the tree.
const SKIP_WORKTREE: u16 = 1 << 14;
const SUBMODULE: u32 = 0o160_000;
const DIRECTORY: u32 = 0o040_000;

/// The entries of an index file of a tree, by path; those of conflicts, submodules
/// and files that are not checked out are left out.
///
/// # Errors
/// Where neither libgit2 nor git can read it.
pub fn entries(place: &Place, index: &Path) -> Result<Vec<Entry>> {
    match git2::Index::open(index) {
        Ok(read) if !read.is_empty() => Ok(read.iter().filter_map(entry).collect()),
        _ => listed(place, index),
    }
}

fn entry(entry: git2::IndexEntry) -> Option<Entry> {
    let stage = (entry.flags >> 12) & 3;
    let there = entry.flags_extended & SKIP_WORKTREE == 0;
    let stamp = Stamp {
        mtime: (seconds(entry.mtime.seconds()), entry.mtime.nanoseconds()),
        ctime: (seconds(entry.ctime.seconds()), entry.ctime.nanoseconds()),
        ino: entry.ino,
        size: entry.file_size,
        mode: entry.mode,
    };
    (stage == 0 && there && is_file(entry.mode)).then(|| Entry {
        path: entry.path,
        id: entry.id.as_bytes().to_vec(),
        stamp,
    })
}

fn seconds(seconds: i32) -> u32 {
    seconds.cast_unsigned()
}

fn is_file(mode: u32) -> bool {
    mode != SUBMODULE && mode != DIRECTORY
}

fn listed(place: &Place, index: &Path) -> Result<Vec<Entry>> {
    let git = Git::place(place).index(index);
    let text = git
        .args(["ls-files", "-z", "--stage", "--debug", "-t"])
        .bytes()?;
    Ok(parse(&text))
}

/// Reads `H <mode> <id> <stage>\t<path>\0  ctime: ...` and its like.
fn parse(text: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.iter().position(|b| *b == 0) {
        let (head, behind) = (&rest[..end], &rest[end + 1..]);
        let mut length = 0;
        for line in behind.split_inclusive(|b| *b == b'\n') {
            if !line.starts_with(b"  ") {
                break;
            }
            length += line.len();
        }
        let facts = String::from_utf8_lossy(&behind[..length]).into_owned();
        found.extend(one(head, &facts));
        rest = &behind[length..];
    }
    found
}

fn one(head: &[u8], facts: &str) -> Option<Entry> {
    let tab = head.iter().position(|b| *b == b'\t')?;
    let text = std::str::from_utf8(&head[..tab]).ok()?;
    let mut parts = text.split(' ');
    let (tag, mode, id, stage) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let mode = u32::from_str_radix(mode, 8).ok()?;
    let fact = |name: &str| {
        let words = facts.split_whitespace();
        let mut behind = words.skip_while(|word| *word != name);
        behind.nth(1).unwrap_or_default().to_owned()
    };
    let time = |name: &str| {
        let text = fact(name);
        let (s, ns) = text.split_once(':').unwrap_or_default();
        (s.parse().unwrap_or(0), ns.parse().unwrap_or(0))
    };
    let stamp = Stamp {
        mtime: time("mtime:"),
        ctime: time("ctime:"),
        ino: fact("ino:").parse().unwrap_or(0),
        size: fact("size:").parse().unwrap_or(0),
        mode,
    };
    (stage == "0" && tag != "S" && is_file(mode)).then(|| Entry {
        path: head[tab + 1..].to_vec(),
        id: id.as_bytes().to_vec(),
        stamp,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_says_what_libgit2_says() {
        let text = b"H 100644 abc 0\tsrc/a b\0  ctime: 5:6\n  mtime: 7:8\n  dev: 1\tino: 9\n  uid: 0\tgid: 0\n  \
                     size: 3\tflags: 0\nS 100644 abc 0\tskipped\0  ctime: 5:6\nM 100644 abc 2\tconflict\0  ctime: 5:6\n\
                     H 160000 abc 0\tsub\0  ctime: 5:6\nH 120000 def 0\tlink\0";
        let found = parse(text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].path, b"src/a b");
        let stamp = Stamp {
            mtime: (7, 8),
            ctime: (5, 6),
            ino: 9,
            size: 3,
            mode: 0o100_644,
        };
        assert_eq!(found[0].stamp, stamp);
        assert_eq!(
            (found[1].path.as_slice(), found[1].stamp.mode),
            (&b"link"[..], 0o120_000)
        );
    }
}
