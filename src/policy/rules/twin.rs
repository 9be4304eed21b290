//! The twin of a path rule: the same rule for the workspaces.
//!
//! A path that is redirected from the project into a workspace is judged by
//! the client where it then lies, so a rule bound to the project would say
//! nothing about it. Invariant: the twin covers in each workspace what the rule
//! covers in the project, and never more.

use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;

use super::{Anchor, List, Origin, PathRule, parse, without_below, without_braces};

/// The directories that a twin is made from.
#[derive(Debug, Clone)]
pub struct Trees {
    /// The top of the tree that sessions are started in.
    pub root: PathBuf,
    /// The main worktree, in which the workspaces lie.
    pub main: PathBuf,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

/// The twin of a rule of the given list; `None` where the rule covers the
/// workspaces by itself, or has nothing to do with the project.
pub fn twin(rule: &str, list: List, origin: Origin, trees: &Trees) -> Option<String> {
    let PathRule {
        tool,
        anchor,
        pattern,
    } = parse(rule)?;
    if pattern.split('/').any(|part| part == ".." || part == ".") {
        return None;
    }
    let pattern = match anchor {
        Anchor::Settings if origin == Origin::User => None,
        Anchor::Settings => trees.place(pattern),
        Anchor::Directory => trees.of_relative(pattern, list),
        Anchor::Root => trees.of_absolute("/", pattern, Path::new("/")),
        Anchor::Home => trees.of_absolute("~", pattern, trees.home.as_deref()?),
    }?;
    Some(format!("{tool}({pattern})"))
}

/// Whether a rule is about workspaces, as every twin is.
pub fn is_twin(rule: &str) -> bool {
    parse(rule).is_some_and(|rule| format!("/{}", rule.pattern).contains(WORKSPACES))
}

const WORKSPACES: &str = "/worktrees/*/";

impl Trees {
    fn is_main(&self) -> bool {
        self.root == self.main
    }

    /// A pattern bound to the project, for every workspace.
    fn place(&self, pattern: &str) -> Option<String> {
        if self.is_main() {
            return (!reaches_workspaces(pattern)).then(|| format!("{WORKSPACES}{pattern}"));
        }
        self.below_main(pattern)
    }

    /// The workspaces, seen from another tree than the one that they lie in.
    fn below_main(&self, pattern: &str) -> Option<String> {
        let main = self.main.to_str()?;
        if !main.starts_with('/') || main.contains(['*', '?', '[', '\\']) {
            return None;
        }
        let pattern = if pattern.is_empty() { "**" } else { pattern };
        Some(format!("/{main}{WORKSPACES}{pattern}"))
    }

    fn of_relative(&self, pattern: &str, list: List) -> Option<String> {
        if pattern.starts_with(['!', '#']) {
            return None;
        }
        // Where it allows, a newer client keeps the trailing `/**`.
        let judged = match list {
            List::Allow => pattern,
            List::Ask | List::Deny => without_below(pattern),
        };
        let any_depth = !judged.trim_end_matches('/').contains('/');
        if !any_depth {
            return self.place(pattern);
        }
        if self.is_main() {
            return None;
        }
        match pattern {
            "*" | "**" => self.below_main("**"),
            _ => self.below_main(&format!("**/{pattern}")),
        }
    }

    /// A pattern from the root or from home: what of it lies in the project.
    fn of_absolute(&self, lead: &str, pattern: &str, base: &Path) -> Option<String> {
        let below = self.root.strip_prefix(base).ok()?.to_str()?;
        let tree: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
        let parts: Vec<&str> = pattern.split('/').collect();
        for (index, name) in tree.iter().enumerate() {
            match parts.get(index) {
                // A directory around the project: all of it.
                None | Some(&"") => return self.below_other(""),
                Some(&"**") => return self.below_other(&parts[index..].join("/")),
                Some(part) if fits(part, name) => {}
                Some(_) => return None,
            }
        }
        let rest = parts.get(tree.len()..).unwrap_or_default().join("/");
        if !self.is_main() {
            return self.below_main(&rest);
        }
        if reaches_workspaces(&rest) {
            return None;
        }
        let front: Vec<&str> = std::iter::once(lead)
            .chain(parts[..tree.len()].iter().copied())
            .collect();
        let front = if lead == "/" {
            format!(
                "/{}",
                front[1..]
                    .iter()
                    .fold(String::new(), |out, part| out + "/" + part)
            )
        } else {
            front.join("/")
        };
        Some(format!("{front}{WORKSPACES}{rest}"))
    }

    /// What covers more than the project covers the workspaces, too, where they
    /// lie in it.
    fn below_other(&self, pattern: &str) -> Option<String> {
        if self.is_main() {
            None
        } else {
            self.below_main(pattern)
        }
    }
}

/// Whether a pattern bound to the project covers what lies in `worktrees/`.
fn reaches_workspaces(pattern: &str) -> bool {
    let whole = without_below(pattern).trim_end_matches('/');
    let first = pattern.split('/').next().unwrap_or_default();
    whole.is_empty()
        || first == "**"
        || first == "worktrees"
        || (!whole.contains('/') && fits(whole, "worktrees"))
}

/// Whether a part of a pattern fits a name.
fn fits(part: &str, name: &str) -> bool {
    if part.eq_ignore_ascii_case(name) {
        return true;
    }
    let mut builder = GitignoreBuilder::new("/");
    let _ = builder.case_insensitive(true);
    builder
        .add_line(None, &format!("/{}", without_braces(part)))
        .is_ok()
        && builder
            .build()
            .is_ok_and(|matcher| matcher.matched(name, true).is_ignore())
}

#[cfg(test)]
#[path = "twin_tests.rs"]
mod tests;
