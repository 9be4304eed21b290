//! Seatbelt, the sandbox of macOS: a profile in which the last rule that fits
//! decides, so that pinned files can be said directly.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use super::Walls;

/// The command line that runs `command` behind the walls.
pub fn around(walls: &Walls, command: &[OsString]) -> Vec<OsString> {
    let head = ["sandbox-exec", "-p", &profile(walls)].map(OsString::from);
    head.into_iter().chain(command.iter().cloned()).collect()
}

fn profile(walls: &Walls) -> String {
    let mut text = "(version 1)(allow default)(deny file-write*)".to_owned();
    for path in &walls.write {
        let kind = if path.is_dir() { "subpath" } else { "literal" };
        let _ = write!(text, "(allow file-write* ({kind} {}))", quoted(path));
    }
    for path in &walls.pinned {
        let _ = write!(text, "(deny file-write* (literal {}))", quoted(path));
    }
    text
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Tries both writes.
pub(super) fn attempt(walls: &Walls, good: &Path, bad: &Path) -> Result<(bool, bool), String> {
    let script = r#"touch -- "$1" && echo good; touch -- "$2" && echo bad; exit 0"#;
    let command = ["sh", "-c", script, "sh"].map(OsString::from);
    let command: Vec<OsString> = command
        .into_iter()
        .chain([good.into(), bad.into()])
        .collect();
    ask(&around(walls, &command))
}

/// Runs a line that says which of its writes went through.
#[expect(
    clippy::disallowed_methods,
    reason = "it lies below the module that starts children"
)]
pub(super) fn ask(line: &[OsString]) -> Result<(bool, bool), String> {
    let [program, args @ ..] = line else {
        return Err("there is nothing to run".to_owned());
    };
    let output = std::process::Command::new(program).args(args).output();
    let output = output.map_err(|e| format!("{} can't be run: {e}", program.to_string_lossy()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or("it failed").to_owned();
        return Err(first);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Ok((said.contains("good"), said.contains("bad")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_what_may_be_written_and_then_what_may_not() {
        let walls = Walls {
            write: vec!["/no/such/w\"s".into()],
            pinned: vec!["/no/such/ws/.git".into()],
            ..Walls::default()
        };
        assert_eq!(
            profile(&walls),
            "(version 1)(allow default)(deny file-write*)\
             (allow file-write* (literal \"/no/such/w\\\"s\"))\
             (deny file-write* (literal \"/no/such/ws/.git\"))"
        );
    }
}
