//! `tripwire.json`: the last look at the main checkout, and what was found so far.
//! A copy of each tree's index lies beside it.

use std::fs;
use std::path::PathBuf;

use super::doc;
use super::layout::SessionDir;
use crate::error::Result;
use crate::session::tripwire::VERSION;
use crate::session::{Found, Look, Tripwire};

/// Findings that are kept.
const MOST: usize = 50;

const COPY: &str = "tripwire-index-";

/// Reads it; `None` where there was no look yet.
///
/// # Errors
/// Where it can't be read.
pub fn load(dir: &SessionDir) -> Result<Option<Tripwire>> {
    doc::load(&dir.tripwire(), VERSION)
}

/// Where the copy of an index lies.
pub fn copy(dir: &SessionDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

/// A name for a copy of an index that no other look uses.
pub fn new_copy(tree: usize) -> String {
    let stamp = crate::clock::file_stamp();
    format!("{COPY}{stamp}-{}-{tree}", std::process::id())
}

/// Puts a look in the place of the one that was taken at `before`, with what both
/// together found. `false`, and nothing is changed, where another look came between.
///
/// # Errors
/// Where it can't be written.
pub fn replace(
    dir: &SessionDir,
    before: Option<&str>,
    look: Look,
    found: Option<Found>,
) -> Result<bool> {
    let names: Vec<String> = copies(&look);
    let put = doc::update(
        &dir.tripwire(),
        VERSION,
        |tripwire: &mut Option<Tripwire>| {
            let tripwire = tripwire.get_or_insert_default();
            let now = tripwire.look.as_ref().map(|look| look.at.as_str());
            if now != before {
                return Ok(None);
            }
            let old = tripwire.look.replace(look);
            tripwire.found.extend(found);
            let over = tripwire.found.len().saturating_sub(MOST);
            tripwire.found.drain(..over);
            Ok(Some(old))
        },
    )?;
    let gone = match &put {
        Some(old) => old
            .iter()
            .flat_map(copies)
            .filter(|n| !names.contains(n))
            .collect(),
        None => names.clone(),
    };
    let used = put.is_none().then(|| load(dir).ok().flatten()).flatten();
    let used = used
        .and_then(|t| t.look)
        .map(|look| copies(&look))
        .unwrap_or_default();
    for name in gone.iter().filter(|name| !used.contains(name)) {
        let _ = fs::remove_file(copy(dir, name));
    }
    Ok(put.is_some())
}

fn copies(look: &Look) -> Vec<String> {
    let names = look.trees.iter().filter_map(|tree| tree.index.clone());
    names
        .filter(|name| name.starts_with(COPY) && !name.contains('/'))
        .collect()
}
