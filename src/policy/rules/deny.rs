//! Whether a deny rule of the user's covers a path.
//!
//! The client judges the path that a hook sends it on to, so a rule that
//! forbids the path which the agent named has to be judged by the hook. Where
//! versions differ, the stricter one is followed.

use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;

use super::{Anchor, Origin, parse, without_below};
use crate::policy::names;

/// The directories that patterns are relative to.
#[derive(Debug, Clone, Default)]
pub struct Dirs {
    /// The directory that the session was started in.
    pub start: PathBuf,
    /// Where the main conversation stands now.
    pub cwd: PathBuf,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The client's own directory.
    pub client: Option<PathBuf>,
}

/// The user's deny rules about paths, ready to be asked.
#[derive(Debug, Default)]
pub struct DenyRules {
    rules: Vec<Rule>,
}

/// One rule below one directory.
#[derive(Debug)]
struct Rule {
    /// Whether it is about tools that write alone.
    edits: bool,
    base: PathBuf,
    line: String,
    text: String,
}

impl DenyRules {
    /// Makes a matcher of the rules of all `deny` lists. Rules that are not
    /// about paths, or that the client takes no notice of, are left out.
    pub fn new<'a>(rules: impl IntoIterator<Item = (Origin, &'a str)>, dirs: &Dirs) -> Self {
        let mut known = Vec::new();
        for (origin, text) in rules {
            let Some(rule) = parse(text) else { continue };
            let edits = match rule.tool {
                "Edit" => true,
                "Read" => false,
                _ => continue,
            };
            let (bases, anchored) = bases(rule.anchor, origin, dirs);
            known.extend(bases.into_iter().map(|base| Rule {
                edits,
                base,
                line: line(rule.pattern, anchored),
                text: text.to_owned(),
            }));
        }
        Self { rules: known }
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that forbids a tool this path, if there is one. `Edit` rules
    /// are about every tool that writes; `Read` rules about every tool that
    /// reads or searches, and about writing, too.
    pub fn matches(&self, tool: &str, original: &Path) -> Option<String> {
        let writes = match tool {
            "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => true,
            "Read" | "NotebookRead" | "Grep" | "Glob" | "LS" => false,
            _ => return None,
        };
        let path = names::plain(original);
        self.rules
            .iter()
            .filter(|rule| writes || !rule.edits)
            .find(|rule| rule.fits(&path))
            .map(|rule| rule.text.clone())
    }
}

impl Rule {
    fn fits(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.base) else {
            return false;
        };
        if below.as_os_str().is_empty() || !self.may_fit(below) {
            return false;
        }
        let mut builder = GitignoreBuilder::new(&self.base);
        // The setting can't fail before a line was added.
        let _ = builder.case_insensitive(true);
        // The client takes no notice of a pattern it can't read, either.
        builder.add_line(None, &self.line).is_ok()
            && builder
                .build()
                .is_ok_and(|m| m.matched_path_or_any_parents(below, false).is_ignore())
    }

    /// Whether a path has every plain name of the pattern: what most rules
    /// lack, and far cheaper to ask than the pattern.
    fn may_fit(&self, below: &Path) -> bool {
        self.line
            .split('/')
            .filter(|name| !name.is_empty() && is_plain(name))
            .all(|name| {
                below
                    .iter()
                    .any(|part| part.eq_ignore_ascii_case(name.trim_end()))
            })
    }
}

fn is_plain(name: &str) -> bool {
    name.is_ascii() && !name.contains(['*', '?', '[', '\\'])
}

/// The directories that an anchor stands for, and whether the pattern is bound
/// to them.
fn bases(anchor: Anchor, origin: Origin, dirs: &Dirs) -> (Vec<PathBuf>, bool) {
    match (anchor, origin) {
        (Anchor::Root, _) => (vec![PathBuf::from("/")], true),
        (Anchor::Home, _) => (dirs.home.iter().cloned().collect(), true),
        (Anchor::Settings, Origin::User) => (dirs.client.iter().cloned().collect(), true),
        (Anchor::Settings, Origin::Project) => (vec![dirs.start.clone()], true),
        // Older clients ask where the conversation stands, newer ones both.
        (Anchor::Directory, _) if dirs.cwd != dirs.start => {
            (vec![dirs.start.clone(), dirs.cwd.clone()], false)
        }
        (Anchor::Directory, _) => (vec![dirs.start.clone()], false),
    }
}

/// A pattern as a line of a `.gitignore` for the matcher, which knows braces.
fn line(pattern: &str, anchored: bool) -> String {
    let mut pattern = super::without_braces(without_below(pattern));
    while pattern.contains("//") {
        pattern = pattern.replace("//", "/");
    }
    if pattern.is_empty() {
        return "**".to_owned();
    }
    if anchored {
        return format!("/{}", pattern.trim_start_matches('/'));
    }
    // These mean something to git at the front of a line alone.
    if pattern.starts_with(['!', '#']) {
        pattern.insert(0, '\\');
    }
    pattern
}

#[cfg(test)]
#[path = "deny_tests.rs"]
mod tests;
