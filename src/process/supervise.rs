//! A child that this process stands around until it ends.
//!
//! Signals that are meant to end it are handed on, so that whoever ends the
//! supervisor ends the child; the supervisor itself goes on to what is to be done
//! after the child.

use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// The child that signals go to; 0 before it runs.
static CHILD: AtomicI32 = AtomicI32::new(0);

const HANDED_ON: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Ended {
    /// Ends this process in the same way; returns the exit code where it was one.
    pub fn follow(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                128 + signal
            }
        }
    }
}

/// Runs a command to its end. `first` runs in the child, so that what it asks of
/// the kernel holds for the child alone. Meanwhile requests are answered.
pub(super) fn run(
    mut command: Command,
    first: impl FnOnce() -> Result<(), String> + Send + Sync + 'static,
    beside: &mut Option<Beside>,
) -> Result<Ended, String> {
    hand_on_signals();
    before(&mut command, first);
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    CHILD.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
    if let Some(beside) = beside.take() {
        beside.answer_until_end(&child);
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    CHILD.store(0, Ordering::SeqCst);
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    let code = || Ended::Code(status.code().unwrap_or(1));
    Ok(signal.map_or_else(code, Ended::Signal))
}

/// What is answered while a child runs.
pub struct Beside {
    /// Where requests come in.
    pub channel: OwnedFd,
    /// Answers one that is there, or comes; `false` where none will come any more.
    pub answer: Box<dyn FnMut(&OwnedFd) -> bool + Send>,
}

impl Beside {
    /// Returns when the child has ended; at once where others answer meanwhile.
    fn answer_until_end(mut self, child: &Child) {
        #[cfg(target_os = "linux")]
        if let Some(child) = rustix::process::Pid::from_raw(child.id().cast_signed())
            && let Ok(ended) =
                rustix::process::pidfd_open(child, rustix::process::PidfdFlags::empty())
        {
            self.answer_until(&ended);
            return;
        }
        let _ = child;
        let serve = move || while (self.answer)(&self.channel) {};
        let _ = std::thread::Builder::new().spawn(serve);
    }

    /// In this thread: one more would cost more than all the rest.
    #[cfg(target_os = "linux")]
    fn answer_until(&mut self, ended: &OwnedFd) {
        use rustix::event::{PollFd, PollFlags, poll};
        let mut open = true;
        loop {
            let mut looked = [
                PollFd::new(ended, PollFlags::IN),
                PollFd::new(&self.channel, PollFlags::IN),
            ];
            let count = if open { 2 } else { 1 };
            match poll(&mut looked[..count], None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
            }
            let asked = !looked[1].revents().is_empty();
            if !looked[0].revents().is_empty() {
                return;
            }
            if open && asked {
                open = (self.answer)(&self.channel);
            }
        }
    }
}

fn hand_on_signals() {
    for signal in HANDED_ON {
        let hand_on = move || {
            let child = CHILD.load(Ordering::SeqCst);
            match rustix::process::Pid::from_raw(child) {
                Some(child) => {
                    if let Some(signal) = rustix::process::Signal::from_named_raw(signal) {
                        let _ = rustix::process::kill_process(child, signal);
                    }
                }
                None => signal_hook::low_level::exit(128 + signal),
            }
        };
        #[expect(unsafe_code, reason = "a handler has to be declared safe for signals")]
        // SAFETY: an atomic load, kill(2) and _exit(2) are safe in a handler.
        let _ = unsafe { signal_hook::low_level::register(signal, hand_on) };
    }
}

/// In one call, where the kernel has it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn at_once() -> bool {
    const FLAG: libc::c_uint = libc::CLOSE_RANGE_CLOEXEC;
    #[expect(unsafe_code, reason = "no library offers this")]
    // SAFETY: the descriptors are only flagged.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, FLAG) == 0
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn at_once() -> bool {
    false
}

/// What this process inherited beyond the three streams is closed for the child:
/// a descriptor that was opened before the walls went up stays writable.
pub fn close_on_exec() {
    if at_once() {
        return;
    }
    let Ok(entries) = std::fs::read_dir("/dev/fd") else {
        return;
    };
    for entry in entries.flatten() {
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok());
        if let Some(number) = number.filter(|number| *number > 2) {
            #[expect(unsafe_code, reason = "the descriptor is not ours to own")]
            // SAFETY: it is only flagged; one that is closed by now is refused.
            let fd = unsafe { rustix::fd::BorrowedFd::borrow_raw(number) };
            let _ = rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC);
        }
    }
}

/// What the child does before it becomes the command. A supervisor that is killed
/// hands nothing on: then the kernel ends the child.
fn before(
    command: &mut Command,
    first: impl FnOnce() -> Result<(), String> + Send + Sync + 'static,
) {
    use std::os::unix::process::CommandExt;
    let mut first = Some(first);
    let before = move || {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        let put_up = first.take().map_or(Ok(()), |first| first());
        put_up.map_err(|_| rustix::io::Errno::PERM.into())
    };
    #[expect(
        unsafe_code,
        reason = "what runs between fork and exec has to be declared safe"
    )]
    // SAFETY: system calls; what is allocated for an error is safe after fork(3).
    unsafe {
        command.pre_exec(before);
    }
}
