//! A scratch repository and home, and `maos` run in them with a cleared
//! environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::Event;

/// A repository with one commit, and a home of its own.
pub struct Sandbox {
    dir: TempDir,
    pub repo: PathBuf,
    pub home: PathBuf,
    env: Vec<(String, String)>,
}

/// What a run left.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The answer; `Null` where there was none.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        if self.stdout.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// A field of `hookSpecificOutput`.
    #[track_caller]
    pub fn specific(&self, name: &str) -> Value {
        self.json()["hookSpecificOutput"][name].clone()
    }

    /// A field of the input that the tool gets instead.
    #[track_caller]
    pub fn updated(&self, name: &str) -> String {
        let value = self.specific("updatedInput")[name].clone();
        value
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .to_owned()
    }

    /// The reason of a refusal.
    #[track_caller]
    pub fn denied(&self) -> String {
        assert_eq!(self.specific("permissionDecision"), "deny", "{self:?}");
        self.specific("permissionDecisionReason")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    #[track_caller]
    pub fn silent(self) -> Self {
        assert_eq!((self.code, self.stdout.as_str()), (Some(0), ""), "{self:?}");
        self
    }
}

impl Sandbox {
    /// A repository `repo` with `src/a.txt` and `p.txt` in one commit on `main`.
    pub fn new() -> Self {
        Self::named("repo")
    }

    /// The same under another name.
    pub fn named(name: &str) -> Self {
        let sandbox = Self::empty(name);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.write("src/a.txt", "hello\n");
        sandbox.write("p.txt", "p\n");
        sandbox.commit("one");
        sandbox
    }

    /// A directory that is no repository.
    pub fn empty(name: &str) -> Self {
        Self::empty_below(&std::env::temp_dir(), name)
    }

    /// The same, made below another directory than the one for temporary files.
    pub fn empty_below(parent: &Path, name: &str) -> Self {
        let dir = TempDir::new_in(parent).expect("a scratch directory");
        let top = dir.path().canonicalize().expect("a real path");
        let (repo, home) = (top.join(name), top.join("home"));
        std::fs::create_dir_all(&repo).expect("a directory for the repository");
        std::fs::create_dir_all(home.join(".claude")).expect("a home");
        Self {
            dir,
            repo,
            home,
            env: Vec::new(),
        }
    }

    /// Sets a variable for every later run.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With `maos-shell` in front of every shell line, as `maos init` sets it up.
    pub fn prefixed(self) -> Self {
        self.env("CLAUDE_CODE_SHELL_PREFIX", "/any/where/maos-shell")
    }

    pub fn top(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("a real path")
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.repo.join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("its directory");
        std::fs::write(path, text).expect("the file");
    }

    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Git in the repository, which has to succeed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.repo, args)
    }

    #[track_caller]
    pub fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let output = self.command("git", dir).args(args).output().expect("git");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// A program with nothing inherited but what tests name.
    pub fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(dir)
            .env("HOME", &self.home)
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.home.join("no-gitconfig"));
        for (role, date) in [
            ("AUTHOR", "2026-01-01T00:00:00Z"),
            ("COMMITTER", "2026-01-01T00:00:00Z"),
        ] {
            command
                .env(format!("GIT_{role}_NAME"), "Dev")
                .env(format!("GIT_{role}_EMAIL"), "dev@example.org");
            command.env(format!("GIT_{role}_DATE"), date);
        }
        command.envs(self.env.iter().map(|(n, v)| (n, v)));
        command
    }

    /// `maos` in the repository.
    pub fn maos(&self, args: &[&str]) -> Run {
        self.maos_in(&self.repo, args)
    }

    pub fn maos_in(&self, dir: &Path, args: &[&str]) -> Run {
        Run::of(
            &self
                .command(env!("CARGO_BIN_EXE_maos"), dir)
                .args(args)
                .output()
                .expect("maos"),
        )
    }

    /// What a `--json` command prints.
    #[track_caller]
    pub fn maos_json(&self, args: &[&str]) -> Value {
        self.maos(args).json()
    }

    /// The hook with an event, as the client runs it.
    pub fn hook(&self, event: &Event) -> Run {
        self.hook_bytes(&["hook"], event.json(self).as_bytes())
    }

    /// The hook with any bytes on stdin.
    pub fn hook_bytes(&self, args: &[&str], stdin: &[u8]) -> Run {
        Run::of(
            &self
                .start_hook(args, stdin)
                .wait_with_output()
                .expect("maos"),
        )
    }

    /// Starts a hook and gives it its input.
    pub fn start_hook(&self, args: &[&str], stdin: &[u8]) -> std::process::Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_maos"), &self.repo);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("maos");
        let mut pipe = child.stdin.take().expect("a pipe");
        // A hook that refuses early closes its end.
        let _ = pipe.write_all(stdin);
        child
    }

    /// A link to the binary under its second name.
    pub fn shell_link(&self) -> PathBuf {
        let link = self.top().join("maos-shell");
        if !link.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_maos"), &link).expect("a link");
        }
        link
    }

    /// What must not change in the main checkout: its status, refs and HEAD.
    pub fn fingerprint(&self) -> String {
        let refs = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        format!(
            "{}\n{refs}\n{}",
            self.git(&["status", "--porcelain", "--untracked-files=all"]),
            self.git(&["rev-parse", "HEAD"])
        )
    }

    /// The files below a directory of the repository, sorted.
    pub fn files(&self, below: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![self.path(below)];
        while let Some(dir) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&dir) else {
                continue;
            };
            for entry in entries.flatten() {
                if entry.file_type().is_ok_and(|t| t.is_dir()) {
                    waiting.push(entry.path());
                } else {
                    found.push(
                        entry
                            .path()
                            .strip_prefix(&self.repo)
                            .expect("below")
                            .display()
                            .to_string(),
                    );
                }
            }
        }
        found.sort();
        found
    }
}
