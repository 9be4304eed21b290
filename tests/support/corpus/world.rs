//! A repository, a home and an agent's workspace in which a command runs as the
//! client runs it, put back as they were before every command.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Backend, programs};
use crate::support::actor::wrapped;
use crate::support::event::SESSION;
use crate::support::{Actor, Sandbox};

/// How commands get to the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A worktree that git made, and bash.
    Plain,
    /// A workspace that the hook made, and `maos-shell`.
    Maos(Backend),
}

pub struct World {
    pub sandbox: Sandbox,
    pub way: Way,
    pub handle: String,
    /// The tree of the agent.
    ws: PathBuf,
    /// All as it was when the world was made.
    kept: TempDir,
    /// What commands print.
    printed: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub struct Outcome {
    /// As the client sees it; `None` where it did not end in time or by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub late: bool,
}

impl World {
    /// A world below `parent`, filled by `fill`, with workspaces for so many
    /// agents of which the first is the one that runs commands.
    pub fn new(way: Way, parent: &Path, agents: usize, fill: impl Fn(&Sandbox)) -> Self {
        let sandbox = Sandbox::empty_below(parent, "repo")
            .started_in("")
            .env("PATH", &programs::path().to_string_lossy())
            .env("CLAUDE_CODE_SHELL_PREFIX", "/any/where/maos-shell");
        fill(&sandbox);
        if let Way::Maos(backend) = way {
            let dir = sandbox.home.join(".config/maos");
            fs::create_dir_all(&dir).expect("a directory");
            fs::write(dir.join("config.json"), backend.config()).expect("the configuration");
        }
        sandbox.shell_link();
        let mut made = (1..=agents).map(|n| workspace(&sandbox, way, n));
        let (handle, ws) = made.next().expect("an agent");
        made.for_each(drop);
        let world = Self {
            way,
            handle,
            ws,
            kept: TempDir::new_in(parent).expect("a directory"),
            printed: TempDir::new_in(parent).expect("a directory"),
            sandbox,
        };
        copy(&world.sandbox.top(), world.kept.path());
        world
    }

    pub fn ws(&self) -> &Path {
        &self.ws
    }

    /// The handle of the agent made as the second.
    pub fn other(&self) -> String {
        handle(2)
    }

    /// Puts everything back as it was.
    pub fn reset(&mut self) {
        let top = self.sandbox.top();
        for entry in fs::read_dir(&top).expect("a directory").flatten() {
            remove(&entry.path());
        }
        copy(self.kept.path(), &top);
    }

    /// Runs a command as the client would run the agent's. `adjust` may change
    /// the call.
    pub fn run(&self, command: &str, adjust: impl FnOnce(&mut Command)) -> Outcome {
        let mut call = match self.way {
            Way::Plain => {
                let mut call = self.sandbox.command("bash", &self.ws);
                call.arg("-c")
                    .arg(wrapped(command))
                    .env("SHELL", "/bin/bash");
                call.env("CLAUDE_CODE_SESSION_ID", SESSION);
                call
            }
            Way::Maos(_) => {
                let marked = format!("{command}\n# maos:{}", self.handle);
                Actor::main(&self.sandbox).shell(wrapped(&marked))
            }
        };
        adjust(&mut call);
        self.await_end(&mut call, Duration::from_secs(60))
    }

    fn await_end(&self, call: &mut Command, at_most: Duration) -> Outcome {
        let file = |name: &str| self.printed.path().join(name);
        let create = |name: &str| File::create(file(name)).expect("a file for output");
        call.stdin(Stdio::null())
            .stdout(create("stdout"))
            .stderr(create("stderr"))
            .process_group(0);
        let mut child = call.spawn().expect("the shell");
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break Some(status);
            }
            if started.elapsed() > at_most {
                let group = format!("-{}", child.id());
                let _ = Command::new("kill").args(["-9", "--", &group]).status();
                let _ = child.wait();
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let read = |name: &str| {
            let bytes = fs::read(file(name)).expect("the output");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Outcome {
            code: status.and_then(|s| s.code()),
            stdout: read("stdout"),
            stderr: read("stderr"),
            late: status.is_none(),
        }
    }
}

fn handle(number: usize) -> String {
    let session = &SESSION[..8];
    match number {
        1 => format!("coder-sess-{session}"),
        n => format!("coder-{n}-sess-{session}"),
    }
}

fn workspace(sandbox: &Sandbox, way: Way, number: usize) -> (String, PathBuf) {
    let handle = handle(number);
    let ws = sandbox.path("worktrees").join(&handle);
    match way {
        Way::Plain => {
            let branch = format!("agent/{handle}");
            sandbox.write("worktrees/.gitignore", "*\n");
            let at = ws.to_string_lossy();
            sandbox.git(&["worktree", "add", "-q", "-b", &branch, &at]);
        }
        Way::Maos(_) => {
            let worker = sandbox.worker(&format!("a{number}"));
            assert_eq!((&worker.tree, &worker.handle), (&ws, &handle));
            fs::remove_file(worker.path("made.txt")).expect("the file");
        }
    }
    (handle, ws)
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(["-a", "--"])
        .args([from.join("."), to.to_owned()])
        .status();
    assert!(
        status.is_ok_and(|s| s.success()),
        "cp -a {}",
        from.display()
    );
}

fn remove(path: &Path) {
    let once = || match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    for _ in 0..50 {
        if once().is_ok() {
            return;
        }
        let _ = Command::new("chmod")
            .args(["-R", "u+rwX"])
            .arg(path)
            .status();
        std::thread::sleep(Duration::from_millis(20));
    }
    once().unwrap_or_else(|e| panic!("{} can't be removed: {e}", path.display()));
}
