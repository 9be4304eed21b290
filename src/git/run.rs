//! The git command line.
//!
//! Every run clears the variables that point git elsewhere, asks for the C
//! locale, never prompts, and names its directory itself. On an agent's tree
//! ([`Git::tree`]) the git directories are given explicitly and hooks and file
//! system monitors are off, because the tree's own files may have been changed
//! to point elsewhere.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::locate::Place;
use crate::error::{Error, Result};
use crate::process::{Cmd, Output};
use crate::sandbox::{self, Walls};

/// Variables that point git at another repository, tree or index; most of `git
/// rev-parse --local-env-vars`. A git hook that started the client leaves some.
pub const ELSEWHERE: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Variables that change what MAOS's own git would answer.
const CLEARED: [&str; 6] = [
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_PAGER",
];

/// One git command, to be run.
#[derive(Debug)]
pub struct Git {
    cmd: Cmd,
    name: String,
    dir: PathBuf,
}

impl Git {
    /// Git in a directory of the user's.
    pub fn at(dir: &Path) -> Self {
        let mut cmd = Cmd::new("git")
            .dir(dir)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0");
        for name in ELSEWHERE.iter().chain(&CLEARED) {
            cmd = cmd.without_env(name);
        }
        Self {
            cmd,
            name: String::new(),
            dir: dir.to_owned(),
        }
    }

    /// Git on a worktree whose files can't be trusted: nothing in it decides
    /// which repository is meant, and no hook or monitor runs.
    pub fn tree(work_tree: &Path, git_dir: &Path, common_dir: &Path) -> Self {
        let mut git = Self::at(work_tree);
        git.cmd = git
            .cmd
            .env("GIT_WORK_TREE", work_tree)
            .env("GIT_DIR", git_dir)
            .env("GIT_COMMON_DIR", common_dir)
            .args([
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "gc.auto=0",
            ])
            .args([
                "-c",
                "maintenance.auto=false",
                "-c",
                "advice.addEmbeddedRepo=false",
            ]);
        git
    }

    /// Git on the tree of a [`Place`], as the user runs it there but without hooks.
    pub fn place(place: &Place) -> Self {
        Self::tree(&place.root, &place.git_dir, &place.common_dir)
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        for arg in args {
            if self.name.len() < 60 {
                self.name
                    .push_str(if self.name.is_empty() { "" } else { " " });
                self.name.push_str(&arg.as_ref().to_string_lossy());
            }
            self.cmd = self.cmd.arg(arg);
        }
        self
    }

    /// Uses another index file.
    #[must_use]
    pub fn index(self, file: &Path) -> Self {
        self.env("GIT_INDEX_FILE", file)
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.cmd = self.cmd.env(name, value);
        self
    }

    /// Keeps it, and all that it starts, from writing anywhere else, where the
    /// system can.
    #[must_use]
    pub fn within(mut self, write: Vec<PathBuf>) -> Self {
        let walls = Walls {
            write,
            ..Walls::default()
        };
        self.cmd = self.cmd.within(move || {
            // Without walls it runs as it would.
            let _ = sandbox::restrict(&walls);
        });
        self
    }

    /// Signs commits of MAOS's own making.
    #[must_use]
    pub fn as_maos(self) -> Self {
        self.env("GIT_AUTHOR_NAME", "MAOS")
            .env("GIT_AUTHOR_EMAIL", "maos@localhost")
            .env("GIT_COMMITTER_NAME", "MAOS")
            .env("GIT_COMMITTER_EMAIL", "maos@localhost")
    }

    /// What it reads on stdin.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.cmd = self.cmd.input(bytes);
        self
    }

    /// How long it may run.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.cmd = self.cmd.limit(limit);
        self
    }

    /// Runs it and hands on whatever it said.
    ///
    /// # Errors
    /// Where git can't be run.
    pub fn output(&self) -> Result<Output> {
        let mut output = self.cmd.output()?;
        for _ in 0..4 {
            if output.ok() || !lost_its_directory(&output.stderr) {
                break;
            }
            output = self.cmd.output()?;
        }
        Ok(output)
    }

    /// Runs it and returns its stdout without the last line break.
    ///
    /// # Errors
    /// Where git can't be run or says no.
    pub fn text(&self) -> Result<String> {
        let output = self.bytes()?;
        Ok(String::from_utf8_lossy(&output)
            .trim_end_matches(['\n', '\r'])
            .to_owned())
    }

    /// Runs it and returns its stdout.
    ///
    /// # Errors
    /// Where git can't be run or says no.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let output = self.output()?;
        if output.ok() {
            Ok(output.stdout)
        } else {
            Err(self.refused(&output))
        }
    }

    /// Runs it for its yes (0) or no (1).
    ///
    /// # Errors
    /// Where git can't be run or ends with another code.
    pub fn test(&self) -> Result<bool> {
        let output = self.output()?;
        match output.code {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(self.refused(&output)),
        }
    }

    fn refused(&self, output: &Output) -> Error {
        Error::Git {
            command: self.name.clone(),
            dir: self.dir.clone(),
            message: output.message(),
        }
    }
}

/// A `git gc` of the user's removes empty directories of objects, also the one
/// that another git is about to write into. What failed so has written nothing
/// that can't be written again.
fn lost_its_directory(stderr: &[u8]) -> bool {
    let sign = b"unable to create temporary file: No such file";
    stderr.windows(sign.len()).any(|part| part == sign)
}
