//! Rewrites the paths of a project in a command to those of an agent's workspace, where it is
//! certain that a word is such a path and that the workspace's is meant.
//!
//! Invariants: what is not certain stays byte for byte, and so does all around a path. Each place
//! where the command names a tree is replaced by a mark of plain characters; the words of the
//! parsed command that hold one are judged by what their command does with them (`judge`). The
//! marked text and the result are parsed again, and count only where each word of theirs is what
//! it was meant to be: whatever quotes stand around a path, the shell reads the same.
//! Called by `maos-shell`, through `policy`; nothing here looks at a file but `exists`.

mod judge;
mod kinds;
mod mark;
mod options;
mod text;
mod walk;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_data;

use std::path::Path;

use mark::Marked;
use walk::{Unit, units};

use super::read;

/// Commands that name the project more often stay as they are.
const MOST_MARKS: usize = 64;

/// The command with the paths below one of `tops` (absolute, without a link in them or as the
/// command may spell them) that certainly mean the workspace's; `None` where there is nothing to
/// change. `exists` says whether there is anything at a path, a link included.
///
/// A path is rewritten where the workspace has it, or where nothing in the main checkout has it
/// and the nearest directory around it that is there is in the workspace, too. What only the main
/// checkout has, and whatever lies below `.git`, `.maos` and `worktrees`, stays. So does the whole
/// of a command that names the workspace itself: it tells the two apart.
///
/// The time that the parser takes is bounded as for [`super::judge`], and as there the caller
/// provides a stack of some MiB for texts that others made.
#[must_use]
pub fn rewrite(
    command: &str,
    tops: &[&Path],
    workspace: &Path,
    exists: &dyn Fn(&Path) -> bool,
) -> Option<String> {
    let to = workspace.to_str().filter(|text| mark::is_usable(text))?;
    let tops: Vec<&str> = tops
        .iter()
        .filter_map(|top| top.to_str())
        .filter(|text| mark::is_usable(text))
        .collect();
    if command.contains(to) || command.contains("MAOS_WORKSPACE") {
        return None;
    }
    let marked = Marked::of(command, &tops)?;
    let before = read(command).ok().map(|script| units(&script))?;
    let script = read(&marked.with(|_| None)).ok()?;
    let units = units(&script);
    if !same(&before, &units, &|text| marked.plain(text, |_| None))
        || hides(command, &marked, &units)
    {
        return None;
    }
    let place = judge::Place {
        marked: &marked,
        workspace,
        exists,
    };
    let mut taken = place.judge(&units);
    taken.retain(|mark| spelled(&marked, &units, *mark, to).is_some());
    if taken.is_empty() {
        return None;
    }
    let spelling = |mark: usize| {
        let taken = taken.contains(&mark);
        taken.then(|| spelled(&marked, &units, mark, to))?
    };
    let result = marked.with(|mark| Some(spelling(mark).unwrap_or_else(|| marked.source(mark))));
    let means = |mark: usize| taken.contains(&mark).then_some(to);
    matches(&result, &units, &|text| marked.plain(text, means)).then_some(result)
}

/// How the workspace is written in the place of one mark: the first way that the shell reads as
/// its path there.
fn spelled(marked: &Marked<'_>, units: &[Unit], mark: usize, to: &str) -> Option<String> {
    if mark::is_plain(to) {
        return Some(to.to_owned());
    }
    let own = |other: usize| (other == mark).then_some(to);
    mark::spellings(to).into_iter().find(|spelling| {
        let result = marked.with(|other| {
            Some(if other == mark {
                spelling.clone()
            } else {
                marked.source(other)
            })
        });
        matches(&result, units, &|text| marked.plain(text, own))
    })
}

/// Whether a text is parsed to the words of a marked one with its marks resolved.
fn matches(text: &str, marked: &[Unit], plain: &dyn Fn(&str) -> String) -> bool {
    read(text).is_ok_and(|script| same(&units(&script), marked, plain))
}

fn same(units: &[Unit], marked: &[Unit], plain: &dyn Fn(&str) -> String) -> bool {
    units.len() == marked.len()
        && units.iter().zip(marked).all(|(unit, marked)| {
            unit.words.len() == marked.words.len()
                && unit.words.iter().zip(&marked.words).all(|(word, marked)| {
                    word.role == marked.role && word.text == plain(&marked.text)
                })
        })
}

/// Whether a path stands in an expansion, where it is a pattern of what would be changed.
fn hides(command: &str, marked: &Marked<'_>, units: &[Unit]) -> bool {
    let seen = |mark: usize| {
        let words = || units.iter().flat_map(|unit| &unit.words);
        words().any(|word| text::marks(&word.text).any(|found| found.index == mark))
    };
    (0..marked.len()).any(|mark| {
        let line = command[..marked.start(mark)].rsplit('\n').next();
        let open = line
            .unwrap_or_default()
            .rsplit("${")
            .next()
            .unwrap_or_default();
        line.is_some_and(|line| line.contains("${")) && !open.contains('}') && !seen(mark)
    })
}
