//! Append-only logs.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Appends one line for people by one `write`; line breaks in it become spaces,
/// and what else a terminal would obey is taken out.
///
/// # Errors
/// Where it can't be written.
pub fn line(path: &Path, text: &str) -> Result<()> {
    let plain = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let mut bytes = text.chars().map(plain).collect::<String>().into_bytes();
    bytes.push(b'\n');
    write(path, &bytes)
}

/// Appends one value as a line of JSON.
///
/// # Errors
/// Where it can't be written.
pub fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec(value).map_err(|e| Error::io("write", path, e.into()))?;
    bytes.push(b'\n');
    write(path, &bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let open = || OpenOptions::new().append(true).create(true).open(path);
    let mut file = match open() {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
            }
            open()
        }
        other => other,
    }
    .map_err(|e| Error::io("open", path, e))?;
    match file.write(bytes) {
        Ok(n) if n == bytes.len() => Ok(()),
        Ok(_) => Err(Error::io("write", path, ErrorKind::StorageFull.into())),
        Err(e) => Err(Error::io("write", path, e)),
    }
}

/// Reads what was appended behind a place; returns it with the place that comes
/// next. A log that is shorter than that is read from its start.
pub fn read_from<T: DeserializeOwned>(path: &Path, place: u64) -> (Vec<T>, u64) {
    let bytes = super::doc::bytes(path).unwrap_or_default();
    let start = usize::try_from(place)
        .ok()
        .filter(|at| *at <= bytes.len())
        .unwrap_or(0);
    let end = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let lines = bytes.get(start..end).unwrap_or_default();
    let lines = lines.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let read = |line| serde_json::from_slice(line).ok().or_else(|| behind(line));
    (lines.filter_map(read).collect(), end as u64)
}

/// Reads a log; returns its values and how many lines could not be read.
pub fn read<T: DeserializeOwned>(path: &Path) -> (Vec<T>, usize) {
    let Ok(bytes) = super::doc::bytes(path) else {
        return (Vec::new(), 0);
    };
    let mut values = Vec::new();
    let mut broken = 0;
    for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        if let Ok(value) = serde_json::from_slice(line) {
            values.push(value);
        } else {
            broken += 1;
            values.extend(behind(line));
        }
    }
    (values, broken)
}

/// The value that was appended behind a line that had been cut off.
fn behind<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    let begins = line.windows(2).enumerate().skip(1);
    let begins = begins.filter(|(_, two)| two == b"{\"");
    let mut rests = begins.take(16).map(|(at, _)| &line[at..]);
    rests.find_map(|rest| serde_json::from_slice(rest).ok())
}
