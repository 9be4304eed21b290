//! Where a file tool's path belongs: into the agent's workspace, left as it is,
//! or refused.
//!
//! A write goes through only where its real target lies in the agent's own
//! workspace or in a place that the user allows. A path below the project means
//! the same relative path of the workspace.

use std::path::{Component, Path, PathBuf};

use super::Project;
use super::absent;
use super::beneath;
pub use super::landed::Allowed;
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

const OF_THE_KERNEL: &str = "it is no file of a project";

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
    pub(super) fn own(&self) -> PathBuf {
        let path = &self.agent.workspace.path;
        if path.as_os_str().is_empty() {
            self.project.layout.workspace(&self.agent.id)
        } else {
            path.clone()
        }
    }

    pub(super) fn ready(&self) -> bool {
        self.agent.workspace.state == WorkspaceState::Ready
    }

    /// A path as the tool would take it, absolute.
    pub(super) fn absolute(&self, path: &str) -> PathBuf {
        self.cwd.join(path)
    }

    pub(super) fn lies(&self, path: &Path) -> Lies {
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
        if self.agent.workspace.native {
            return Verdict::Keep;
        }
        if let Ok(rest) = path.strip_prefix(&own) {
            return self.without_links(&path, &own, rest);
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

    /// A path of the workspace as it is written: what was read by another name
    /// would count as not read.
    fn without_links(&self, path: &Path, own: &Path, rest: &Path) -> Verdict {
        let real = real::resolve_from(own, rest).ok();
        let inside = real.as_ref().and_then(|r| r.path.strip_prefix(own).ok());
        match inside {
            Some(inside) if names::pinned(inside, false).is_none() => self.at_home(path, inside),
            _ => Verdict::Keep,
        }
    }

    /// A place of the workspace by its one name: no link that could lead elsewhere
    /// by the time of the write, and no `..` that readers understand differently.
    fn at_home(&self, path: &Path, rest: &Path) -> Verdict {
        let to = self.own().join(rest);
        if to == path {
            Verdict::Keep
        } else {
            Verdict::To(to)
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
            return self.deny(&path, OF_THE_KERNEL);
        }
        let own = self.own();
        if !self.ready() {
            return self.write_before(&path, &own);
        }
        if let Some(verdict) = self.as_spelled(&path, &own) {
            return verdict;
        }
        let real = match real::resolve(&path) {
            Ok(real) if real.kernel => return self.deny(&path, OF_THE_KERNEL),
            Ok(real) => real,
            Err(why) => return self.deny(&path, &why),
        };
        match self.lies(&real.path) {
            Lies::Own(rest) => {
                let denied = self.inside(&path, &real, &rest);
                denied.unwrap_or_else(|| self.at_home(&path, &rest))
            }
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
        let rest = match path.strip_prefix(own) {
            Ok(rest) => rest.to_owned(),
            Err(_) if self.agent.workspace.native => return None,
            Err(_) => self.spelled(path).filter(|rest| !Self::kept(rest))?,
        };
        let real = real::resolve_from(own, &rest).ok().filter(|r| !r.kernel)?;
        let inside = real.path.strip_prefix(own).ok()?;
        let denied = self.inside(path, &real, inside);
        Some(denied.unwrap_or_else(|| self.at_home(path, inside)))
    }

    /// The same relative path of the workspace, where that stays inside.
    fn sent_home(&self, path: &Path, rest: &Path) -> Verdict {
        let own = self.own();
        let spelled = self.spelled(path).filter(|rest| !Self::kept(rest));
        let candidates = spelled.into_iter().chain([rest.to_owned()]);
        let mut why = String::new();
        for candidate in candidates {
            let to = own.join(&candidate);
            match real::resolve(&to) {
                Ok(real) => match real::below(&real.path, &own) {
                    Some(_) if real.kernel => OF_THE_KERNEL.clone_into(&mut why),
                    Some(inside) => {
                        let denied = self.inside(&to, &real, &inside);
                        return denied.unwrap_or_else(|| self.at_home(path, &inside));
                    }
                    None => why = format!("it leads to {}", real.path.display()),
                },
                Err(reason) => why = reason,
            }
        }
        self.deny(path, &why)
    }

    /// Why a path inside of the workspace may not be written.
    pub(super) fn inside(&self, path: &Path, real: &Real, rest: &Path) -> Option<Verdict> {
        if let Some(why) = names::pinned(rest, self.allowed.protect_settings) {
            return Some(self.deny(path, why));
        }
        if let Some(why) = beneath::leads_out(&self.own(), rest, real.meta.is_some()) {
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
            Ok(real) if real.kernel => return self.deny(path, OF_THE_KERNEL),
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

    pub(super) fn deny(&self, path: &Path, why: &str) -> Verdict {
        Verdict::Deny(format!(
            "MAOS: {} can't be written by {}: {why}. Its workspace is {}; write below it, or below {} and it is sent there.",
            path.display(),
            self.agent.id,
            self.own().display(),
            self.project.start_root.display(),
        ))
    }
}
