//! `maos demo`: a session with three agents in a scratch repository.
//!
//! Only the client is played, from events that it once sent
//! (`examples/demo/session.jsonl`). Every answer comes from this very binary,
//! started as the client starts it: `maos hook` with an event on stdin, and
//! `maos-shell` in front of a shell line. Nothing of the user's is read or
//! written: home, state and repository lie in one directory of their own.

mod client;
mod scratch;
mod screen;
mod tools;

use crate::error::{Result, exit};
use scratch::Scratch;
use screen::Screen;

/// Agents of the session that write.
const WRITERS: usize = 2;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Keep the scratch repository and say where it is
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(args: &DemoArgs) -> Result<i32> {
    let scratch = Scratch::make(args.keep)?;
    let screen = Screen::new(&scratch.project());
    let start = scratch.commit_of_main()?;
    screen.begin(&start)?;
    let mut wrong = client::play(&scratch, &screen)?;
    let trees = scratch.trees()?;
    wrong.extend(scratch.changes_of_main(&start)?);
    let with_work = trees.iter().filter(|tree| !tree.files.is_empty()).count();
    if with_work != WRITERS {
        wrong.push(format!(
            "{with_work} agents' work is on branches, not {WRITERS}"
        ));
    }
    screen.end(&trees, &start, &wrong)?;
    if args.keep {
        screen.kept()?;
    }
    Ok(if wrong.is_empty() {
        exit::OK
    } else {
        exit::FAILED
    })
}
