//! Where a path lies, as seen from one agent's workspace.

use std::path::{Path, PathBuf};

use super::Project;
use super::real;
use crate::session::Handle;

/// Where a path lies.
pub enum Lies {
    /// In the agent's own workspace, at this relative path.
    Own(PathBuf),
    /// In another agent's.
    Other(String),
    /// In the main checkout or the tree that the session was started in.
    Project(PathBuf),
    /// Git's or MAOS's own files there.
    Kept(&'static str),
    /// Anywhere else.
    Outside,
}

/// Where a path without links lies. By its spelling first; where that says
/// nothing, by the identity of the directories above it.
pub fn of(project: &Project, own: &Path, path: &Path) -> Lies {
    let strip = |path: &Path, top: &Path| path.strip_prefix(top).ok().map(Path::to_owned);
    match by(project, own, path, strip) {
        Lies::Outside => by(project, own, path, real::below),
        lies => lies,
    }
}

fn by(
    project: &Project,
    own: &Path,
    path: &Path,
    below: impl Fn(&Path, &Path) -> Option<PathBuf>,
) -> Lies {
    let main = project.main();
    if let Some(rest) = below(path, own) {
        return Lies::Own(rest);
    }
    for top in [project.start_root.as_path(), main] {
        let Some(rest) = below(path, top) else {
            continue;
        };
        let mut names = rest.components();
        let first = names
            .next()
            .map(|n| n.as_os_str().to_string_lossy().to_lowercase())
            .unwrap_or_default();
        return match first.as_str() {
            ".git" => Lies::Kept("git's own files decide what git runs"),
            ".maos" if top == main => Lies::Kept(".maos is MAOS's own state"),
            "worktrees" if top == main => match names
                .next()
                .map(|n| n.as_os_str().to_string_lossy().into_owned())
            {
                // On a file system that folds case, the agent's own spelled otherwise.
                Some(_) if real::below(path, own).is_some() => {
                    Lies::Own(real::below(path, own).unwrap_or_default())
                }
                Some(owner) if Handle::parse(&owner).is_some() => Lies::Other(owner),
                _ => Lies::Kept("worktrees/ holds the agents' workspaces"),
            },
            _ => Lies::Project(rest),
        };
    }
    match below(path, &project.common_dir) {
        Some(_) => Lies::Kept("git's own files decide what git runs"),
        None => Lies::Outside,
    }
}
