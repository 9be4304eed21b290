//! One child process, run to its end.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How long a child may run where nothing else is said.
const DEFAULT_LIMIT: Duration = Duration::from_secs(90);

/// How long after a child's end its output is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// A child process to be run.
#[derive(Debug, Clone)]
pub struct Cmd {
    pub(super) program: OsString,
    pub(super) args: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Vec<(OsString, Option<OsString>)>,
    input: Option<Vec<u8>>,
    limit: Duration,
    within: Option<Within>,
}

/// What is asked of the kernel for the thread that a child comes from.
#[derive(Clone)]
struct Within(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Within {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Within")
    }
}

/// What a child left.
#[derive(Debug)]
pub struct Output {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its stdout.
    pub stdout: Vec<u8>,
    /// Its stderr.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it ended with 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Its stdout as text, without the last line break.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout)
            .trim_end_matches(['\n', '\r'])
            .to_owned()
    }

    /// The first lines of its stderr.
    pub fn message(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let text = text.trim();
        text.lines().take(4).collect::<Vec<_>>().join("; ")
    }
}

impl Cmd {
    /// A program, by path or found on `PATH`.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            dir: None,
            env: Vec::new(),
            input: None,
            limit: DEFAULT_LIMIT,
            within: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// What it reads on stdin.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// How long it may run.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts it from a thread of its own, in which `first` runs before.
    #[must_use]
    pub fn within(mut self, first: impl Fn() + Send + Sync + 'static) -> Self {
        self.within = Some(Within(Arc::new(first)));
        self
    }

    fn spawn(&self, mut command: Command) -> std::io::Result<Child> {
        let Some(Within(first)) = &self.within else {
            return command.spawn();
        };
        thread::scope(|scope| {
            let spawned = scope.spawn(|| {
                first();
                command.spawn()
            });
            let failed = |_| Err(std::io::Error::other("its thread failed"));
            spawned.join().unwrap_or_else(failed)
        })
    }

    pub(super) fn command(&self) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs it with its output handed through, and returns its exit code.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn run_through(&self) -> Result<i32> {
        let status = self
            .command()
            .status()
            .map_err(|e| self.failed(e.to_string()))?;
        Ok(status.code().unwrap_or(1))
    }

    /// Runs it to its end. A child that ends with another code than 0 is no
    /// error here.
    ///
    /// # Errors
    /// Where it can't be started, or ran past its limit and was ended.
    pub fn output(&self) -> Result<Output> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        own_group(&mut command);
        let spawned = self.spawn(command);
        let mut child = spawned.map_err(|e| self.failed(e.to_string()))?;
        if let Some((mut stdin, bytes)) = child.stdin.take().zip(self.input.clone()) {
            // A child that reads nothing closes its end; what it says counts.
            thread::spawn(move || stdin.write_all(&bytes));
        }
        let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let code = self.wait(&mut child)?;
        Ok(Output {
            code,
            stdout: drained(&out),
            stderr: drained(&err),
        })
    }

    fn wait(&self, child: &mut Child) -> Result<Option<i32>> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status.code()),
                Ok(None) if start.elapsed() >= self.limit => {
                    end_group(child);
                    return Err(self.failed(format!("not done after {}s", self.limit.as_secs())));
                }
                Ok(None) => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(10));
                }
                Err(e) => return Err(self.failed(e.to_string())),
            }
        }
    }

    pub(super) fn failed(&self, message: String) -> Error {
        Error::Process {
            program: self.program.to_string_lossy().into_owned(),
            message,
        }
    }
}

/// Reads a pipe to its end, aside.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut chunk = vec![0; 16 << 10];
        while let Ok(got) = pipe.read(&mut chunk) {
            if got == 0 || send.send(chunk[..got].to_vec()).is_err() {
                break;
            }
        }
    });
    receive
}

/// What came through a pipe. A grandchild that holds it open after the child's
/// end is not waited for.
fn drained(pipe: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(chunk) = pipe.recv_timeout(GRACE) {
        bytes.extend(chunk);
    }
    bytes
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn end_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
