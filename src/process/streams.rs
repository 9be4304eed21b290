//! Other ways to run a child than to its end with its output read: with streams
//! that go elsewhere, under supervision, or in the place of this process.

use std::ffi::OsString;
#[cfg(unix)]
use std::process::Stdio;

use super::Cmd;
#[cfg(unix)]
use crate::error::Error;
use crate::error::Result;

impl Cmd {
    /// Runs it with its output going elsewhere, and returns its exit code.
    ///
    /// # Errors
    /// Where it can't be started.
    #[cfg(unix)]
    pub fn run_to(
        &self,
        stdout: std::os::fd::OwnedFd,
        stderr: std::os::fd::OwnedFd,
    ) -> Result<i32> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let status = command.status().map_err(|e| self.failed(e.to_string()))?;
        Ok(status.code().unwrap_or(1))
    }

    /// Runs it with its output handed through, as its supervisor. What `first`
    /// asks of the kernel holds for the child alone; `beside` is taken where the
    /// child could be started.
    ///
    /// # Errors
    /// Where `first` fails, or it can't be started.
    pub fn supervise(
        &self,
        first: impl FnOnce() -> Result<(), String> + Send + Sync + 'static,
        beside: &mut Option<super::Beside>,
    ) -> Result<super::Ended> {
        super::supervise::run(self.command(), first, beside).map_err(|e| self.failed(e))
    }

    /// The program with its arguments.
    pub fn line(&self) -> Vec<OsString> {
        let program = std::iter::once(self.program.clone());
        program.chain(self.args.iter().cloned()).collect()
    }

    /// The same place and environment, with another program and arguments.
    #[must_use]
    pub fn with_line(mut self, line: Vec<OsString>) -> Self {
        let mut line = line.into_iter();
        self.program = line.next().unwrap_or_default();
        self.args = line.collect();
        self
    }

    /// Becomes the program; returns only where that fails.
    #[cfg(unix)]
    pub fn become_it(&self) -> Error {
        use std::os::unix::process::CommandExt;
        let error = self.command().exec();
        self.failed(error.to_string())
    }
}
