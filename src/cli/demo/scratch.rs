//! The directory that the demonstration happens in: a repository, a home, and
//! the binary under its second name. It goes when this value does, unless it is
//! kept.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::clock;
use crate::config::env;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::process::Cmd;
use crate::shell;

const FILES: [(&str, &str); 2] = [
    ("README.md", "# Greeter\n"),
    (
        "src/api.js",
        "export function greet(name) {\n  return { text: `Hello, ${name}` };\n}\n",
    ),
];

/// Variables of the user's that would change what happens: by these beginnings.
const MEDDLING: [&str; 5] = ["GIT_", "MAOS_", "CLAUDE", "XDG_", "AI_AGENT"];

/// Files that any shell reads before it runs a line.
const SHELL_FILES: [&str; 3] = ["BASH_ENV", "ENV", "ZDOTDIR"];

/// The scratch directory.
pub(super) struct Scratch {
    dir: PathBuf,
    keep: bool,
}

/// One workspace, as git knows it.
pub(super) struct TreeView {
    pub(super) path: PathBuf,
    pub(super) branch: String,
    /// `A web/index.html`, against main.
    pub(super) files: Vec<String>,
}

impl Scratch {
    /// Makes the directory with a repository of one commit in it.
    pub(super) fn make(keep: bool) -> Result<Self> {
        let scratch = Self {
            dir: own_directory()?,
            keep,
        };
        for dir in [scratch.project(), scratch.home(), scratch.bin()] {
            fs::create_dir(&dir).map_err(|e| Error::io("make", dir, e))?;
        }
        second_name(&this_binary()?, &scratch.maos_shell())?;
        for (name, text) in FILES {
            let path = scratch.project().join(name);
            let parent = path.parent().unwrap_or(&path);
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
            fs::write(&path, text).map_err(|e| Error::io("write", path, e))?;
        }
        for args in [
            &["init", "--quiet", "--template="][..],
            &["symbolic-ref", "HEAD", "refs/heads/main"],
            &["add", "--all"],
            &["commit", "--quiet", "--message", "Start"],
        ] {
            scratch.git().args(args).text()?;
        }
        Ok(scratch)
    }

    /// The main checkout.
    pub(super) fn project(&self) -> PathBuf {
        self.dir.join("project")
    }

    /// The home directory of everything that is started.
    pub(super) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    /// The binary under its second name.
    pub(super) fn maos_shell(&self) -> PathBuf {
        self.bin()
            .join(format!("{}{}", shell::NAME, std::env::consts::EXE_SUFFIX))
    }

    /// Where a shell line leaves the directory that it ended in.
    pub(super) fn place_file(&self) -> PathBuf {
        self.dir.join("claude-demo-cwd")
    }

    /// A program of the client's, in the main checkout.
    pub(super) fn program(&self, program: &Path) -> Cmd {
        let mut cmd = Cmd::new(program).dir(self.project());
        for name in env::names() {
            let text = name.to_string_lossy();
            let meddles = MEDDLING.iter().any(|start| text.starts_with(start))
                || SHELL_FILES.contains(&text.as_ref());
            // Where git keeps its own programs is no matter of taste.
            if meddles && text != "GIT_EXEC_PATH" {
                cmd = cmd.without_env(name);
            }
        }
        for (name, value) in self.variables() {
            cmd = cmd.env(name, value);
        }
        cmd
    }

    fn git(&self) -> Git {
        let mut git = Git::at(&self.project());
        for (name, value) in self.variables() {
            git = git.env(name, value);
        }
        git
    }

    /// A home of its own, and an author: nobody has to have told git a name.
    fn variables(&self) -> [(&'static str, OsString); 8] {
        let home = self.home();
        [
            ("GIT_CONFIG_GLOBAL", home.join(".gitconfig").into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_AUTHOR_NAME", "Demo".into()),
            ("GIT_AUTHOR_EMAIL", "demo@localhost".into()),
            ("GIT_COMMITTER_NAME", "Demo".into()),
            ("GIT_COMMITTER_EMAIL", "demo@localhost".into()),
            ("HOME", home.clone().into()),
            ("USERPROFILE", home.into()),
        ]
    }

    /// The commit that main stands on.
    pub(super) fn commit_of_main(&self) -> Result<String> {
        self.git().args(["rev-parse", "refs/heads/main"]).text()
    }

    /// What is not as it was in the main checkout; empty where nothing changed.
    pub(super) fn changes_of_main(&self, start: &str) -> Result<Vec<String>> {
        let status = ["status", "--porcelain", "--untracked-files=all"];
        let mut changes: Vec<String> = self
            .git()
            .args(status)
            .text()?
            .lines()
            .map(str::to_owned)
            .collect();
        let commit = self.commit_of_main()?;
        if commit != start {
            changes.push(format!("main moved to {commit}"));
        }
        let head = self
            .git()
            .args(["rev-parse", "--symbolic-full-name", "HEAD"])
            .text()?;
        if head != "refs/heads/main" {
            changes.push(format!("HEAD stands on {head}"));
        }
        Ok(changes)
    }

    /// The workspaces, with what their branches change.
    pub(super) fn trees(&self) -> Result<Vec<TreeView>> {
        let listed = self
            .git()
            .args(["worktree", "list", "--porcelain"])
            .text()?;
        let mut trees = Vec::new();
        for entry in listed.split("\n\n").skip(1) {
            let field = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name));
            let branch = field("branch refs/heads/").unwrap_or("(none)").to_owned();
            let diff = [
                "diff",
                "--name-status",
                "--no-renames",
                "main",
                &branch,
                "--",
            ];
            let files = self.git().args(diff).text()?;
            trees.push(TreeView {
                path: field("worktree ").unwrap_or_default().into(),
                branch,
                files: files.lines().map(|line| line.replace('\t', " ")).collect(),
            });
        }
        Ok(trees)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            // It lies among temporary files: what can't be removed now goes with them.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// A new directory that only this user can look into.
fn own_directory() -> Result<PathBuf> {
    let top = std::env::temp_dir();
    let name = format!("maos-demo-{}-{}", clock::file_stamp(), std::process::id());
    let dir = fs::canonicalize(&top)
        .map_err(|e| Error::io("read", top, e))?
        .join(name);
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&dir)
        .map_err(|e| Error::io("make", &dir, e))?;
    Ok(dir)
}

/// The program that runs.
pub(super) fn this_binary() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Error::io("find", "maos", e))
}

fn second_name(binary: &Path, name: &Path) -> Result<()> {
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(binary, name);
    #[cfg(not(unix))]
    let made = fs::copy(binary, name).map(drop);
    made.map_err(|e| Error::io("make", name, e))
}
