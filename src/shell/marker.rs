//! The comment that says whose command a shell line holds.
//!
//! The client wraps a command as `... eval '<command>' < /dev/null && pwd -P >| FILE`,
//! so the marker that the hook put at the command's end stands right before the
//! quote that closes it. A marker anywhere else is text of the command's own.

use crate::session::Handle;

const TAG: &[u8] = b"# maos:";

/// Adds the marker on a line of its own: behind a redirect on the same line the
/// client would take its words for further targets, behind a backslash or in a
/// heredoc they would be no comment.
pub fn add(command: &str, handle: &Handle) -> String {
    format!("{command}\n# maos:{handle}")
}

/// A marker found in a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The handle as it stands there.
    pub handle: &'a str,
    /// The line without the marker and the gap before it.
    pub without: Vec<u8>,
    /// Where the command ends in that line.
    pub end: usize,
}

const QUOTE: &[u8] = br#"'"'"'"#;

impl Found<'_> {
    /// The command that the line has for `eval`, as the model wrote it; `None`
    /// where the client put it in another way.
    pub fn command(&self) -> Option<String> {
        let (_, text) = self.quoted()?;
        String::from_utf8(text).ok()
    }

    /// The line with another command in its place.
    pub fn with_command(&self, command: &str) -> Option<Vec<u8>> {
        let (start, _) = self.quoted()?;
        let quoted = command.replace('\'', r#"'"'"'"#);
        let tail = &self.without[self.end..];
        Some([&self.without[..start], quoted.as_bytes(), tail].concat())
    }

    /// Where the quoted command begins, and what it says.
    fn quoted(&self) -> Option<(usize, Vec<u8>)> {
        let sign = b"eval '";
        let head = &self.without[..self.end];
        let starts = head.windows(sign.len()).enumerate();
        let mut starts = starts
            .filter(|(_, w)| w == sign)
            .map(|(at, _)| at + sign.len());
        starts.find_map(|start| Some((start, unquoted(&head[start..])?)))
    }
}

/// What stands between single quotes, as the client writes it; `None` where one of them ends it before.
pub(super) fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        match (rest.strip_prefix(QUOTE), first) {
            (Some(behind), _) => {
                found.push(b'\'');
                rest = behind;
            }
            (None, b'\'') => return None,
            (None, byte) => {
                found.push(*byte);
                rest = more;
            }
        }
    }
    Some(found)
}

/// Finds the marker at the end of the command in a line; `None` where there is
/// none.
pub fn find(line: &[u8]) -> Option<Found<'_>> {
    let at = line.windows(TAG.len()).rposition(|w| w == TAG)?;
    let rest = &line[at + TAG.len()..];
    let length = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || *b == b'-'))
        .unwrap_or(rest.len());
    let handle = std::str::from_utf8(&rest[..length]).ok()?;
    let tail = &rest[length..];
    let ends = match line.get(at.checked_sub(1)?) {
        Some(b'\n') => closes_quote(tail) || ends_command(tail),
        Some(b' ') => ends_command(tail),
        _ => false,
    };
    if handle.is_empty() || !ends {
        return None;
    }
    let mut without = line[..at - 1].to_vec();
    without.extend_from_slice(tail);
    Some(Found {
        handle,
        without,
        end: at - 1,
    })
}

/// Whether the quote around the command is closed here. What the client says
/// behind it may change from version to version: a marker on a line of its own
/// must never be overlooked for that.
fn closes_quote(tail: &[u8]) -> bool {
    let goes_on: [&[u8]; 3] = [b"'\"'\"'", b"'\\''", b"\\\""];
    tail.first().is_some_and(|b| matches!(b, b'\'' | b'"'))
        && !goes_on.iter().any(|quote| tail.starts_with(quote))
}

/// What may follow the marker: the end of the line, or the quote that closes the
/// command with only the client's own words behind it.
fn ends_command(tail: &[u8]) -> bool {
    let Some(behind) = tail.strip_prefix(b"'") else {
        return tail.iter().all(u8::is_ascii_whitespace);
    };
    let text = String::from_utf8_lossy(behind);
    let text = text.trim();
    let text = text.strip_prefix("< /dev/null").unwrap_or(text).trim();
    text.is_empty()
        || text
            .strip_prefix("&& pwd -P >|")
            .is_some_and(|file| is_one_word(file.trim()))
}

/// A path as the client writes it: bare, or in quotes where it holds a blank or
/// a quote (`'a b'"'"'c'`).
fn is_one_word(file: &str) -> bool {
    let file = file.replace(r#"'"'"'"#, "");
    let inner = file
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    !inner.unwrap_or(&file).contains('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle() -> Handle {
        Handle::parse("backend-sess-0283c709").unwrap()
    }

    fn line(command: &str) -> String {
        let quoted = command.replace('\'', r#"'"'"'"#);
        format!(
            "source /s.sh 2>/dev/null || true && {{ unalias -- 'which'; }} && eval '{quoted}' < /dev/null && pwd -P >| /tmp/claude-0a1b-cwd"
        )
    }

    #[test]
    fn the_line_runs_as_if_the_marker_had_never_been() {
        for command in [
            "touch x",
            "cat > f <<EOF\nfoo",
            "echo 'a b' \\",
            "a\nb",
            "echo '# maos:other-sess-1'",
            "x\t",
        ] {
            let marked = line(&add(command, &handle()));
            let found = find(marked.as_bytes()).unwrap();
            assert_eq!(found.handle, "backend-sess-0283c709");
            assert_eq!(
                String::from_utf8(found.without).unwrap(),
                line(command),
                "{command}"
            );
        }
    }

    #[test]
    fn the_clients_own_file_may_be_quoted() {
        for file in ["'/a b/claude-0a1b-cwd'", r#"'/a b'"'"'c/claude-0a1b-cwd'"#] {
            let line = |command: &str| line(command).replace("/tmp/claude-0a1b-cwd", file);
            let marked = line(&add("touch x", &handle()));
            let found = find(marked.as_bytes()).unwrap();
            assert_eq!(
                String::from_utf8(found.without).unwrap(),
                line("touch x"),
                "{file}"
            );
        }
        let forged = line("echo # maos:x' && pwd -P >| '/a");
        assert_eq!(find(forged.as_bytes()), None);
    }

    #[test]
    fn a_tail_that_is_not_known_hides_no_marker() {
        let line = "eval 'touch x\n# maos:a-1' 3<&- || exit; pwd > 'y'";
        assert_eq!(find(line.as_bytes()).unwrap().handle, "a-1");
        assert_eq!(
            find(b"eval 'echo '\"'\"'\n# maos:a-1'\"'\"' > x' < /dev/null"),
            None
        );
    }

    #[test]
    fn the_command_can_be_taken_out_and_another_put_in() {
        for command in ["touch x", "echo 'a b' \\", "a\nb", "eval 'x' && it's", ""] {
            let marked = line(&add(command, &handle()));
            let found = find(marked.as_bytes()).unwrap();
            assert_eq!(found.command().as_deref(), Some(command), "{command}");
            let other = found.with_command("say 'it'").unwrap();
            assert_eq!(String::from_utf8(other).unwrap(), line("say 'it'"));
        }
        assert_eq!(find(b"touch x # maos:a-1").unwrap().command(), None);
    }

    #[test]
    fn only_a_trailing_marker_counts() {
        for command in [
            "grep -r '# maos:x' .",
            "echo # maos:x; rm y",
            "echo '# maos:x'",
            "cat <<'E'\n# maos:x\nE",
            "pwd",
        ] {
            assert_eq!(find(line(command).as_bytes()), None, "{command}");
        }
        assert_eq!(find(b"touch x # maos:a-1").unwrap().handle, "a-1");
        assert_eq!(find(b"# maos:a-1"), None);
    }
}
