//! Types of agents: which ones have a tool that writes, and which the client
//! isolates itself. Definitions are Markdown files with a head of `key: value`
//! lines, of the project and of the user.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::env;
use crate::protocol::Tool;

/// What a type can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) can_write: bool,
    pub(super) isolated: bool,
}

/// Types of the client's own that only read.
const READERS: [&str; 4] = ["Explore", "Plan", "claude-code-guide", "statusline-setup"];

/// Looks a type up. One that nobody defines can write.
pub(super) fn look(start_root: &Path, cwd: &Path, kind: &str) -> Kind {
    let defined = definition(start_root, cwd, kind).and_then(|path| fs::read_to_string(path).ok());
    match defined {
        Some(text) => read(&text),
        // The status line's helper edits settings of the user, never the project.
        None => Kind {
            can_write: !READERS.contains(&kind),
            isolated: false,
        },
    }
}

fn definition(start_root: &Path, cwd: &Path, kind: &str) -> Option<PathBuf> {
    let mut dirs: Vec<PathBuf> = cwd
        .ancestors()
        .take_while(|d| d.starts_with(start_root))
        .map(|d| d.join(".claude/agents"))
        .collect();
    dirs.push(start_root.join(".claude/agents"));
    dirs.extend(env::client_dir().map(|d| d.join("agents")));
    dirs.iter().find_map(|dir| find(dir, kind, 4))
}

/// The file that defines a type: the name in its head counts, not the file's.
fn find(dir: &Path, kind: &str, depth: u32) -> Option<PathBuf> {
    for entry in fs::read_dir(dir).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if depth > 0
                && let Some(found) = find(&path, kind, depth - 1)
            {
                return Some(found);
            }
        } else if path.extension().is_some_and(|e| e == "md")
            && fs::read_to_string(&path)
                .is_ok_and(|text| field(&text, "name").as_deref() == Some(kind))
        {
            return Some(path);
        }
    }
    None
}

fn read(text: &str) -> Kind {
    let isolated = field(text, "isolation").as_deref() == Some("worktree");
    let writes = |names: &[String]| {
        names.iter().any(|n| {
            let name = n.split('(').next().unwrap_or_default().trim();
            name == "*" || Tool::from_name(name).writes()
        })
    };
    let can_write = match field(text, "tools") {
        Some(tools) => writes(&names(&tools)),
        None => match field(text, "disallowedTools") {
            Some(tools) => {
                let without = names(&tools);
                ["Edit", "Write", "Bash"]
                    .iter()
                    .any(|t| !without.iter().any(|n| n == t))
            }
            None => true,
        },
    };
    Kind {
        can_write,
        isolated,
    }
}

/// A field of the head; a list on the lines below comes as one line.
fn field(text: &str, key: &str) -> Option<String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let head: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    let at = head.iter().position(|line| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
    })?;
    let value = head[at].split_once(':')?.1.trim();
    if !value.is_empty() {
        return Some(value.trim_matches(['"', '\'']).to_owned());
    }
    let items = head[at + 1..]
        .iter()
        .map_while(|line| line.trim_start().strip_prefix("- "));
    Some(items.collect::<Vec<_>>().join(","))
}

/// `A, B(x, y), C` or `[A, B]`: commas inside of parentheses don't part names.
fn names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0;
    for c in list
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .chars()
    {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = names.last_mut() {
            last.push(c);
        }
    }
    names
        .iter()
        .map(|n| n.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_decide_who_can_write() {
        let kind = |head: &str| read(&format!("---\nname: x\n{head}\n---\nbody\n"));
        for reader in [
            "tools: Read, Grep, Glob",
            "tools: [Read, \"WebFetch\"]",
            "tools:\n  - Read\n  - Glob",
            "disallowedTools: Edit, Write, Bash",
        ] {
            assert!(!kind(reader).can_write, "{reader}");
        }
        for writer in [
            "description: a: b",
            "tools: Read, Bash(git log:*, git diff:*)",
            "tools: Read,Edit",
            "tools: '*'",
            "disallowedTools: Write",
        ] {
            assert!(kind(writer).can_write, "{writer}");
        }
        assert!(kind("isolation: worktree").isolated);
    }
}
