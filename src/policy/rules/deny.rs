//! Whether a deny rule of the user's covers a path.
//!
//! The client judges the path that a hook sends it on to, so a rule that
//! forbids the path which the agent named has to be judged by the hook. Where
//! versions differ, the stricter one is followed.

use std::path::{Component, Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Anchor, Origin, parse, without_below};

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
    sets: Vec<Set>,
}

/// Rules of one kind below one directory.
#[derive(Debug)]
struct Set {
    edits: bool,
    base: PathBuf,
    matcher: Gitignore,
    /// Pattern and the rule that it came from.
    rules: Vec<(String, String)>,
}

/// A set that is being gathered.
struct Draft {
    edits: bool,
    base: PathBuf,
    rules: Vec<(String, String)>,
}

impl DenyRules {
    /// Makes a matcher of the rules of all `deny` lists. Rules that are not
    /// about paths, or that the client can't read, are left out.
    pub fn new<'a>(rules: impl IntoIterator<Item = (Origin, &'a str)>, dirs: &Dirs) -> Self {
        let mut drafts: Vec<Draft> = Vec::new();
        for (origin, text) in rules {
            let Some(rule) = parse(text) else { continue };
            let edits = match rule.tool {
                "Edit" => true,
                "Read" => false,
                _ => continue,
            };
            let (bases, anchored) = bases(rule.anchor, origin, dirs);
            let pattern = line(rule.pattern, anchored);
            for base in bases {
                let entry = (pattern.clone(), text.to_owned());
                match drafts
                    .iter_mut()
                    .find(|d| d.edits == edits && d.base == base)
                {
                    Some(draft) => draft.rules.push(entry),
                    None => drafts.push(Draft {
                        edits,
                        base,
                        rules: vec![entry],
                    }),
                }
            }
        }
        let sets = drafts.into_iter().filter_map(|draft| {
            let mut builder = GitignoreBuilder::new(&draft.base);
            // The setting can't fail before a line was added.
            let _ = builder.case_insensitive(true);
            for (pattern, _) in &draft.rules {
                // The client takes no notice of a pattern it can't read, either.
                let _ = builder.add_line(None, pattern);
            }
            Some(Set {
                edits: draft.edits,
                matcher: builder.build().ok()?,
                base: draft.base,
                rules: draft.rules,
            })
        });
        Self {
            sets: sets.collect(),
        }
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
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
        let path = plain(original);
        self.sets
            .iter()
            .filter(|set| writes || !set.edits)
            .find_map(|set| set.rule_for(&path))
            .map(str::to_owned)
    }
}

impl Set {
    fn rule_for(&self, path: &Path) -> Option<&str> {
        let below = path.strip_prefix(&self.base).ok()?;
        if below.as_os_str().is_empty() {
            return None;
        }
        match self.matcher.matched_path_or_any_parents(below, false) {
            Match::Ignore(glob) => self
                .rules
                .iter()
                .find(|(pattern, _)| pattern == glob.original())
                .map(|(_, rule)| rule.as_str()),
            _ => None,
        }
    }
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

/// A path without `.` and `..`, by its text: so the client takes it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
#[path = "deny_tests.rs"]
mod tests;
