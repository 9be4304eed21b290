//! Child processes, and whether a process still lives.
//!
//! Every child goes through [`Cmd`]: no inherited `GIT_*`, stdin closed, a time
//! limit, its whole process group ended when the limit is reached.

pub mod cmd;
pub mod identity;
mod streams;
#[cfg(unix)]
mod supervise;
#[cfg(not(unix))]
#[path = "supervise_portable.rs"]
mod supervise;

pub use cmd::{Cmd, Output};
pub use identity::{above_started_with, alive, client_of, git_runs_in, parent_id, standing_in};
pub use supervise::{Beside, Ended, close_on_exec};
