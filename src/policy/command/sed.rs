//! `sed`: a script is let through only if each of its commands is known.
//!
//! Invariants: no `w`, `W`, `e`, `r`, no flags of `s` but those that print or match, nothing in
//! place, no script from a file. Where versions of sed may end a regular expression at different
//! places, both readings must be harmless.

use super::brackets;
use super::options::{Check, MANY, Spec, only_operands};
use super::words::Arg;

const UNKNOWN: &str = "its script is not known to be read-only";

pub(super) fn check(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "nErsuz",
        valued: "e",
        long: "\
            quiet silent regexp-extended expression= null-data separate unbuffered posix \
            sandbox debug",
        operands: MANY,
    };
    let (parsed, operands) = spec.leading(args)?;
    if !parsed.ended {
        only_operands(operands)?;
    }
    let given = || {
        parsed
            .options
            .iter()
            .filter(|(name, _)| name == "e" || name == "expression")
    };
    let mut scripts: Vec<&Arg> = given().filter_map(|(_, script)| script.as_ref()).collect();
    if scripts.is_empty() {
        scripts.extend(operands.first());
    }
    let script: Option<Vec<&str>> = scripts
        .into_iter()
        .map(|arg| if arg.is_many() { None } else { arg.shape() })
        .collect();
    match script {
        Some(script) if !script.is_empty() && is_read_only(&script.join("\n")) => Ok(()),
        _ => Err(UNKNOWN.into()),
    }
}

struct Script<'a> {
    rest: &'a str,
}

pub(super) fn is_read_only(script: &str) -> bool {
    let mut script = Script { rest: script };
    while !script.rest.is_empty() {
        if script.command().is_none() {
            return false;
        }
    }
    true
}

impl Script<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(skipped);
    }

    /// One command with its addresses, or what separates two.
    fn command(&mut self) -> Option<()> {
        self.skip(|c| c.is_whitespace() || c == ';');
        if self.rest.is_empty() {
            return Some(());
        }
        if self.address()? {
            self.skip(|c| c == ' ');
            if self.rest.starts_with(',') {
                self.next();
                self.skip(|c| c == ' ');
                self.rest = self.rest.strip_prefix(['+', '~']).unwrap_or(self.rest);
                if !self.address()? {
                    return None;
                }
            }
        }
        self.skip(|c| c == ' ' || c == '!');
        match self.next()? {
            '{' => return Some(()),
            '}' | '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z'
            | 'F' => {}
            'q' | 'Q' | 'l' => {
                self.skip(|c| c == ' ');
                self.skip(|c| c.is_ascii_digit());
            }
            '#' => {
                self.skip(|c| c != '\n');
                return Some(());
            }
            ':' | 'b' | 't' | 'T' => {
                self.skip(|c| c == ' ');
                self.skip(|c| c.is_ascii_alphanumeric() || c == '_');
            }
            's' => {
                let delimiter = self.delimiter()?;
                let start = self.rest;
                let held = self.pattern(delimiter)?;
                self.replacement(delimiter)?;
                if held && !fails_without_brackets(start, delimiter) {
                    return None;
                }
                self.skip(|c| c.is_ascii_digit() || "gpiImM".contains(c));
            }
            'y' => {
                let delimiter = self.delimiter()?;
                self.replacement(delimiter)?;
                self.replacement(delimiter)?;
            }
            _ => return None,
        }
        self.skip(|c| c == ' ' || c == '\t');
        (self.rest.is_empty() || self.rest.starts_with([';', '\n', '}', '#'])).then_some(())
    }

    /// Whether there is an address; `None` for one that isn't understood.
    fn address(&mut self) -> Option<bool> {
        let c = self.rest.chars().next()?;
        match c {
            '0'..='9' | '$' => {
                self.skip(|c| c.is_ascii_digit() || c == '$' || c == '~');
                return Some(true);
            }
            '/' => {
                self.next();
                self.address_pattern('/')?;
            }
            '\\' => {
                self.next();
                let delimiter = self.delimiter()?;
                self.address_pattern(delimiter)?;
            }
            _ => return Some(false),
        }
        self.skip(|c| matches!(c, 'I' | 'M'));
        Some(true)
    }

    fn delimiter(&mut self) -> Option<char> {
        self.next()
            .filter(|c| c.is_ascii_punctuation() && !matches!(c, '\\' | '[' | ';'))
    }

    fn address_pattern(&mut self, delimiter: char) -> Option<()> {
        let held = self.pattern(delimiter)?;
        (!held).then_some(())
    }

    /// Whether the delimiter also stands in brackets.
    fn pattern(&mut self, delimiter: char) -> Option<bool> {
        let mut held = false;
        while let Some(c) = self.next() {
            match c {
                '\\' => drop(self.next().filter(|c| *c != '\n')?),
                '\n' => return None,
                '[' => {
                    let (rest, holds) = brackets::after(self.rest, delimiter)?;
                    held |= holds;
                    self.rest = rest;
                }
                _ if c == delimiter => return Some(held),
                _ => {}
            }
        }
        None
    }

    fn replacement(&mut self, delimiter: char) -> Option<()> {
        while let Some(c) = self.next() {
            match c {
                '\\' => drop(self.next()?),
                '\n' => return None,
                _ if c == delimiter => return Some(()),
                _ => {}
            }
        }
        None
    }
}

/// Whether a `sed` that doesn't know brackets finds no flag where the flags of `s` should stand,
/// and gives up.
fn fails_without_brackets(text: &str, delimiter: char) -> bool {
    let mut ends = 0;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if ends == 2 => return c == delimiter || c == ']',
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == delimiter => ends += 1,
            _ => {}
        }
    }
    ends < 2
}
