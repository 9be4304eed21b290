//! The flat form of a command text: what `scan` makes and `script` parses.
//!
//! Invariant: a placeholder stands for the piece with its index, and no other character is one.

use super::arithmetic::Arithmetic;

/// The first placeholder; the piece's index is added to it.
const FIRST: u32 = 0xF_0000;
const MAX_PIECES: usize = 0xFFF0;

pub(super) type Scanned<T> = Result<T, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Quoted text, taken literally.
    Text(String),
    /// Something that is known only when the command runs.
    Value { source: Source, quoted: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// `$name`, or one element of the array of that name.
    Name(String),
    /// `${name[@]}`, `$@`: any number of words.
    All(String),
    /// What the substitution with this index prints.
    Output(usize),
    Number,
    /// The path that a process substitution stands for.
    Path,
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
    pub(super) subs: Vec<Flat>,
    pub(super) arithmetic: Vec<Arithmetic>,
    /// Variables that `${name:=...}` sets.
    pub(super) sets: Vec<String>,
    pub(super) doubt: Option<String>,
}

pub(super) fn is_placeholder(c: char) -> bool {
    u32::from(c) >= FIRST
}

impl Flat {
    pub(super) fn push(&mut self, piece: Piece) -> Scanned<()> {
        if self.pieces.len() >= MAX_PIECES {
            return Err("it is too long to be judged".into());
        }
        let index = u32::try_from(self.pieces.len()).unwrap_or(0);
        self.text.extend(char::from_u32(FIRST + index));
        self.pieces.push(piece);
        Ok(())
    }

    pub(super) fn doubt(&mut self, because: &str) {
        self.doubt.get_or_insert_with(|| because.to_owned());
    }

    pub(super) fn piece(&self, placeholder: char) -> Option<&Piece> {
        let index = u32::from(placeholder).checked_sub(FIRST)?;
        self.pieces.get(usize::try_from(index).ok()?)
    }

    pub(super) fn at_word_start(&self) -> bool {
        self.text
            .ends_with(|c: char| c.is_ascii_whitespace() || ";&|()<>".contains(c))
            || self.text.is_empty()
    }
}
