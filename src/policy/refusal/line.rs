//! One line of a program's output: whether it says that something was refused, and
//! which file it names.

/// Longer paths are none.
const LONGEST: usize = 512;

/// What the system says, in lower case.
const SIGNS: [&str; 9] = [
    "permission denied",
    "operation not permitted",
    "read-only file system",
    "cross-device link",
    "accessdeniedexception",
    "insufficient permission for adding",
    "eacces",
    "eperm",
    "erofs",
];

/// Refusals of somebody else, in lower case.
const OTHERS: [&str; 6] = [
    "(publickey",
    "(password",
    "(keyboard-interactive",
    "(gssapi",
    "daemon socket",
    "warning: unable to access",
];

/// Programs whose complaints are about reading.
const READERS: [&str; 18] = [
    "cat", "cmp", "diff", "du", "egrep", "fgrep", "file", "find", "grep", "head", "less", "ls",
    "od", "rg", "stat", "tail", "tree", "wc",
];

/// Whether a text, in lower case, says anywhere that something was refused.
pub(super) fn has_sign(lower: &str) -> bool {
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Whether a line is about something else than a write that the system refused.
pub(super) fn is_about_else(line: &str, lower: &str) -> bool {
    OTHERS.iter().any(|other| lower.contains(other)) || of_reader(line)
}

/// Where a line says that something was refused.
pub(super) fn sign(lower: &str) -> Option<(usize, usize)> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    SIGNS.iter().find_map(|sign| {
        let start = lower.find(sign)?;
        let end = start + sign.len();
        let whole = !lower[..start].ends_with(name) && !lower[end..].starts_with(name);
        (whole || *sign == "accessdeniedexception").then_some((start, end))
    })
}

/// Whether a line is the complaint of a program that only reads.
pub(super) fn of_reader(line: &str) -> bool {
    let who = line.trim_start().split(": ").next().unwrap_or_default();
    let name = who.rsplit('/').next().unwrap_or_default();
    READERS.contains(&name) || line.contains(" for reading: ")
}

/// What stands in quotes.
pub(super) fn quoted(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['\'', '"', '\u{2018}', '`']) {
        let opening = rest[at..].chars().next().unwrap_or('\'');
        let inside = &rest[at + opening.len_utf8()..];
        if rest[..at].ends_with(char::is_alphanumeric) {
            rest = inside;
            continue;
        }
        let closing: &[char] = match opening {
            '\u{2018}' => &['\u{2019}'],
            '`' => &['`', '\''],
            '"' => &['"'],
            _ => &['\''],
        };
        let Some(end) = inside.find(closing) else {
            rest = inside;
            continue;
        };
        found.extend(Some(&inside[..end]).filter(|name| !name.is_empty()));
        let closed = inside[end..].chars().next().map_or(1, char::len_utf8);
        rest = &inside[end + closed..];
    }
    found
}

/// The path right in front of a message: `who: what /a/path: `.
pub(super) fn last_part(before: &str) -> Option<&str> {
    let text = before.trim_end_matches([' ', ':', '(']);
    let part = text.rsplit(": ").next().unwrap_or(text).trim();
    let part = part.trim_matches(['\'', '"', '`']);
    let at = if part.starts_with('/') {
        0
    } else {
        part.find(" /").map_or(usize::MAX, |at| at + 1)
    };
    let named = part.get(at..).filter(|name| is_path(name));
    // `bash: line 1: out.txt: ` names a file, `sh: 1: cannot create out: ` not alone.
    let lone = |name: &&str| text.contains(": ") && !name.contains(' ') && !name.is_empty();
    named.or_else(|| Some(part).filter(lone))
}

/// The path right behind a message: `permission denied: /a/path`.
pub(super) fn first_part(behind: &str) -> Option<&str> {
    let text = behind.strip_prefix(':')?.trim();
    let end = text.find(": ").unwrap_or(text.len());
    let name = text[..end].trim_matches(['\'', '"', '`']);
    Some(name).filter(|name| is_path(name))
}

pub(super) fn is_path(name: &str) -> bool {
    name.starts_with('/') && name.len() <= LONGEST && !name.contains(char::is_control)
}
