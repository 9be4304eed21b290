//! `awk`: a program is let through only if nothing in it runs a command or writes a file.
//!
//! Invariants: the program is a literal. Strings and regular expressions are skipped as awk skips
//! them; where a `/` could be either a division or the start of a regular expression, the program
//! is refused. A `>` is a comparison only where no `print` stands before it in its statement.

use super::brackets;
use super::options::{Check, Spec};
use super::words::Arg;

const UNKNOWN: &str = "its program is not known to be read-only";

pub(super) fn check(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "",
        valued: "Fv",
        long: "field-separator= assign=",
        operands: 0,
    };
    let (_, rest) = spec.leading(args)?;
    let Some((program, operands)) = rest.split_first() else {
        return Err("it has no program".into());
    };
    let option = |arg: &Arg| {
        arg.literal()
            .is_some_and(|text| text.starts_with('-') && text != "-")
    };
    match program.shape() {
        Some(text) if !program.is_many() && is_read_only(text) && !operands.iter().any(option) => {
            Ok(())
        }
        _ => Err(UNKNOWN.into()),
    }
}

const FORBIDDEN: [&str; 5] = ["system", "getline", "close", "fflush", "popen"];
/// A value may follow these words, so a `/` after one starts a regular expression.
const OPERATORS: [&str; 7] = ["print", "printf", "return", "in", "else", "do", "case"];
const UNCLEAR: [&str; 16] = [
    "length", "exit", "next", "nextfile", "break", "continue", "delete", "default", "BEGIN", "END",
    "if", "while", "for", "switch", "function", "func",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Operator,
    Operand,
    /// A parenthesis or a function without one: what a `/` means after it depends.
    Unclear,
}

pub(super) fn is_read_only(program: &str) -> bool {
    let mut rest = program;
    let mut last = Last::Operator;
    let mut prints = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '"' | '/' if c == '"' || last == Last::Operator => match after_text(after, c) {
                Some(end) => (rest, last) = (end, Last::Operand),
                None => return false,
            },
            '/' if last == Last::Unclear => return false,
            '#' => rest = after.find('\n').map_or("", |at| &after[at..]),
            '\\' => match after.strip_prefix('\n') {
                Some(joined) => rest = joined,
                None => return false,
            },
            '>' if prints => return false,
            '|' => match after.strip_prefix('|') {
                Some(or) => (rest, last) = (or, Last::Operator),
                None => return false,
            },
            '{' | '}' | ';' => (prints, last) = (false, Last::Operator),
            ')' => last = Last::Unclear,
            ']' => last = Last::Operand,
            '$' | '\n' => last = Last::Operator,
            ' ' | '\t' => {}
            '+' | '-' if after.starts_with(c) => (rest, last) = (&after[1..], Last::Unclear),
            _ if c.is_ascii_alphanumeric() || c == '_' || c == '.' => {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(after.len());
                let word =
                    &program[program.len() - rest.len() - c.len_utf8()..][..end + c.len_utf8()];
                if FORBIDDEN.contains(&word) {
                    return false;
                }
                prints |= matches!(word, "print" | "printf");
                last = match word {
                    _ if UNCLEAR.contains(&word) => Last::Unclear,
                    _ if OPERATORS.contains(&word) => Last::Operator,
                    _ => Last::Operand,
                };
                rest = &after[end..];
            }
            '>' | '<' | '=' | '!' | '~' | '&' | '+' | '-' | '*' | '%' | '^' | ',' | '(' | '['
            | '?' | ':' | '/' => {
                last = Last::Operator;
            }
            _ => return false,
        }
    }
    true
}

/// What follows a string or a regular expression.
fn after_text(text: &str, delimiter: char) -> Option<&str> {
    let mut rest = text;
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' => return None,
            '\\' => {
                let escaped = rest.chars().next().filter(|c| *c != '\n')?;
                rest = &rest[escaped.len_utf8()..];
            }
            '[' if delimiter == '/' => match brackets::after(rest, delimiter)? {
                (after, false) => rest = after,
                (_, true) => return None,
            },
            _ if c == delimiter => return Some(rest),
            _ => {}
        }
    }
}
