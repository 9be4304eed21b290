//! What a setting's value may be, and the check of one.
//!
//! Invariant: a value that passes is one that [`super::Settings`] takes.

use std::fmt;
use std::path::{Component, Path};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use serde_json::Value;

use super::problem::quoted;

/// What a setting's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number from 1 up to this one.
    Count(u64),
    /// True or false.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// What a handle can begin with.
    Name,
    /// `auto`, `head`, or something that git finds a commit by.
    Revision,
    /// Directories, absolute or from `~/`.
    Paths,
}

/// A value that did not pass.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it stands in the text.
    pub offset: usize,
    /// The value, fit for "must be this, not ...".
    pub found: String,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(max) => write!(f, "a whole number from 1 to {max}"),
            Self::Flag => f.write_str("true or false"),
            Self::Word(words) => {
                for (i, word) in words.iter().enumerate() {
                    let before = match i {
                        0 => "",
                        i if i + 1 == words.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}\"{word}\"")?;
                }
                Ok(())
            }
            Self::Name => f.write_str("a name of at most 40 letters, digits and hyphens"),
            Self::Revision => f.write_str("\"auto\", \"head\" or a git revision"),
            Self::Paths => f.write_str(
                "a list of absolute or ~/ paths (without .., and neither / nor ~/ itself)",
            ),
        }
    }
}

impl Kind {
    /// Checks a value of the environment. Lists can't be set there.
    pub(super) fn check_text(self, text: &str) -> Option<Value> {
        match self {
            Self::Flag => match text {
                "true" | "1" => Some(Value::Bool(true)),
                "false" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            Self::Count(max) => count(text, max),
            Self::Paths => None,
            Self::Word(_) | Self::Name | Self::Revision => self.string(text),
        }
    }

    /// Checks a value of a file.
    pub(super) fn check_json(self, value: &ast::Value<'_>) -> Result<Value, Fault> {
        let good = match (self, value) {
            (Self::Count(max), ast::Value::NumberLit(n)) => count(n.value, max),
            (Self::Flag, ast::Value::BooleanLit(b)) => Some(Value::Bool(b.value)),
            (Self::Word(_) | Self::Name | Self::Revision, ast::Value::StringLit(s)) => {
                self.string(&s.value)
            }
            (Self::Paths, ast::Value::Array(list)) => return paths(list),
            _ => None,
        };
        good.ok_or_else(|| Fault::at(value))
    }

    fn string(self, text: &str) -> Option<Value> {
        let fits = match self {
            Self::Word(words) => words.contains(&text),
            Self::Name => {
                (1..=40).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && !text.starts_with('-')
                    && !text.ends_with('-')
            }
            Self::Revision => {
                // A leading hyphen would be an option to git, two dots a range.
                (1..=250).contains(&text.len())
                    && !text.starts_with('-')
                    && !text.contains("..")
                    && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            }
            Self::Count(_) | Self::Flag | Self::Paths => false,
        };
        fits.then(|| Value::from(text))
    }
}

impl Fault {
    pub(super) fn at(value: &ast::Value<'_>) -> Self {
        Self {
            offset: value.start(),
            found: describe(value),
        }
    }
}

/// A value as an error names it: in full where it is short, else its type.
fn describe(value: &ast::Value<'_>) -> String {
    match value {
        ast::Value::StringLit(s) => format!("the string {}", quoted(&s.value)),
        ast::Value::NumberLit(n) => quoted(n.value),
        ast::Value::BooleanLit(b) => quoted(if b.value { "true" } else { "false" }),
        ast::Value::NullKeyword(_) => "null".to_owned(),
        ast::Value::Object(_) => "an object".to_owned(),
        ast::Value::Array(_) => "a list".to_owned(),
    }
}

fn count(text: &str, max: u64) -> Option<Value> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = text.parse().ok()?;
    (1..=max).contains(&number).then(|| Value::from(number))
}

fn paths(list: &ast::Array<'_>) -> Result<Value, Fault> {
    list.elements
        .iter()
        .map(|element| match element {
            ast::Value::StringLit(s) if is_directory(&s.value) => Ok(Value::from(&*s.value)),
            other => Err(Fault::at(other)),
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn is_directory(text: &str) -> bool {
    let below_home = text.strip_prefix("~/");
    let path = Path::new(below_home.unwrap_or(text));
    let from_a_root = path.is_absolute() != below_home.is_some();
    let mut parts = path.components();
    from_a_root
        && !text.chars().any(char::is_control)
        && !parts.clone().any(|p| p == Component::ParentDir)
        && parts.any(|p| matches!(p, Component::Normal(_)))
}
