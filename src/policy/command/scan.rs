//! Flattens a command text before it is parsed: every quoted or escaped text, expansion,
//! substitution and here-document becomes one placeholder character, comments and line
//! continuations go away.
//!
//! Invariants: the flat text holds only plain word characters, placeholders, blanks, newlines and
//! operators, so that bash, zsh and the parser can't disagree on where a word or a command ends.
//! Each substitution is a flat text of its own below `subs`, wherever it stood. Whatever the shells
//! read differently is an error (the text can't be trusted at all) or a doubt (its structure can be
//! trusted, its effect can't).
//! Called by `script`; the `$` forms are in `expansion`.

use super::flat::{self, Flat, Piece, Scanned, Source};
use super::here::HereDocument;

/// Levels of substitutions within substitutions.
const MAX_LEVELS: usize = 32;

pub(super) struct Scanner<'a> {
    pub(super) rest: &'a str,
    pub(super) level: usize,
}

pub(super) fn flatten(command: &str) -> Scanned<Flat> {
    if command
        .chars()
        .any(|c| flat::is_placeholder(c) || (c.is_control() && !matches!(c, '\n' | '\t')))
    {
        return Err("it holds control characters".into());
    }
    Scanner {
        rest: command,
        level: 0,
    }
    .commands(None)
}

impl<'a> Scanner<'a> {
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    pub(super) fn take_until(&mut self, end: char) -> Scanned<&'a str> {
        let (taken, rest) = self
            .rest
            .split_once(end)
            .ok_or_else(|| format!("a {end} is missing"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// A command list up to `end` (which is consumed), or to the end of the text.
    fn commands(&mut self, end: Option<char>) -> Scanned<Flat> {
        let mut flat = Flat::default();
        let mut open = 0usize;
        let mut pending: Vec<HereDocument> = Vec::new();
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape(&mut flat)?,
                '\'' => flat.push(Piece::Text(self.take_until('\'')?.to_owned()))?,
                '"' => self.double_quoted(&mut flat)?,
                '`' => self.backquoted(&mut flat, false)?,
                '$' if self.expands(false) => self.dollar(&mut flat, false)?,
                '$' => flat.push(Piece::Text("$".into()))?,
                '#' if flat.at_word_start() => self.comment(&mut flat, end.is_some()),
                '<' | '>' => self.redirection(&mut flat, c, &mut pending)?,
                '(' if self.peek() == Some('(') => self.arithmetic_command(&mut flat)?,
                '(' => {
                    if flat.text.trim_end().len() < flat.text.len()
                        && flat.text.trim_end().ends_with('=')
                    {
                        return Err("it has ( after =".into());
                    }
                    open += 1;
                    // Apart from its neighbour, the parser would take both for arithmetic.
                    if flat.text.trim_end_matches([' ', '\t']).ends_with('(') {
                        flat.text.push('\n');
                    }
                    flat.text.push('(');
                }
                ')' if open == 0 && end == Some(')') => {
                    if !pending.is_empty() {
                        return Err("a here-document has no body".into());
                    }
                    return Ok(flat);
                }
                ')' => {
                    open = open.saturating_sub(1);
                    flat.text.push(')');
                }
                '\n' => {
                    flat.text.push('\n');
                    for document in std::mem::take(&mut pending) {
                        self.here_document(&mut flat, &document)?;
                    }
                }
                ' ' | '\t' => flat.text.push(c),
                _ if c.is_whitespace() || looks_blank_to_bytes(c) => {
                    return Err("it has unusual blanks".into());
                }
                _ => flat.text.push(c),
            }
        }
        match (end, pending.is_empty()) {
            (None, true) => Ok(flat),
            (None, false) => Err("a here-document has no body".into()),
            (Some(end), _) => Err(format!("a {end} is missing")),
        }
    }

    /// The commands of `$(...)` or `<(...)`, after the opening parenthesis.
    pub(super) fn substitution(&mut self, flat: &mut Flat) -> Scanned<usize> {
        self.deeper(flat, |inner| inner.commands(Some(')')))
    }

    pub(super) fn descend(&mut self) -> Scanned<()> {
        self.level += 1;
        if self.level > MAX_LEVELS {
            return Err("it is nested too deeply".into());
        }
        Ok(())
    }

    fn deeper(
        &mut self,
        flat: &mut Flat,
        scan: impl FnOnce(&mut Self) -> Scanned<Flat>,
    ) -> Scanned<usize> {
        self.descend()?;
        let sub = scan(self)?;
        self.level -= 1;
        flat.subs.push(sub);
        Ok(flat.subs.len() - 1)
    }

    pub(super) fn backquoted(&mut self, flat: &mut Flat, quoted: bool) -> Scanned<()> {
        let inside = self.take_until('`')?;
        if inside.contains('\\') || (quoted && inside.contains('"')) {
            return Err("it has quotes within backquotes".into());
        }
        let level = self.level;
        let index = self.deeper(flat, |_| {
            Scanner {
                rest: inside,
                level: level + 1,
            }
            .commands(None)
        })?;
        flat.push(Piece::Value {
            source: Source::Output(index),
            quoted,
        })
    }

    fn escape(&mut self, flat: &mut Flat) -> Scanned<()> {
        match self.next() {
            None => Err("it ends in a backslash".into()),
            Some('\n') => {
                // Joining two lines could make one operator or one expansion of two halves.
                let blank = |c: char| matches!(c, ' ' | '\t');
                let plain = |c: char| c.is_ascii_alphanumeric() || "./_-'\"".contains(c);
                if flat.text.is_empty()
                    || flat.text.ends_with(blank)
                    || self.rest.starts_with(blank)
                    || (flat.text.ends_with(['&', '|', ';']) && self.rest.starts_with(plain))
                {
                    return Ok(());
                }
                Err("a line continuation splits a word".into())
            }
            Some(c) => flat.push(Piece::Text(c.to_string())),
        }
    }

    pub(super) fn double_quoted(&mut self, flat: &mut Flat) -> Scanned<()> {
        let mut run = String::new();
        let before = flat.pieces.len();
        loop {
            match self.next().ok_or("a \" is missing")? {
                '"' => break,
                '\\' => match self.next().ok_or("a \" is missing")? {
                    '\n' if run.ends_with('$') => {
                        return Err("a line continuation splits a word".into());
                    }
                    '\n' => {}
                    c if "$`\"\\".contains(c) => run.push(c),
                    c => run.extend(['\\', c]),
                },
                '`' => {
                    flat.push(Piece::Text(std::mem::take(&mut run)))?;
                    self.backquoted(flat, true)?;
                }
                '$' if self.expands(true) => {
                    flat.push(Piece::Text(std::mem::take(&mut run)))?;
                    self.dollar(flat, true)?;
                }
                c => run.push(c),
            }
        }
        if !run.is_empty() || flat.pieces.len() == before {
            flat.push(Piece::Text(run))?;
        }
        Ok(())
    }

    fn comment(&mut self, flat: &mut Flat, nested: bool) {
        let text = self.take_while(|c| c != '\n');
        // Old shells look for the end of a substitution without knowing comments.
        if nested && text.contains(['\'', '"', '`', '(', ')', '\\', '$']) {
            flat.doubt("it has a comment with quotes in a substitution");
        }
    }

    fn redirection(
        &mut self,
        flat: &mut Flat,
        first: char,
        pending: &mut Vec<HereDocument>,
    ) -> Scanned<()> {
        let digits = flat.text.len()
            - flat
                .text
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .len();
        if digits > 4 {
            return Err("it redirects a descriptor out of range".into());
        }
        if self.eat("(") {
            self.substitution(flat)?;
            return flat.push(Piece::Value {
                source: Source::Path,
                quoted: true,
            });
        }
        flat.text.push(first);
        if first == '>' {
            for more in ['>', '|', '&'] {
                if self.peek() == Some(more) {
                    flat.text.extend(self.next());
                    break;
                }
            }
            return Ok(());
        }
        if self.eat("<<") {
            flat.text.push_str("<<");
        } else if self.eat("<") {
            let strip_tabs = self.eat("-");
            pending.push(self.here_delimiter(strip_tabs)?);
            flat.push(Piece::Text("here-document".into()))?;
        } else if matches!(self.peek(), Some('&' | '>')) {
            flat.text.extend(self.next());
        }
        Ok(())
    }
}

/// Shells that go by bytes take these for blanks in some locales.
fn looks_blank_to_bytes(c: char) -> bool {
    let mut buffer = [0; 4];
    c.encode_utf8(&mut buffer)
        .bytes()
        .any(|byte| matches!(byte, 0x85 | 0xA0))
}
