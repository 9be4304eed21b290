//! Where a file tool's path belongs: into the agent's workspace, left as it is,
//! or refused.
//!
//! A write goes through only where its real target lies in the agent's own
//! workspace or in a place that the user allows. A path below the project means
//! the same relative path of the workspace.

use std::path::{Component, Path, PathBuf};

use super::Project;
use super::absent;
use super::lies::{self, Lies};
use super::real::{self, Real};
use crate::policy::names;
use crate::session::{Agent, WorkspaceState};

/// What becomes of a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays as it is.
    Keep,
    /// The tool gets this path instead.
    To(PathBuf),
    /// The call is refused, with the reason.
    Deny(String),
}

/// Places outside of the project that an agent may write.
#[derive(Debug, Default, Clone)]
pub struct Allowed {
    /// Directories of the user's choice and of the client's own.
    pub below: Vec<PathBuf>,
    /// Whether the client's settings are kept.
    pub protect_settings: bool,
}

/// Judges paths for one agent.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The project.
    pub project: &'a Project,
    /// The agent.
    pub agent: &'a Agent,
    /// Where relative paths begin.
    pub cwd: &'a Path,
    /// What else may be written.
    pub allowed: &'a Allowed,
}

impl Judge<'_> {
    /// The agent's workspace, whether it is there or not.
    fn own(&self) -> PathBuf {
        let path = &self.agent.workspace.path;
        if path.as_os_str().is_empty() {
            self.project.layout.workspace(&self.agent.id)
        } else {
            path.clone()
        }
    }

    fn ready(&self) -> bool {
        self.agent.workspace.state == WorkspaceState::Ready
    }

    /// A path as the tool would take it, absolute.
    fn absolute(&self, path: &str) -> PathBuf {
        self.cwd.join(path)
    }

    fn lies(&self, path: &Path) -> Lies {
        lies::of(self.project, &self.own(), path)
    }

    /// The relative path of a path below the project as it is spelled, where the
    /// workspace can take it over as it is.
    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        let plain = !path.components().any(|c| matches!(c, Component::ParentDir));
        let tops = [self.project.start_root.as_path(), self.project.main()];
        let rest = tops.iter().find_map(|top| path.strip_prefix(top).ok())?;
        plain.then(|| rest.to_owned())
    }

    /// A path that is only read.
    pub fn read(&self, raw: &str) -> Verdict {
        if names::unusable(raw).is_some() {
            return Verdict::Keep;
        }
        let path = self.absolute(raw);
        let own = self.own();
        if !self.ready() {
            // Told of a workspace that is not made yet, an agent may name it.
            return match path.strip_prefix(&own) {
                Ok(rest) => Verdict::To(self.project.start_root.join(rest)),
                Err(_) => Verdict::Keep,
            };
        }
        if self.agent.workspace.native || path.starts_with(&own) {
            return Verdict::Keep;
        }
        let rest = match self.lies_quickly(&path) {
            Some(Lies::Project(rest)) => Some(rest),
            Some(_) => None,
            None => self.rest_of(&real::resolve(&path).map_or_else(|_| path.clone(), |r| r.path)),
        };
        match rest {
            Some(rest) if names::pinned(&rest, false).is_none() => {
                let workspace = &self.agent.workspace;
                if absent::no_part_of(workspace, &self.project.common_dir, &path, &rest) {
                    return Verdict::Keep;
                }
                Verdict::To(own.join(rest))
            }
            _ => Verdict::Keep,
        }
    }

    /// Where a path lies as it is spelled; `None` where the spelling says nothing.
    fn lies_quickly(&self, path: &Path) -> Option<Lies> {
        let spelled = self.spelled(path)?;
        let first = spelled
            .components()
            .next()
            .map(|c| c.as_os_str().to_owned())
            .unwrap_or_default();
        let kept =
            path.starts_with(self.project.main()) && (first == ".maos" || first == "worktrees");
        Some(if kept || first == ".git" {
            Lies::Kept("")
        } else {
            Lies::Project(spelled)
        })
    }

    fn rest_of(&self, real: &Path) -> Option<PathBuf> {
        match self.lies(real) {
            Lies::Project(rest) => Some(rest),
            _ => None,
        }
    }

    /// A path that is written. Before the workspace is there, the answer is for
    /// the tree that it will be made from: `To` then means that it is needed.
    pub fn write(&self, raw: &str) -> Verdict {
        if let Some(why) = names::unusable(raw) {
            return self.deny(Path::new(raw), why);
        }
        let path = self.absolute(raw);
        if names::of_the_kernel(&path) {
            return self.deny(&path, "it is no file of a project");
        }
        let own = self.own();
        if !self.ready() {
            return self.write_before(&path, &own);
        }
        if let Some(verdict) = self.as_spelled(&path, &own) {
            return verdict;
        }
        let real = match real::resolve(&path) {
            Ok(real) => real,
            Err(why) => return self.deny(&path, &why),
        };
        match self.lies(&real.path) {
            Lies::Own(rest) => self.inside(&path, &real, &rest).unwrap_or(Verdict::Keep),
            Lies::Project(rest) if !self.agent.workspace.native => self.sent_home(&path, &rest),
            _ if self.spelled(&path).is_some_and(|s| !Self::kept(&s))
                && !self.agent.workspace.native =>
            {
                // A link of the project leads out of it; the workspace's own may not.
                self.sent_home(&path, &self.spelled(&path).unwrap_or_default())
            }
            lies => self.outside(&path, &real, &lies),
        }
    }

    fn kept(spelled: &Path) -> bool {
        let first = spelled
            .components()
            .next()
            .map(|c| c.as_os_str().to_owned())
            .unwrap_or_default();
        first == ".maos" || first == "worktrees" || names::pinned(spelled, false).is_some()
    }

    /// The quick and usual case: a path of the workspace, or of the project with
    /// the same place in the workspace, that leads through no link out of it.
    fn as_spelled(&self, path: &Path, own: &Path) -> Option<Verdict> {
        if path.components().any(|c| matches!(c, Component::ParentDir)) {
            return None;
        }
        let (rest, verdict) = match path.strip_prefix(own) {
            Ok(rest) => (rest.to_owned(), Verdict::Keep),
            Err(_) if self.agent.workspace.native => return None,
            Err(_) => {
                let rest = self.spelled(path).filter(|rest| !Self::kept(rest))?;
                let to = own.join(&rest);
                (rest, Verdict::To(to))
            }
        };
        let real = real::resolve_from(own, &rest).ok()?;
        let inside = real.path.strip_prefix(own).ok()?;
        Some(self.inside(path, &real, inside).unwrap_or(verdict))
    }

    /// The same relative path of the workspace, where that stays inside.
    fn sent_home(&self, path: &Path, rest: &Path) -> Verdict {
        let own = self.own();
        let candidates = self.spelled(path).into_iter().chain([rest.to_owned()]);
        let mut why = String::new();
        for candidate in candidates {
            let to = own.join(&candidate);
            match real::resolve(&to) {
                Ok(real) => match real::below(&real.path, &own) {
                    Some(inside) => {
                        return self.inside(&to, &real, &inside).unwrap_or(Verdict::To(to));
                    }
                    None => why = format!("it leads to {}", real.path.display()),
                },
                Err(reason) => why = reason,
            }
        }
        self.deny(path, &why)
    }

    /// Why a path inside of the workspace may not be written.
    fn inside(&self, path: &Path, real: &Real, rest: &Path) -> Option<Verdict> {
        if let Some(why) = names::pinned(rest, self.allowed.protect_settings) {
            return Some(self.deny(path, why));
        }
        let Some(meta) = real.meta.as_ref() else {
            let tree = &self.project.start_root;
            let module = absent::submodule(tree, &self.own(), rest)?;
            let why = format!(
                "`{0}` is a submodule that its workspace has not checked out (git submodule update --init {0})",
                module.display()
            );
            return Some(self.deny(path, &why));
        };
        if !meta.is_file() && !meta.is_dir() {
            return Some(self.deny(path, "it is not a regular file"));
        }
        (meta.is_file() && real::link_count(meta) > 1)
            .then(|| self.deny(path, "the file has more than one name (hard link), so the write would reach another path"))
    }

    /// Before the workspace is made: what can be said of the tree it comes from.
    fn write_before(&self, path: &Path, own: &Path) -> Verdict {
        if let Ok(rest) = path.strip_prefix(own) {
            return match names::pinned(rest, self.allowed.protect_settings) {
                Some(why) => self.deny(path, why),
                None => Verdict::To(path.to_owned()),
            };
        }
        let real = match real::resolve(path) {
            Ok(real) => real,
            Err(why) => return self.deny(path, &why),
        };
        match self.lies(&real.path) {
            Lies::Project(rest) | Lies::Own(rest) => {
                match names::pinned(&rest, self.allowed.protect_settings) {
                    Some(why) => self.deny(path, why),
                    None => Verdict::To(own.join(rest)),
                }
            }
            lies => self.outside(path, &real, &lies),
        }
    }

    fn outside(&self, path: &Path, real: &Real, lies: &Lies) -> Verdict {
        match lies {
            Lies::Outside if self.is_allowed(real) => Verdict::Keep,
            Lies::Outside | Lies::Own(_) => {
                self.deny(path, &format!("it leads to {}", real.path.display()))
            }
            Lies::Project(_) => self.deny(
                path,
                &format!("it leads to {} in the main checkout", real.path.display()),
            ),
            Lies::Other(owner) => self.deny(path, &format!("it lies in the workspace of {owner}")),
            Lies::Kept(why) => self.deny(path, why),
        }
    }

    fn is_allowed(&self, real: &Real) -> bool {
        let file = real
            .meta
            .as_ref()
            .is_none_or(|m| m.is_dir() || (m.is_file() && real::link_count(m) == 1));
        let below = self
            .allowed
            .below
            .iter()
            .any(|dir| real::below(&real.path, dir).is_some());
        file && below && !real.path.components().any(|c| c.as_os_str() == ".git")
    }

    fn deny(&self, path: &Path, why: &str) -> Verdict {
        Verdict::Deny(format!(
            "MAOS: {} can't be written by {}: {why}. Its workspace is {}; write below it, or below {} and it is sent there.",
            path.display(),
            self.agent.id,
            self.own().display(),
            self.project.start_root.display(),
        ))
    }

    /// Whether a text of an unknown tool's input names a place that is not the
    /// agent's: the main checkout or another workspace.
    pub fn names_foreign(&self, text: &str) -> Option<PathBuf> {
        let text = text.strip_prefix("file://").unwrap_or(text);
        if !text.starts_with('/') || text.len() > 4096 || text.contains('\n') {
            return None;
        }
        let path = Path::new(text);
        let real = real::resolve(path).map_or_else(|_| path.to_owned(), |r| r.path);
        let foreign = |p: &Path| {
            matches!(
                self.lies(p),
                Lies::Project(_) | Lies::Other(_) | Lies::Kept(_)
            )
        };
        if foreign(&real) {
            Some(real)
        } else {
            foreign(path).then(|| path.to_owned())
        }
    }
}
