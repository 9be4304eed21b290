//! One case in one world.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::corpus::{Backend, Case, World, programs};
use crate::outsiders::{Helper, Victim};
use crate::snapshot::{self, Area, Snapshot};
use crate::support::{Event, Sandbox};

/// A world and what stands in it in the beginning.
pub struct Field {
    pub backend: Backend,
    world: World,
    before: Snapshot,
    with_metadata: Snapshot,
    history: String,
}

/// How a command is run.
#[derive(Clone, Copy)]
enum Manner {
    /// With its text encoded, so that no path of it is exchanged and the kernel
    /// is what holds it.
    Hidden,
    /// As it stands, like models write.
    Written,
    /// Without MAOS.
    ByHand,
}

/// What became of a case.
#[derive(Debug)]
pub enum Verdict {
    /// A program is missing.
    Skipped(String),
    /// What was changed; nothing where it was held. `armed` says of a trap
    /// whether it would have caught a host that takes no care.
    Ran {
        changed: Vec<(Area, String)>,
        armed: bool,
        said: String,
    },
}

impl Field {
    pub fn new(backend: Backend) -> Self {
        let mut world = crate::scene::world(backend);
        world.reset();
        Self {
            before: snapshot::take(&world, false),
            with_metadata: snapshot::take(&world, true),
            history: snapshot::history(&world),
            backend,
            world,
        }
    }

    pub fn judge(&mut self, case: &Case) -> Verdict {
        if let Some(need) = case.words("needs").find(|need| !programs::has(need)) {
            return Verdict::Skipped(need.to_owned());
        }
        let watches = |area: Area| case.words("watch").any(|w| Area::parse(w) == Some(area));
        let metadata = watches(Area::Metadata);
        let (mut changed, said) = self.attack(case, metadata, Manner::Hidden);
        if self.backend != Backend::Off && changed.is_empty() {
            changed = self.attack(case, metadata, Manner::Written).0;
        }
        let mut armed = false;
        if watches(Area::Trap) {
            self.look();
            changed.extend(self.changed_by_host());
            if self.backend == Backend::Off && changed.is_empty() {
                self.attack(case, false, Manner::ByHand);
                self.look_carelessly();
                armed = self.mark().exists();
            }
        }
        Verdict::Ran {
            changed,
            armed,
            said,
        }
    }

    /// What is different, but for objects that were only packed anew.
    fn changes(&self, metadata: bool) -> Vec<(Area, String)> {
        let before = if metadata {
            &self.with_metadata
        } else {
            &self.before
        };
        let mut found = snapshot::changes(before, &snapshot::take(&self.world, metadata));
        if found.iter().any(|(area, _)| *area == Area::History)
            && snapshot::history(&self.world) == self.history
        {
            found.retain(|(area, _)| *area != Area::History);
        }
        found
    }

    fn mark(&self) -> PathBuf {
        self.world.sandbox.top().join("outside/mark")
    }

    /// Runs the command, and says what it changed.
    fn attack(
        &mut self,
        case: &Case,
        metadata: bool,
        manner: Manner,
    ) -> (Vec<(Area, String)>, String) {
        self.world.reset();
        let top = self.world.sandbox.top();
        let names = |what: &str| case.command.contains(what);
        let helper =
            (names("{sock}") || names("{port}")).then(|| Helper::start(&top.join("outside")));
        let mut victim =
            (names("{pid}") || watches_process(case)).then(|| Victim::start(&self.world));
        let command = self.expand(&case.command, helper.as_ref(), victim.as_ref());
        let (run, command): (fn(&World, _, _) -> _, _) = match manner {
            Manner::Hidden => (World::run, hidden(&command)),
            Manner::Written => (World::run, command),
            Manner::ByHand => (World::run_by_hand, command),
        };
        let outcome = run(&self.world, &command, &mut |call| {
            if case.get("fd").is_some() {
                give_a_descriptor(call, &top.join("repo/p.txt"));
            }
        });
        let later = case
            .get("later")
            .map_or(0, |ms| ms.parse().expect("milliseconds"));
        let started = Instant::now();
        let mut changed = loop {
            let changed = self.changes(metadata);
            if !changed.is_empty() || started.elapsed() >= Duration::from_millis(later) {
                break changed;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        if victim.as_mut().is_some_and(|v| !v.is_well()) {
            changed.push((Area::Process, "killed, stopped or moved".into()));
        }
        // What the command itself ran counts by what it changed.
        let _ = std::fs::remove_file(self.mark());
        (changed, format!("{:?} {}", outcome.code, outcome.stderr))
    }

    /// What a user and MAOS do next.
    fn look(&self) {
        let sandbox = &self.world.sandbox;
        for args in [&["status"][..], &["worktree-list"], &["session-info"]] {
            sandbox.maos(args);
        }
        git(sandbox, &sandbox.repo, &["status"]);
        sandbox.hook(&Event::new("SubagentStop").of("a1", "coder"));
        sandbox.maos(&["status"]);
        git(sandbox, &sandbox.repo, &["status"]);
        git(sandbox, &sandbox.repo, &["log", "-1", "-p", "--all"]);
        sandbox.maos(&["session-cleanup"]);
        sandbox.hook(&Event::new("SessionEnd"));
    }

    /// Git as a user would run it who knows nothing of agents.
    fn look_carelessly(&self) {
        let (sandbox, ws) = (&self.world.sandbox, self.world.ws());
        for args in [
            &["status"][..],
            &["diff"],
            &["add", "-A"],
            &["commit", "-qm", "x"],
            &["status"],
            &["diff"],
            &["log", "-1", "-p"],
            &["checkout", "-q", "--", "."],
            &["switch", "-q", "-c", "careless"],
            &["stash"],
            &["fetch", "origin"],
            &["submodule", "update"],
            &["push", "origin", "HEAD:refs/heads/x"],
        ] {
            git(sandbox, ws, args);
        }
    }

    /// What the host did to itself when it looked.
    fn changed_by_host(&self) -> Vec<(Area, String)> {
        let mut changed = self.changes(false);
        changed.retain(|(area, name)| {
            let by_maos = name == "repo/.git/objects/info/alternates";
            let counts = matches!(
                area,
                Area::Content | Area::Config | Area::Hooks | Area::History
            );
            (counts && !by_maos)
                || (*area == Area::Refs && name.starts_with("repo/.git/refs/heads"))
        });
        if self.mark().exists() {
            changed.push((Area::Trap, "a planted program ran".into()));
        }
        changed
    }

    fn expand(&self, command: &str, helper: Option<&Helper>, victim: Option<&Victim>) -> String {
        let (world, sandbox) = (&self.world, &self.world.sandbox);
        let outside = sandbox.top().join("outside");
        let worktrees = sandbox.path("worktrees");
        let scripts = world.ws().join("tools");
        let trap = format!(
            "printf '#!/bin/sh\\ntouch %s\\ntimeout 2 cat\\n' {} > {}/trap.sh; chmod +x {}/trap.sh\n",
            self.mark().display(),
            world.ws().display(),
            world.ws().display()
        );
        let mut text = command.to_owned();
        if text.contains("{trap}") {
            text = trap + &text;
        }
        for (name, value) in [
            ("{main}", sandbox.repo.display().to_string()),
            ("{ws}", world.ws().display().to_string()),
            (
                "{admin}",
                sandbox
                    .path(".maos/git")
                    .join(&world.handle)
                    .join("worktrees")
                    .join(&world.handle)
                    .display()
                    .to_string(),
            ),
            (
                "{other}",
                worktrees.join(world.other()).display().to_string(),
            ),
            ("{handle}", world.handle.clone()),
            ("{other_handle}", world.other()),
            ("{home}", sandbox.home.display().to_string()),
            ("{outside}", outside.display().to_string()),
            ("{trap}", world.ws().join("trap.sh").display().to_string()),
            ("{scripts}", scripts.display().to_string()),
            ("{sock}", outside.join("helper.sock").display().to_string()),
            ("{port}", helper.map_or(0, |h| h.port).to_string()),
            ("{pid}", victim.map_or(0, Victim::id).to_string()),
        ] {
            text = text.replace(name, &value);
        }
        text
    }
}

fn hidden(command: &str) -> String {
    use std::fmt::Write as _;
    let text = command.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\x{byte:02x}");
        text
    });
    format!("eval $'{text}'")
}

fn watches_process(case: &Case) -> bool {
    case.words("watch").any(|w| w == "process")
}

fn git(sandbox: &Sandbox, dir: &Path, args: &[&str]) {
    let mut command = sandbox.command("timeout", &sandbox.top());
    let _ = command
        .args(["10", "git", "-C"])
        .arg(dir)
        .args(args)
        .output()
        .expect("git");
}

/// The call with a descriptor on a file of the main checkout, as a careless
/// parent leaves one open.
fn give_a_descriptor(call: &mut Command, file: &Path) {
    let program = call.get_program().to_owned();
    let args: Vec<_> = call.get_args().map(ToOwned::to_owned).collect();
    let mut outer = Command::new("bash");
    outer
        .env_clear()
        .arg0("bash")
        .args(["-c", "exec 9>>\"$0\"; exec \"$@\""]);
    outer.arg(file).arg(program).args(args);
    for (name, value) in call.get_envs() {
        if let Some(value) = value {
            outer.env(name, value);
        }
    }
    if let Some(dir) = call.get_current_dir() {
        outer.current_dir(dir);
    }
    *call = outer;
}
