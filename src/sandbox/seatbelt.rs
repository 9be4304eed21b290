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
