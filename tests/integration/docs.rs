//! The documentation says what is so: the commands, the exit codes, the links.
//!
//! `docs/cli.md` is made from the command line: `MAOS_UPDATE_DOCS=1 cargo test docs`.
#![expect(clippy::disallowed_methods, reason = "the test reads its own variable")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::sources::{is, walk};

const CLI: &str = "docs/cli.md";

/// What is looked at for paths of the machine that it was written on.
const TRACKED: [&str; 11] = [
    ".cargo",
    "benches",
    "docs",
    "examples",
    "hooks",
    "src",
    "tests",
    "CHANGELOG.md",
    "Cargo.toml",
    "README.md",
    "clippy.toml",
];

const WIDEST_HELP: usize = 100;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every command's name and help; the first is `maos` itself.
fn helps() -> Vec<(String, String)> {
    let mut all = maos::cli::command();
    all.build();
    let mut helps = vec![("maos".to_owned(), all.render_help().to_string())];
    for command in all.get_subcommands_mut() {
        let help = command.render_help().to_string();
        helps.push((format!("maos {}", command.get_name()), help));
    }
    helps
}

fn markdown() -> Vec<String> {
    let mut pages = Vec::new();
    walk(Path::new("docs"), &mut pages);
    pages.retain(|path| is(path, "md"));
    pages.extend(["README.md".to_owned(), "CHANGELOG.md".to_owned()]);
    pages
}

#[test]
fn the_page_of_the_commands_is_their_help() {
    let mut page = "# Commands\n\n\
         What `--help` says, of every command. Exit codes: [exit-codes.md](exit-codes.md).\n"
        .to_owned();
    for (name, help) in helps() {
        let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
    }
    if std::env::var_os("MAOS_UPDATE_DOCS").is_some() {
        fs::write(CLI, &page).expect("the page");
    }
    assert!(
        read(CLI) == page,
        "{CLI} is not what --help says: MAOS_UPDATE_DOCS=1 cargo test docs"
    );
}

#[test]
fn lines_of_help_fit() {
    for (name, help) in helps() {
        let long = help.lines().find(|l| l.chars().count() > WIDEST_HELP);
        assert_eq!(long, None, "{name} --help");
    }
}

#[test]
fn the_readme_names_every_command_and_page() {
    let readme = read("README.md");
    for (name, _) in helps() {
        assert!(
            readme.contains(&format!("`{name}`")) || name == "maos",
            "{name}"
        );
    }
    for page in markdown().iter().filter(|p| p.as_str() != "README.md") {
        assert!(readme.contains(&format!("]({page})")), "{page}");
    }
}

#[test]
fn the_readme_names_no_command_that_there_is_not() {
    let known: BTreeSet<String> = helps().into_iter().map(|(name, _)| name).collect();
    for page in markdown() {
        let text = read(&page);
        for rest in text.split("maos ").skip(1) {
            let word: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                .collect();
            let before = text[..text.len() - rest.len()].chars().rev().nth(5);
            let command = matches!(before, Some('`' | '\n'));
            if command && !word.is_empty() && !word.starts_with('-') {
                assert!(
                    known.contains(&format!("maos {word}")),
                    "{page}: maos {word}"
                );
            }
        }
    }
}

/// `docs/state.md` of `[x](docs/state.md#refs)`, and `refs`.
fn links(text: &str) -> Vec<(String, String)> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://"))
        .map(|target| target.split_once('#').unwrap_or((target, "")))
        .map(|(path, anchor)| (path.to_owned(), anchor.to_owned()))
        .collect()
}

/// A heading as a link names it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    for page in markdown() {
        let dir = Path::new(&page).parent().unwrap_or(Path::new(""));
        for (path, wanted) in links(&read(&page)) {
            let target = if path.is_empty() {
                Path::new(&page).to_owned()
            } else {
                dir.join(&path)
            };
            assert!(target.exists(), "{page}: {path}");
            if !wanted.is_empty() {
                let text = read(&target.to_string_lossy());
                let headings = text.lines().filter(|l| l.starts_with('#'));
                let mut found = headings.map(|l| anchor(l.trim_start_matches('#').trim()));
                assert!(found.any(|a| a == wanted), "{page}: {path}#{wanted}");
            }
        }
    }
}

#[test]
fn every_exit_code_is_explained() {
    let page = read("docs/exit-codes.md");
    let source = read("src/error.rs");
    let mut codes = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub const "))
        .filter_map(|line| line.split_once(": i32 = "))
        .map(|(name, value)| (name, value.trim_end_matches(';')))
        .peekable();
    assert!(codes.peek().is_some());
    for (name, value) in codes {
        assert!(
            page.contains(&format!("\n| {value} | ")),
            "{value} ({name})"
        );
    }
}

#[test]
fn no_path_of_a_machine_stands_anywhere() {
    // In parts, or they would stand here.
    let paths = [
        ["/wo", "rk/"],
        ["/tm", "p/h"],
        ["/ro", "ot/"],
        ["/ho", "me/ubuntu"],
    ];
    let mut files = Vec::new();
    for top in TRACKED {
        walk(Path::new(top), &mut files);
    }
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).expect("a file")).into_owned();
        for path in paths.map(|parts| parts.concat()) {
            let at = text.lines().position(|line| line.contains(&path));
            assert_eq!(at, None, "{file} (line from 0) holds {path}");
        }
    }
}
