//! What a command's argument can be once the shell has expanded it.
//!
//! Invariant: an argument is never given less freedom than the shell gives it.

use super::flat::{Piece, Source};
use super::script::Script;
use super::values::{Value, Variables};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arg {
    /// Exactly this word.
    Literal(String),
    /// This word but for its numbers, each written as `1`; any of them may turn out empty.
    Numeric { shape: String, many: bool },
    /// Words that all start like this; with `many` there may be none or several.
    Operand { prefix: String, many: bool },
    /// Anything, options included.
    Wild { many: bool },
}

/// Stands for an unknown start that is no dash.
const UNKNOWN_START: char = '…';

impl Arg {
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            _ => None,
        }
    }

    /// The word, numbers apart.
    pub(super) fn shape(&self) -> Option<&str> {
        match self {
            Self::Literal(text) | Self::Numeric { shape: text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_many(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Numeric { many, .. } | Self::Operand { many, .. } | Self::Wild { many } => *many,
        }
    }

    /// Certainly no option (a lone dash is none).
    pub(super) fn is_operand(&self) -> bool {
        match self {
            Self::Literal(text) => !text.starts_with('-') || text == "-",
            Self::Numeric { shape: text, .. } | Self::Operand { prefix: text, .. } => {
                !text.starts_with('-')
            }
            Self::Wild { .. } => false,
        }
    }

    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Literal(text)
            | Self::Numeric { shape: text, .. }
            | Self::Operand { prefix: text, .. } => text,
            Self::Wild { .. } => "an unknown argument",
        }
    }
}

/// The text of a word without anything that the shell would expand.
pub(super) fn literal(raw: &str, script: &Script) -> Option<String> {
    let mut text = String::new();
    for c in raw.chars() {
        match script.piece(c) {
            Some(Piece::Text(quoted)) => text.push_str(quoted),
            Some(Piece::Value { .. }) => return None,
            None if "*?{".contains(c) || (c == '[' && raw != "[" && raw != "[[") => return None,
            None if c == '~' && text.is_empty() => return None,
            None => text.push(c),
        }
    }
    Some(text)
}

/// A word of a command line: it is split and matched against files.
pub(super) fn arg(raw: &str, script: &Script, variables: &Variables) -> Arg {
    build(raw, script, variables, true)
}

/// The right side of an assignment: one value, as if it were quoted.
pub(super) fn assigned(raw: &str, script: &Script, variables: &Variables) -> Arg {
    build(raw, script, variables, false)
}

fn build(raw: &str, script: &Script, variables: &Variables, splits: bool) -> Arg {
    let braces = splits && raw.contains('{') && (raw.contains(',') || raw.contains(".."));
    let mut word = Word {
        prefix: String::new(),
        start: Start::Open,
        known: Known::Exactly,
        anchored: !splits,
        many: false,
    };
    for c in raw.chars() {
        match script.piece(c) {
            Some(Piece::Text(text)) => word.text(text),
            Some(Piece::Value { source, quoted }) => {
                let value = variables.value(source, script);
                let list = splits && matches!(source, Source::All(_));
                let one = !list && (*quoted || !splits);
                match value {
                    Value::Number if !list => word.number(one),
                    Value::Number | Value::Token => word.unknown(value, !one),
                    _ if one => word.unknown(value, false),
                    Value::Operand if *quoted => word.unknown(value, true),
                    _ => return Arg::Wild { many: true },
                }
            }
            None => match c {
                '*' | '?' | '[' if splits && raw != "[" => word.unknown(Value::Wild, true),
                '{' if braces => word.unknown(Value::Wild, true),
                '~' if raw.starts_with('~') && word.prefix.is_empty() => {
                    word.text("~");
                    word.known = Known::AsPrefix;
                }
                _ => word.text(c.encode_utf8(&mut [0; 4])),
            },
        }
    }
    word.finish()
}

/// How a word starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// All so far may turn out empty.
    Open,
    Fixed,
    /// With anything.
    Wild,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Exactly,
    ButForNumbers,
    AsPrefix,
}

struct Word {
    /// What is known of it, up to the first unknown piece.
    prefix: String,
    start: Start,
    known: Known,
    /// It is there even if all its pieces are empty.
    anchored: bool,
    many: bool,
}

impl Word {
    fn text(&mut self, text: &str) {
        self.anchored = true;
        if self.start == Start::Open && !text.is_empty() {
            // What stands before may be empty: then this starts the word.
            let option = !self.prefix.is_empty() && text.starts_with('-');
            self.start = if option { Start::Wild } else { Start::Fixed };
        }
        if self.known < Known::AsPrefix {
            self.prefix.push_str(text);
        }
    }

    fn number(&mut self, quoted: bool) {
        self.anchored |= quoted;
        if self.known < Known::AsPrefix {
            self.prefix.push('1');
            self.known = Known::ButForNumbers;
        }
    }

    fn unknown(&mut self, value: Value, many: bool) {
        if self.start == Start::Open {
            if value == Value::Wild {
                self.start = Start::Wild;
            }
            if self.prefix.is_empty() {
                self.prefix.push(UNKNOWN_START);
            }
        }
        self.known = Known::AsPrefix;
        self.many |= many;
    }

    fn finish(self) -> Arg {
        match self.known {
            _ if self.start == Start::Wild => Arg::Wild { many: self.many },
            Known::Exactly => Arg::Literal(self.prefix),
            Known::ButForNumbers => Arg::Numeric {
                shape: self.prefix,
                many: !self.anchored,
            },
            Known::AsPrefix => Arg::Operand {
                prefix: self.prefix,
                many: self.many,
            },
        }
    }
}
