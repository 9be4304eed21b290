//! A settings file as text that is edited in place.
//!
//! An edit inserts, replaces or removes one value and touches no byte outside
//! of it and of the comma and line break that belong to it: comments, odd
//! spacing, line ends and a byte order mark stay. Invariant: an edit that was
//! put at the end and taken out again leaves the text as it was.

mod insert;
mod print;
mod remove;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

const BOM: char = '\u{feff}';

/// One step on the way to a value.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A key of an object.
    Key(&'a str),
    /// A place in an array.
    At(usize),
}

/// Steps through keys alone.
pub fn keys<'a>(names: &[&'a str]) -> Vec<Step<'a>> {
    names.iter().map(|name| Step::Key(name)).collect()
}

/// A text that holds one JSON object, or nothing yet.
#[derive(Debug, Clone)]
pub struct Document {
    path: PathBuf,
    bom: bool,
    text: String,
}

/// Where a container and what it holds stand in the text.
#[derive(Debug)]
struct Container {
    start: usize,
    end: usize,
    /// Elements, or properties with their keys.
    items: Vec<(usize, usize)>,
}

impl Document {
    /// Reads a file's content; `None` and an empty file are an empty document.
    ///
    /// # Errors
    /// Where it is no JSON object.
    pub fn parse(path: &Path, content: Option<&[u8]>) -> Result<Self> {
        let content = content.unwrap_or_default();
        let text = std::str::from_utf8(content).map_err(|e| {
            let before = String::from_utf8_lossy(&content[..e.valid_up_to()]);
            Error::Config {
                path: path.to_owned(),
                line: 1 + before.matches('\n').count(),
                reason: "this is not UTF-8 text".into(),
            }
        })?;
        let document = Self {
            path: path.to_owned(),
            bom: text.starts_with(BOM),
            text: text.trim_start_matches(BOM).to_owned(),
        };
        if !document.is_empty() {
            document.with(|root| match root {
                ast::Value::Object(_) => Ok(()),
                other => Err(document.wrong(other.start(), "the file must hold one JSON object")),
            })?;
        }
        Ok(document)
    }

    /// The file that it is the content of.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The content, byte for byte.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len() + 3);
        if self.bom {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        bytes.extend_from_slice(self.text.as_bytes());
        bytes
    }

    /// Whether it holds no object, not even an empty one.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Why it is not JSON to the letter, if it is not: the client ignores a
    /// settings file with comments or trailing commas as a whole.
    pub fn lenience(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let strict = serde_json::from_str::<serde::de::IgnoredAny>(&self.text);
        strict.err().map(|e| format!("it is not strict JSON ({e})"))
    }

    /// What it says. Of a key that stands there twice the last one counts, as
    /// for the client.
    ///
    /// # Errors
    /// Where an edit left no JSON, which would be a bug.
    pub fn value(&self) -> Result<Value> {
        if self.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        self.with(|root| Ok(plain(root)))
    }

    /// The value at a path; `None` where there is none.
    ///
    /// # Errors
    /// Where the way leads through something of another shape.
    pub fn get(&self, path: &[Step<'_>]) -> Result<Option<Value>> {
        self.at(path, |found| Ok(plain(found)))
    }

    /// The line, from 1, that a path's value begins in.
    pub fn line_of(&self, path: &[Step<'_>]) -> usize {
        self.at(path, |found| Ok(found.start()))
            .ok()
            .flatten()
            .map_or(1, |start| self.line(start))
    }

    /// An error about the value at a path.
    pub fn error_at(&self, path: &[Step<'_>], reason: impl Into<String>) -> Error {
        Error::Config {
            path: self.path.clone(),
            line: self.line_of(path),
            reason: reason.into(),
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&ast::Value<'_>) -> Result<T>) -> Result<T> {
        let parsed = parse_to_ast(&self.text, &CollectOptions::default(), &options());
        match parsed {
            Ok(parsed) => match &parsed.value {
                Some(root) => ask(root),
                None => Err(self.wrong(0, "the file holds no JSON")),
            },
            Err(e) => Err(Error::Config {
                path: self.path.clone(),
                line: e.line_display(),
                reason: format!("this is not JSON: {}", e.kind()),
            }),
        }
    }

    /// Asks about the value at a path, if it is there.
    fn at<T>(
        &self,
        path: &[Step<'_>],
        ask: impl FnOnce(&ast::Value<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.with(|root| {
            let mut here = root;
            for (depth, step) in path.iter().enumerate() {
                let next = match (step, here) {
                    (Step::Key(key), ast::Value::Object(object)) => {
                        let mut named =
                            object.properties.iter().filter(|p| p.name.as_str() == *key);
                        let first = named.next();
                        if let Some(second) = named.next() {
                            let reason = format!("`{key}` stands here for the second time");
                            return Err(self.wrong(second.start(), &reason));
                        }
                        first.map(|p| &p.value)
                    }
                    (Step::At(index), ast::Value::Array(array)) => array.elements.get(*index),
                    (Step::Key(_), other) => {
                        let reason = format!("{} must be an object", spell(&path[..depth]));
                        return Err(self.wrong(other.start(), &reason));
                    }
                    (Step::At(_), other) => {
                        let reason = format!("{} must be an array", spell(&path[..depth]));
                        return Err(self.wrong(other.start(), &reason));
                    }
                };
                match next {
                    Some(next) => here = next,
                    None => return Ok(None),
                }
            }
            ask(here).map(Some)
        })
    }

    fn container(&self, path: &[Step<'_>]) -> Result<Option<Container>> {
        self.at(path, |found| match found {
            ast::Value::Object(object) => Ok(Container {
                start: object.start(),
                end: object.end(),
                items: object.properties.iter().map(span).collect(),
            }),
            ast::Value::Array(array) => Ok(Container {
                start: array.start(),
                end: array.end(),
                items: array.elements.iter().map(span).collect(),
            }),
            other => {
                let reason = format!("{} must hold other values", spell(path));
                Err(self.wrong(other.start(), &reason))
            }
        })
    }

    fn wrong(&self, offset: usize, reason: &str) -> Error {
        Error::Config {
            path: self.path.clone(),
            line: self.line(offset),
            reason: reason.to_owned(),
        }
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.text[..offset].matches('\n').count()
    }
}

fn span(node: &impl Ranged) -> (usize, usize) {
    (node.start(), node.end())
}

/// A path as a person would write it: `hooks.PreToolUse[0]`.
fn spell(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::At(index) => {
                let _ = write!(out, "[{index}]");
            }
        }
    }
    if out.is_empty() {
        "the file".to_owned()
    } else {
        format!("`{out}`")
    }
}

/// JSON, plus the comments and trailing commas that people leave in it.
fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn plain(value: &ast::Value<'_>) -> Value {
    match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(b) => Value::Bool(b.value),
        ast::Value::NumberLit(n) => serde_json::from_str(n.value).unwrap_or(Value::Null),
        ast::Value::StringLit(s) => Value::String(s.value.to_string()),
        ast::Value::Array(array) => Value::Array(array.elements.iter().map(plain).collect()),
        ast::Value::Object(object) => Value::Object(
            object
                .properties
                .iter()
                .map(|p| (p.name.as_str().to_owned(), plain(&p.value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
