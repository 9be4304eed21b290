//! A directory that leads elsewhere from one moment to the next, while an agent
//! writes through it: what reaches the main checkout all the same is told.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::support::{Actor, Sandbox};

/// Hook calls, before writes and after them.
const CALLS: usize = 1_000;
const FLIPS: usize = 10_000;

/// What became of the writes.
#[derive(Default)]
struct Seen {
    calls: usize,
    denied: usize,
    /// Files whose write was told of.
    told: BTreeSet<PathBuf>,
}

struct World {
    sandbox: Sandbox,
    own: PathBuf,
}

fn world() -> World {
    let sandbox = Sandbox::new().started_in("");
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("inside/made.txt", "made\n");
    let own = agent.workspace();
    World { sandbox, own }
}

impl World {
    fn agent(&self) -> Actor<'_> {
        Actor::new(&self.sandbox, "a1", "coder")
    }

    /// One write as the client does it; `between` happens after the check.
    fn write(&self, path: &Path, seen: &mut Seen, between: impl Fn()) {
        let agent = self.agent();
        let input = json!({"file_path": path, "content": "x"});
        let run = agent.pre("Write", input).success();
        seen.calls += 1;
        let to = if run.stdout.is_empty() {
            path.to_owned()
        } else if run.specific("updatedInput").is_null() {
            run.denied();
            seen.denied += 1;
            return;
        } else {
            PathBuf::from(run.updated("file_path"))
        };
        between();
        if fs::write(&to, "x").is_err() {
            return;
        }
        between();
        let input = json!({"file_path": to, "content": "x"});
        let run = agent.post("Write", input, json!({"filePath": to}));
        seen.calls += 1;
        if run.stdout.contains("MAOS: ") {
            let name = to.file_name().expect("a name");
            seen.told.insert(PathBuf::from(name));
        }
    }

    /// Writes through `path` until there were enough calls, while `flip` goes on.
    fn play(&self, dir: &Path, flip: impl Fn(usize) + Sync) -> Seen {
        let (over, flips) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut seen = Seen::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let number = flips.fetch_add(1, Ordering::Relaxed);
                    flip(number);
                    // Now and then it stays for as long as a call takes.
                    let pause = [0, 40, 90, 400][number % 4] * u64::from(number % 64 != 0);
                    let long = if number % 64 == 0 { 5_000 } else { 0 };
                    thread::sleep(Duration::from_micros(pause + long));
                }
            });
            let mut number = 0;
            while seen.calls < CALLS || flips.load(Ordering::Relaxed) < FLIPS {
                self.write(&dir.join(format!("{number}.txt")), &mut seen, || {});
                number += 1;
            }
            over.store(true, Ordering::Relaxed);
        });
        assert!(seen.calls >= CALLS && flips.into_inner() >= FLIPS);
        seen
    }

    /// Names of the files that were written in the main checkout.
    fn reached(&self) -> BTreeSet<PathBuf> {
        let status = self
            .sandbox
            .git(&["status", "--porcelain", "--untracked-files=all"]);
        let names = status.lines().filter_map(|line| line.rsplit('/').next());
        names.map(PathBuf::from).collect()
    }

    /// Everything told is in the timeline and waits for the main conversation.
    fn assert_noted(&self, seen: &Seen) {
        let noted = self.sandbox.timeline();
        let breaches = noted.iter().filter(|e| e["event"] == "breach");
        assert_eq!(breaches.count(), seen.told.len());
        let news = Actor::main(&self.sandbox).hook("UserPromptSubmit").stdout;
        for name in &seen.told {
            assert!(
                news.contains(&format!("/{}", name.display())),
                "{}",
                name.display()
            );
        }
    }
}

#[test]
fn a_link_that_is_flipped_leads_no_write_out() {
    let world = world();
    let (link, next) = (world.own.join("link"), world.own.join("next"));
    let targets = [world.own.join("inside"), world.sandbox.path("src")];
    symlink(&targets[0], &link).unwrap();
    let seen = world.play(&link, |number| {
        symlink(&targets[number % 2], &next).unwrap();
        fs::rename(&next, &link).unwrap();
    });
    assert_eq!(world.reached(), BTreeSet::new());
    let written = |dir: &str| fs::read_dir(world.own.join(dir)).unwrap().count();
    assert!(
        written("inside") > 1 && written("src") > 1,
        "it led to both"
    );
    world.assert_noted(&seen);
}

#[test]
fn a_directory_that_is_exchanged_for_a_link_hides_no_write() {
    let world = world();
    let (dir, link) = (world.own.join("inside"), world.own.join("link"));
    symlink(world.sandbox.path("src"), &link).unwrap();
    let exchange = || renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).unwrap();
    let seen = world.play(&dir, |_| exchange());
    let reached = world.reached();
    let untold: Vec<_> = reached.difference(&seen.told).collect();
    assert!(untold.is_empty(), "{untold:?} of {}", reached.len());
    world.assert_noted(&seen);
}

#[test]
fn an_exchange_between_check_and_write_is_told_even_when_it_is_undone() {
    let world = world();
    let (dir, link) = (world.own.join("inside"), world.own.join("link"));
    symlink(world.sandbox.path("src"), &link).unwrap();
    let exchange = || renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).unwrap();
    let mut seen = Seen::default();
    world.write(&dir.join("out.txt"), &mut seen, exchange);
    let out = BTreeSet::from([PathBuf::from("out.txt")]);
    assert_eq!((world.reached(), &seen.told), (out.clone(), &out));
    world.assert_noted(&seen);
}
