//! Paths of the project in an agent's command, exchanged for those of its
//! workspace where that is certain: models name files as they read them.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::find;
use super::marker::Found;
use crate::policy::command;
use crate::store::atomic;

/// How long the command may take to be read; then nothing is known of it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Room for its parser.
const STACK: usize = 16 << 20;

/// The line with those paths exchanged. Says so to the agent, once.
pub(super) fn exchange(of: &find::Found, found: Found<'_>) -> Vec<u8> {
    let command = found.command().filter(|_| !of.reads());
    let changed = command.and_then(|text| {
        let text = rewritten(of, text)?;
        found.with_command(&text)
    });
    match changed {
        Some(line) => {
            say(of);
            line
        }
        None => found.without,
    }
}

fn rewritten(of: &find::Found, text: String) -> Option<String> {
    let mut tops: Vec<PathBuf> = vec![
        of.project.main().to_owned(),
        of.project.start_root.clone(),
        of.agent.start_root.clone(),
    ];
    tops.dedup();
    tops.retain(|top| text.contains(&*top.to_string_lossy()));
    if tops.is_empty() {
        return None;
    }
    let workspace = of.agent.workspace.path.clone();
    let read = move || {
        let tops: Vec<&Path> = tops.iter().map(PathBuf::as_path).collect();
        let exists = |path: &Path| path.symlink_metadata().is_ok();
        command::rewrite(&text, &tops, &workspace, &exists)
    };
    bounded(read).flatten()
}

/// What a reader of commands says, within a time and a stack of its own.
pub fn bounded<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (send, receive) = mpsc::channel();
    let started = thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || send.send(read()));
    started.ok()?;
    receive.recv_timeout(PATIENCE).ok()
}

fn say(of: &find::Found) {
    let told = of.dir.path().join("told").join(of.agent.id.as_str());
    if atomic::create(&told, b"").unwrap_or(false) {
        super::say(&format!(
            "paths below {} in your commands mean the same paths of your workspace {} (said once)",
            of.agent.start_root.display(),
            of.agent.workspace.path.display()
        ));
    }
}
