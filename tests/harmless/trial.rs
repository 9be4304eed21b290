//! One case in one world, and what it left.

use std::collections::BTreeMap;

use crate::corpus::{Case, World};
use crate::support::contents;

/// What a command left. Both trees have one name in it: a path of the main
/// checkout means the agent's own there, which is said once.
#[derive(Debug)]
pub struct Left {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    late: bool,
    tree: BTreeMap<String, (String, Vec<u8>)>,
}

pub fn run(world: &mut World, case: &Case) -> Left {
    world.reset();
    let sandbox = &world.sandbox;
    let (top, ws) = (sandbox.top(), world.ws().to_owned());
    let (top, ws) = (top.to_string_lossy(), ws.to_string_lossy());
    let mut command = case.command.clone();
    for (name, value) in [
        ("{main}", &*sandbox.repo.to_string_lossy()),
        ("{ws}", &ws),
        ("{home}", &sandbox.home.to_string_lossy()),
        ("{handle}", &world.handle),
    ] {
        command = command.replace(name, value);
    }
    let outcome = world.run(&command, &mut |_| {});
    let main = sandbox.repo.to_string_lossy().into_owned();
    let plain = |text: &str| {
        let text = text.replace(&*ws, &main).replace(&*top, "<top>");
        let lines = text.split_inclusive('\n');
        lines
            .filter(|line| !line.ends_with("(said once)\n"))
            .collect()
    };
    let compares_tree = case.words("compare").any(|w| w == "tree");
    Left {
        code: outcome.code,
        stdout: plain(&outcome.stdout),
        stderr: plain(&outcome.stderr),
        late: outcome.late,
        tree: if compares_tree {
            contents(world.ws())
        } else {
            BTreeMap::new()
        },
    }
}

/// What is wrong with a case itself: it fails in a plain worktree too.
pub fn unexpected(case: &Case, left: &Left) -> Option<String> {
    let wanted = case
        .get("exit")
        .map_or(0, |code| code.parse().expect("a number"));
    let fails = left.late || left.code != Some(wanted);
    fails.then(|| {
        format!(
            "{} does not even work in a plain worktree: {:?} {}{}",
            case.id, left.code, left.stdout, left.stderr
        )
    })
}

/// What differs, as a case asks: always the exit code, else stdout and stderr too
/// unless it names what counts.
pub fn differences(case: &Case, plain: &Left, own: &Left) -> Vec<String> {
    let mut found = Vec::new();
    let counts =
        |what: &str| case.get("compare").is_none() || case.words("compare").any(|w| w == what);
    if (plain.code, plain.late) != (own.code, own.late) {
        found.push(format!(
            "exit {:?}, not {:?}: {}",
            own.code,
            plain.code,
            own.stderr.trim()
        ));
    }
    if counts("stdout") && plain.stdout != own.stdout {
        found.push(format!("stdout {:?}, not {:?}", own.stdout, plain.stdout));
    }
    if (counts("stdout") || counts("tree")) && plain.stderr != own.stderr {
        found.push(format!("stderr {:?}, not {:?}", own.stderr, plain.stderr));
    }
    let names = plain.tree.keys().chain(own.tree.keys());
    let mut names: Vec<&String> = names
        .filter(|n| plain.tree.get(*n) != own.tree.get(*n))
        .collect();
    names.sort();
    names.dedup();
    if !names.is_empty() {
        found.push(format!("other files: {names:?}"));
    }
    found
}
