//! The house: which module may import which, who alone may use a crate, how long
//! a file may get, that every file says what it is for.
//!
//! The table is that of `src/lib.rs`; the test reads it there and compares. What
//! does not follow a rule stands here by name, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Source, code, read_all};

/// Layers from the bottom up. A module imports itself and lower layers.
const LAYERS: [(&str, &[&str]); 6] = [
    ("vocabulary", &["error", "clock", "protocol", "session"]),
    ("decision", &["policy"]),
    (
        "adapters",
        &[
            "config", "store", "process", "git", "output", "logging", "sandbox",
        ],
    ),
    ("services", &["workspace", "register", "doctor"]),
    ("entries", &["hook", "shell"]),
    ("shell", &["cli", "main"]),
];

/// Imports within a layer: from, to, why.
const BESIDE: [(&str, &str, &str); 5] = [
    ("git", "process", "git is a child process"),
    ("doctor", "register", "it checks what was registered"),
    (
        "hook",
        "shell",
        "the hook writes the marker that maos-shell reads, and leaves it the project",
    ),
    ("sandbox", "process", "its probe starts children"),
    ("git", "sandbox", "git on an agent's tree runs confined"),
];

/// Who alone may name what.
const OWNERS: [(&str, &[&str]); 9] = [
    ("fs2::", &["src/store/lock.rs"]),
    ("git2::", &["src/git/"]),
    ("brush_parser::", &["src/policy/"]),
    ("clap::", &["src/cli/"]),
    ("comfy_table::", &["src/output.rs"]),
    ("tracing_subscriber::", &["src/logging.rs"]),
    ("Command::new(", &["src/process/cmd.rs"]),
    ("std::env::var", &["src/config/env.rs"]),
    ("Utc::now(", &["src/clock.rs"]),
];

/// What a pure layer does not touch.
const IMPURE: [&str; 5] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::thread",
];

/// The binary's own files: there `crate` is another one.
const BINARY: [&str; 2] = ["main", "start"];

const LONGEST_FILE: usize = 500;

/// Files that are longer, and why.
const LONGER: [(&str, &str); 2] = [
    (
        "src/policy/command/git.rs",
        "one table of git's subcommands",
    ),
    ("src/policy/command/tests/may_write.rs", "one list of cases"),
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, all)| all.contains(&module))
}

fn may_import(from: &str, to: &str) -> bool {
    let (Some(own), Some(other)) = (layer(from), layer(to)) else {
        return false;
    };
    let beside = BESIDE.iter().any(|(f, t, _)| (*f, *t) == (from, to));
    from == to || other < own || (own == 0 && other == 0) || beside || own == LAYERS.len() - 1
}

/// Top-level modules that a text names with `crate::`, as a path or in braces.
fn named(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_words(group)),
            None => found.extend(word(rest)),
        }
    }
    found
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let word = &text[..end.unwrap_or(text.len())];
    (!word.is_empty()).then(|| word.to_owned())
}

/// The first word of every item of a group, up to the brace that closes it.
fn first_words(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut words) = (0, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.extend(word(std::mem::take(&mut item).trim())),
            _ if depth == 0 => item.push(c),
            _ => {}
        }
    }
    words.extend(word(item.trim()));
    words
}

#[test]
fn layers_import_lower_layers_only() {
    let mut wrong = Vec::new();
    for source in read_all(&["src"]) {
        let from = source.module();
        if from == "lib" || BINARY.contains(&from) {
            continue;
        }
        for to in named(&code(&source.text)) {
            if !may_import(from, &to) {
                wrong.push(format!("{}: crate::{to}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "against the table:\n{}", wrong.join("\n"));
}

#[test]
fn a_path_out_of_a_module_says_crate() {
    let climbs = |s: &Source| code(&s.text).contains(&"super::".repeat(s.depth()));
    let wrong: Vec<String> = read_all(&["src"])
        .into_iter()
        .filter(|source| source.depth() > 1 && climbs(source))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "`super` up to the crate: {wrong:?}");
}

#[test]
fn the_table_is_that_of_the_crate() {
    let lib = std::fs::read_to_string("src/lib.rs").unwrap();
    let rows: BTreeMap<usize, BTreeSet<String>> = lib
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("//! | ")?.split(" | ");
            let (number, _) = cells.next()?.split_once(' ')?;
            let modules = cells.next()?.trim_end_matches(" |").split(", ");
            let plain = modules.map(|m| m.trim_matches(['[', ']', '`']).to_owned());
            Some((number.parse().ok()?, plain.collect()))
        })
        .collect();
    let table: BTreeMap<usize, BTreeSet<String>> = LAYERS
        .iter()
        .map(|(_, all)| all.iter().map(|m| (*m).to_owned()).collect())
        .enumerate()
        .collect();
    assert_eq!(rows, table, "src/lib.rs (left) and this test (right)");
    for line in lib.lines() {
        if let Some(module) = line.strip_prefix("pub mod ") {
            let module = module.trim_end_matches(';');
            assert!(layer(module).is_some(), "{module} has no layer");
        }
    }
}

#[test]
fn what_has_an_owner_is_used_by_it_alone() {
    let mut wrong = Vec::new();
    for source in read_all(&["src"]) {
        let text = code(&source.text);
        for (what, owners) in OWNERS {
            if text.contains(what) && !owners.iter().any(|o| source.path.starts_with(o)) {
                wrong.push(format!("{}: {what}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "has another owner:\n{}", wrong.join("\n"));
}

#[test]
fn vocabulary_and_decisions_are_pure() {
    let mut wrong = Vec::new();
    for source in read_all(&["src"]) {
        if layer(source.module()).is_none_or(|l| l > 1) {
            continue;
        }
        let text = code(&source.text);
        let found = IMPURE.iter().filter(|what| text.contains(**what));
        wrong.extend(found.map(|what| format!("{}: {what}", source.path)));
    }
    assert!(wrong.is_empty(), "not pure:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_not_long() {
    let mut wrong = Vec::new();
    for source in read_all(&["src", "tests"]) {
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin with `//! `", source.path));
        }
        let lines = source.text.lines().count();
        let known = LONGER.iter().any(|(path, _)| *path == source.path);
        if lines >= LONGEST_FILE && !known {
            wrong.push(format!("{} has {lines} lines", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_found_as_they_are_written() {
    let text = "use crate::{git::{self, read}, store};\ncrate::clock::now(); use crate::a::B;";
    let found: Vec<String> = named(text).into_iter().collect();
    assert_eq!(found, ["a", "clock", "git", "store"]);
    assert!(named(&code("// crate::hook\nlet x = 1; // crate::cli")).is_empty());
    assert!(may_import("store", "error") && may_import("git", "process"));
    assert!(!may_import("policy", "store") && !may_import("store", "git"));
    assert!(!may_import("hook", "cli") && !may_import("session", "policy"));
}
