//! Flattens a command text before it is parsed: every quoted or escaped text, expansion, substitution and
//! here-document becomes one placeholder character, comments and line continuations go away.
//!
//! Invariants: the flat text holds only plain word characters, placeholders, blanks, newlines and operators, so
//! that bash, zsh and the parser can't disagree on where a word or a command ends. Each substitution is a flat text
//! of its own below `subs`, wherever it stood. Whatever the shells read differently is an error (the text can't be
//! trusted at all) or a doubt (its structure can be trusted, its effect can't).
//! Called by `script`; the `$` forms are in `expansion`.

use super::arithmetic::Arithmetic;

/// Levels of substitutions within substitutions.
const MAX_LEVELS: usize = 32;
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

    fn at_word_start(&self) -> bool {
        self.text
            .ends_with(|c: char| c.is_ascii_whitespace() || ";&|()<>".contains(c))
            || self.text.is_empty()
    }
}

struct HereDocument {
    delimiter: String,
    literal: bool,
    strip_tabs: bool,
}

pub(super) struct Scanner<'a> {
    pub(super) rest: &'a str,
    pub(super) level: usize,
}

pub(super) fn flatten(command: &str) -> Scanned<Flat> {
    if command
        .chars()
        .any(|c| u32::from(c) >= FIRST || (c.is_control() && !matches!(c, '\n' | '\t')))
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
                if flat.text.ends_with(blank)
                    || self.rest.starts_with(blank)
                    || flat.text.is_empty()
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

    fn here_delimiter(&mut self, strip_tabs: bool) -> Scanned<HereDocument> {
        let name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        self.take_while(|c| matches!(c, ' ' | '\t'));
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"' | '\\'));
        if quote.is_some() {
            self.next();
        }
        let delimiter = self.take_while(name).to_owned();
        let closed = match quote {
            Some(quote @ ('\'' | '"')) => self.next() == Some(quote),
            _ => true,
        };
        let ends = self
            .peek()
            .is_none_or(|c| c.is_ascii_whitespace() || ";&|()<>".contains(c));
        if delimiter.is_empty() || !closed || !ends {
            return Err("it has an unusual here-document".into());
        }
        Ok(HereDocument {
            delimiter,
            literal: quote.is_some(),
            strip_tabs,
        })
    }

    fn here_document(&mut self, flat: &mut Flat, document: &HereDocument) -> Scanned<()> {
        // Old shells look for the end of a substitution in the body of a here-document too.
        if self.level > 0 {
            flat.doubt("it has a here-document in a substitution");
        }
        let mut body = String::new();
        loop {
            if self.rest.is_empty() {
                return Err("a here-document has no end".into());
            }
            let mut line = self.line().to_owned();
            while !document.literal && ends_in_escape(&line) && !self.rest.is_empty() {
                line.pop();
                line.push_str(self.line());
            }
            let line = if document.strip_tabs {
                line.trim_start_matches('\t')
            } else {
                &line
            };
            if line == document.delimiter {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        if document.literal {
            return Ok(());
        }
        let mut inside = Scanner {
            rest: &body,
            level: self.level,
        };
        let text = flat.text.len();
        while let Some(c) = inside.next() {
            match c {
                '\\' => drop(inside.next()),
                '`' => inside.backquoted(flat, true)?,
                '$' if inside.expands(true) => inside.dollar(flat, true)?,
                _ => {}
            }
        }
        flat.text.truncate(text);
        Ok(())
    }

    fn line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }
}

fn ends_in_escape(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// Shells that go by bytes take these for blanks in some locales.
fn looks_blank_to_bytes(c: char) -> bool {
    let mut buffer = [0; 4];
    c.encode_utf8(&mut buffer)
        .bytes()
        .any(|byte| matches!(byte, 0x85 | 0xA0))
}
