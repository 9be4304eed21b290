//! One run of `claude -p` in a scratch repository: environment, permission mode, deadline.
//!
//! The environment is cleared but for `PATH`, what the harness needs, and what the test adds: a variable of
//! another client would change what is seen.
#![expect(
    clippy::disallowed_methods,
    reason = "a test harness starts processes itself"
)]

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::api::Api;
use super::found::Client;
use super::outcome::Outcome;
use super::scratch::Scratch;

const DEADLINE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(20);

/// A run to be started; in permission mode `default` unless told otherwise.
pub struct Session<'a> {
    client: &'a Client,
    scratch: &'a Scratch,
    url: String,
    args: Vec<OsString>,
    deadline: Duration,
}

impl<'a> Session<'a> {
    pub fn new(client: &'a Client, scratch: &'a Scratch, api: &Api) -> Self {
        Self {
            client,
            scratch,
            url: api.url(),
            args: Vec::new(),
            deadline: DEADLINE,
        }
    }

    /// Asks about nothing.
    #[must_use]
    pub fn bypass(self) -> Self {
        self.arg("--dangerously-skip-permissions")
    }

    /// One more argument of `claude`, such as `--resume`.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// After this long the client and all that it started are killed; [`Outcome::assert_completed`] says so.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs the client to its end.
    #[track_caller]
    pub fn run(self, prompt: &str) -> Outcome {
        let (stdout, stderr) = (self.output("stdout"), self.output("stderr"));
        let mut command = Command::new(&self.client.binary);
        command
            .args(["-p", prompt, "--output-format", "stream-json", "--verbose"])
            .args(&self.args)
            .current_dir(&self.scratch.repo)
            .env_clear()
            .env("PATH", self.scratch.path_variable())
            .env("HOME", &self.scratch.home)
            .env("ANTHROPIC_BASE_URL", &self.url)
            .env("ANTHROPIC_API_KEY", "scripted")
            .env("IS_SANDBOX", "1")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null())
            .stdout(create(&stdout))
            .stderr(create(&stderr));
        own_process_group(&mut command);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.client.binary.display()));
        let status = wait(&mut child, self.deadline);
        // What the client left behind would go on writing into a directory that is about to go.
        kill_group(&child);
        Outcome::new(status, &read(&stdout), read(&stderr))
    }

    fn output(&self, name: &str) -> PathBuf {
        self.scratch.home.join(format!("client.{name}"))
    }
}

/// The exit status, or none when the deadline passed and the client was killed.
fn wait(child: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + deadline;
    loop {
        match child.try_wait().expect("the client can't be waited for") {
            Some(status) => return Some(status),
            None if Instant::now() < end => std::thread::sleep(POLL),
            None => {
                kill_group(child);
                child.wait().expect("the killed client can't be waited for");
                return None;
            }
        }
    }
}

#[cfg(unix)]
fn own_process_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_process_group(_command: &mut Command) {}

/// Kills what is left of the client's process group; nothing being left is the usual case.
fn kill_group(child: &Child) {
    let group = format!("-{}", child.id());
    drop(
        Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status(),
    );
}

fn create(path: &Path) -> File {
    File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}
