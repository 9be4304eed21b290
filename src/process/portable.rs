//! Processes where there is no `/proc`. The boot is told by its time, which
//! such systems keep for as long as they run.

use std::path::Path;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::Seen;

pub(super) fn look(pid: u32) -> Option<Seen> {
    let mut system = System::new();
    let pid = Pid::from_u32(pid);
    system.refresh_processes(ProcessesToUpdate::Some(&[pid]), true);
    let process = system.process(pid)?;
    Some(Seen {
        name: process
            .name()
            .to_string_lossy()
            .trim_end_matches(".exe")
            .to_owned(),
        parent: process.parent().map_or(0, Pid::as_u32),
        started: process.start_time(),
    })
}

/// Not told here.
pub(super) fn started_with(_: u32, _: &str) -> Option<String> {
    None
}

pub(super) fn boot() -> String {
    // Rounded: the system derives it from a clock that may be adjusted a little.
    format!("boot-{}", System::boot_time() / 60)
}

#[cfg(unix)]
pub(super) fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

#[cfg(not(unix))]
pub(super) fn parent_id() -> u32 {
    look(std::process::id()).map_or(0, |seen| seen.parent)
}

pub(super) fn standing_in(dir: &Path) -> Vec<u32> {
    let mut system = System::new();
    let kind = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let inside = system
        .processes()
        .iter()
        .filter(|(_, p)| p.cwd().is_some_and(|cwd| cwd.starts_with(dir)));
    inside.map(|(pid, _)| pid.as_u32()).take(16).collect()
}
