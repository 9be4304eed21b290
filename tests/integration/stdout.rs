//! stdout carries answers only: the files that may write to it, or to stderr.

use super::sources::{code, read_all};

/// Files that may name stdout: the printer, the hook's answer, and the start of
/// the process, which only looks whether it is open.
const STDOUT: [&str; 4] = [
    "src/shell/channel.rs",
    "src/output.rs",
    "src/hook/mod.rs",
    "src/start.rs",
];

/// Files that may name stderr; `maos-shell` says there why a line was not run.
const STDERR: [&str; 5] = [
    // Hands its own on to the supervisor.
    "src/shell/channel.rs",
    "src/output.rs",
    "src/hook/mod.rs",
    "src/shell/mod.rs",
    "src/start.rs",
];

/// Nobody may: these panic where the reader is gone, or are left from a search.
const NEVER: [&str; 5] = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];

fn users(of: &str) -> Vec<String> {
    read_all(&["src"])
        .into_iter()
        .filter(|source| code(&source.text).contains(of))
        .map(|source| source.path)
        .collect()
}

#[test]
fn only_these_files_write_to_stdout() {
    let found = users("stdout()");
    let strangers: Vec<_> = found
        .iter()
        .filter(|p| !STDOUT.contains(&p.as_str()))
        .collect();
    assert!(strangers.is_empty(), "{strangers:?} may not");
}

#[test]
fn only_these_files_write_to_stderr() {
    let found = users("io::stderr()");
    let strangers: Vec<_> = found
        .iter()
        .filter(|p| !STDERR.contains(&p.as_str()))
        .collect();
    assert!(strangers.is_empty(), "{strangers:?} may not");
}

#[test]
fn nobody_prints_by_macro() {
    for name in NEVER {
        assert_eq!(users(name), Vec::<String>::new(), "{name}");
    }
}
