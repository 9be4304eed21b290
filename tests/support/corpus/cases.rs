//! Files of cases.
//!
//! A case begins with `### <id>`. Lines `key: value` follow, then an empty line,
//! then the command as an agent would write it, up to the next case.

use std::collections::BTreeSet;
use std::path::Path;

/// One command, and what is said about it.
#[derive(Debug, Clone)]
pub struct Case {
    pub id: String,
    /// The name of the file that it stands in.
    pub area: String,
    pub command: String,
    fields: Vec<(String, String)>,
}

impl Case {
    /// The value of a key; of its first line where there are several.
    pub fn get(&self, key: &str) -> Option<&str> {
        let mut own = self.fields.iter().filter(|(k, _)| k == key);
        own.next().map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.fields.iter().filter(move |(k, _)| k == key);
        own.map(|(_, value)| value.as_str())
    }

    /// The words of a key.
    pub fn words<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(key)
            .flat_map(|v| v.split([',', ' ']))
            .filter(|w| !w.is_empty())
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(k, _)| k.as_str())
    }

    fn parse(area: &str, text: &str) -> Self {
        let (head, command) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let id = lines.next().unwrap_or_default().trim().to_owned();
        let field = |line: &str| {
            let (key, value) = line
                .split_once(':')
                .unwrap_or_else(|| panic!("{area}: {id}: no `key: value`: {line}"));
            (key.trim().to_owned(), value.trim().to_owned())
        };
        let fields = lines.map(field).collect();
        let command = command.trim_end_matches('\n').to_owned();
        assert!(
            !id.is_empty() && !command.is_empty(),
            "{area}: {id:?} has no command"
        );
        Self {
            id,
            area: area.to_owned(),
            command,
            fields,
        }
    }
}

/// All cases of the files in a directory. `MAOS_CASES` (ids or names of files,
/// with commas) chooses some.
pub fn read_all(dir: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(dir).expect("a directory of cases");
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "cases"))
    {
        let text = std::fs::read_to_string(path).expect("a text");
        let area = path.file_stem().expect("a name").to_string_lossy();
        let text = format!("\n{text}");
        let parts = text.split("\n### ").skip(1);
        found.extend(parts.map(|part| Case::parse(&area, part)));
    }
    let mut seen = BTreeSet::new();
    for case in &found {
        assert!(
            seen.insert(case.id.clone()),
            "two cases are called {}",
            case.id
        );
    }
    if let Ok(wanted) = std::env::var("MAOS_CASES") {
        let wanted: Vec<&str> = wanted.split(',').collect();
        found.retain(|c| wanted.contains(&c.id.as_str()) || wanted.contains(&c.area.as_str()));
    }
    found
}

/// Whether only some of the cases were asked for.
pub fn are_chosen() -> bool {
    std::env::var_os("MAOS_CASES").is_some()
}
