//! Which rules of a settings file are twins: `.maos/twins.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::place::note;
use crate::error::{Error, Result};
use crate::git::Place;

const VERSION: u32 = 1;

/// The lists below `permissions` that MAOS adds to.
pub(super) const LISTS: [&str; 4] = ["allow", "ask", "deny", super::DIRECTORIES];

/// Where the note lies.
///
/// # Errors
/// Where the project's `.maos` is no directory of its own.
pub fn path(place: &Place) -> Result<PathBuf> {
    note(place, "twins.json")
}

/// The twins of every settings file of the project: each linked worktree has
/// a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    version: u32,
    files: BTreeMap<String, Twins>,
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// The twins in one settings file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twins {
    /// By list.
    #[serde(default)]
    rules: BTreeMap<String, Vec<String>>,
    /// Keys that were made for them, to go when they are empty again.
    #[serde(default)]
    made: Vec<String>,
    /// Whether the file was made for them.
    #[serde(default)]
    file_made: bool,
}

impl Twins {
    /// The twins in one list.
    pub fn list(&self, key: &str) -> &[String] {
        self.rules.get(key).map_or(&[], Vec::as_slice)
    }

    fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn made(&self, key: &str) -> bool {
        self.made.iter().any(|made| made == key)
    }
}

static NONE: Twins = Twins {
    rules: BTreeMap::new(),
    made: Vec::new(),
    file_made: false,
};

impl Tracked {
    /// Reads the note.
    ///
    /// # Errors
    /// Where it is damaged or of a newer MAOS: without it nobody knows which
    /// rules are the user's own.
    pub fn parse(path: &Path, content: Option<&[u8]>) -> Result<Self> {
        let Some(content) = content else {
            return Ok(Self {
                version: VERSION,
                files: BTreeMap::new(),
            });
        };
        if let Ok(Head { version }) = serde_json::from_slice(content)
            && version > VERSION
        {
            return Err(Error::Newer {
                path: path.to_owned(),
                found: version,
                known: VERSION,
            });
        }
        serde_json::from_slice(content).map_err(|e| Error::Corrupt {
            path: path.to_owned(),
            reason: e.to_string(),
        })
    }

    /// The twins in one settings file.
    pub fn of(&self, file: &Path) -> &Twins {
        self.files.get(&key(file)).unwrap_or(&NONE)
    }

    /// Whether the file was made for twins alone.
    pub fn file_made(&self, file: &Path) -> bool {
        self.of(file).file_made
    }

    /// The settings files that have twins.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.keys().map(PathBuf::from).collect()
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    pub(super) fn add(&mut self, file: &Path, list: &str, rule: &str, made: &[&str], new: bool) {
        let twins = self.files.entry(key(file)).or_default();
        let rules = twins.rules.entry(list.to_owned()).or_default();
        if !rules.iter().any(|known| known == rule) {
            rules.push(rule.to_owned());
        }
        for made in made {
            if !twins.made(made) {
                twins.made.push((*made).to_owned());
            }
        }
        twins.file_made |= new;
    }

    pub(super) fn drop_rule(&mut self, file: &Path, list: &str, rule: &str) {
        let Some(twins) = self.files.get_mut(&key(file)) else {
            return;
        };
        if let Some(rules) = twins.rules.get_mut(list) {
            rules.retain(|known| known != rule);
        }
        twins.rules.retain(|_, rules| !rules.is_empty());
    }

    /// Forgets a file.
    pub fn forget(&mut self, file: &Path) {
        self.files.remove(&key(file));
    }

    /// Forgets a file that has no twins any more; says whether the file was
    /// made for them.
    pub(super) fn settle(&mut self, file: &Path) -> bool {
        if !self.of(file).is_empty() {
            return false;
        }
        self.files
            .remove(&key(file))
            .is_some_and(|twins| twins.file_made)
    }

    /// The note's next content; `None` where there is nothing to note.
    pub fn content(&self) -> Option<Vec<u8>> {
        (!self.is_empty()).then(|| self.bytes())
    }
}

fn key(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}
