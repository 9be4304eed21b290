//! Ids from the client, and the names that are made from them.
//!
//! Invariants: [`SessionId::dir`], [`AgentId::key`] and [`Handle`] hold only
//! `[a-z0-9-]` (a session's directory may be a plain UUID), begin with a letter
//! or digit, and two different ids never share a directory or a key.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A session of the client, by its `session_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

/// A subagent of a session, by its `agent_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgentId(pub String);

/// An agent's name: `backend-sess-0283c709`. Fit for paths and refs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Handle(String);

impl SessionId {
    /// The name of the session's directory: the id itself where it is a UUID
    /// in its usual form, else a slug of it with 16 hex digits of its hash.
    pub fn dir(&self) -> String {
        if is_uuid(&self.0) {
            return self.0.clone();
        }
        format!("{}-{}", slug(&self.0), hex_hash(&self.0, 16))
    }

    /// The short form with `digits` hex digits: `sess-0283c709`.
    pub fn short(&self, digits: usize) -> String {
        let hex: String = if is_uuid(&self.0) {
            self.0.chars().filter(|c| *c != '-').collect()
        } else {
            hex_hash(&self.0, 32)
        };
        format!("sess-{}", &hex[..digits.min(hex.len())])
    }
}

impl AgentId {
    /// The name of the agent's entry under `agents/by-id/`.
    pub fn key(&self) -> String {
        hex_hash(&self.0, 32)
    }

    /// The id where it can stand in a file name as it is.
    pub fn plain(&self) -> Option<&str> {
        let fits = (1..=64).contains(&self.0.len())
            && self
                .0
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !self.0.starts_with('-');
        fits.then_some(self.0.as_str())
    }
}

impl Handle {
    /// The `nth` (from 1) of its kind in a session.
    pub fn new(prefix: &str, nth: u32, session_short: &str) -> Self {
        let prefix = slug(prefix);
        match nth {
            0 | 1 => Self(format!("{prefix}-{session_short}")),
            n => Self(format!("{prefix}-{n}-{session_short}")),
        }
    }

    /// A handle as somebody wrote it, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch of the agent's workspace, without `refs/heads/`.
    pub fn branch(&self) -> String {
        format!("agent/{}", self.0)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case letters, digits and single hyphens, at most 40 of them; `agent`
/// where nothing is left. What changed the text adds 8 digits of its hash, but
/// for plain changes of case and of separators (`Code Reviewer`, `plugin:x`).
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    let mut lossy = false;
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            ' ' | '-' | '_' | ':' | '/' | '.' => {
                lossy |= matches!(c, '/' | '.');
                if !out.ends_with('-') && !out.is_empty() {
                    out.push('-');
                }
            }
            _ => lossy = true,
        }
    }
    if out.len() > 40 {
        out.truncate(40);
        lossy = true;
    }
    let out = out.trim_end_matches('-');
    let out = if out.is_empty() { "agent" } else { out };
    if lossy {
        format!(
            "{}-{}",
            &out[..out.len().min(31)].trim_end_matches('-'),
            hex_hash(text, 8)
        )
    } else {
        out.to_owned()
    }
}

/// The first `digits` hex digits (at most 64) of the text's SHA-256.
pub fn hex_hash(text: &str, digits: usize) -> String {
    use fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(digits);
    hex
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_own_directory_and_everything_else_is_hashed() {
        let id = |s: &str| SessionId(s.to_owned());
        assert_eq!(
            id("0283c709-5141-4772-a945-07b70096c622").short(8),
            "sess-0283c709"
        );
        assert_eq!(
            id("0283c709-5141-4772-a945-07b70096c622").dir(),
            "0283c709-5141-4772-a945-07b70096c622"
        );
        for bad in [
            "../../etc",
            ".",
            "/etc/passwd",
            "a\0b",
            "",
            "A283c709-5141-4772-a945-07b70096c622",
        ] {
            let dir = id(bad).dir();
            assert!(
                dir.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{dir}"
            );
            assert!(!dir.starts_with('-'), "{dir}");
        }
        assert_ne!(id("a").dir(), id("A").dir());
    }

    #[test]
    fn slugs_are_fit_for_refs_and_paths() {
        assert_eq!(slug("general-purpose"), "general-purpose");
        assert_eq!(slug("Code Reviewer"), "code-reviewer");
        assert_eq!(slug("plugin:reviewer"), "plugin-reviewer");
        for bad in [
            "--help",
            "../../x",
            "a..b",
            "😀",
            "-c core.fsmonitor=x",
            "nul.txt",
            "",
            "x.lock",
            &"y".repeat(300),
        ] {
            let s = slug(bad);
            assert!(
                s.len() <= 49 && !s.starts_with('-') && !s.ends_with('-'),
                "{s}"
            );
            assert!(
                s.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{s}"
            );
        }
        assert_ne!(slug("e\u{301}"), slug("\u{e9}"));
    }

    #[test]
    fn the_second_of_a_kind_has_a_number() {
        assert_eq!(
            Handle::new("backend", 1, "sess-0283c709").as_str(),
            "backend-sess-0283c709"
        );
        assert_eq!(
            Handle::new("backend", 2, "sess-0283c709").branch(),
            "agent/backend-2-sess-0283c709"
        );
        assert!(Handle::parse("../x").is_none());
    }
}
