//! Reads in the output of a shell command what the system refused it to write, and
//! says which of that lies outside of the agent's workspace.
//!
//! Invariants: text in, facts out. A path is named only where the line of the
//! refusal names it and it is outside; of a file inside, which may be unreadable for
//! a reason of its own, nothing is said. What only failed to be read is passed over
//! where the line says that much.

mod line;

use std::path::{Path, PathBuf};

use super::names;

/// Lines that are looked at; what comes behind them is more of the same.
const MOST_LINES: usize = 200;
/// Paths that are named.
const MOST_NAMED: usize = 3;

/// What was refused.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Absolute paths, in the order of the output, each once.
    pub paths: Vec<PathBuf>,
    /// Other names of files, as they stand there.
    pub relative: Vec<String>,
    /// Whether a line names no file at all.
    pub unnamed: bool,
}

/// Where an agent is at home.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// Its workspace.
    pub workspace: &'a Path,
    /// Trees of the project whose paths mean the workspace's.
    pub tops: &'a [&'a Path],
    /// Whether `maos-shell` ran the command: it gives a temporary directory.
    pub confined: bool,
}

/// What the output of a command says was refused; `None` where nothing was.
pub fn find(output: &str) -> Option<Refusals> {
    let lower = output.to_ascii_lowercase();
    if !line::has_sign(&lower) {
        return None;
    }
    let mut found = Refusals::default();
    let (mut seen, mut cause) = (0, "");
    for (said, lower) in output.lines().zip(lower.lines()) {
        let Some(sign) = line::sign(lower) else {
            // Rust's tools name the file in a line of its own, and then why.
            if !lower.trim().is_empty() && lower.trim() != "caused by:" {
                cause = said;
            }
            continue;
        };
        if line::is_about_else(said, lower) {
            continue;
        }
        found.add(said, sign, cause);
        seen += 1;
        if seen >= MOST_LINES {
            break;
        }
    }
    (seen > 0).then_some(found)
}

impl Refusals {
    /// These and others.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for path in other.paths {
            if !self.paths.contains(&path) {
                self.paths.push(path);
            }
        }
        self.relative.extend(other.relative);
        self.unnamed |= other.unnamed;
        self
    }

    fn add(&mut self, said: &str, sign: (usize, usize), cause: &str) {
        let (before, behind) = (&said[..sign.0], &said[sign.1..]);
        let all = line::quoted(said);
        let mut named: Vec<&str> = all.iter().copied().filter(|n| line::is_path(n)).collect();
        if named.is_empty() {
            named.extend(line::last_part(before).or_else(|| line::first_part(behind)));
        }
        if named.is_empty() {
            let word = |name: &&&str| {
                !name.contains(' ') && line::sign(&name.to_ascii_lowercase()).is_none()
            };
            named.extend(all.iter().filter(word));
        }
        if named.is_empty() && before.trim().is_empty() && behind.contains("(os error") {
            named.extend(line::last_part(cause));
        }
        if named.is_empty() {
            self.unnamed = true;
        }
        for name in named {
            let name = if before.contains("temporary file") {
                // Sed's own name for it is of no use.
                name.rsplit_once('/').map_or("", |(dir, _)| dir)
            } else {
                name
            };
            let path = names::plain(Path::new(name));
            if !path.is_absolute() {
                self.relative.push(name.to_owned());
            } else if !self.paths.contains(&path) {
                self.paths.push(path);
            }
        }
    }

    /// One line for the agent about what lies outside of its workspace; `None` where
    /// nothing certainly does. Where no path was named at all the line is general.
    pub fn explain(&self, home: &Home<'_>) -> Option<String> {
        let workspace = home.workspace.display();
        if self.paths.is_empty() {
            return home.confined.then(|| {
                format!(
                    "MAOS: what this command may write lies below your workspace {workspace} and $TMPDIR; something else was refused."
                )
            });
        }
        let outside = |path: &&PathBuf| !path.starts_with(home.workspace);
        let outside: Vec<&PathBuf> = self.paths.iter().filter(outside).collect();
        if outside.is_empty() {
            return None;
        }
        let named = outside.iter().take(MOST_NAMED);
        let mut named: Vec<String> = named.map(|path| home.place(path)).collect();
        if outside.len() > MOST_NAMED {
            named.push(format!("and {} more", outside.len() - MOST_NAMED));
        }
        Some(format!(
            "MAOS: outside of your workspace {workspace}: {}.",
            named.join(", ")
        ))
    }
}

impl Home<'_> {
    /// A path outside with what to use in its place.
    fn place(&self, path: &Path) -> String {
        let shown = path.display();
        let below = self.tops.iter().find_map(|top| path.strip_prefix(top).ok());
        match below {
            Some(rest) if is_own(rest) => {
                format!("{shown} (of the main checkout, which agents don't change)")
            }
            Some(rest) => {
                let own = self.workspace.join(rest);
                format!("{shown} (in your workspace it is {})", own.display())
            }
            None if self.confined && is_scratch(path) => {
                format!("{shown} (your own temporary directory is $TMPDIR)")
            }
            None => shown.to_string(),
        }
    }
}

/// What lies below a project and has no copy: git's directory and MAOS's own.
pub(crate) fn is_own(rest: &Path) -> bool {
    let own = |name: &str| {
        [".git", ".maos"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n))
    };
    let mut names = rest.components().map(|c| c.as_os_str().to_string_lossy());
    rest.starts_with("worktrees") || names.any(|name| own(&name))
}

fn is_scratch(path: &Path) -> bool {
    let tops = ["/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp"];
    tops.iter().any(|top| path.starts_with(top))
}

#[cfg(test)]
mod tests;
