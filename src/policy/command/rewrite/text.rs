//! A word as the shell reads it, with what only the shell knows left open.

use super::super::flat::{Piece, Source};
use super::super::script::Script;
use super::mark::{END, MARK};

/// Stands for an expansion that may be any number of words.
pub(super) const OPEN: char = '\u{1}';
/// Stands for an expansion that is one word or part of one.
pub(super) const PART: char = '\u{2}';
/// Stands in front of a character that matches files.
pub(super) const GLOB: char = '\u{3}';

/// A mark in a word.
pub(super) struct Found {
    pub(super) index: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The text of a word. No text that a scanner lets through holds control characters.
pub(super) fn of(raw: &str, script: &Script) -> String {
    let mut text = String::new();
    for c in raw.chars() {
        match script.piece(c) {
            Some(Piece::Text(quoted)) => text.push_str(quoted),
            Some(Piece::Value { source, quoted }) => {
                let one = *quoted && !matches!(source, Source::All(_));
                text.push(if one { PART } else { OPEN });
            }
            None => {
                let lone = raw == "[";
                if ("*?[{".contains(c) && !lone) || (c == '~' && text.is_empty()) {
                    text.push(GLOB);
                }
                text.push(c);
            }
        }
    }
    text
}

/// Whether all of a text is known.
pub(super) fn is_known(text: &str) -> bool {
    !text.contains([OPEN, PART, GLOB])
}

/// The marks of a word.
pub(super) fn marks(word: &str) -> impl Iterator<Item = Found> {
    let found = word.match_indices(MARK).filter_map(|(start, _)| {
        let digits = start + MARK.len();
        let length = word[digits..].find(END)?;
        let index = word[digits..digits + length].parse().ok()?;
        let end = digits + length + END.len_utf8();
        Some(Found { index, start, end })
    });
    found.collect::<Vec<_>>().into_iter()
}
