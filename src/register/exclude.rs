//! What git is told to overlook: MAOS's own directories, and the settings file
//! of this machine. Written to `info/exclude` of the shared git directory, so
//! that no tracked file changes and every worktree is covered.

use std::path::{Path, PathBuf};

use super::file;
use crate::error::Result;
use crate::git::{Git, Place};

/// The directories that MAOS keeps in a project.
pub const DIRECTORIES: [&str; 2] = ["/worktrees/", "/.maos/"];

const LOCAL_SETTINGS: &str = "/.claude/settings.local.json";

/// The file that the lines go into.
pub fn path(place: &Place) -> PathBuf {
    place.common_dir.join("info/exclude")
}

/// The lines that are missing; `local` where the local settings are about to
/// be written.
///
/// # Errors
/// Where the file can't be read or git can't be asked.
pub fn missing(place: &Place, local: bool) -> Result<Vec<String>> {
    let content = file::read(&path(place))?.unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let mut lines: Vec<String> = DIRECTORIES
        .iter()
        .filter(|line| !has(&content, line))
        .map(|line| (*line).to_owned())
        .collect();
    if local && !has(&content, LOCAL_SETTINGS) && !is_known(place)? {
        lines.push(LOCAL_SETTINGS.to_owned());
    }
    Ok(lines)
}

/// Content with lines put at its end.
pub fn with_lines(content: &[u8], lines: &[String]) -> Vec<u8> {
    let newline: &[u8] = if content.ends_with(b"\r\n") {
        b"\r\n"
    } else {
        b"\n"
    };
    let mut out = content.to_vec();
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(newline);
    }
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(newline);
    }
    out
}

/// Content without the last of each of these lines.
pub fn without_lines(content: &[u8], lines: &[String]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = content.split_inclusive(|b| *b == b'\n').collect();
    for line in lines {
        if let Some(at) = kept
            .iter()
            .rposition(|l| l.trim_ascii_end() == line.as_bytes())
        {
            kept.remove(at);
        }
    }
    kept.concat()
}

/// Whether workspaces, or what is left of them, are still there.
pub fn in_use(place: &Place) -> bool {
    let Ok(entries) = std::fs::read_dir(place.main.join("worktrees")) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name() != ".gitignore")
}

/// Adds the local settings where git would show them.
///
/// # Errors
/// Where git can't be asked or the file can't be written.
pub fn cover_local(place: &Place) -> Result<Option<String>> {
    let path = path(place);
    let before = file::read(&path)?;
    let content = before.clone().unwrap_or_default();
    if has(&String::from_utf8_lossy(&content), LOCAL_SETTINGS) || is_known(place)? {
        return Ok(None);
    }
    let line = LOCAL_SETTINGS.to_owned();
    let after = with_lines(&content, std::slice::from_ref(&line));
    file::replace(&path, before.as_deref(), &after)?;
    Ok(Some(line))
}

/// Which of MAOS's directories are there and would be shown by git.
///
/// # Errors
/// Where git can't be asked.
pub fn shown(place: &Place) -> Result<Vec<String>> {
    let mut shown = Vec::new();
    for line in DIRECTORIES {
        let name = line.trim_matches('/');
        let dir = place.main.join(name);
        if !dir.is_dir() {
            continue;
        }
        let overlooked = Git::at(&place.main)
            .args(["check-ignore", "--quiet", "--no-index"])
            .args([Path::new(name).join("x")])
            .test()?;
        if !overlooked {
            shown.push(dir.display().to_string());
        }
    }
    Ok(shown)
}

fn has(content: &str, line: &str) -> bool {
    let bare = line.trim_matches('/');
    content
        .lines()
        .map(str::trim_end)
        .any(|l| l == line || (!l.starts_with('!') && l.trim_matches('/') == bare))
}

/// Whether git tracks or ignores the local settings already.
fn is_known(place: &Place) -> Result<bool> {
    let name = relative(LOCAL_SETTINGS);
    if Git::at(&place.root)
        .args(["check-ignore", "--quiet", "--no-index"])
        .args([name])
        .test()?
    {
        return Ok(true);
    }
    let tracked = Git::at(&place.root)
        .args(["ls-files", "--error-unmatch"])
        .args([name])
        .output()?;
    Ok(tracked.ok())
}

fn relative(line: &str) -> &Path {
    Path::new(line.trim_start_matches('/'))
}
