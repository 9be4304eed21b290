//! A repository, a home directory and an installed `maos`, all in one
//! temporary directory.
#![expect(
    clippy::disallowed_methods,
    reason = "a test harness starts processes itself"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use maos::error::Result;
use maos::git;
use maos::register::{Machine, Plan, Request, Target, init, link, twins, uninstall};
use serde_json::Value;
use tempfile::TempDir;

pub struct Desk {
    _keep: TempDir,
    pub repo: PathBuf,
    pub machine: Machine,
    pub program: PathBuf,
}

impl Desk {
    /// A repository with one commit.
    pub fn new() -> Self {
        let keep = TempDir::with_prefix("maos-register-").unwrap();
        let top = keep.path().canonicalize().unwrap();
        let (repo, home, bin) = (top.join("project"), top.join("home"), top.join("bin"));
        for dir in [&repo, &home, &bin] {
            fs::create_dir(dir).unwrap();
        }
        let program = bin.join("maos");
        fs::write(&program, "#!/bin/sh\nexit 0\n").unwrap();
        executable(&program);
        let machine = Machine {
            client: Some(home.join(".claude")),
            state: Some(home.join(".local/state/maos")),
            managed: top.join("managed-settings.json"),
            path: vec![bin],
            home: Some(home),
        };
        let desk = Self {
            _keep: keep,
            repo,
            machine,
            program,
        };
        desk.git(&["init", "--quiet", "--initial-branch=main"]);
        desk.git(&["commit", "--quiet", "--allow-empty", "--message=one"]);
        desk
    }

    pub fn place(&self) -> git::Place {
        git::locate(&self.repo).unwrap()
    }

    pub fn shared(&self) -> PathBuf {
        self.repo.join(".claude/settings.json")
    }

    pub fn local(&self) -> PathBuf {
        self.repo.join(".claude/settings.local.json")
    }

    pub fn user(&self) -> PathBuf {
        self.machine.user_settings().unwrap()
    }

    pub fn exclude(&self) -> PathBuf {
        self.repo.join(".git/info/exclude")
    }

    /// The plan of `maos init`, not applied.
    pub fn plan(&self, target: Target, native: bool) -> Result<Plan> {
        let request = Request {
            target,
            native,
            program: link::program_at(&self.program, &self.machine)?,
        };
        let place = git::locate(&self.repo);
        init::plan(&request, &self.repo, place.as_ref(), &self.machine)
    }

    /// `maos init`.
    #[track_caller]
    pub fn init(&self, target: Target) -> Plan {
        let plan = self.plan(target, false).unwrap();
        plan.apply().unwrap();
        plan
    }

    /// What `maos init` is refused for.
    #[track_caller]
    pub fn refused(&self, target: Target) -> String {
        let before = self.snapshot();
        let error = self.plan(target, false).unwrap_err();
        assert_eq!(self.snapshot(), before, "a refusal changed something");
        format!("{error}\n{}", error.help().unwrap_or_default())
    }

    /// `maos uninstall`.
    #[track_caller]
    pub fn uninstall(&self, user: bool) -> Plan {
        let place = git::locate(&self.repo);
        let plan = uninstall::plan(user, &self.repo, place.as_ref(), &self.machine).unwrap();
        plan.apply().unwrap();
        plan
    }

    /// What the hook does at the start of a session.
    #[track_caller]
    pub fn sync(&self) -> bool {
        twins::sync(&self.place(), &self.machine).unwrap()
    }

    /// Tells the client to trust the project.
    pub fn trust(&self) {
        let path = self.machine.client_state().unwrap();
        let repo = self.repo.to_string_lossy().into_owned();
        let state = serde_json::json!({"projects": {repo: {"hasTrustDialogAccepted": true}}});
        fs::write(path, state.to_string()).unwrap();
    }

    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.repo)
            .env("HOME", self.machine.home.as_ref().unwrap())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Dev")
            .env("GIT_AUTHOR_EMAIL", "dev@example.com")
            .env("GIT_COMMITTER_NAME", "Dev")
            .env("GIT_COMMITTER_EMAIL", "dev@example.com")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a subcommand of the real client here.
    pub fn claude(&self, client: &Path, args: &[&str]) {
        let output = Command::new(client)
            .args(args)
            .current_dir(&self.repo)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.machine.home.as_ref().unwrap())
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "claude {args:?}: {output:?}");
    }

    /// Every file outside of `.git/objects` and its content.
    pub fn snapshot(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for dir in [&self.repo, self.machine.home.as_ref().unwrap()] {
            collect(dir, &mut files);
        }
        files.sort();
        files
    }
}

fn collect(dir: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            if path.file_name().unwrap() != "objects" {
                collect(&path, files);
            }
        } else {
            files.push((path.clone(), fs::read(&path).unwrap_or_default()));
        }
    }
}

pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

#[cfg(unix)]
pub fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub fn executable(_: &Path) {}
