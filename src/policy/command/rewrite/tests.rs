//! Commands as models write them, what must stay, and what must hold for any text.

use std::path::Path;

use proptest::prelude::*;

use super::super::{Verdict, judge, read};
use super::{rewrite, tests_data as data};

const WORKSPACE: &str = "/repo/worktrees/me";

/// What both trees have, below each.
const BOTH: [&str; 14] = [
    "",
    "src",
    "src/a.rs",
    "src/b c.rs",
    "lib",
    "tests",
    "tests/test_x.py",
    "Cargo.toml",
    "include",
    "scripts",
    "scripts/run.sh",
    "package.json",
    "sub",
    "sub/.git",
];
/// What only the main checkout has.
const MAIN: [&str; 8] = [
    "node_modules",
    "node_modules/.bin",
    "node_modules/.bin/jest",
    ".env",
    ".git",
    ".git/config",
    ".maos",
    "worktrees",
];

fn there(path: &Path, workspace: &str) -> bool {
    let below = |top: &str| path.strip_prefix(top).ok().and_then(Path::to_str);
    if let Some(rest) = below(workspace) {
        return BOTH.contains(&rest) || rest == "own.txt";
    }
    let rest = below("/repo").or_else(|| below("/my repo"));
    rest.is_some_and(|rest| BOTH.contains(&rest) || MAIN.contains(&rest))
}

fn to(command: &str, workspace: &str) -> Option<String> {
    let tops = [Path::new("/repo"), Path::new("/my repo")];
    rewrite(command, &tops, Path::new(workspace), &|path| {
        there(path, workspace)
    })
}

#[track_caller]
fn becomes(command: &str, wanted: &str) {
    let wanted = wanted.replace('@', WORKSPACE);
    assert_eq!(to(command, WORKSPACE), Some(wanted), "{command}");
}

#[test]
fn paths_of_the_project_become_the_workspaces() {
    for (command, wanted) in data::REWRITTEN {
        becomes(command, wanted);
    }
}

#[test]
fn what_is_not_certain_stays() {
    for command in data::KEPT {
        assert_eq!(to(command, WORKSPACE), None, "{command}");
    }
}

#[test]
fn a_workspace_with_blanks_and_quotes_is_quoted_as_its_place_asks() {
    let place = "/w/it's \"my\" $HOME `x` * \\ dir";
    for command in [
        "cat /repo/src/a.rs",
        "cat '/repo/src/a.rs'",
        "cat \"/repo/src/a.rs\"",
        "cat $'/repo/src/a.rs'",
        "cat /repo/'src'/\"a.rs\"",
        "npm --prefix=/repo test && npm --prefix='/repo' test > \"/repo/out.txt\"",
        "A=\"/repo/src\" make -I/repo/include",
        "x=$(cat \"/repo/src/a.rs\")",
        "cd '/repo' && cat '/my repo/src/a.rs' \"/my repo/lib\" /my\\ repo/src/a.rs",
        "cat \"/repo/src/b c.rs\" '/repo/src/b c.rs' /repo/src/b\\ c.rs",
    ] {
        let result = to(command, place).unwrap_or_else(|| panic!("{command}"));
        let words = |text: &str| -> Vec<String> {
            let script = read(text).unwrap();
            let units = super::walk::units(&script);
            let words = units.into_iter().flat_map(|unit| unit.words);
            words.map(|word| word.text).collect()
        };
        let wanted: Vec<String> = words(command)
            .iter()
            .map(|word| word.replace("/my repo", "/repo").replace("/repo", place))
            .collect();
        assert_eq!(words(&result), wanted, "{command}\n{result}");
    }
}

#[test]
fn only_quotes_keep_a_path_with_a_blank_together() {
    assert_eq!(to("cat /my repo/src/a.rs", WORKSPACE), None);
    becomes("cat '/my repo/src/a.rs'", "cat '@/src/a.rs'");
    becomes("cat /my\\ repo/src/a.rs x", "cat @/src/a.rs x");
}

#[test]
fn of_two_trees_the_inner_one_counts() {
    let tops = [Path::new("/repo"), Path::new("/repo/linked")];
    let workspace = Path::new("/repo/worktrees/me");
    let all = |path: &Path| !path.ends_with("gone");
    let result = |command| rewrite(command, &tops, workspace, &all);
    assert_eq!(
        result("cat /repo/linked/src/a /repo/src/a /repo/linked2/a").unwrap(),
        "cat /repo/worktrees/me/src/a /repo/worktrees/me/src/a /repo/worktrees/me/linked2/a"
    );
    assert_eq!(
        rewrite("cat /etc/x", &[Path::new("/")], workspace, &all),
        None
    );
}

#[test]
fn too_much_stays_as_it_is() {
    let many = "cat /repo/src/a.rs; ".repeat(65);
    assert_eq!(to(&many, WORKSPACE), None);
    let few = "cat /repo/src/a.rs; ".repeat(64);
    assert_eq!(to(&few, WORKSPACE).unwrap().matches(WORKSPACE).count(), 64);
}

fn part() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "cat",
        "cd",
        "echo",
        "grep",
        "sed",
        "git",
        "rm",
        "find",
        "/repo",
        "/repo/src",
        "/repo/src/a.rs",
        "/repo2",
        "'/repo/lib'",
        "\"/repo/lib\"",
        "/repo/.git",
        "/repo/new",
        "--x=/repo",
        "A=/repo/src",
        "-I/repo/include",
        ">",
        "<",
        "<<",
        "EOF",
        "|",
        "||",
        "&&",
        "&",
        ";",
        "(",
        ")",
        "{",
        "}",
        "$(",
        "`",
        "'",
        "\"",
        "\\",
        "\n",
        "#",
        "$x",
        "${x#/repo}",
        "*",
        "if",
        "then",
        "fi",
        "for",
        "in",
        "do",
        "done",
        "case",
        "esac",
        "[[",
        "]]",
        ":",
        "=",
        "-c",
        "-e",
        "-n",
        "$'",
        "~",
        "/repo/..",
    ]);
    prop_oneof![
        6 => fixed.prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
        1 => "\\PC{0,3}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec((part(), prop::bool::weighted(0.8)), 0..14);
    parts.prop_map(|parts| {
        let spaced = parts
            .iter()
            .map(|(part, blank)| format!("{part}{}", if *blank { " " } else { "" }));
        spaced.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn without_a_tree_in_it_nothing_changes(command in text()) {
        let command = command.replace("/repo", "/other");
        prop_assert_eq!(to(&command, WORKSPACE), None);
    }

    #[test]
    fn a_result_can_be_parsed_and_stays(command in text()) {
        for workspace in [WORKSPACE, "/w/it's a \"place\" $x"] {
            if let Some(result) = to(&command, workspace) {
                prop_assert!(read(&result).is_ok(), "{}", result);
                prop_assert_eq!(to(&result, workspace), None, "{}", result);
                prop_assert_ne!(&result, &command);
            }
        }
    }

    #[test]
    fn all_around_the_paths_stays(command in text()) {
        if let Some(result) = to(&command, WORKSPACE) {
            prop_assert_eq!(result.replace(WORKSPACE, "/repo"), command);
        }
    }

    #[test]
    fn a_verdict_is_the_same_before_and_after(command in text()) {
        if let Some(result) = to(&command, WORKSPACE) {
            let reads = |text: &str| judge(text) == Verdict::ReadOnly;
            prop_assert_eq!(reads(&result), reads(&command), "{}", result);
        }
    }
}
