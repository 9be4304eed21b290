//! Names below a workspace that agents may not write, in any spelling that a
//! file system takes for the same.

use std::path::{Component, Path, PathBuf};

/// Why a path below a workspace may not be written; `None` where it may.
/// `settings` also keeps the client's settings, whose hooks run unconfined in
/// the next session.
pub fn pinned(relative: &Path, settings: bool) -> Option<&'static str> {
    let names: Vec<String> = relative.components().filter_map(folded).collect();
    if names.iter().any(|n| n == ".git" || short_name_of_git(n)) {
        return Some("git's own files decide what git runs");
    }
    if names.first().is_some_and(|n| n == ".maos") {
        return Some(".maos is MAOS's own state");
    }
    if !settings {
        return None;
    }
    let last = names.last()?;
    let parent = names.len().checked_sub(2).map(|i| names[i].as_str());
    let is_settings =
        parent == Some(".claude") && last.starts_with("settings") && has_json_end(last);
    (is_settings || last == ".mcp.json")
        .then_some("what is in it runs unconfined in the next session")
}

fn has_json_end(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == "json")
}

/// A name as a file system that folds names sees it: lower case, without
/// characters that HFS+ ignores, without the dots, spaces and streams that
/// Windows drops.
fn folded(component: Component<'_>) -> Option<String> {
    let Component::Normal(name) = component else {
        return None;
    };
    let name = name.to_string_lossy();
    let ignored = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let name: String = name
        .chars()
        .filter(|c| !ignored(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let name = name.split(':').next().unwrap_or_default();
    Some(name.trim_end_matches(['.', ' ']).to_owned())
}

/// `git~1` and its kin: the short names of `.git` on FAT and NTFS.
fn short_name_of_git(name: &str) -> bool {
    name.strip_prefix("git~")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Why a path as it was written can't be meant; `None` where it can.
pub fn unusable(path: &str) -> Option<&'static str> {
    let drive = |p: &str| {
        let mut chars = p.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
    };
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.contains('\0') {
        return Some("it holds a NUL");
    }
    if path.starts_with('~') || path.starts_with('$') || path.starts_with('%') {
        return Some("nothing expands it: give an absolute path");
    }
    if cfg!(not(windows)) && (path.starts_with("\\\\") || drive(path)) {
        return Some("it is a path of Windows");
    }
    None
}

/// Whether a directory belongs to the kernel: what is written there is no file.
/// `/dev/shm` holds files as any other.
pub fn of_the_kernel(path: &Path) -> bool {
    let below = |top: &&str| path.starts_with(top);
    cfg!(unix) && ["/proc", "/dev", "/sys"].iter().any(below) && !path.starts_with("/dev/shm")
}

/// A path without `.` and `..`, by its text: so the client takes it.
pub fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_settings_are_kept_in_any_spelling() {
        for bad in [
            ".git/config",
            ".GIT/hooks/x",
            "a/.git",
            "GIT~1/config",
            ".git./x",
            ".git /x",
            ".g\u{200c}it/config",
            ".git::$INDEX_ALLOCATION/x",
            ".claude/settings.json",
            ".Claude/Settings.Local.JSON",
            "sub/.mcp.json",
            ".maos/config.json",
        ] {
            assert!(pinned(Path::new(bad), true).is_some(), "{bad}");
        }
        for good in [
            "src/git.rs",
            ".gitignore",
            ".github/workflows/ci.yml",
            ".claude/agents/x.md",
            "settings.json",
            "a/.maos/x",
            "git~",
        ] {
            assert!(pinned(Path::new(good), true).is_none(), "{good}");
        }
        assert!(pinned(Path::new(".claude/settings.json"), false).is_none());
    }

    #[test]
    fn what_nothing_expands_is_unusable() {
        for bad in ["", "a\0b", "~/x", "$HOME/x", "C:foo", "\\\\?\\C:\\x"] {
            assert!(unusable(bad).is_some(), "{bad}");
        }
        assert!(unusable("/a/b").is_none() && unusable("src/x").is_none());
    }
}
