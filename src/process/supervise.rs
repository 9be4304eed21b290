//! A child that this process stands around until it ends.
//!
//! Signals that are meant to end it are handed on, so that whoever ends the
//! supervisor ends the child; the supervisor itself goes on to what is to be done
//! after the child.

use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// The child that signals go to; 0 before it runs.
static CHILD: AtomicI32 = AtomicI32::new(0);

const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

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

/// Runs a command to its end. `first` runs in the thread that the child comes
/// from, so that what the kernel holds a thread to holds for the child alone.
pub(super) fn run(
    mut command: Command,
    first: impl FnOnce() -> Result<(), String> + Send,
) -> Result<Ended, String> {
    hand_on_signals();
    die_with_parent(&mut command);
    let run = move || {
        first()?;
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        CHILD.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
        let status = child.wait().map_err(|e| e.to_string())?;
        CHILD.store(0, Ordering::SeqCst);
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        let code = || Ended::Code(status.code().unwrap_or(1));
        Ok(signal.map_or_else(code, Ended::Signal))
    };
    std::thread::scope(|scope| {
        let ran = scope.spawn(run).join();
        ran.unwrap_or_else(|_| Err("its supervisor failed".to_owned()))
    })
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

/// What this process inherited beyond the three streams is closed for the child:
/// a descriptor that was opened before the walls went up stays writable.
pub fn close_on_exec() {
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

/// A supervisor that is killed hands nothing on: then the kernel ends the child.
#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let before = || {
        let signal = Some(rustix::process::Signal::KILL);
        rustix::process::set_parent_process_death_signal(signal).map_err(Into::into)
    };
    #[expect(
        unsafe_code,
        reason = "what runs between fork and exec has to be declared safe"
    )]
    // SAFETY: one system call and no allocation.
    unsafe {
        command.pre_exec(before);
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}
