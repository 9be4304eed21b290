//! Judges for each mark whether it begins a path that is certainly the workspace's.

use std::path::{Component, Path};

use super::kinds::{self, Kind};
use super::mark::Marked;
use super::options;
use super::text::{self, GLOB, OPEN, PART};
use super::walk::{Role, Unit, Word};
use crate::policy::refusal;

/// What is known of the trees.
pub(super) struct Place<'a> {
    pub(super) marked: &'a Marked<'a>,
    pub(super) workspace: &'a Path,
    pub(super) exists: &'a dyn Fn(&Path) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It means the workspace's.
    Take,
    /// Only the main checkout has it.
    Stay,
    /// It is git's or MAOS's own.
    Own,
    /// Nobody can tell.
    Unsure,
}

/// A mark that was judged.
struct Judged {
    mark: usize,
    role: Role,
    verdict: Verdict,
    /// The path below its tree.
    rest: String,
}

impl Place<'_> {
    /// The marks to rewrite.
    pub(super) fn judge(&self, units: &[Unit]) -> Vec<usize> {
        let functions: Vec<&str> = units
            .iter()
            .filter(|unit| unit.words.len() == 1 && unit.words[0].role == Role::Text)
            .map(|unit| unit.words[0].text.as_str())
            .collect();
        let judged: Vec<Vec<Judged>> = units
            .iter()
            .map(|unit| self.unit(unit, &functions))
            .collect();
        // A pattern further down may be there for the paths as they were.
        let compared = |pipeline: usize| {
            let mut parts = units.iter().zip(&judged);
            parts.any(|(unit, judged)| {
                let unsure = |j: &Judged| j.verdict == Verdict::Unsure && j.role != Role::Redirect;
                unit.pipeline == Some(pipeline) && judged.iter().any(unsure)
            })
        };
        let mut taken = Vec::new();
        for (unit, judged) in units.iter().zip(&judged) {
            let stays = unit.pipeline.is_some_and(compared);
            let opened = |j: &&Judged| !stays || matches!(j.role, Role::Redirect | Role::Value);
            let take = judged.iter().filter(|j| j.verdict == Verdict::Take);
            taken.extend(take.filter(opened).map(|j| j.mark));
        }
        taken
    }

    fn unit(&self, unit: &Unit, functions: &[&str]) -> Vec<Judged> {
        let name = unit.words.iter().find(|word| word.role == Role::Name);
        let kind = name.map_or(Kind::Paths, |name| kind_of(&name.text, functions));
        let args: Vec<&str> = unit
            .words
            .iter()
            .filter(|word| word.role == Role::Argument)
            .map(|word| word.text.as_str())
            .collect();
        let mut slots = options::slots(kind, &args).into_iter();
        let mut judged = Vec::new();
        for word in &unit.words {
            let slot = word.role != Role::Argument || slots.next() == Some(true);
            judged.extend(text::marks(&word.text).map(|mark| {
                let rest = &word.text[mark.end..];
                let leads = slot && leads(word, &word.text[..mark.start]);
                let (verdict, rest) = match path(word.role, rest) {
                    Some(rest) if leads => (self.verdict(mark.index, rest), rest),
                    _ => (Verdict::Unsure, rest),
                };
                Judged {
                    mark: mark.index,
                    role: word.role,
                    verdict,
                    rest: rest.to_owned(),
                }
            }));
        }
        let any = |verdict: Verdict| judged.iter().any(|j| j.verdict == verdict);
        let (own, unsure) = (any(Verdict::Own), any(Verdict::Unsure));
        for j in &mut judged {
            let doubtful = match kind {
                Kind::Git => own,
                Kind::Matched => unsure && j.role == Role::Argument,
                Kind::Removed => j.rest.is_empty() && j.role == Role::Argument,
                Kind::Pair => own || (j.role == Role::Argument && is_named_twice(&j.rest, &args)),
                _ => own && j.role == Role::Value,
            };
            if j.verdict == Verdict::Take && doubtful {
                j.verdict = Verdict::Unsure;
            }
        }
        judged
    }

    fn verdict(&self, mark: usize, rest: &str) -> Verdict {
        let path = Path::new(rest);
        let climbs = |part: Component<'_>| matches!(part, Component::ParentDir);
        if path.components().any(climbs) {
            return Verdict::Unsure;
        }
        if refusal::is_own(path) {
            return Verdict::Own;
        }
        let there = |top: &Path, path: &Path| {
            let at = if path == Path::new("") {
                top.to_owned()
            } else {
                top.join(path)
            };
            (self.exists)(&at)
        };
        if there(self.workspace, path) {
            return Verdict::Take;
        }
        let main = Path::new(self.marked.top(mark));
        if there(main, path) {
            return Verdict::Stay;
        }
        if !is_plain(rest) {
            return Verdict::Unsure;
        }
        // New: the directory that it would be made in is the workspace's as well.
        let around = path.ancestors().skip(1).find(|dir| there(main, dir));
        match around {
            Some(dir) if there(self.workspace, dir) => Verdict::Take,
            _ => Verdict::Stay,
        }
    }
}

fn kind_of(name: &str, functions: &[&str]) -> Kind {
    if !text::is_known(name) || functions.contains(&name) {
        return Kind::Texts;
    }
    kinds::kind(name.rsplit('/').next().unwrap_or_default())
}

/// Whether a path may begin behind what stands before it in its word.
fn leads(word: &Word, before: &str) -> bool {
    let (key, before) = match before.split_once('=') {
        Some((key, rest)) if word.role == Role::Argument && is_key(key) => (Some(key), rest),
        _ => (None, before),
    };
    if key.is_some_and(kinds::takes_text) {
        return false;
    }
    if before.is_empty() {
        return word.role != Role::Text;
    }
    match word.role {
        Role::Argument if key.is_none() && kinds::is_attached(before) => true,
        Role::Argument | Role::Value => {
            let known = key.is_some() || word.role == Role::Value;
            let absolute = |part: &str| {
                part.is_empty()
                    || part.starts_with('/')
                    || (known && part.starts_with([OPEN, PART]))
            };
            let list = before.strip_suffix(':');
            list.is_some_and(|list| list.split(':').all(absolute))
        }
        _ => false,
    }
}

/// `--option`, `NAME`, `-DNAME`.
fn is_key(key: &str) -> bool {
    let name = key.trim_start_matches('-');
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// The path below its tree, where what follows the tree's name in a word is one.
fn path(role: Role, rest: &str) -> Option<&str> {
    let list = matches!(role, Role::Argument | Role::Value);
    let end = rest.find(':').filter(|_| list).unwrap_or(rest.len());
    let path = &rest[..end];
    let below = path.is_empty() || path.starts_with('/');
    let known = !path.contains([OPEN, PART, GLOB]);
    (below && known).then(|| path.trim_start_matches('/'))
}

/// Names that a new file may have; anything else has to be there already.
fn is_plain(rest: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%".contains(c);
    rest.chars().all(plain)
}

/// Whether another operand, which lies in the workspace, is the same file: then the main
/// checkout's is meant.
fn is_named_twice(rest: &str, args: &[&str]) -> bool {
    let rest = Path::new(rest);
    let name = rest.file_name().map(Path::new);
    let relative = args
        .iter()
        .filter(|arg| !arg.starts_with(['-', '/']) && text::is_known(arg));
    relative.into_iter().any(|arg| {
        let arg = Path::new(arg.trim_start_matches("./"));
        let arg = if arg == Path::new(".") {
            Path::new("")
        } else {
            arg
        };
        arg == rest || name.is_some_and(|name| arg.join(name) == rest)
    })
}
