//! The event on stdin: at most [`MAX_BYTES`], at most [`PATIENCE`].

use std::time::{Duration, Instant};

use crate::protocol::input::MAX_BYTES;

/// How long the whole input may take, below every time limit of a hook.
const PATIENCE: Duration = Duration::from_secs(4);

/// Room for an ordinary event.
const FIRST: usize = 8 << 10;

/// Reads stdin to its end.
pub(super) fn read() -> Result<Vec<u8>, String> {
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = Vec::with_capacity(FIRST);
    loop {
        wait(deadline)?;
        bytes.reserve(FIRST / 2);
        match more(&mut bytes) {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() > MAX_BYTES => {
                return Err(format!("the input is larger than {} MiB", MAX_BYTES >> 20));
            }
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(format!("stdin can't be read: {e}")),
        }
    }
}

/// Reads into what the buffer has left, without clearing it first: a page that
/// is not needed is never touched.
#[cfg(unix)]
fn more(bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    Ok(rustix::io::read(
        rustix::stdio::stdin(),
        rustix::buffer::spare_capacity(bytes),
    )?)
}

#[cfg(not(unix))]
fn more(bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    use std::io::Read;
    let left = (bytes.capacity() - bytes.len()) as u64;
    std::io::stdin().take(left).read_to_end(bytes)
}

#[cfg(unix)]
fn wait(deadline: Instant) -> Result<(), String> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = rustix::stdio::stdin();
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
