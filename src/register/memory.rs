//! What MAOS remembers of its registration, so that taking it out leaves each
//! file as it was found.
//!
//! Per file: how the registered text differs from the one before, and a hash
//! of the registered text. Where the file still is what was registered, the
//! difference is undone byte for byte; where somebody changed it since, the
//! entries are taken out one by one instead. Only the difference is kept: the
//! files may hold secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::git::{self, Place};
use crate::store::doc;

/// The newest format of this file.
const VERSION: u32 = 1;

/// `registered.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    /// By path.
    files: BTreeMap<String, Entry>,
    /// Lines added to an `info/exclude`, by its path.
    #[serde(default)]
    excluded: BTreeMap<String, Vec<String>>,
    /// Whether there was anything to read.
    #[serde(skip)]
    known: bool,
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whether MAOS made the file.
    #[serde(default)]
    pub made: bool,
    /// SHA-256 of the registered text.
    hash: String,
    /// How to get back, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back: Option<Back>,
}

/// The bytes from `at` to `to` of the registered text were `was` before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Back {
    at: usize,
    to: usize,
    was: String,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: VERSION,
            files: BTreeMap::new(),
            excluded: BTreeMap::new(),
            known: false,
        }
    }
}

impl Memory {
    /// Reads it; a missing or damaged one is an empty one, because all of it
    /// can be done without, and so is one that came with the repository.
    ///
    /// # Errors
    /// Where it was written by a newer MAOS, or can't be read.
    pub fn load(path: Option<&Path>, place: Option<&Place>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let foreign = place.is_some_and(|place| {
            path.starts_with(&place.main) && path.exists() && git::tracks(&place.main, path)
        });
        if foreign {
            return Ok(Self::default());
        }
        match doc::load::<Self>(path, VERSION) {
            Ok(Some(memory)) => Ok(Self {
                known: true,
                ..memory
            }),
            Ok(None) | Err(Error::Corrupt { .. }) => Ok(Self::default()),
            Err(e) => Err(e),
        }
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.excluded.is_empty()
    }

    /// As it stands in its file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Remembers that a file's text was `before` and is now `after`.
    pub fn note(&mut self, path: &Path, before: Option<&[u8]>, after: &[u8]) {
        let key = key(path);
        let known = self.files.get(&key);
        let (original, made) = match known {
            None => (before.map(<[u8]>::to_vec), before.is_none()),
            // A second registration on top of the first one.
            Some(entry) => (before.and_then(|now| entry.original(now)), entry.made),
        };
        let back = match (&original, known.is_some()) {
            (None, true) => None,
            (original, _) => difference(original.as_deref().unwrap_or_default(), after),
        };
        let hash = hash(after);
        self.files.insert(key, Entry { made, hash, back });
    }

    /// What a file was before it was registered, if `now` is still what was
    /// registered.
    pub fn original(&self, path: &Path, now: &[u8]) -> Option<Vec<u8>> {
        self.files.get(&key(path))?.original(now)
    }

    /// Whether MAOS made a file.
    pub fn made(&self, path: &Path) -> bool {
        self.files.get(&key(path)).is_some_and(|entry| entry.made)
    }

    /// Remembers lines that were added to a file.
    pub fn note_lines(&mut self, path: &Path, lines: &[String]) {
        let known = self.excluded.entry(key(path)).or_default();
        known.extend(lines.iter().cloned());
    }

    /// The lines that were added to a file; `None` where nobody knows.
    pub fn lines(&self, path: &Path) -> Option<Vec<String>> {
        self.known
            .then(|| self.excluded.get(&key(path)).cloned().unwrap_or_default())
    }

    /// Forgets a file.
    pub fn forget(&mut self, path: &Path) {
        self.files.remove(&key(path));
        self.excluded.remove(&key(path));
    }
}

impl Entry {
    fn original(&self, now: &[u8]) -> Option<Vec<u8>> {
        let back = self.back.as_ref()?;
        if hash(now) != self.hash {
            return None;
        }
        let head = now.get(..back.at)?;
        let tail = now.get(back.to..)?;
        Some([head, back.was.as_bytes(), tail].concat())
    }
}

fn key(path: &Path) -> String {
    let path: PathBuf = path.components().collect();
    path.to_string_lossy().into_owned()
}

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// The one stretch of `after` that differs from `before`.
fn difference(before: &[u8], after: &[u8]) -> Option<Back> {
    let at = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let most = before.len().min(after.len()) - at;
    let tail = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(most)
        .take_while(|(a, b)| a == b)
        .count();
    let mut at = at;
    let mut was = &before[at..before.len() - tail];
    // Not from the middle of a character.
    while std::str::from_utf8(was).is_err() && at > 0 {
        at -= 1;
        was = &before[at..before.len() - tail];
    }
    Some(Back {
        at,
        to: after.len() - tail,
        was: std::str::from_utf8(was).ok()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_what_was_noted() {
        let path = Path::new("/p/settings.json");
        for (before, after) in [
            ("{}\n", "{\n  \"a\": 1\n}\n"),
            ("", "{}\n"),
            ("aaaa", "aaaaaa"),
            ("aaaaaa", "aaa"),
            ("{\"x\":\"ä\"}", "{\"x\":\"ö\"}"),
            ("same", "same"),
        ] {
            let mut memory = Memory::default();
            memory.note(path, Some(before.as_bytes()), after.as_bytes());
            let back = memory.original(path, after.as_bytes());
            assert_eq!(back.as_deref(), Some(before.as_bytes()), "{before} {after}");
            assert_eq!(memory.original(path, b"else"), None);
            assert!(!memory.made(path));
        }
    }

    #[test]
    fn a_second_registration_leads_back_to_the_first_text() {
        let path = Path::new("/p/settings.json");
        let mut memory = Memory::default();
        memory.note(path, Some(b"one"), b"one two");
        memory.note(path, Some(b"one two"), b"one two three");
        assert_eq!(
            memory.original(path, b"one two three").as_deref(),
            Some(&b"one"[..])
        );
        // Changed by somebody in between: there is no way back.
        memory.note(path, Some(b"one two else"), b"one two else three");
        assert_eq!(memory.original(path, b"one two else three"), None);
    }

    #[test]
    fn a_newer_one_is_refused_and_a_damaged_one_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("registered.json");
        std::fs::write(&path, "{\"version\": 99, \"files\": 1}").unwrap();
        assert!(matches!(
            Memory::load(Some(&path), None),
            Err(Error::Newer { .. })
        ));
        std::fs::write(&path, "{\"version\": 1, \"fi").unwrap();
        assert!(Memory::load(Some(&path), None).unwrap().is_empty());
    }
}
