//! What people see: tables that fit, colour only on a terminal, JSON for scripts.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::error::{Error, Result};

/// Prints one value as JSON.
///
/// # Errors
/// Where stdout can't be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|e| Error::io("write", "stdout", e.into()))?;
    // In JSON all of these stand in strings, but for the line breaks between.
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_obeyed(c) {
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    plain.push('\n');
    print(&plain)
}

/// Prints one line. A reader that went away is no error.
///
/// # Errors
/// Where stdout can't be written.
pub fn line(text: &str) -> Result<()> {
    self::text(&format!("{text}\n"))
}

/// Prints a text at once, without what a terminal would obey. A reader that went
/// away is no error.
///
/// # Errors
/// Where stdout can't be written.
pub fn text(text: &str) -> Result<()> {
    print(&plain_lines(text))
}

fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| Error::io("write", "stdout", e)),
    }
}

/// Prints a line for people on stderr.
pub fn hint(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", plain_lines(text));
}

/// Prints a table without lines, as wide as it has to be on a pipe and at most
/// as wide as the terminal there.
///
/// # Errors
/// Where stdout can't be written.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let arrangement = if std::io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    };
    table.set_content_arrangement(arrangement);
    table.set_header(header.iter().map(|h| h.to_uppercase()).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)).collect::<Vec<_>>());
    }
    let text: Vec<String> = table
        .to_string()
        .lines()
        .map(|l| l.trim().to_owned())
        .collect();
    line(&text.join("\n"))
}

/// Text from outside without what a terminal would obey.
pub fn plain(text: &str) -> String {
    let harmless = |c| {
        if is_obeyed(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

/// The same of a text of several lines.
fn plain_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_line = c == '\n' || (c == '\r' && chars.peek() == Some(&'\n'));
        let harmless = ends_line || c == '\t' || !is_obeyed(c);
        out.push(if harmless {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        });
    }
    out
}

/// Control characters, and those that turn the direction of what follows.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An error with its help, as people see it.
pub fn error(error: &Error) {
    hint(&format!("maos: {}", plain(&error.to_string())));
    if let Some(help) = error.help() {
        hint(&format!("  {}", plain(&help)));
    }
}
