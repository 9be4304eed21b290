//! The event on stdin: at most [`MAX_BYTES`], at most [`PATIENCE`].

use std::io::Read;
use std::time::{Duration, Instant};

use crate::protocol::input::MAX_BYTES;

/// How long the whole input may take, below every time limit of a hook.
const PATIENCE: Duration = Duration::from_secs(4);

/// How much is read at once: what a pipe holds.
const CHUNK: usize = 64 << 10;

/// Reads stdin to its end.
pub(super) fn read() -> Result<Vec<u8>, String> {
    let deadline = Instant::now() + PATIENCE;
    let mut input = std::io::stdin().lock();
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        wait(deadline)?;
        let had = bytes.len();
        bytes.resize(had + CHUNK, 0);
        let got = match input.read(&mut bytes[had..]) {
            Ok(got) => got,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => 0,
            Err(e) => return Err(format!("stdin can't be read: {e}")),
        };
        bytes.truncate(had + got);
        if got == 0 {
            return Ok(bytes);
        }
        if bytes.len() > MAX_BYTES {
            return Err(format!("the input is larger than {} MiB", MAX_BYTES >> 20));
        }
    }
}

#[cfg(unix)]
fn wait(deadline: Instant) -> Result<(), String> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(|e| e.to_string())?;
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Err("stdin was not closed in time".to_owned()),
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(format!("stdin can't be read: {e}")),
        }
    }
}

/// Without a way to wait for input there is no deadline but the client's own.
#[cfg(not(unix))]
fn wait(_: Instant) -> Result<(), String> {
    Ok(())
}
