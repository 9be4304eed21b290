//! Taking a value out, with the comma and the line that belong to it.

use super::{Container, Document, Step};
use crate::error::Result;

impl Document {
    /// Takes the value at a path out; false where there is none. Comments
    /// around it stay.
    ///
    /// # Errors
    /// Where something on the way has another shape.
    pub fn remove(&mut self, path: &[Step<'_>]) -> Result<bool> {
        let Some((last, parent)) = path.split_last() else {
            return Ok(false);
        };
        let Some(container) = self.container(parent)? else {
            return Ok(false);
        };
        let index = match last {
            Step::At(index) => Some(*index).filter(|i| *i < container.items.len()),
            Step::Key(key) => self.position(parent, key)?,
        };
        let Some(index) = index else {
            return Ok(false);
        };
        for (start, end) in self.ranges(&container, index).into_iter().rev() {
            self.text.replace_range(start..end, "");
        }
        Ok(true)
    }

    /// Takes the container at a path out where it is empty.
    ///
    /// # Errors
    /// Where something on the way has another shape.
    pub fn remove_if_empty(&mut self, path: &[Step<'_>]) -> Result<bool> {
        let empty = self
            .container(path)?
            .is_some_and(|container| container.items.is_empty());
        if empty { self.remove(path) } else { Ok(false) }
    }

    fn position(&self, parent: &[Step<'_>], key: &str) -> Result<Option<usize>> {
        let mut path = parent.to_vec();
        path.push(Step::Key(key));
        // Refuses a key that stands there twice.
        if self.at(&path, |_| Ok(()))?.is_none() {
            return Ok(None);
        }
        self.at(parent, |found| {
            Ok(found
                .as_object()
                .and_then(|o| o.properties.iter().position(|p| p.name.as_str() == key)))
        })
        .map(Option::flatten)
    }

    /// The ranges to cut, in order.
    fn ranges(&self, container: &Container, index: usize) -> Vec<(usize, usize)> {
        let (start, end) = container.items[index];
        let text = &self.text;
        let next = container.items.get(index + 1).map(|item| item.0);
        let after = gap(text, end, next.unwrap_or(container.end - 1));
        if let Some(next) = next {
            let comma = after.comma.unwrap_or(end);
            return if text[end..comma].trim().is_empty() {
                vec![(start, blanks_end(text, comma + 1).min(next))]
            } else {
                vec![(start, end), (comma, comma + 1)]
            };
        }
        let Some((_, previous)) = index.checked_sub(1).map(|i| container.items[i]) else {
            let (open, close) = (container.start + 1, container.end - 1);
            return if after.comments || gap(text, open, start).comments {
                cut(start, end, after.comma)
            } else {
                vec![(open, close)]
            };
        };
        let before = gap(text, previous, start);
        let comma = before.comma.unwrap_or(previous);
        let from = if before.comments {
            let cut_to = after.comma.map_or(end, |trailing| trailing + 1);
            before.last_kept(text, cut_to)
        } else if after.comma.is_some() {
            comma + 1
        } else {
            previous
        };
        let mut ranges = Vec::new();
        if after.comma.is_none() && from > comma {
            ranges.push((comma, comma + 1));
        }
        match after.comma {
            Some(trailing) if !after.comments => ranges.push((from, trailing + 1)),
            Some(trailing) => ranges.extend([(from, end), (trailing, trailing + 1)]),
            None => ranges.push((from, end)),
        }
        ranges
    }
}

fn cut(start: usize, end: usize, comma: Option<usize>) -> Vec<(usize, usize)> {
    let mut ranges = vec![(start, end)];
    ranges.extend(comma.map(|at| (at, at + 1)));
    ranges
}

/// What stands between two values.
pub(super) struct Gap {
    pub(super) comma: Option<usize>,
    comments: bool,
    /// The end of the last comment.
    last: usize,
}

impl Gap {
    /// Where to cut behind the last comment: its line break stays, unless one
    /// follows on the cut.
    fn last_kept(&self, text: &str, cut_to: usize) -> usize {
        let follows = text[cut_to..].trim_start_matches([' ', '\t']);
        if follows.starts_with(['\n', '\r']) {
            return self.last;
        }
        let newline = text[self.last..].find('\n').map(|at| self.last + at + 1);
        newline.filter(|at| *at < cut_to).unwrap_or(self.last)
    }
}

pub(super) fn gap(text: &str, from: usize, to: usize) -> Gap {
    let mut gap = Gap {
        comma: None,
        comments: false,
        last: from,
    };
    let mut at = from;
    while at < to {
        if let Some(end) = comment_end(text, at) {
            gap.comments = true;
            gap.last = end;
            at = end;
        } else {
            if text.as_bytes()[at] == b',' {
                gap.comma = Some(at);
            }
            at += 1;
        }
    }
    gap
}

/// Past the comments that stand on the line of `from`, or `from` itself.
pub(super) fn same_line_comments(text: &str, from: usize) -> usize {
    let (mut at, mut end) = (from, from);
    while at < text.len() {
        if let Some(past) = comment_end(text, at) {
            (at, end) = (past, past);
        } else if matches!(text.as_bytes()[at], b' ' | b'\t') {
            at += 1;
        } else {
            break;
        }
    }
    end
}

fn comment_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with("//") {
        let end = rest.find('\n').map_or(text.len(), |i| at + i);
        Some(if text[..end].ends_with('\r') {
            end - 1
        } else {
            end
        })
    } else if rest.starts_with("/*") {
        Some(rest.find("*/").map_or(text.len(), |i| at + i + 2))
    } else {
        None
    }
}

fn blanks_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.len() - rest.trim_start().len()
}
