//! Objects, brought over into the repository for good.
//!
//! What a ref of the repository is to name is packed by the private side and
//! unpacked or indexed by the repository's, which computes every hash anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::super::Project;
use super::beside;
use crate::error::{Error, Result};
use crate::git::{Git, read};
use crate::session::Agent;

/// How long a pack may take: an agent may have committed very much.
const LIMIT: Duration = Duration::from_secs(600);

/// Packs with fewer objects are unpacked, as git-fetch(1) does.
const UNPACKED: u32 = 100;

/// Git on a private directory that reads objects and refs alone. Its
/// configuration is the agent's: nothing that it could name is run, nothing is
/// fetched, and nothing is written elsewhere.
pub(in crate::workspace) fn private(git: &Path) -> Git {
    read::bare(git)
        .env("GIT_NO_LAZY_FETCH", "1")
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
        ])
        .args([
            "-c",
            "core.commitGraph=false",
            "-c",
            "log.showSignature=false",
        ])
        .within(vec![git.to_owned(), "/dev/null".into()])
}

/// Brings over what a commit or tag needs and only the private directory has.
///
/// # Errors
/// Where an object is missing or damaged; then nothing was brought over.
pub fn bring_over(project: &Project, agent: &Agent, tip: &str) -> Result<()> {
    let Some(git) = agent.workspace.git.as_ref().filter(|git| git.exists()) else {
        return Ok(());
    };
    // What the repository has all of, so that not all of history is walked.
    let base = agent
        .workspace
        .base
        .as_ref()
        .map(|base| base.commit.clone());
    let last = fs::read_to_string(beside(git, "tip")).ok();
    let known = base
        .into_iter()
        .chain(last)
        .filter(|id| super::names::is_id(id));
    let known: Vec<String> = known.map(|id| format!("^{id}")).collect();
    let args = ["pack-objects", "--revs", "--local", "--stdout", "--quiet"];
    let pack = private(git)
        .args(args)
        .input(format!("{tip}\n{}\n", known.join("\n")))
        .limit(LIMIT)
        .bytes()?;
    index(project, pack)
}

/// Brings over everything: the repository may have come to need what nothing in
/// the private directory names any more.
///
/// # Errors
/// As [`bring_over`].
pub fn bring_all(project: &Project, git: &Path) -> Result<()> {
    let objects = git.join("objects");
    let mut names = loose(&objects);
    for entry in fs::read_dir(objects.join("pack"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "idx") {
            let index = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
            let text = private(git).args(["show-index"]).input(index).text()?;
            names.extend(
                text.lines()
                    .filter_map(|line| line.split(' ').nth(1))
                    .map(str::to_owned),
            );
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let pack = private(git)
        .args(["pack-objects", "--stdout", "--quiet"])
        .input(names.join("\n") + "\n")
        .limit(LIMIT)
        .bytes()?;
    index(project, pack)
}

/// The names of objects that lie in files of their own: `ab/cdef...`.
fn loose(objects: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for group in fs::read_dir(objects).into_iter().flatten().flatten() {
        let first = group.file_name().to_string_lossy().into_owned();
        if first.len() != 2 {
            continue;
        }
        let files = fs::read_dir(group.path()).into_iter().flatten().flatten();
        let all = files.map(|file| format!("{first}{}", file.file_name().to_string_lossy()));
        names.extend(all.filter(|name| super::names::is_id(name)));
    }
    names
}

fn index(project: &Project, pack: Vec<u8>) -> Result<()> {
    // Bytes 8 to 11 of a pack are the number of its objects (gitformat-pack(5)).
    let count = pack.get(8..12).and_then(|bytes| bytes.try_into().ok());
    let count = count.map_or(0, u32::from_be_bytes);
    if count == 0 {
        return Ok(());
    }
    let git = read::bare(&project.common_dir).args(["-c", "core.fsync=all"]);
    let git = if count < UNPACKED {
        git.args(["unpack-objects", "-q"])
    } else {
        git.args(["index-pack", "--stdin"])
    };
    git.input(pack).limit(LIMIT).bytes().map(drop)
}
