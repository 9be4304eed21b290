//! Bytes of a tree into git and out of it as they are.
//!
//! A git directory of MAOS's own that shares nothing but the objects: neither the
//! repository's configuration nor that of the tree nor its attributes count, so
//! that nothing is filtered, converted or run.

use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use crate::error::{Error, Result};
use crate::git::{Git, read};

/// Above any `.gitattributes`.
const ATTRIBUTES: &[u8] = b"* -text !eol !filter !ident !working-tree-encoding\n";

/// Above the user's own configuration, and synced: a backup has to outlast a
/// power cut.
const SETTINGS: [&str; 9] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.sparseCheckout=false",
    "core.splitIndex=false",
    "core.fsync=all",
    "core.fsyncMethod=batch",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// A git directory for one purpose; it goes when this is dropped.
#[derive(Debug)]
pub struct Raw {
    dir: PathBuf,
    objects: PathBuf,
}

impl Raw {
    /// Makes one.
    ///
    /// # Errors
    /// Where it can't be made.
    pub fn new(project: &Project, purpose: &str) -> Result<Self> {
        let name = format!("git-{purpose}-{}", std::process::id());
        let raw = Self {
            dir: project.layout.scratch().join(name),
            objects: project.common_dir.join("objects"),
        };
        let _ = fs::remove_dir_all(&raw.dir);
        for part in ["refs", "info"] {
            let dir = raw.dir.join(part);
            fs::create_dir_all(&dir).map_err(|e| Error::io("make", dir, e))?;
        }
        let format = read::bare(&project.common_dir)
            .args(["rev-parse", "--show-object-format"])
            .text()?;
        let config = format!(
            "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tfileMode = true\n\tsymlinks = true\n\
             \tignoreCase = false\n\tprotectNTFS = false\n\tprotectHFS = false\n[extensions]\n\tobjectFormat = {format}\n"
        );
        let files: [(&str, &[u8]); 3] = [
            ("HEAD", b"ref: refs/heads/none\n"),
            ("info/attributes", ATTRIBUTES),
            ("config", config.as_bytes()),
        ];
        for (name, bytes) in files {
            let path = raw.dir.join(name);
            fs::write(&path, bytes).map_err(|e| Error::io("write", path, e))?;
        }
        Ok(raw)
    }

    /// Git on a tree, with an index of that name.
    pub fn git(&self, tree: &Path, index: &str) -> Git {
        let git = Git::at(tree)
            .env("GIT_DIR", &self.dir)
            .env("GIT_WORK_TREE", tree)
            .env("GIT_OBJECT_DIRECTORY", &self.objects)
            .index(&self.dir.join(index));
        SETTINGS.iter().fold(git, |git, set| git.args(["-c", *set]))
    }

    /// A place for files beside it.
    ///
    /// # Errors
    /// Where it can't be made.
    pub fn directory(&self, name: &str) -> Result<PathBuf> {
        let dir = self.dir.join(name);
        fs::create_dir_all(&dir).map_err(|e| Error::io("make", &dir, e))?;
        Ok(dir)
    }

    /// Writes all files of a commit or tree into a directory.
    ///
    /// # Errors
    /// Where git can't read or write one.
    pub fn write(&self, what: &str, to: &Path) -> Result<()> {
        self.git(to, "out").args(["read-tree", what]).text()?;
        let args = ["checkout-index", "--all", "--force"];
        self.git(to, "out").args(args).text().map(drop)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
