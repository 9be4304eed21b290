//! What could not be used of the configuration, said so that it can be put right.
//!
//! Invariant: text that comes from a file is shortened and escaped, because it
//! ends up on terminals and in front of models.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::Error;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not count, and nothing is wrong with what does.
    Warning,
    /// Something can't be used.
    Error,
}

/// One thing that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The file; `None` for the environment.
    pub file: Option<PathBuf>,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// Which key or variable, and what is wrong with it.
    pub text: String,
}

impl Problem {
    /// An error with a whole file.
    pub(super) fn with_file(file: &Path, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: Some(file.to_owned()),
            line: None,
            text: text.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.severity {
            Severity::Warning => "warning: ",
            Severity::Error => "error: ",
        })?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: {}", file.display(), self.text),
            (Some(file), None) => write!(f, "{}: {}", file.display(), self.text),
            (None, _) => f.write_str(&self.text),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match (problem.file, problem.line) {
            (Some(path), Some(line)) => Self::Config {
                path,
                line,
                reason: problem.text,
            },
            (Some(path), None) => Self::Corrupt {
                path,
                reason: problem.text,
            },
            (None, _) => Self::Usage(problem.text),
        }
    }
}

/// The problems of one file, at most [`Problems::LIMIT`] of them.
#[derive(Debug)]
pub(super) struct Problems {
    file: PathBuf,
    list: Vec<Problem>,
    left_out: Option<(usize, Severity)>,
}

impl Problems {
    const LIMIT: usize = 50;

    pub(super) fn of(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            list: Vec::new(),
            left_out: None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= Self::LIMIT
    }

    pub(super) fn add(&mut self, severity: Severity, line: usize, text: String) {
        if self.is_full() {
            let (count, worst) = self.left_out.unwrap_or((0, severity));
            self.left_out = Some((count + 1, worst.max(severity)));
            return;
        }
        self.list.push(Problem {
            severity,
            file: Some(self.file.clone()),
            line: Some(line),
            text,
        });
    }

    pub(super) fn into_vec(mut self) -> Vec<Problem> {
        if let Some((count, severity)) = self.left_out {
            self.list.push(Problem {
                severity,
                file: Some(self.file),
                line: None,
                text: format!("{count} more problems that are not listed"),
            });
        }
        self.list
    }
}

/// Foreign text in backticks: on one line, without control characters, short.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let short: String = text.chars().take(LONGEST).collect();
    let cut = if short.len() < text.len() { "..." } else { "" };
    let clean = short.replace('`', "'").escape_debug().to_string();
    format!("`{}{cut}`", clean.replace("\\'", "'").replace("\\\"", "\""))
}
