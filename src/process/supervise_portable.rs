//! A child that this process stands around until it ends, where there are no
//! signals to hand on.

use std::process::Command;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
}

impl Ended {
    /// The exit code.
    pub fn follow(self) -> i32 {
        let Self::Code(code) = self;
        code
    }
}

/// Descriptors are not inherited here.
pub fn close_on_exec() {}

/// What is answered while a child runs: nothing here.
pub enum Beside {}

/// Runs a command to its end, after `first`.
pub(super) fn run(
    mut command: Command,
    first: impl FnOnce() -> Result<(), String> + Send,
    _: &mut Option<Beside>,
) -> Result<Ended, String> {
    first()?;
    let status = command.status().map_err(|e| e.to_string())?;
    Ok(Ended::Code(status.code().unwrap_or(1)))
}
