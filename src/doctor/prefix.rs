//! The shell prefix: without it agents' commands still run, one that is broken
//! breaks every shell command of the session.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Check, Scene};
use crate::config::env;
use crate::process::Cmd;
use crate::register::hooks::{SHELL_PROGRAM, named};
use crate::register::settings::{PREFIX, prefix_in};
use crate::register::{Place, link};

const ID: &str = "shell-prefix";
const PROBE: &str = "maos-probe";
const LIMIT: Duration = Duration::from_secs(10);

pub(super) fn set(scene: &Scene<'_>) -> Check {
    // The strongest settings come last.
    let set = scene
        .sources
        .iter()
        .rev()
        .filter(|source| source.ignored.is_none())
        .find_map(|source| Some((source.path.as_path(), prefix_in(&source.value)?)));
    match set {
        Some((file, program)) => judge(scene, file, program),
        None => match env::shell_prefix() {
            Some(other) if !named(&other, SHELL_PROGRAM) => {
                foreign(&other, "the environment", "unset it, and run `maos init`")
            }
            _ => missing(scene),
        },
    }
}

fn missing(scene: &Scene<'_>) -> Check {
    let places = scene.registrations();
    let Some(source) = places.first() else {
        return Check::skip(ID, "MAOS is not registered");
    };
    let fix = match source.place {
        Place::User => "`maos init --user`",
        Place::Local => "`maos init --local`",
        Place::Plugin(_) => "`maos init --plugin`",
        _ => "`maos init`",
    };
    let what = format!("{PREFIX} is not set: agents' shell commands get a `cd` in front instead");
    Check::warn(ID, what, fix)
}

fn foreign(program: &str, place: &str, fix: &str) -> Check {
    let what = format!("{PREFIX} names another program in {place}: {program}");
    Check::warn(ID, what, fix)
}

fn judge(scene: &Scene<'_>, file: &Path, program: &str) -> Check {
    if !named(program, SHELL_PROGRAM) {
        let fix = "take it out, and run `maos init`: the client runs one prefix alone";
        return foreign(program, &file.display().to_string(), fix);
    }
    let Some(path) = found(scene, program) else {
        return Check::fail(
            ID,
            format!("{program} is not there: every shell command of the client fails"),
            format!("`maos init`, or take {PREFIX} out of {}", file.display()),
        );
    };
    if !link::usable(&path) {
        return Check::fail(
            ID,
            format!("the client can't run {program}: it takes ` -` for arguments"),
            "`maos init` puts it elsewhere",
        );
    }
    if let Err(why) = runs(&path) {
        let what = format!("{program} runs no command: {why}");
        return Check::fail(ID, what, "`maos init` of the version that is installed");
    }
    let other = link::program(scene.machine).is_ok_and(|this| !link::is_same(&path, &this));
    if other {
        let what = format!("{program} is another version than this maos");
        return Check::warn(ID, what, "`maos init` sets it right");
    }
    Check::ok(ID, program)
}

fn found(scene: &Scene<'_>, program: &str) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    scene.machine.find(program)
}

/// Runs a line as the client does: one argument, a whole shell line.
fn runs(program: &Path) -> Result<(), String> {
    let output = Cmd::new(program)
        .arg(format!("echo {PROBE}"))
        .limit(LIMIT)
        .output()
        .map_err(|e| e.to_string())?;
    if output.ok() && output.text() == PROBE {
        Ok(())
    } else {
        Err(format!("`{}` {}", output.text(), output.message()))
    }
}
