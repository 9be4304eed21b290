//! Which texts of a tool's input name files: of tools that MAOS does not know,
//! those of MCP servers before all.
//!
//! An absolute path and a `file:` URL count wherever they stand. A relative path
//! counts where the field is one for paths, the tool is one that writes, and
//! nothing says that the file lies on another machine: elsewhere such a text is
//! as likely a search, a title or a path of a remote repository.

use std::collections::BTreeSet;

use serde_json::Value;

/// Longer texts are no paths.
const LONGEST: usize = 4096;

/// A text that names a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// From the root.
    Absolute(String),
    /// From the home directory.
    Home(String),
    /// From where the server stands.
    Relative(String),
}

/// Words in the name of a tool that writes.
const WRITES: [&str; 34] = [
    "add",
    "append",
    "apply",
    "chmod",
    "copy",
    "create",
    "cut",
    "delete",
    "edit",
    "extract",
    "fix",
    "format",
    "generate",
    "insert",
    "make",
    "mkdir",
    "modify",
    "move",
    "overwrite",
    "patch",
    "put",
    "refactor",
    "remove",
    "rename",
    "replace",
    "restore",
    "rm",
    "save",
    "set",
    "store",
    "touch",
    "truncate",
    "update",
    "write",
];

/// Parts of the names of fields for paths.
const PATHS: [&str; 10] = [
    "path",
    "file",
    "dir",
    "folder",
    "uri",
    "destination",
    "target",
    "source",
    "output",
    "location",
];

/// Fields that say that the file lies elsewhere.
const REMOTE: [&str; 14] = [
    "owner",
    "repo",
    "repository",
    "project_id",
    "projectid",
    "bucket",
    "branch",
    "ref",
    "host",
    "hostname",
    "url",
    "container",
    "container_id",
    "pod",
];

/// Fields with a command.
const COMMANDS: [&str; 6] = ["command", "cmd", "script", "shell", "code", "commands"];

/// The files that the input of a tool names.
pub fn named(tool: &str, input: &Value) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    let own = tool.rsplit("__").next().unwrap_or(tool);
    let remote = input.as_object().is_some_and(|fields| {
        let known = |key: &String| REMOTE.contains(&key.to_ascii_lowercase().as_str());
        fields.keys().any(known)
    });
    let relative = !remote && words(own).iter().any(|w| WRITES.contains(&w.as_str()));
    collect(input, "", relative, &mut found);
    found
}

fn collect(value: &Value, key: &str, relative: bool, found: &mut BTreeSet<Named>) {
    match value {
        Value::String(text) => of_text(text, key, relative, found),
        Value::Array(items) => items.iter().for_each(|v| collect(v, key, relative, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(rooted(key));
                collect(value, key, relative, found);
            }
        }
        _ => {}
    }
}

fn of_text(text: &str, key: &str, relative: bool, found: &mut BTreeSet<Named>) {
    let key = key.to_ascii_lowercase();
    if COMMANDS.contains(&key.as_str()) {
        let ends = |c: char| c.is_whitespace() || "'\"`=<>|;&(),".contains(c);
        found.extend(text.split(ends).filter_map(rooted));
        return;
    }
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.contains(['\n', '\0']) {
        return;
    }
    if let Some(named) = rooted(text) {
        found.insert(named);
    } else if relative && PATHS.iter().any(|part| key.contains(part)) && !text.contains("://") {
        found.insert(Named::Relative(text.to_owned()));
    }
}

/// A path from a fixed place.
fn rooted(text: &str) -> Option<Named> {
    let scheme = text.get(..5).filter(|s| s.eq_ignore_ascii_case("file:"));
    if scheme.is_some() {
        return Some(Named::Absolute(of_url(&text[5..])));
    }
    if let Some(rest) = text
        .strip_prefix("~/")
        .or_else(|| (text == "~").then_some(""))
    {
        return Some(Named::Home(rest.to_owned()));
    }
    text.starts_with('/')
        .then(|| Named::Absolute(text.to_owned()))
}

/// The path of a `file:` URL, without its scheme: `///a`, `//host/a`, `/a`.
fn of_url(rest: &str) -> String {
    let path = match rest.strip_prefix("//") {
        Some(behind) => &behind[behind.find('/').unwrap_or(behind.len())..],
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.as_bytes();
    while let Some((first, more)) = left.split_first() {
        let digit = |at: usize| more.get(at).and_then(|b| (*b as char).to_digit(16));
        let hex = digit(0).zip(digit(1)).filter(|_| *first == b'%');
        let byte = hex.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(byte.unwrap_or(*first));
        left = if byte.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `create_text_file`, `createTextFile`, `create-text-file`: their words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_ascii_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(tool: &str, input: &Value) -> Vec<Named> {
        named(tool, input).into_iter().collect()
    }

    #[test]
    fn paths_from_the_root_count_wherever_they_stand() {
        let absolute = |path: &str| vec![Named::Absolute(path.to_owned())];
        for (input, path) in [
            (json!({"q": "/r/a"}), "/r/a"),
            (json!({"q": " /r/a\t"}), "/r/a"),
            (json!({"q": [{"x": "/r/a b"}]}), "/r/a b"),
            (json!({"files": {"/r/a": "text"}}), "/r/a"),
            (json!({"uri": "file:///r/a"}), "/r/a"),
            (json!({"uri": "FILE://localhost/r/%61%2f.."}), "/r/a/.."),
            (json!({"uri": "file:/r/a?x#y"}), "/r/a"),
            (json!({"command": "echo x>'/r/a'"}), "/r/a"),
            (json!({"script": "x=/r/a\nls"}), "/r/a"),
        ] {
            assert_eq!(all("mcp__a__look", &input), absolute(path), "{input}");
        }
        let home = json!({"x": "~/r/a"});
        assert_eq!(all("x", &home), [Named::Home("r/a".to_owned())]);
    }

    #[test]
    fn relative_ones_count_where_a_tool_writes_files_here() {
        let relative = |tool: &str, input: Value| {
            let found = all(tool, &input);
            found == [Named::Relative("src/a".to_owned())]
        };
        for tool in [
            "mcp__s__create_text_file",
            "mcp__s__replaceSymbol",
            "x__write",
        ] {
            for key in ["relative_path", "file", "filePath", "targetUri"] {
                assert!(relative(tool, json!({key: "src/a"})), "{tool} {key}");
            }
        }
        assert!(relative(
            "x__write",
            json!({"files": [{"path": "src/a", "text": "b/c"}]})
        ));
        for (tool, input) in [
            ("x__read_file", json!({"path": "src/a"})),
            ("x__write", json!({"query": "src/a"})),
            (
                "x__create_or_update_file",
                json!({"owner": "o", "repo": "r", "path": "src/a"}),
            ),
            ("x__write", json!({"path": "https://a/b"})),
            ("x__rewritten", json!({"path": "src/a"})),
        ] {
            assert_eq!(all(tool, &input), [], "{tool} {input}");
        }
    }
}
