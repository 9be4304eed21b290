//! `.maos/trash`: where a workspace goes before it is deleted, and where it stays
//! as long as a backup needs what git can't hold.
//!
//! `<handle>-<time>/` holds `tree`, `admin`, `git` and `registration`, and `removing` while a removal is
//! at it: with the ref of its backup, if there is one. A removal that was ended
//! half-way is finished from that by the next one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Project;
use super::admin;
use super::backup::{self, Kept};
use super::differs;
use crate::error::{Error, Result};
use crate::session::{Agent, Handle};
use crate::store::atomic::{self, Durable};

/// What was begun, and not recorded as done.
#[derive(Debug)]
pub struct Begun {
    /// Where it goes.
    pub place: PathBuf,
    /// The ref of its backup.
    pub backup: Option<String>,
}

/// The name of a place.
pub fn name(handle: &Handle, stamp: &str) -> String {
    format!("{handle}-{stamp}")
}

/// Moves a workspace's tree, its admin directory and its private git directory
/// away, each where it is still there.
///
/// # Errors
/// Where one can't be moved; called again, it goes on.
pub fn take(project: &Project, begun: &Begun, agent: &Agent) -> Result<()> {
    let workspace = &agent.workspace;
    let place = &begun.place;
    let text = begun.backup.clone().unwrap_or_default();
    atomic::replace(&place.join("removing"), text.as_bytes(), Durable::Yes)?;
    let registration = admin::registration(project, &agent.id);
    let git = workspace.git.as_deref();
    let own = git.map(|git| [(git, "git"), (&*registration, "registration")]);
    let parts = [(&*workspace.path, "tree"), (&*workspace.admin, "admin")];
    for (from, name) in parts.into_iter().chain(own.into_iter().flatten()) {
        let to = place.join(name);
        match fs::rename(from, &to) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            other => other.map_err(|e| Error::io("move", from, e))?,
        }
    }
    atomic::sync_directory(&place.join("removing"));
    Ok(())
}

/// What a removal of a workspace left when it was ended half-way, the latest last.
pub fn begun(project: &Project, handle: Option<&Handle>) -> Vec<Begun> {
    let trash = project.layout.trash();
    let Ok(entries) = fs::read_dir(&trash) else {
        return Vec::new();
    };
    let mut places: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    places.sort();
    let own = |place: &&PathBuf| {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let owner = name.rsplit_once('-').map(|(owner, _)| owner);
        handle.is_none_or(|h| owner == Some(h.as_str()))
    };
    let found = places.iter().filter(own).filter_map(|place| {
        let text = fs::read_to_string(place.join("removing")).ok()?;
        Some(Begun {
            place: place.clone(),
            backup: (!text.is_empty()).then_some(text),
        })
    });
    found.collect()
}

/// Ends a removal: what no backup needs is deleted. That something of it can't be
/// is no failure: it is tried again later.
pub fn finish(project: &Project, begun: &Begun) {
    if is_needed(project, begun) {
        let _ = fs::remove_file(begun.place.join("removing"));
    } else if fs::remove_dir_all(&begun.place).is_err() {
        make_removable(&begun.place);
        let _ = fs::remove_dir_all(&begun.place);
    }
}

/// Whether a backup names this place. One that can't be read might.
fn is_needed(project: &Project, begun: &Begun) -> bool {
    let Some(full_ref) = &begun.backup else {
        return false;
    };
    let Ok(all) = backup::list(project, None) else {
        return true;
    };
    let own = all.iter().find(|kept| kept.full_ref == *full_ref);
    own.is_none_or(|kept| kept.record.trash.is_some())
}

/// Bytes that a directory takes, links counted as themselves.
pub fn size(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let of = |e: fs::DirEntry| match e.metadata() {
        Ok(meta) if meta.is_dir() => size(&e.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}

/// Directories that were made read-only, as some package managers do.
fn make_removable(dir: &Path) {
    let Ok(meta) = fs::symlink_metadata(dir) else {
        return;
    };
    if !meta.is_dir() {
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    }
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        make_removable(&entry.path());
    }
}

fn place_of(project: &Project, kept: &Kept) -> Option<PathBuf> {
    let name = kept.record.trash.as_ref()?;
    Some(project.layout.trash().join(name))
}

/// That what git could not hold is still there.
///
/// # Errors
/// Where it is not.
pub fn check(project: &Project, kept: &Kept) -> Result<()> {
    match place_of(project, kept) {
        Some(place) if !place.join("tree").is_dir() => Err(Error::Refused {
            reason: format!(
                "the repositories that {} held are not in {} any more",
                kept.record.handle,
                place.display()
            ),
            help: format!("all else of it: git show {}", kept.full_ref),
        }),
        _ => Ok(()),
    }
}

/// Copies repositories to where a backup comes back; the backup stays whole.
/// Submodules go back to git's own directory (`admin`), or, where there is none,
/// get one of their own.
///
/// # Errors
/// Where something can't be copied.
pub fn bring_repositories(
    project: &Project,
    kept: &Kept,
    to: &Path,
    admin: Option<&Path>,
) -> Result<()> {
    let Some(place) = place_of(project, kept) else {
        return Ok(());
    };
    check(project, kept)?;
    let from = place.join("tree");
    for nested in differs::nested(&from) {
        let target = to.join(&nested);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        }
        // The backup's tree may hold what HEAD had in its place.
        match fs::remove_dir_all(&target) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(Error::io("replace", &target, e));
            }
            _ => {}
        }
        copy(&from.join(&nested), &target)?;
        if admin.is_none() {
            own_directory(&place, &target)?;
        }
    }
    let modules = place.join("admin/modules");
    match admin {
        Some(admin) if modules.is_dir() => copy(&modules, &admin.join("modules")),
        _ => Ok(()),
    }
}

/// Gives a submodule the git directory that its `.git` file named.
fn own_directory(place: &Path, target: &Path) -> Result<()> {
    let link = target.join(".git");
    let Ok(text) = fs::read_to_string(&link) else {
        return Ok(());
    };
    let Some((_, module)) = text.trim_end().split_once("/modules/") else {
        return Ok(());
    };
    let from = place.join("admin/modules").join(module);
    if !from.join("HEAD").exists() {
        return Ok(());
    }
    fs::remove_file(&link).map_err(|e| Error::io("replace", &link, e))?;
    copy(&from, &link)?;
    let config = link.join("config");
    if let Ok(text) = fs::read_to_string(&config) {
        let elsewhere = |line: &&str| !line.trim_start().starts_with("worktree =");
        let kept: Vec<&str> = text.lines().filter(elsewhere).collect();
        let text = kept.join("\n") + "\n";
        fs::write(&config, text).map_err(|e| Error::io("write", config, e))?;
    }
    Ok(())
}

/// Copies directories, files with their modes, and links; nothing else has
/// content of its own.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    for entry in fs::read_dir(from).map_err(|e| Error::io("read", from, e))? {
        let entry = entry.map_err(|e| Error::io("read", from, e))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry
            .file_type()
            .map_err(|e| Error::io("read", &source, e))?;
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_symlink() {
            let link = fs::read_link(&source).map_err(|e| Error::io("read", &source, e))?;
            #[cfg(unix)]
            let made = std::os::unix::fs::symlink(&link, &target);
            #[cfg(not(unix))]
            let made = fs::write(&target, link.to_string_lossy().as_bytes());
            made.map_err(|e| Error::io("make", &target, e))?;
        } else if kind.is_file() {
            fs::copy(&source, &target).map_err(|e| Error::io("copy", &source, e))?;
        }
    }
    Ok(())
}
