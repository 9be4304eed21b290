//! The programs that MAOS works with: git and the client.

use std::time::Duration;

use super::Check;
use crate::process::Cmd;
use crate::register::Machine;

/// The oldest git: merging without a working tree came with it.
const GIT: [u32; 3] = [2, 38, 0];

/// The oldest client: events of agents carry `agent_id` since then.
const CLIENT: [u32; 3] = [2, 1, 69];

/// Since then the client heeds `onFailure`.
const ON_FAILURE: [u32; 3] = [2, 1, 295];

const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn git() -> Check {
    const ID: &str = "git";
    let Some(text) = version_text("git") else {
        return Check::fail(ID, "git can't be run", "install git and put it on PATH");
    };
    match version(&text) {
        Some(found) if found < GIT => Check::fail(
            ID,
            format!("{} is too old", spell(found)),
            format!("install git {} or later", spell(GIT)),
        ),
        Some(found) => Check::ok(ID, spell(found)),
        None => Check::warn(ID, format!("no version in `{text}`"), "see `git --version`"),
    }
}

pub(super) fn client(machine: &Machine) -> Check {
    const ID: &str = "client";
    let Some(program) = machine.find("claude") else {
        return Check::warn(
            ID,
            "claude is not on PATH: its version is not known",
            format!("use Claude Code {} or later", spell(CLIENT)),
        );
    };
    let text = version_text(&program.to_string_lossy()).unwrap_or_default();
    match version(&text) {
        Some(found) if found < CLIENT => Check::fail(
            ID,
            format!(
                "Claude Code {} does not say which agent calls",
                spell(found)
            ),
            format!("update to {} or later: `claude update`", spell(CLIENT)),
        ),
        Some(found) if found < ON_FAILURE => Check::ok(
            ID,
            format!(
                "Claude Code {}; before {} a guard that crashes lets the call run",
                spell(found),
                spell(ON_FAILURE)
            ),
        ),
        Some(found) => Check::ok(ID, format!("Claude Code {}", spell(found))),
        None => Check::warn(
            ID,
            format!("{} does not say its version", program.display()),
            "see `claude --version`",
        ),
    }
}

fn version_text(program: &str) -> Option<String> {
    let output = Cmd::new(program)
        .arg("--version")
        .limit(LIMIT)
        .output()
        .ok()?;
    output.ok().then(|| output.text())
}

/// The first word that is a version.
fn version(text: &str) -> Option<[u32; 3]> {
    text.split_whitespace().find_map(|word| {
        let mut parts = word.split('.').map(|part| {
            let digits = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            part[..digits].parse().ok()
        });
        let (major, minor) = (parts.next()??, parts.next()??);
        Some([major, minor, parts.next().flatten().unwrap_or(0)])
    })
}

fn spell(version: [u32; 3]) -> String {
    version.map(|part| part.to_string()).join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (text, wanted) in [
            ("git version 2.47.3", Some([2, 47, 3])),
            ("git version 2.39.5 (Apple Git-154)", Some([2, 39, 5])),
            ("git version 2.45.1.windows.1", Some([2, 45, 1])),
            ("git version 2.50.0-rc1", Some([2, 50, 0])),
            ("2.1.328 (Claude Code)", Some([2, 1, 328])),
            ("3.0", Some([3, 0, 0])),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(version(text), wanted, "{text}");
        }
    }
}
