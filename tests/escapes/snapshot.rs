//! What a command must not change, by area, as it stands at one moment.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::corpus::World;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Files of the main checkout, ignored ones too.
    Content,
    /// The commits that there were, and the objects that they need.
    History,
    /// Refs, reflogs, `HEAD` and what git keeps beside them, the index.
    Refs,
    /// Files that configure git.
    Config,
    Hooks,
    /// Another agent's workspace, branch and records.
    Other,
    /// What MAOS knows.
    State,
    /// Programs that the command planted, run later by the host.
    Trap,
    Home,
    /// Directories of caches that may be writable by choice.
    Cache,
    /// The rest of the machine.
    Outside,
    /// A process of the user's.
    Process,
    /// Modes, owners, times and attributes.
    Metadata,
}

impl Area {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "content" => Self::Content,
            "history" => Self::History,
            "refs" => Self::Refs,
            "config" => Self::Config,
            "hooks" => Self::Hooks,
            "other" => Self::Other,
            "state" => Self::State,
            "trap" => Self::Trap,
            "home" => Self::Home,
            "cache" => Self::Cache,
            "outside" => Self::Outside,
            "process" => Self::Process,
            "metadata" => Self::Metadata,
            _ => return None,
        })
    }

    /// Whether no backend may leave this area open, for whatever reason.
    pub fn is_never_open(self) -> bool {
        use Area::{Config, Content, History, Hooks, Other, Refs, State, Trap};
        matches!(
            self,
            Content | History | Refs | Config | Hooks | Other | State | Trap
        )
    }
}

/// What stands where, by area and name.
pub type Snapshot = BTreeMap<(Area, String), String>;

pub fn take(world: &World, with_metadata: bool) -> Snapshot {
    let mut found = Snapshot::new();
    walk(world, &world.sandbox.top(), with_metadata, &mut found);
    found
}

/// What is different, in its area.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<(Area, String)> {
    let names = before.keys().chain(after.keys());
    let mut found: Vec<(Area, String)> = names
        .filter(|key| !is_same(&key.1, before.get(key), after.get(key)))
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Logs may grow, but not by what a command made up.
fn is_same(name: &str, before: Option<&String>, after: Option<&String>) -> bool {
    match (before, after) {
        (None, Some(_)) if name.starts_with(OBJECTS) => true,
        (Some(before), Some(after)) if is_log(name) => after
            .strip_prefix(before.as_str())
            .is_some_and(|more| !more.contains("forged")),
        _ => before == after,
    }
}

const OBJECTS: &str = "repo/.git/objects/";

fn is_log(name: &str) -> bool {
    name.starts_with("repo/.maos/") && (name.ends_with("timeline.jsonl") || name.ends_with("log"))
}

/// Where the running itself leaves its times.
fn has_metadata(name: &str) -> bool {
    name != "outside" && !name.starts_with("repo/.maos")
}

/// What `maos-shell` notes about the agent's git, what it puts aside, what it has
/// told.
fn is_kept_by_running(name: &str) -> bool {
    const TOPS: [&str; 2] = ["repo/.maos/git/.", "repo/.maos/aside/"];
    TOPS.iter().any(|top| name.starts_with(top)) || name.contains("/told/")
}

fn walk(world: &World, dir: &Path, with_metadata: bool, found: &mut Snapshot) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    let top = world.sandbox.top();
    for entry in entries.flatten() {
        let (path, Ok(meta)) = (entry.path(), entry.metadata()) else {
            continue;
        };
        let name = path.strip_prefix(&top).expect("below").to_string_lossy();
        let Some(area) = area_of(&name, &world.handle, &world.other()) else {
            continue;
        };
        if let Some(value) = value(&name, &path, &meta) {
            found.insert((area, name.to_string()), value);
        }
        if with_metadata && has_metadata(&name) {
            let key = (Area::Metadata, name.to_string());
            found.insert(key, metadata(&path, &meta));
        }
        if meta.is_dir() {
            walk(world, &path, with_metadata, found);
        }
    }
}

/// The area of a file; `None` for what belongs to the agent.
fn area_of(name: &str, own: &str, other: &str) -> Option<Area> {
    if let Some(name) = name.strip_prefix("repo/.git/") {
        return area_in_git(name, own, other);
    }
    let is_below = |top: &str| name == top || name.starts_with(&format!("{top}/"));
    let area = if is_below(&format!("repo/worktrees/{own}"))
        || is_below(&format!("repo/.maos/git/{own}"))
        || is_below("home/.local/state/maos")
        || name == "outside/helper.sock"
        || name == "outside/mark"
    {
        return None;
    } else if is_below(&format!("repo/worktrees/{other}"))
        || is_below(&format!("repo/.maos/git/{other}"))
        || (is_below("repo/.maos") && name.contains(other))
    {
        Area::Other
    } else if is_below("repo/.maos") || is_below("repo/worktrees") {
        Area::State
    } else if is_below("repo") {
        Area::Content
    } else if is_below("home/.cargo/registry") || is_below("home/.npm/_cacache") {
        Area::Cache
    } else if is_below("home") {
        Area::Home
    } else {
        Area::Outside
    };
    Some(area)
}

fn area_in_git(name: &str, own: &str, other: &str) -> Option<Area> {
    let first = name.split('/').next().unwrap_or(name);
    let branch = |handle: &str| name.ends_with(&format!("refs/heads/agent/{handle}"));
    let admin = |handle: &str| {
        let top = format!("worktrees/{handle}");
        name == top || name.starts_with(&format!("{top}/"))
    };
    if branch(own) || admin(own) {
        return None;
    }
    if branch(other) || admin(other) {
        return Some(Area::Other);
    }
    match first {
        "objects" if name.starts_with("objects/info/") => Some(Area::Config),
        "objects" => Some(Area::History),
        "hooks" => Some(Area::Hooks),
        "config" | "config.worktree" | "info" | "modules" | "shallow" | "commondir"
        | "description" => Some(Area::Config),
        _ => Some(Area::Refs),
    }
}

/// What stands in a file; directories below git's own count by what is in them.
fn value(name: &str, path: &Path, meta: &Metadata) -> Option<String> {
    let kind = meta.file_type();
    if is_kept_by_running(name) && !kind.is_dir() {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        return text.contains("forged").then(|| "forged".to_owned());
    }
    if kind.is_dir() {
        let counts = !name.starts_with("repo/.git/")
            && !name.starts_with("repo/.maos/aside")
            && !name.ends_with("/told");
        return counts.then(|| "directory".to_owned());
    }
    if kind.is_symlink() {
        let to = fs::read_link(path).unwrap_or_default();
        return Some(format!("link to {}", to.display()));
    }
    if !kind.is_file() {
        return Some("special file".to_owned());
    }
    let bytes = fs::read(path).unwrap_or_default();
    if is_log(name) {
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Some(format!("{:x}", hasher.finish()))
}

fn metadata(path: &Path, meta: &Metadata) -> String {
    let attribute = |name: &str| {
        let mut buffer = [0_u8; 256];
        rustix::fs::lgetxattr(path, name, &mut buffer)
            .ok()
            .map(|n| buffer[..n].to_vec())
    };
    format!(
        "{:o} {}:{} {}.{} {:?}",
        meta.mode(),
        meta.uid(),
        meta.gid(),
        meta.mtime(),
        meta.mtime_nsec(),
        attribute("user.forged")
    )
}

/// The commits that there were in the beginning, with every object that they
/// need.
pub fn history(world: &World) -> String {
    let sandbox = &world.sandbox;
    let ids = fs::read_to_string(sandbox.top().join(crate::scene::COMMITS)).unwrap_or_default();
    let mut command = sandbox.command("bash", &sandbox.top());
    command.args(["-c", READ_ALL]).arg(&sandbox.repo);
    let output = command.args(ids.split_whitespace()).output();
    let output = output.expect("bash");
    let mut hasher = DefaultHasher::new();
    output.stdout.hash(&mut hasher);
    format!("{:?} {:x}", output.status.code(), hasher.finish())
}

const READ_ALL: &str = "set -o pipefail; git -C \"$0\" rev-list --objects \"$@\" | cut -d' ' -f1 | git -C \"$0\" cat-file --batch";
