//! Scans `$((...))`, `((...))` and the head of `for ((...))`.
//!
//! Invariant: the shell evaluates the *value* of a variable in arithmetic once more, with command
//! substitutions in subscripts, so an expression counts only when each value that enters it is
//! known to be a number; what it reads is recorded for `judge` to check. Subscripts, quotes and
//! base prefixes are refused.

use super::flat::{Flat, Piece, Scanned, Source};
use super::scan::Scanner;

#[derive(Debug, Default)]
pub(super) struct Arithmetic {
    /// The variables that it reads or sets.
    pub(super) names: Vec<String>,
    /// The substitutions whose output it reads.
    pub(super) outputs: Vec<usize>,
    pub(super) assigns: bool,
}

impl Scanner<'_> {
    /// `((...))` after its first parenthesis; in the flat text a command that does nothing.
    pub(super) fn arithmetic_command(&mut self, flat: &mut Flat) -> Scanned<()> {
        self.next();
        let heads_loop = flat.text.trim_end().ends_with("for");
        self.arithmetic(flat, heads_loop)?;
        if !heads_loop {
            flat.text.push(':');
            return Ok(());
        }
        flat.text.push_str(" _ in ");
        flat.push(Piece::Value {
            source: Source::Number,
            quoted: true,
        })?;
        if !self
            .rest
            .trim_start_matches([' ', '\t'])
            .starts_with([';', '\n'])
        {
            flat.text.push(';');
        }
        Ok(())
    }

    /// Up to and with the closing `))`.
    pub(super) fn arithmetic(&mut self, flat: &mut Flat, heads_loop: bool) -> Scanned<()> {
        let mut found = Arithmetic::default();
        let mut shape = String::new();
        let mut open = 0usize;
        while let Some(c) = self.next() {
            match c {
                ')' if open > 0 => open -= 1,
                ')' if self.eat(")") => {
                    found.assigns = assigns(&shape);
                    flat.arithmetic.push(found);
                    return Ok(());
                }
                '(' if !shape.ends_with(['<', '>']) => open += 1,
                '$' if self.expands(true) => self.operand(flat, &mut found)?,
                '0'..='9' => drop(self.take_while(|c| c.is_ascii_alphanumeric())),
                'a'..='z' | 'A'..='Z' | '_' => {
                    let rest = self.take_while(is_name);
                    found.names.push(format!("{c}{rest}"));
                }
                ';' if heads_loop => {}
                _ if "+-*/%<>=!&|^~?:, \t\n".contains(c) => {}
                _ => break,
            }
            shape.push(c);
        }
        Err("its arithmetic can't be judged".into())
    }

    fn operand(&mut self, flat: &mut Flat, found: &mut Arithmetic) -> Scanned<()> {
        let (text, pieces) = (flat.text.len(), flat.pieces.len());
        self.dollar(flat, true)?;
        flat.text.truncate(text);
        for piece in flat.pieces.split_off(pieces) {
            match piece {
                Piece::Value {
                    source: Source::Name(name),
                    ..
                } => found.names.push(name),
                Piece::Value {
                    source: Source::Output(index),
                    ..
                } => found.outputs.push(index),
                Piece::Value {
                    source: Source::Number,
                    ..
                } => {}
                _ => flat.doubt("its arithmetic can't be judged"),
            }
        }
        Ok(())
    }
}

pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn assigns(shape: &str) -> bool {
    let compares = |before: Option<char>| matches!(before, Some('=' | '!' | '<' | '>'));
    ["++", "--", "<<=", ">>="]
        .iter()
        .any(|operator| shape.contains(operator))
        || shape.match_indices('=').any(|(at, _)| {
            !compares(shape[..at].chars().next_back()) && !shape[at + 1..].starts_with('=')
        })
}
