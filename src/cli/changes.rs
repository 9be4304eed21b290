//! A plan of file changes, for people: one line a file, or a diff.

use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use crate::error::Result;
use crate::output;
use crate::register::{Change, Plan};

/// Says what was changed, one line a file; `otherwise` where nothing was.
///
/// # Errors
/// Where stdout can't be written.
pub(super) fn print(plan: &Plan, root: Option<&Path>, otherwise: &str) -> Result<()> {
    let mut lines: Vec<(&str, String, &str)> = Vec::new();
    if let Some(link) = plan.link.as_ref().filter(|link| link.missing) {
        lines.push(("made", shown(&link.path, root), "the shell prefix"));
    }
    for change in plan.changes.iter().filter(|change| !change.own) {
        lines.push((verb(change), shown(&change.path, root), &change.what));
    }
    let width = lines.iter().map(|line| line.1.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (verb, path, what) in &lines {
        let _ = writeln!(out, "{verb:<8} {path:<width$}  {what}");
    }
    if lines.is_empty() {
        let _ = writeln!(out, "{otherwise}");
    }
    finish(out, plan)
}

/// Shows what would be changed, as a unified diff.
///
/// # Errors
/// Where stdout can't be written.
pub(super) fn print_diff(plan: &Plan, root: Option<&Path>) -> Result<()> {
    let mut out = String::new();
    if let Some(link) = plan.link.as_ref().filter(|link| link.missing) {
        let _ = writeln!(out, "# would make {}", shown(&link.path, root));
    }
    for change in plan.changes.iter().filter(|change| !change.own) {
        out.push_str(&diff(change, &shown(&change.path, root)));
    }
    if out.is_empty() {
        out.push_str("nothing would change\n");
    }
    finish(out, plan)
}

fn finish(mut out: String, plan: &Plan) -> Result<()> {
    for note in &plan.notes {
        let _ = writeln!(out, "note: {note}");
    }
    output::line(&visible(out.trim_end()))
}

/// Text from outside without what a terminal would obey; the layout stays.
fn visible(text: &str) -> String {
    text.split_inclusive(['\n', '\r', '\t'])
        .map(|part| {
            let body = part.trim_end_matches(['\n', '\r', '\t']);
            output::plain(body) + &part[body.len()..]
        })
        .collect()
}

fn verb(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "made",
        (Some(_), Some(_)) => "changed",
        (Some(_), None) => "removed",
    }
}

fn diff(change: &Change, name: &str) -> String {
    let text = |bytes: &Option<Vec<u8>>| {
        String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
    };
    let (before, after) = (text(&change.before), text(&change.after));
    let side = |there: bool, letter: &str| {
        if there {
            format!("{letter}/{}", name.trim_start_matches('/'))
        } else {
            "/dev/null".to_owned()
        }
    };
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(3)
        .header(
            &side(change.before.is_some(), "a"),
            &side(change.after.is_some(), "b"),
        )
        .to_string()
}

/// A path as people read it: below the project without what is in front.
fn shown(path: &Path, root: Option<&Path>) -> String {
    let below = root.and_then(|root| path.strip_prefix(root).ok());
    below.unwrap_or(path).display().to_string()
}
