//! The start of the process on Linux with glibc, in place of the one of Rust's
//! runtime.
//!
//! That one reads `/proc/self/maps` and sets up a handler that tells a stack
//! overflow from other faults, for an eighth of the hook's whole time. What else
//! it does is done here: SIGPIPE is ignored, so that a child that reads no input
//! can't end the hook by a signal (which would let the call run), and closed
//! standard streams are opened, so that no state file becomes stdout.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::stdio;

#[expect(unsafe_code, reason = "the linker's entry point has to be named so")]
#[unsafe(no_mangle)]
extern "C" fn main(_argc: i32, _argv: *const *const u8) -> i32 {
    open_streams();
    ignore_broken_pipes();
    crate::run()
}

#[expect(unsafe_code, reason = "no library offers this without")]
fn ignore_broken_pipes() {
    // SAFETY: ignoring a signal installs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

fn open_streams() {
    let streams = [stdio::stdin(), stdio::stdout(), stdio::stderr()];
    let mut looked = streams.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::empty()));
    if poll(&mut looked, Some(&Timespec::default())).is_err() {
        return;
    }
    for fd in &looked {
        if fd.revents().contains(PollFlags::NVAL) {
            // The lowest free descriptor is the one that is missing.
            if let Ok(null) = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()) {
                std::mem::forget(null);
            }
        }
    }
}
