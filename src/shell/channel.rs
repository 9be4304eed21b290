//! The way from inside of the walls to the supervisor outside: one descriptor,
//! whose number `MAOS_FD` names.
//!
//! Format: one datagram a request, the JSON of its arguments
//! (`["status", "--json"]`), with three descriptors (unix(7), `SCM_RIGHTS`): where
//! stdout and stderr go, and where the exit code is written as decimal digits.
//! `maos` in an agent's command sends its own arguments when it is one of
//! [`SERVED`]; the supervisor runs it outside, as that agent. What the request
//! says of who it comes from does not count.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread;

use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use crate::config::env;
use crate::error::exit;
use crate::process::{Beside, Cmd};

/// Commands that only look.
const SERVED: [&str; 4] = ["status", "session-list", "session-info", "worktree-list"];

/// A longer request is none.
const MAX_BYTES: usize = 64 << 10;

/// The end that the command inherits.
pub(super) struct Channel(OwnedFd);

impl Channel {
    /// The number that the command finds in `MAOS_FD`.
    pub(super) fn number(&self) -> String {
        self.0.as_raw_fd().to_string()
    }
}

/// Opens one, with what the supervisor does with its own end while the command
/// runs.
pub(super) fn open(agent: &str, main: &Path) -> (Option<Channel>, Option<Beside>) {
    let kind = if cfg!(target_os = "linux") {
        SocketType::SEQPACKET
    } else {
        SocketType::DGRAM
    };
    let pair = socketpair(AddressFamily::UNIX, kind, SocketFlags::empty(), None);
    let Ok((channel, inner)) = pair else {
        return (None, None);
    };
    if fcntl_setfd(&channel, FdFlags::CLOEXEC).is_err() {
        return (None, None);
    }
    let (agent, main) = (agent.to_owned(), main.to_owned());
    let answer = move |outer: &OwnedFd| serve(outer, &agent, &main).is_some();
    let answer = Box::new(answer);
    (Some(Channel(inner)), Some(Beside { channel, answer }))
}

/// Answers one request; `None` where nobody is left who could ask.
fn serve(outer: &OwnedFd, agent: &str, main: &Path) -> Option<()> {
    let mut bytes = vec![0; MAX_BYTES];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let flags = RecvFlags::empty();
    let received = loop {
        match recvmsg(outer, &mut parts, &mut ancillary, flags) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other.ok()?,
        }
    };
    let mut fds: Vec<OwnedFd> = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            fds.extend(rights);
        }
    }
    for fd in &fds {
        let _ = fcntl_setfd(fd, FdFlags::CLOEXEC);
    }
    if received.bytes == 0 && fds.is_empty() {
        return None;
    }
    let request = bytes[..received.bytes].to_vec();
    if let Ok([stdout, stderr, reply]) = <[OwnedFd; 3]>::try_from(fds) {
        let (agent, main) = (agent.to_owned(), main.to_owned());
        // One that takes long keeps nobody else waiting.
        thread::spawn(move || {
            let code = run(&request, &agent, &main, stdout, stderr);
            let _ = File::from(reply).write_all(code.to_string().as_bytes());
        });
    }
    Some(())
}

fn run(request: &[u8], agent: &str, main: &Path, stdout: OwnedFd, stderr: OwnedFd) -> i32 {
    let args: Option<Vec<String>> = serde_json::from_slice(request).ok();
    let Some(args) = args.filter(|args| is_served(args)) else {
        let _ = File::from(stderr).write_all(b"maos: that is not for agents\n");
        return exit::FAILED;
    };
    let Ok(own) = std::env::current_exe() else {
        return exit::FAILED;
    };
    let cmd = Cmd::new(program(&own))
        .args(args)
        .dir(main)
        .env(env::AGENT, agent)
        .without_env(env::CHANNEL);
    cmd.run_to(stdout, stderr).unwrap_or(exit::FAILED)
}

/// `maos`, whatever name this process was started by.
fn program(own: &Path) -> PathBuf {
    let beside = own.with_file_name("maos");
    let is_shell = own.file_stem().is_some_and(|stem| stem == super::NAME);
    if is_shell { beside } else { own.to_owned() }
}

fn is_served(args: &[String]) -> bool {
    args.first()
        .is_some_and(|first| SERVED.contains(&first.as_str()))
}

/// Has the supervisor run these arguments of `maos`, and returns the exit code;
/// `None` where there is none, or it does not run them.
pub fn ask(args: &[String]) -> Option<i32> {
    let number = env::channel().filter(|_| is_served(args))?;
    #[expect(unsafe_code, reason = "the descriptor was inherited")]
    // SAFETY: it is only sent to; where it is none, that fails.
    let channel = unsafe { BorrowedFd::borrow_raw(number) };
    let (read, write) = rustix::pipe::pipe().ok()?;
    let request = serde_json::to_vec(args).ok()?;
    let (stdout, stderr) = (rustix::stdio::stdout(), rustix::stdio::stderr());
    let fds = [stdout, stderr, write.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(3))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&fds)) {
        return None;
    }
    let parts = [IoSlice::new(&request)];
    let flags = if cfg!(target_os = "linux") {
        SendFlags::NOSIGNAL
    } else {
        SendFlags::empty()
    };
    sendmsg(channel, &parts, &mut ancillary, flags).ok()?;
    drop(write);
    let mut code = String::new();
    File::from(read).read_to_string(&mut code).ok()?;
    code.parse().ok()
}
