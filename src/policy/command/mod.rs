//! Judges shell commands by their text: `judge` tells whether a command is provably read-only, so
//! that an agent that only looks around needs no workspace of its own; `rewrite` exchanges the paths
//! of the project for those of a workspace.
//!
//! Invariants: it errs towards "may write"; it never panics and its work is bounded, whatever the
//! text. A command is first flattened (`scan`: quotes, expansions and here-documents become
//! placeholders, substitutions become commands of their own), then parsed (`script`), and each
//! thing that it does is judged by itself (`judge`, `tools`). What the shell's and the user's own
//! configuration make of a command (aliases, git's diff drivers) is not in its text.
//! Called by the hook, through `policy`.

mod arithmetic;
mod awk;
mod brackets;
mod builtins;
mod expansion;
mod files;
mod flat;
mod git;
mod git_lists;
mod here;
mod judge;
mod names;
mod options;
mod rewrite;
mod scan;
mod script;
mod sed;
mod tools;
mod values;
mod words;
mod wrappers;

#[cfg(test)]
mod tests;

use brush_parser::ast::AndOr;
pub use rewrite::rewrite;
use script::Script;

/// Longer commands are not judged.
const MAX_LENGTH: usize = 64 * 1024;

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It provably only reads.
    ReadOnly,
    /// It may write.
    MayWrite {
        /// Why, in a few words for people.
        because: String,
    },
}

/// Whether a shell command provably changes nothing.
#[must_use]
pub fn judge(command: &str) -> Verdict {
    if command.trim().is_empty() {
        return Verdict::ReadOnly;
    }
    match read(command).and_then(|script| judge::check(&script)) {
        Ok(()) => Verdict::ReadOnly,
        Err(because) => Verdict::MayWrite { because },
    }
}

/// True when `cd DIR && <command>` runs every part of the command in DIR, or none of it should `cd`
/// fail: pipelines joined by `&&`, in the foreground.
#[must_use]
pub fn is_single_list(command: &str) -> bool {
    read(command).is_ok_and(|script| {
        script.single_list().is_some_and(|list| {
            list.additional
                .iter()
                .all(|next| matches!(next, AndOr::And(_)))
        })
    })
}

fn read(command: &str) -> Result<Script, String> {
    if command.len() > MAX_LENGTH {
        return Err("it is too long to be judged".into());
    }
    Script::read(command)
}
