//! Bracket expressions in the regular expressions of `sed` and `awk`.

/// What follows the bracket expression that was just opened, and whether the delimiter stands in
/// it: then some tools end the regular expression there. `None` where tools may disagree on the end
/// of the bracket expression itself.
pub(super) fn after(text: &str, delimiter: char) -> Option<(&str, bool)> {
    let mut held = false;
    let mut rest = text.strip_prefix('^').unwrap_or(text);
    rest = rest.strip_prefix(']').unwrap_or(rest);
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            ']' => return Some((rest, held)),
            '\n' => return None,
            '\\' => {
                let escaped = rest.chars().next().filter(|c| !matches!(c, ']' | '\n'))?;
                rest = &rest[escaped.len_utf8()..];
            }
            // A class such as [:alpha:] has a closing bracket of its own.
            '[' if rest.starts_with([':', '.', '=']) => {
                let (class, tail) = rest.split_once(']')?;
                if delimiter == ':' || !class.chars().all(|c| c.is_ascii_lowercase() || c == ':') {
                    return None;
                }
                rest = tail;
            }
            _ if c == delimiter => held = true,
            _ => {}
        }
    }
}
