//! Bytes of a tree into git and out of it as they are.
//!
//! A git directory of MAOS's own that shares nothing but the objects: neither the
//! repository's configuration nor that of the tree nor its attributes count, so
//! that nothing is filtered, converted or run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Project;
use crate::clock;
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

/// How long one step may take: workspaces can hold very many files.
const LIMIT: Duration = Duration::from_secs(3600);

/// Seconds after which scratch files belong to nothing that runs.
const OLD: u64 = 24 * 3600;

/// A git directory for one purpose; it goes when this is dropped.
#[derive(Debug)]
pub struct Raw {
    dir: PathBuf,
    objects: PathBuf,
    /// Objects of an agent's that are not brought over yet.
    beside: Option<PathBuf>,
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
            beside: None,
        };
        let _ = fs::remove_dir_all(&raw.dir);
        clear(&project.layout.scratch());
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

    /// The same, which also reads the objects of a private git directory.
    #[must_use]
    pub fn beside(mut self, private: Option<&Path>) -> Self {
        self.beside = private.map(|git| git.join("objects"));
        self
    }

    /// Git on a tree, with an index of that name.
    pub fn git(&self, tree: &Path, index: &str) -> Git {
        let git = Git::at(tree)
            .env("GIT_DIR", &self.dir)
            .env("GIT_WORK_TREE", tree)
            .env("GIT_OBJECT_DIRECTORY", &self.objects)
            .index(&self.dir.join(index))
            .limit(LIMIT);
        let git = match &self.beside {
            Some(objects) => git.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects),
            None => git,
        };
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

/// Takes away what killed processes left among the scratch files.
fn clear(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        let changed = entry.metadata().and_then(|meta| meta.modified());
        if changed.is_ok_and(|changed| clock::seconds_since_change(changed) > OLD) {
            let path = entry.path();
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
