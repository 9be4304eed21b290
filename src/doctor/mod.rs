//! `maos doctor`: whether MAOS can work here, and what to do where it can't.
//!
//! Every check looks and changes nothing; what it finds wrong it says with a
//! fix. One file per subject, one small function per check.

mod hooks;
mod leftovers;
mod others;
mod prefix;
mod programs;
mod sandbox;
mod settings;

use std::path::Path;

use serde::Serialize;

use crate::git;
use crate::register::find::{self, Source};
use crate::register::{Machine, exclude, twins};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, but not as well as it could.
    Warn,
    /// It does not work.
    Fail,
    /// There was nothing to check.
    Skip,
}

/// What one check found.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// Its name.
    pub id: &'static str,
    /// How it ended.
    pub status: Status,
    /// What it found.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Check {
    fn ok(id: &'static str, what: impl Into<String>) -> Self {
        Self::new(id, Status::Ok, what, None)
    }

    fn skip(id: &'static str, what: impl Into<String>) -> Self {
        Self::new(id, Status::Skip, what, None)
    }

    fn warn(id: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Status::Warn, what, Some(fix.into()))
    }

    fn fail(id: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Status::Fail, what, Some(fix.into()))
    }

    fn new(id: &'static str, status: Status, what: impl Into<String>, fix: Option<String>) -> Self {
        Self {
            id,
            status,
            what: what.into(),
            fix,
        }
    }
}

/// What the checks look at.
struct Scene<'a> {
    cwd: &'a Path,
    place: Option<&'a git::Place>,
    machine: &'a Machine,
    sources: Vec<Source>,
}

impl Scene<'_> {
    fn registrations(&self) -> Vec<&Source> {
        find::registrations(&self.sources)
    }
}

/// Runs every check.
pub fn examine(cwd: &Path, machine: &Machine) -> Vec<Check> {
    let place = git::locate(cwd);
    let scene = Scene {
        cwd,
        place: place.as_ref(),
        machine,
        sources: find::sources(place.as_ref(), machine),
    };
    let mut checks = vec![
        programs::git(),
        programs::client(machine),
        repository(&scene),
        settings::readable(&scene),
        settings::hooks_enabled(&scene),
        hooks::registered(&scene),
        hooks::doubles(&scene),
        hooks::proof(&scene),
        prefix::set(&scene),
        others::rewriters(&scene),
        rules(&scene),
        overlooked(&scene),
        sandbox::check(&scene),
    ];
    checks.extend(leftovers::all(&scene));
    checks
}

fn repository(scene: &Scene<'_>) -> Check {
    const ID: &str = "repository";
    match scene.place {
        Some(place) if place.root == place.main => Check::ok(ID, place.root.display().to_string()),
        Some(place) => Check::ok(
            ID,
            format!(
                "{}, a linked worktree of {}",
                place.root.display(),
                place.main.display()
            ),
        ),
        None => Check::warn(
            ID,
            format!("{} is not in a git repository", scene.cwd.display()),
            "run it inside a project to have that checked, too",
        ),
    }
}

fn rules(scene: &Scene<'_>) -> Check {
    const ID: &str = "path-rules";
    let Some(place) = scene.place else {
        return Check::skip(ID, "no project");
    };
    if scene.registrations().is_empty() {
        return Check::skip(ID, "MAOS is not registered");
    }
    match twins::in_step(place, scene.machine) {
        Ok(true) => Check::ok(ID, "your path rules count in the workspaces, too"),
        Ok(false) => Check::warn(
            ID,
            "path rules of your settings are not yet known for the workspaces",
            "start a session: it brings them in step",
        ),
        Err(e) => Check::fail(ID, e.to_string(), "mend that file"),
    }
}

fn overlooked(scene: &Scene<'_>) -> Check {
    const ID: &str = "git-exclude";
    let Some(place) = scene.place else {
        return Check::skip(ID, "no project");
    };
    match exclude::shown(place) {
        Ok(shown) if shown.is_empty() => Check::ok(ID, "git overlooks MAOS's directories"),
        Ok(shown) => Check::warn(
            ID,
            format!("git shows {}", shown.join(" and ")),
            "`maos init`",
        ),
        Err(e) => Check::fail(ID, e.to_string(), "see what `git status` says"),
    }
}
