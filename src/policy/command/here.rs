//! Scans here-documents: in the flat text they are an input file, and what their bodies expand is
//! judged.
//!
//! Invariant: the body ends where bash ends it, line continuations included.

use super::flat::{Flat, Scanned};
use super::scan::Scanner;

pub(super) struct HereDocument {
    delimiter: String,
    literal: bool,
    strip_tabs: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn here_delimiter(&mut self, strip_tabs: bool) -> Scanned<HereDocument> {
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

    pub(super) fn here_document(
        &mut self,
        flat: &mut Flat,
        document: &HereDocument,
    ) -> Scanned<()> {
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
                flat.doubt("it joins lines in a here-document");
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
