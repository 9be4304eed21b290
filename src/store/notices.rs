//! News that wait for the main conversation or for an agent.
//!
//! One file a notice, named by time; taking one is a rename, so that each is
//! given once even when several hooks look at the same time.

use std::fs;
use std::path::PathBuf;

use super::atomic;
use super::layout::SessionDir;
use crate::clock;
use crate::error::{Error, Result};
use crate::session::{Handle, Notice};

/// Leaves a notice for the main conversation (`None`) or for an agent.
///
/// # Errors
/// Where it can't be written.
pub fn leave(
    dir: &SessionDir,
    recipient: Option<&Handle>,
    about: &Handle,
    text: &str,
) -> Result<()> {
    let notice = Notice {
        at: clock::now_stamp(),
        about: about.clone(),
        text: text.to_owned(),
    };
    let waiting = dir.notices(recipient);
    let bytes = serde_json::to_vec(&notice).map_err(|e| Error::io("write", &waiting, e.into()))?;
    let stamp = clock::file_stamp();
    // Two about one agent may come in one moment.
    for n in 0..1000 {
        let name = match n {
            0 => format!("{stamp}-{about}.json"),
            n => format!("{stamp}-{about}.{n}.json"),
        };
        if atomic::create(&waiting.join(name), &bytes)? {
            return Ok(());
        }
    }
    Err(Error::Busy(format!("too many notices about {about}")))
}

/// Takes all notices of a recipient, oldest first. Without any it costs one
/// failed open.
pub fn take(dir: &SessionDir, recipient: Option<&Handle>) -> Vec<Notice> {
    let Ok(entries) = fs::read_dir(dir.notices(recipient)) else {
        return Vec::new();
    };
    let waiting = |p: &PathBuf| p.extension().is_some_and(|e| e == "json");
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(waiting)
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let taken = path.with_extension(format!("taken-{}", std::process::id()));
            fs::rename(&path, &taken).ok()?;
            let notice = fs::read(&taken)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let _ = fs::remove_file(&taken);
            notice
        })
        .collect()
}
