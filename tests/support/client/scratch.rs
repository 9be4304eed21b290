//! A scratch repository with a home directory and a `PATH` of its own, made anew for each run of the client.
//!
//! Everything lies below one temporary directory with its links resolved: the client reports resolved paths,
//! and trusts a project by its resolved path.
#![expect(
    clippy::disallowed_methods,
    reason = "a test harness starts processes and reads PATH itself"
)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;

/// The `maos` under test.
pub(super) const MAOS: &str = env!("CARGO_BIN_EXE_maos");

/// Second name of the binary, under which it is the client's shell prefix.
const SHELL_NAME: &str = "maos-shell";

/// The repository, its home and its `PATH`.
pub struct Scratch {
    _keep: TempDir,
    /// The main checkout.
    pub repo: PathBuf,
    pub home: PathBuf,
    bin: PathBuf,
}

impl Scratch {
    /// An empty repository on branch `main` that the client trusts.
    pub fn new() -> Self {
        let keep = TempDir::with_prefix("maos-client-").expect("no temporary directory");
        let root = keep
            .path()
            .canonicalize()
            .expect("the temporary directory has no resolved path");
        let scratch = Self {
            _keep: keep,
            repo: root.join("project"),
            home: root.join("home"),
            bin: root.join("bin"),
        };
        for dir in [&scratch.repo, &scratch.home, &scratch.bin] {
            fs::create_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        }
        link(Path::new(MAOS), &scratch.bin.join(SHELL_NAME));
        let trust = json!({"projects": {&*scratch.repo.to_string_lossy(): {"hasTrustDialogAccepted": true}}});
        fs::write(scratch.home.join(".claude.json"), trust.to_string())
            .expect("the client's own settings could not be written");
        scratch.git(&["init", "--quiet", "--initial-branch=main"]);
        scratch.git(&["config", "user.name", "Dev"]);
        scratch.git(&["config", "user.email", "dev@example.com"]);
        scratch
    }

    /// Writes a file below the repository, and the directories it needs.
    #[track_caller]
    pub fn write(&self, relative: &str, content: &str) {
        let path = self.repo.join(relative);
        let parent = path
            .parent()
            .expect("a file of the repository has a parent");
        fs::create_dir_all(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Commits everything that is not ignored; does nothing when there is nothing to commit.
    #[track_caller]
    pub fn commit_all(&self, message: &str) {
        self.git(&["add", "--all"]);
        if !self.git(&["status", "--porcelain"]).is_empty() {
            self.git(&["commit", "--quiet", "--message", message]);
        }
    }

    /// Runs git in the main checkout; fails the test when git fails. Returns stdout without its last newline.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.run(Path::new("git"), args);
        assert!(
            output.status.success(),
            "git {args:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Runs the `maos` under test in the main checkout, as a user would in a terminal of theirs.
    #[track_caller]
    pub fn maos(&self, args: &[&str]) -> String {
        let output = self.run(Path::new(MAOS), args);
        assert!(
            output.status.success(),
            "maos {args:?} failed ({}): {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// `PATH` with the binary under test and its second name in front.
    pub fn path_variable(&self) -> OsString {
        let maos_dir = Path::new(MAOS)
            .parent()
            .expect("the binary under test lies in a directory");
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let dirs = [self.bin.clone(), maos_dir.to_owned()];
        std::env::join_paths(dirs.into_iter().chain(std::env::split_paths(&inherited)))
            .expect("a directory on PATH has a name that PATH can't hold")
    }

    #[track_caller]
    fn run(&self, program: &Path, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .current_dir(&self.repo)
            .env_clear()
            .env("PATH", self.path_variable())
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{} did not start: {error}", program.display()))
    }
}

impl Drop for Scratch {
    /// The client keeps what its tools print outside of its home: `<tmp>/claude-<uid>/<project path, dashed>`.
    fn drop(&mut self) {
        let dashed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = self.repo.to_string_lossy().chars().map(dashed).collect();
        let Some(user) = owner(&self.repo) else {
            return;
        };
        let leftover = Path::new("/tmp").join(format!("claude-{user}")).join(name);
        // Nothing there is as good as removed.
        drop(fs::remove_dir_all(leftover));
    }
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| metadata.uid())
}

#[cfg(not(unix))]
fn owner(_path: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn link(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link)
        .unwrap_or_else(|error| panic!("{}: {error}", link.display()));
}

#[cfg(not(unix))]
fn link(target: &Path, link: &Path) {
    fs::copy(target, link.with_extension("exe"))
        .unwrap_or_else(|error| panic!("{}: {error}", link.display()));
}
