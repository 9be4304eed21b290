//! Putting a value in: at the end of its container, or in place of another.

use serde_json::Value;

use super::print::{Style, quote};
use super::{Container, Document, Step};
use crate::error::Result;

impl Document {
    /// Sets the value at a path of keys, and makes the objects on the way.
    ///
    /// # Errors
    /// Where something on the way has another shape.
    pub fn set(&mut self, path: &[Step<'_>], value: &Value) -> Result<()> {
        if self.replace(path, value)? {
            return Ok(());
        }
        let Some((Step::Key(key), parent)) = path.split_last() else {
            return Ok(());
        };
        self.require(parent, &Value::Object(serde_json::Map::new()))?;
        self.insert_last(parent, Some(key), value)
    }

    /// Puts a value at the end of the array at a path of keys, which is made
    /// where it is missing.
    ///
    /// # Errors
    /// Where something on the way has another shape.
    pub fn push(&mut self, path: &[Step<'_>], value: &Value) -> Result<()> {
        if self.at(path, |_| Ok(()))?.is_none() {
            return self.set(path, &Value::Array(vec![value.clone()]));
        }
        self.insert_last(path, None, value)
    }

    /// Replaces the value at a path; false where there is none.
    fn replace(&mut self, path: &[Step<'_>], value: &Value) -> Result<bool> {
        use jsonc_parser::common::Ranged;
        let Some((start, end)) = self.at(path, |found| Ok((found.start(), found.end())))? else {
            return Ok(false);
        };
        let style = Style::of(&self.text);
        let new = if self.is_one_line() {
            style.compact(value)
        } else {
            style.pretty(value, self.indent_at(start))
        };
        self.text.replace_range(start..end, &new);
        Ok(true)
    }

    /// Makes what is missing on the way to a container.
    fn require(&mut self, path: &[Step<'_>], empty: &Value) -> Result<()> {
        if self.is_empty() {
            "{}\n".clone_into(&mut self.text);
        }
        if !path.is_empty() && self.at(path, |_| Ok(()))?.is_none() {
            self.set(path, empty)?;
        }
        Ok(())
    }

    fn insert_last(&mut self, path: &[Step<'_>], key: Option<&str>, value: &Value) -> Result<()> {
        let Some(container) = self.container(path)? else {
            return Ok(());
        };
        let style = Style::of(&self.text);
        match container.items.last() {
            None => self.insert_only(&container, &style, key, value),
            Some(last) => self.insert_after(&container, last.1, &style, key, value),
        }
        Ok(())
    }

    fn insert_only(
        &mut self,
        container: &Container,
        style: &Style,
        key: Option<&str>,
        value: &Value,
    ) {
        let inner = &self.text[container.start + 1..container.end - 1];
        let blank = inner.trim_matches([' ', '\t']).is_empty();
        let fits = key.is_none() && !value.is_object() && !value.is_array();
        if blank && (fits || (self.is_one_line() && container.start > self.first())) {
            let new = with_key(key, &style.compact(value), style.spaced);
            let range = container.start + 1..container.end - 1;
            self.text.replace_range(range, &new);
            return;
        }
        let outer = self.indent_at(container.start).to_owned();
        let indent = format!("{outer}{}", style.unit);
        let printed = with_key(key, &style.pretty(value, &indent), true);
        let mut new = format!("{}{indent}{printed}", style.newline);
        let mut end = container.start + 1;
        if blank {
            // What stands between the braces is no more than a gap.
            end = container.end - 1;
            new.push_str(style.newline);
            new.push_str(&outer);
        }
        self.text.replace_range(container.start + 1..end, &new);
    }

    fn insert_after(
        &mut self,
        container: &Container,
        last_end: usize,
        style: &Style,
        key: Option<&str>,
        value: &Value,
    ) {
        let first = container.items[0].0;
        let own_lines = self.text[container.start..first].contains('\n');
        let gap = super::remove::gap(&self.text, last_end, container.end - 1);
        let from = gap.comma.map_or(last_end, |comma| comma + 1);
        let at = super::remove::same_line_comments(&self.text, from);
        let new = if own_lines || at > from {
            let indent = if own_lines {
                self.indent_at(first).to_owned()
            } else {
                format!("{}{}", self.indent_at(container.start), style.unit)
            };
            let printed = with_key(key, &style.pretty(value, &indent), true);
            format!("{}{indent}{printed}", style.newline)
        } else {
            let blank = if style.spaced { " " } else { "" };
            let printed = with_key(key, &style.compact(value), style.spaced);
            format!("{blank}{printed}")
        };
        if gap.comma.is_some() {
            self.text.insert_str(at, &format!("{new},"));
        } else {
            self.text.insert_str(at, &new);
            self.text.insert(last_end, ',');
        }
    }

    fn first(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Whether the whole object stands on one line and is not empty.
    fn is_one_line(&self) -> bool {
        let text = self.text.trim();
        !text.contains('\n') && text.contains('"')
    }

    /// The blanks that the line of an offset begins with.
    fn indent_at(&self, offset: usize) -> &str {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = &self.text[start..offset];
        let rest = line.trim_start_matches([' ', '\t']);
        &line[..line.len() - rest.len()]
    }
}

fn with_key(key: Option<&str>, printed: &str, spaced: bool) -> String {
    match key {
        Some(key) => format!("{}:{}{printed}", quote(key), if spaced { " " } else { "" }),
        None => printed.to_owned(),
    }
}
