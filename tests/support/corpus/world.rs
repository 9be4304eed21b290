//! A repository, a home and an agent's workspace in which a command runs as the
//! client runs it, put back as they were before every command.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Backend, Kept, programs};
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
    kept: Kept,
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
            .env("NPM_CONFIG_UPDATE_NOTIFIER", "false")
            .env("CLAUDE_CODE_SHELL_PREFIX", "/any/where/maos-shell");
        fill(&sandbox);
        if let Way::Maos(backend) = way {
            let dir = sandbox.home.join(".config/maos");
            fs::create_dir_all(&dir).expect("a directory");
            fs::write(dir.join("config.json"), backend.config()).expect("the configuration");
        }
        link_shell(&sandbox, parent);
        let mut made = (1..=agents).map(|n| workspace(&sandbox, way, n));
        let (handle, ws) = made.next().expect("an agent");
        made.for_each(drop);
        Self {
            way,
            handle,
            ws,
            kept: Kept::of(&sandbox.top()),
            printed: TempDir::new_in(parent).expect("a directory"),
            sandbox,
        }
    }

    pub fn ws(&self) -> &Path {
        &self.ws
    }

    /// The handle of the agent made as the second.
    pub fn other(&self) -> String {
        self.handle.replace("-sess-", "-2-sess-")
    }

    /// Puts everything back as it was.
    pub fn reset(&mut self) {
        self.kept.restore(&self.sandbox.top());
    }

    /// Runs a command as the client would run the agent's. `adjust` may change
    /// the call.
    pub fn run(&self, command: &str, adjust: &mut dyn FnMut(&mut Command)) -> Outcome {
        if self.way == Way::Plain {
            return self.run_by_hand(command, adjust);
        }
        let marked = format!("{command}\n# maos:{}", self.handle);
        let mut call = Actor::main(&self.sandbox).shell(wrapped(&marked));
        adjust(&mut call);
        self.await_end(&mut call, Duration::from_secs(60))
    }

    /// The same without `maos-shell`, as a user would in that directory.
    pub fn run_by_hand(&self, command: &str, adjust: &mut dyn FnMut(&mut Command)) -> Outcome {
        let mut call = self.sandbox.command("/bin/bash", &self.ws);
        call.arg("-c").arg(wrapped(command));
        call.env("SHELL", "/bin/bash")
            .env("CLAUDE_CODE_SESSION_ID", SESSION);
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

/// Where worlds are made: not below `/tmp`, which a sandbox may exchange for one
/// of the command's own.
pub fn scratch() -> PathBuf {
    let wanted = Path::new("/var/tmp");
    match TempDir::new_in(wanted) {
        Ok(_) => wanted.to_owned(),
        Err(_) => std::env::temp_dir(),
    }
}

/// `maos-shell`, and the binary under a name that is not below `/tmp` either.
fn link_shell(sandbox: &Sandbox, parent: &Path) {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let binary = BINARY.get_or_init(|| {
        let own = PathBuf::from(env!("CARGO_BIN_EXE_maos"));
        let at = parent.join(format!("maos-{}", std::process::id()));
        let _ = fs::remove_file(&at);
        if fs::hard_link(&own, &at).is_ok() {
            at
        } else {
            own
        }
    });
    symlink(binary, sandbox.top().join("maos-shell")).expect("a link");
}

/// Takes the name of the binary away again; no world is used from here on.
pub fn unlink_shell() {
    let _ = fs::remove_file(scratch().join(format!("maos-{}", std::process::id())));
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
