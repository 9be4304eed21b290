//! What `init` and `uninstall` are about to do, worked out before anything is
//! written: a dry run shows it, and a refusal leaves every file as it was.

use std::path::{Path, PathBuf};

use super::file;
use super::link::ShellLink;
use crate::error::Result;

/// One file's change.
#[derive(Debug, Clone)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// Its content now; `None` where there is no such file.
    pub before: Option<Vec<u8>>,
    /// Its content afterwards; `None` where it goes.
    pub after: Option<Vec<u8>>,
    /// What changes, in a few words.
    pub what: String,
    /// Whether it is MAOS's own note, of no interest to people.
    pub own: bool,
}

/// Everything that is to be done, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The second name of the binary.
    pub link: Option<ShellLink>,
    /// The files.
    pub changes: Vec<Change>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether everything is so already.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.link.as_ref().is_some_and(|link| link.missing)
    }

    /// Adds a file's change, if it is one.
    pub(super) fn add(
        &mut self,
        path: &Path,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
        what: impl Into<String>,
    ) {
        self.put(path, before, after, what.into(), false);
    }

    /// Adds a change of MAOS's own note.
    pub(super) fn add_own(&mut self, path: &Path, before: Option<Vec<u8>>, after: Option<Vec<u8>>) {
        self.put(path, before, after, String::new(), true);
    }

    fn put(
        &mut self,
        path: &Path,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
        what: String,
        own: bool,
    ) {
        if before != after {
            self.changes.push(Change {
                path: path.to_owned(),
                before,
                after,
                what,
                own,
            });
        }
    }

    /// Does it. Every file is looked at before the first one is written.
    ///
    /// # Errors
    /// Where a file changed meanwhile or is read-only: then nothing was done.
    /// Where one can't be written: what came before it is done.
    pub fn apply(&self) -> Result<()> {
        for change in &self.changes {
            file::check(&change.path, change.before.as_deref())?;
        }
        if let Some(link) = &self.link
            && link.missing
        {
            link.make()?;
        }
        for change in &self.changes {
            match (&change.before, &change.after) {
                (before, Some(after)) => {
                    file::replace(&change.path, before.as_deref(), after)?;
                }
                (Some(before), None) => {
                    file::remove(&change.path, before)?;
                    // A directory that was made for it goes along.
                    if let Some(dir) = change.path.parent() {
                        let _ = std::fs::remove_dir(dir);
                    }
                }
                (None, None) => {}
            }
        }
        Ok(())
    }
}
