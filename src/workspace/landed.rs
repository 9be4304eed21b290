//! Places outside of a workspace, and where a write went in the end: between the
//! check and the write a directory may have become another.

use std::path::{Path, PathBuf};

use super::beneath::{self, Look};
use super::lies::Lies;
use super::real::{self, Real};
use super::redirect::{Judge, Verdict};

/// Where a write went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// Where the agent may write, and something is there.
    Here,
    /// Nothing is there.
    Gone,
    /// Where it may not.
    Elsewhere,
}

/// Places outside of the project that an agent may write.
#[derive(Debug, Default, Clone)]
pub struct Allowed {
    /// Directories of the user's choice and of the client's own.
    pub below: Vec<PathBuf>,
    /// Whether the client's settings are kept.
    pub protect_settings: bool,
}

impl Judge<'_> {
    /// Where a write to a path that was let through went.
    pub fn landed(&self, raw: &str) -> Landed {
        let path = self.absolute(raw);
        let Ok(real) = real::resolve(&path) else {
            return Landed::Elsewhere;
        };
        match self.lies(&real.path) {
            Lies::Own(rest) if self.inside(&path, &real, &rest).is_none() => {
                match beneath::look(&self.own(), &rest) {
                    Look::There => Landed::Here,
                    Look::Unknown if real.meta.is_some() => Landed::Here,
                    Look::Absent | Look::Unknown => Landed::Gone,
                    Look::Elsewhere(_) => Landed::Elsewhere,
                }
            }
            Lies::Outside if self.is_allowed(&real).is_some() => Landed::Here,
            _ => Landed::Elsewhere,
        }
    }

    pub(super) fn outside(&self, path: &Path, real: &Real, lies: &Lies) -> Verdict {
        match lies {
            Lies::Outside if self.is_allowed(real).is_some() => match self.is_allowed(real) {
                Some(to) if self.ready() && to != path => Verdict::To(to),
                _ => Verdict::Keep,
            },
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

    /// The one name of a place that may be written, where this is one.
    fn is_allowed(&self, real: &Real) -> Option<PathBuf> {
        let file = real
            .meta
            .as_ref()
            .is_none_or(|m| m.is_dir() || (m.is_file() && real::link_count(m) == 1));
        let below = |dir: &PathBuf| Some(dir.join(real::below(&real.path, dir)?));
        let to = self.allowed.below.iter().find_map(below)?;
        let plain = !real.path.components().any(|c| c.as_os_str() == ".git");
        (file && plain).then_some(to)
    }
}
