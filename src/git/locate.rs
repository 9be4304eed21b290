//! Which repository a directory belongs to, read from the files themselves: the
//! hook asks this on every call and can't afford a process for it.
//!
//! Format: gitrepository-layout(5); a linked worktree has a file `.git` with
//! `gitdir: <admin directory>`, and that directory a file `commondir`.

use std::fs;
use std::path::{Path, PathBuf};

/// A working tree and the repository that it belongs to. All paths absolute,
/// and canonical but for their last part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The top of the working tree that the directory lies in.
    pub root: PathBuf,
    /// The main worktree: `root` itself, but for linked worktrees. Where the
    /// repository is bare, the worktree that was looked from.
    pub main: PathBuf,
    /// The git directory of `root`.
    pub git_dir: PathBuf,
    /// The git directory that all worktrees share.
    pub common_dir: PathBuf,
}

impl Place {
    /// Whether `root` is a linked worktree.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }
}

/// Finds the working tree that `dir` lies in; `None` where there is none. In a
/// bare repository or inside a git directory there is none, either.
pub fn locate(dir: &Path) -> Option<Place> {
    let dir = fs::canonicalize(dir).ok().or_else(|| nearest(dir))?;
    for top in dir.ancestors() {
        let dot_git = top.join(".git");
        let Ok(meta) = fs::symlink_metadata(&dot_git) else {
            continue;
        };
        if meta.is_file() {
            if let Some(place) = from_file(top, &dot_git) {
                return Some(place);
            }
        } else if dot_git.join("HEAD").exists() {
            // `top` is canonical, so a `.git` that is no link is, too.
            let git_dir = if meta.is_dir() {
                dot_git
            } else {
                fs::canonicalize(&dot_git).ok()?
            };
            let (root, main, common_dir) = (top.to_owned(), top.to_owned(), git_dir.clone());
            return Some(Place {
                root,
                main,
                git_dir,
                common_dir,
            });
        }
    }
    None
}

/// The nearest ancestor that exists: a directory may be gone by the time its
/// name is used.
fn nearest(dir: &Path) -> Option<PathBuf> {
    dir.ancestors()
        .skip(1)
        .find_map(|d| fs::canonicalize(d).ok())
}

fn from_file(top: &Path, dot_git: &Path) -> Option<Place> {
    let text = fs::read(dot_git).ok()?;
    let git_dir = fs::canonicalize(top.join(path_of(text.strip_prefix(b"gitdir:")?))).ok()?;
    let Some(common_dir) = common(&git_dir) else {
        // A submodule, or a repository with a separate git directory.
        return git_dir.join("HEAD").exists().then(|| Place {
            root: top.to_owned(),
            main: top.to_owned(),
            common_dir: git_dir.clone(),
            git_dir,
        });
    };
    let main = main_of(&common_dir)
        .or_else(|| main_around(top, &common_dir))
        .unwrap_or_else(|| top.to_owned());
    Some(Place {
        root: top.to_owned(),
        main,
        git_dir,
        common_dir,
    })
}

fn common(git_dir: &Path) -> Option<PathBuf> {
    let text = fs::read(git_dir.join("commondir")).ok()?;
    let named = fs::canonicalize(git_dir.join(path_of(&text))).ok()?;
    // A workspace with a private git directory: the repository is that of the main
    // worktree which it lies in.
    if named.parent().is_some_and(|p| p.ends_with(PRIVATE)) {
        let main = named.ancestors().nth(3)?;
        return locate(main)
            .filter(|place| place.root == main)
            .map(|place| place.common_dir);
    }
    Some(named)
}

/// Where private git directories lie, below the main worktree.
const PRIVATE: &str = ".maos/git";

/// The main worktree of a shared git directory: the directory around `.git`,
/// unless that is bare.
fn main_of(common_dir: &Path) -> Option<PathBuf> {
    let parent = common_dir.parent()?;
    if common_dir.file_name()? != ".git" || is_bare(common_dir) {
        return None;
    }
    Some(parent.to_owned())
}

/// The main worktree of a workspace whose git directory does not tell: where
/// that is bare or lies elsewhere, workspaces lie in `worktrees/` of the tree
/// that stands for the main one.
fn main_around(top: &Path, common_dir: &Path) -> Option<PathBuf> {
    let around = top
        .parent()
        .filter(|p| p.ends_with("worktrees"))?
        .parent()?;
    let place = locate(around)?;
    (place.root == around && place.common_dir == common_dir).then_some(place.main)
}

fn is_bare(common_dir: &Path) -> bool {
    let Ok(config) = fs::read_to_string(common_dir.join("config")) else {
        return false;
    };
    let mut in_core = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_core = line.eq_ignore_ascii_case("[core]");
        } else if in_core
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("bare")
        {
            return value.trim().eq_ignore_ascii_case("true");
        }
    }
    false
}

/// The path in a line that git wrote: everything but the space in front and the
/// line breaks behind.
fn path_of(text: &[u8]) -> PathBuf {
    let text = text.trim_ascii_start();
    let end = text
        .iter()
        .rposition(|b| !matches!(b, b'\n' | b'\r'))
        .map_or(0, |i| i + 1);
    bytes_to_path(&text[..end])
}

/// A path from bytes that git wrote.
#[cfg(unix)]
pub fn bytes_to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path from bytes that git wrote.
#[cfg(not(unix))]
pub fn bytes_to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
