//! Whether what a tool names is a place that is not the agent's: of tools that
//! MAOS does not know, which are told nothing of workspaces.

use std::path::{Path, PathBuf};

use super::lies::Lies;
use super::real;
use super::redirect::Judge;
use crate::config::env;
use crate::policy::arguments::Named;

impl Judge<'_> {
    /// The place in the main checkout or in another workspace that a text of a
    /// tool's input names, if it does.
    pub fn names_foreign(&self, named: &Named) -> Option<PathBuf> {
        match named {
            Named::Absolute(text) => self.foreign(Path::new(text)),
            Named::Home(rest) => self.foreign(&env::home()?.join(rest)),
            Named::Relative(text) => self.relative(Path::new(text)),
        }
    }

    fn foreign(&self, path: &Path) -> Option<PathBuf> {
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

    /// Servers stand where the session was started. A text that names nothing
    /// there, nor a new file in a directory of its own, may mean anything.
    fn relative(&self, text: &Path) -> Option<PathBuf> {
        let path = self.project.start_root.join(text);
        let real = real::resolve(&path).ok()?;
        let parent = text.parent().filter(|p| *p != Path::new(""));
        let new_in = || parent.is_some_and(|dir| self.project.start_root.join(dir).is_dir());
        (real.meta.is_some() || new_in())
            .then(|| self.foreign(&path))
            .flatten()
    }
}
