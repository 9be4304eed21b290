//! Scans what a `$` starts: variables, substitutions, arithmetic, `${...}` and ANSI-C quoting.
//!
//! Invariants: a form whose value is run or evaluated once more (`${!x}`, `${x@P}`, subscripts) is
//! a doubt; a form that the shells end at different places is an error.

use super::arithmetic::is_name;
use super::flat::{Flat, Piece, Scanned, Source};
use super::scan::Scanner;

impl Scanner<'_> {
    /// Whether the `$` that was just read is more than a dollar sign.
    pub(super) fn expands(&self, quoted: bool) -> bool {
        match self.peek() {
            Some('\'' | '"') => !quoted,
            Some(c) => is_name(c) || "({[@*#?$!-=~+^".contains(c),
            None => false,
        }
    }

    /// One expansion after its `$`.
    pub(super) fn dollar(&mut self, flat: &mut Flat, quoted: bool) -> Scanned<()> {
        self.descend()?;
        let source = match self.next() {
            Some('(') if self.eat("(") => {
                self.arithmetic(flat, false)?;
                Source::Number
            }
            Some('(') => Source::Output(self.substitution(flat)?),
            Some('{') => self.braced(flat, quoted)?,
            Some('\'') => {
                self.level -= 1;
                return self.ansi_c(flat);
            }
            Some(c) if is_name(c) && !c.is_ascii_digit() => {
                let name = format!("{c}{}", self.take_while(is_name));
                match self.peek() {
                    // zsh takes these for a subscript and a modifier.
                    Some('[') => return Err("it has $name[".into()),
                    Some(':') => Source::Unknown,
                    _ => Source::Name(name),
                }
            }
            Some(c) => special(c).ok_or("it has an unusual expansion")?,
            None => return Err("it ends in a dollar sign".into()),
        };
        self.level -= 1;
        flat.push(Piece::Value { source, quoted })
    }

    fn ansi_c(&mut self, flat: &mut Flat) -> Scanned<()> {
        let mut text = String::new();
        let mut plain = true;
        loop {
            match self.next().ok_or("a ' is missing")? {
                '\'' => break,
                '\\' => match self.next().ok_or("a ' is missing")? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    c @ ('\\' | '\'' | '"') => text.push(c),
                    _ => plain = false,
                },
                c => text.push(c),
            }
        }
        flat.push(if plain {
            Piece::Text(text)
        } else {
            Piece::Value {
                source: Source::Unknown,
                quoted: true,
            }
        })
    }

    /// `${...}` after its opening brace.
    fn braced(&mut self, flat: &mut Flat, quoted: bool) -> Scanned<Source> {
        if self.eat("#}") {
            return Ok(Source::Number);
        }
        let length = self.rest.len() > 1 && self.eat("#");
        if self.eat("!") {
            flat.doubt("it follows a name held in a variable");
        }
        let (name, mut source) = self.parameter()?;
        if self.eat("[") {
            source = match self.take_until(']')? {
                "@" | "*" => Source::All(name.clone()),
                index if !index.is_empty() && index.chars().all(|c| c.is_ascii_digit()) => source,
                _ => return Err("it has a computed subscript".into()),
            };
        }
        if self.eat("}") {
            return Ok(if length { Source::Number } else { source });
        }
        let unknown = match source {
            Source::All(_) => Source::All(String::new()),
            _ => Source::Unknown,
        };
        let tested = self.eat(":");
        match self.next() {
            Some('-' | '+' | '?') => self.word(flat, quoted)?,
            Some('=') => {
                flat.sets.push(name);
                self.word(flat, quoted)?;
            }
            Some('#' | '%' | '/' | '^' | ',') if !tested => self.word(flat, quoted)?,
            Some('0'..='9' | ' ') if tested => {
                let slice = self.take_until('}')?;
                if !slice
                    .chars()
                    .all(|c| c.is_ascii_digit() || " :-".contains(c))
                {
                    return Err("it has a computed slice".into());
                }
            }
            Some('@') if !tested => {
                flat.doubt("it transforms a variable");
                self.word(flat, quoted)?;
            }
            _ => return Err("it has an unusual expansion".into()),
        }
        Ok(unknown)
    }

    fn parameter(&mut self) -> Scanned<(String, Source)> {
        let name = self.take_while(is_name).to_owned();
        if name.is_empty() {
            let c = self.next().ok_or("a } is missing")?;
            let source = special(c).ok_or("it has an unusual expansion")?;
            return Ok((c.to_string(), source));
        }
        let source = if name.starts_with(|c: char| c.is_ascii_digit()) {
            Source::Unknown
        } else {
            Source::Name(name.clone())
        };
        Ok((name, source))
    }

    /// The word of `${name:-word}` and its like, with the closing brace. What it holds counts as
    /// unknown.
    fn word(&mut self, flat: &mut Flat, quoted: bool) -> Scanned<()> {
        let (text, pieces) = (flat.text.len(), flat.pieces.len());
        loop {
            match self.next().ok_or("a } is missing")? {
                '}' => break,
                '\\' => drop(self.next()),
                '`' => self.backquoted(flat, quoted)?,
                '$' if self.expands(quoted) => self.dollar(flat, quoted)?,
                '\'' | '"' | '{' if quoted => {
                    return Err("it has quotes or braces within ${...}".into());
                }
                '{' => return Err("it has quotes or braces within ${...}".into()),
                '\'' => drop(self.take_until('\'')?),
                '"' => self.double_quoted(flat)?,
                '(' | ')' => flat.doubt("it has parentheses within ${...}"),
                _ => {}
            }
        }
        flat.text.truncate(text);
        flat.pieces.truncate(pieces);
        Ok(())
    }
}

/// The special parameters that may follow a `$`.
fn special(c: char) -> Option<Source> {
    match c {
        '@' | '*' => Some(Source::All(String::new())),
        '#' | '?' | '$' | '!' => Some(Source::Number),
        '-' | '0'..='9' => Some(Source::Unknown),
        _ => None,
    }
}
