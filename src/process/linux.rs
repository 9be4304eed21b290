//! Processes on Linux, from `/proc`.

use std::fs;
use std::path::Path;

use super::Seen;

pub(super) fn look(pid: u32) -> Option<Seen> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name stands in parentheses and may itself hold any of both.
    let (head, tail) = (stat.find('(')?, stat.rfind(')')?);
    let name = stat.get(head + 1..tail)?.to_owned();
    let fields: Vec<&str> = stat.get(tail + 1..)?.split_whitespace().collect();
    // A zombie has ended; only its parent does not know yet.
    if matches!(fields.first(), Some(&"Z" | &"X")) {
        return None;
    }
    Some(Seen {
        name,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// A variable that a process was started with.
pub(super) fn started_with(pid: u32, name: &str) -> Option<String> {
    let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let own = |entry: &[u8]| {
        let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    environ.split(|b| *b == 0).find_map(own)
}

pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|s| s.trim().to_owned())
        .unwrap_or_default()
}

pub(super) fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

pub(super) fn standing_in(dir: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(dir))
        })
        .take(16)
        .collect()
}
