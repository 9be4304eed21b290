//! Which projects' files may weaken isolation: `trust.json` among the user's own
//! files, a content hash for each path.
//!
//! Invariants: trust is in one content, a change of the file ends it; what the
//! user is shown and what is trusted are the same bytes; the file is replaced
//! as a whole, and one of a newer version is never rewritten.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::id::hex_hash;

use super::document;
use super::env;
use super::file;
use super::load::Setting;
use super::problem::{Problem, Severity};

const VERSION: u32 = 1;

/// What [`trust`] or [`untrust`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustChange {
    /// The project's file.
    pub file: PathBuf,
    /// Its keys that count because of it; none after [`untrust`].
    pub keys: Vec<Setting>,
    /// Whether it was otherwise before.
    pub changed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Ledger {
    version: u32,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Lets the project's file, as it stands now, set what weakens isolation.
/// Nothing is written where it holds no such key.
pub fn trust(project: &Path) -> Result<TrustChange> {
    trust_in(&user_dir()?, project)
}

/// Takes [`trust`] back.
pub fn untrust(project: &Path) -> Result<TrustChange> {
    untrust_in(&user_dir()?, project)
}

pub(super) fn trust_in(user: &Path, project: &Path) -> Result<TrustChange> {
    let path = file::project_path(project);
    let Some(text) = file::of_project(project)? else {
        return Err(Error::NotFound {
            kind: "configuration file",
            name: path.display().to_string(),
            known: Vec::new(),
        });
    };
    let (found, problems) = document::parse(&path, &text.text);
    // "Nothing in it needs trust" would hide that the file can't be used.
    if found.is_empty()
        && let Some(error) = problems.into_iter().find(|p| p.severity == Severity::Error)
    {
        return Err(error.into());
    }
    let keys: Vec<Setting> = found
        .into_iter()
        .filter(document::Found::asks)
        .map(|one| Setting {
            id: one.id(),
            from: format!("{}:{}", path.display(), one.line),
            value: one.value,
        })
        .collect();
    let mut changed = false;
    if !keys.is_empty() {
        let mut ledger = Ledger::read(user)?;
        let hash = hash(&text.text);
        changed = ledger.files.insert(key(project), hash.clone()) != Some(hash);
        if changed {
            ledger.write(user)?;
        }
    }
    Ok(TrustChange {
        file: path,
        keys,
        changed,
    })
}

pub(super) fn untrust_in(user: &Path, project: &Path) -> Result<TrustChange> {
    let mut ledger = Ledger::read(user)?;
    let changed = ledger.files.remove(&key(project)).is_some();
    if changed {
        ledger.write(user)?;
    }
    Ok(TrustChange {
        file: file::project_path(project),
        keys: Vec::new(),
        changed,
    })
}

/// Whether the project's file counts in full with this text.
pub(super) fn is_trusted(user: Option<&Path>, project: &Path, text: &str) -> Result<bool, Problem> {
    let Some(user) = user else { return Ok(false) };
    let ledger = Ledger::read(user)
        .map_err(|e| Problem::with_file(&Ledger::path(user), format!("no file is trusted: {e}")))?;
    Ok(ledger.files.get(&key(project)) == Some(&hash(text)))
}

impl Ledger {
    fn path(user: &Path) -> PathBuf {
        user.join("trust.json")
    }

    fn read(user: &Path) -> Result<Self> {
        let path = Self::path(user);
        let Some(file) = file::read(&path, true)? else {
            return Ok(Self {
                version: VERSION,
                files: BTreeMap::new(),
            });
        };
        let damaged = |e: serde_json::Error| Error::Corrupt {
            path: path.clone(),
            reason: e.to_string(),
        };
        let head: Head = serde_json::from_str(&file.text).map_err(damaged)?;
        if head.version > VERSION {
            return Err(Error::Newer {
                path,
                found: head.version,
                known: VERSION,
            });
        }
        serde_json::from_str(&file.text).map_err(damaged)
    }

    fn write(&self, user: &Path) -> Result<()> {
        let path = Self::path(user);
        let mut text = serde_json::to_string_pretty(self).map_err(|e| Error::Corrupt {
            path: path.clone(),
            reason: e.to_string(),
        })?;
        text.push('\n');
        make_dir(user).map_err(|e| Error::io("create", user, e))?;
        let temporary = user.join(format!("trust.json.{}.tmp", std::process::id()));
        let written = write_new(&temporary, &text).and_then(|()| fs::rename(&temporary, &path));
        written.map_err(|e| {
            let _ = fs::remove_file(&temporary);
            Error::io("write", path, e)
        })
    }
}

fn user_dir() -> Result<PathBuf> {
    env::config_dir().ok_or_else(|| Error::Refused {
        reason: "there is no home directory to keep trust in".to_owned(),
        help: "set HOME or XDG_CONFIG_HOME to an absolute path".to_owned(),
    })
}

/// One spelling of the file's path, however the project was named.
fn key(project: &Path) -> String {
    let project = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    file::project_path(&project).to_string_lossy().into_owned()
}

fn hash(text: &str) -> String {
    hex_hash(text, 64)
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    // A process of this id may have died here.
    let _ = fs::remove_file(path);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
