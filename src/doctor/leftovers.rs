//! What a crash in the middle of making a workspace leaves behind. Reported
//! only: whether something is still needed is for a person to say.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Check, Scene};
use crate::clock;
use crate::git;

/// Younger things may be at work this moment.
const SECONDS: u64 = 60;

pub(super) fn all(scene: &Scene<'_>) -> Vec<Check> {
    let Some(place) = scene.place else {
        return vec![Check::skip("leftovers", "no project")];
    };
    vec![
        admin(place),
        unfinished(place),
        records(place),
        locks(place),
    ]
}

/// Entries of `.git/worktrees` that git itself can't get past.
fn admin(place: &git::Place) -> Check {
    let broken: Vec<PathBuf> = entries(&place.common_dir.join("worktrees"))
        .filter(|dir| {
            fs::read(dir.join("commondir")).is_ok_and(|text| text.trim_ascii().is_empty())
        })
        .collect();
    if broken.is_empty() {
        return Check::ok("leftover-admin", "no worktree of git is half-made");
    }
    Check::fail(
        "leftover-admin",
        format!(
            "half-made, and git branch, fetch and gc fail because of it: {}",
            list(&broken)
        ),
        format!("move it out of .git: `mv {} /tmp/`", broken[0].display()),
    )
}

fn unfinished(place: &git::Place) -> Check {
    let found: Vec<PathBuf> = entries(&place.common_dir)
        .filter(|path| starts_with(path, "maos-new-") && is_old(path))
        .collect();
    old(
        "leftover-unfinished",
        &found,
        "no workspace is half-made",
        |first| format!("nothing refers to it: `rm -r {first}`"),
    )
}

fn records(place: &git::Place) -> Check {
    let found: Vec<PathBuf> = entries(&place.main.join(".maos/sessions"))
        .flat_map(|session| entries(&session.join("agents")).collect::<Vec<_>>())
        .filter(|path| path.extension().is_some_and(|e| e == "json") && is_old(path))
        .filter(|path| {
            let record: Value = fs::read(path)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default();
            record["workspace"]["state"] == "creating"
        })
        .collect();
    old(
        "leftover-records",
        &found,
        "no agent waits for its workspace",
        |_| "the agent's next call goes on with it; if it has ended, nothing is lost".into(),
    )
}

fn locks(place: &git::Place) -> Check {
    let found: Vec<PathBuf> = entries(&place.common_dir.join("refs/heads/agent"))
        .filter(|path| path.extension().is_some_and(|e| e == "lock") && is_old(path))
        .collect();
    old(
        "leftover-locks",
        &found,
        "no branch of an agent is locked",
        |first| format!("if no git runs there any more: `rm {first}`"),
    )
}

fn old(
    id: &'static str,
    found: &[PathBuf],
    otherwise: &str,
    fix: impl Fn(&str) -> String,
) -> Check {
    match found.first() {
        None => Check::ok(id, otherwise),
        Some(first) => {
            let what = format!("left by a crash: {}", list(found));
            Check::warn(id, what, fix(&first.display().to_string()))
        }
    }
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths.into_iter()
}

fn starts_with(path: &Path, prefix: &str) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}

fn is_old(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .and_then(|meta| meta.modified())
        .is_ok_and(|changed| clock::seconds_since_change(changed) >= SECONDS)
}

fn list(paths: &[PathBuf]) -> String {
    let mut shown: Vec<String> = paths
        .iter()
        .take(5)
        .map(|p| p.display().to_string())
        .collect();
    if paths.len() > 5 {
        shown.push(format!("and {} more", paths.len() - 5));
    }
    shown.join(", ")
}
