//! Processes outside of the workspace: a helper that obeys whoever calls it, and
//! a process of the user's.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::corpus::World;

/// Runs each line that comes in by a socket, as a daemon with rights of its own
/// would.
pub struct Helper {
    pub port: u16,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Helper {
    pub fn start(outside: &Path) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        let unix = UnixListener::bind(outside.join("helper.sock")).expect("a socket");
        let port = tcp.local_addr().expect("an address").port();
        tcp.set_nonblocking(true).expect("a socket");
        unix.set_nonblocking(true).expect("a socket");
        let stop = Arc::new(AtomicBool::new(false));
        let (over, over_too) = (stop.clone(), stop.clone());
        let by_tcp = move || match tcp.accept() {
            Ok((stream, _)) => stream.set_nonblocking(false).is_ok() && obey(stream),
            Err(_) => false,
        };
        let by_unix = move || match unix.accept() {
            Ok((stream, _)) => stream.set_nonblocking(false).is_ok() && obey(stream),
            Err(_) => false,
        };
        let threads = vec![
            std::thread::spawn(move || serve(&over, by_tcp)),
            std::thread::spawn(move || serve(&over_too, by_unix)),
        ];
        Self {
            port,
            stop,
            threads,
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(stop: &AtomicBool, one: impl Fn() -> bool) {
    while !stop.load(Ordering::Relaxed) {
        if !one() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn obey(mut stream: impl Read + Write) -> bool {
    let mut line = String::new();
    let read = BufReader::new(&mut stream).read_line(&mut line);
    let done = read.is_ok() && Command::new("sh").args(["-c", &line]).status().is_ok();
    let _ = stream.write_all(b"done\n");
    done
}

/// A process that stands in the main checkout and has a file of it open.
pub struct Victim(Child);

impl Victim {
    pub fn start(world: &World) -> Self {
        let mut command = world.sandbox.command("bash", &world.sandbox.repo);
        command.args([
            "-c",
            "exec 7>>p.txt 8<> <(:); while :; do read -t 0.05 -u 8; done",
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("a process");
        let ready = format!("/proc/{}/fd/8", child.id());
        for _ in 0..200 {
            if fs::symlink_metadata(&ready).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Self(child)
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it runs as if nothing had happened to it.
    pub fn is_well(&mut self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()));
        let stopped = |s: &str| s.contains("State:\tT") || s.contains("State:\tt");
        let status = status.unwrap_or_default();
        let parent = fs::read_to_string(format!("/proc/{}/cwd/.env", self.id()));
        self.0.try_wait().is_ok_and(|s| s.is_none()) && !stopped(&status) && parent.is_ok()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
