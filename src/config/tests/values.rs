//! Good values and bad values, of files and of the environment.

use serde_json::{Value, json};

use super::{Bench, errors, file};
use crate::config::Settings;
use crate::config::table::{Kind, TABLE};

fn good(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Count(_) => vec!["1", "2", "1000"],
        Kind::Flag => vec!["true", "false"],
        Kind::Word(["lazy", ..]) => vec!["\"lazy\"", "\"native\"", "\"off\""],
        Kind::Word(["auto", ..]) => vec!["\"auto\"", "\"strict\"", "\"require\"", "\"off\""],
        Kind::Word(_) => vec!["\"commit\"", "\"leave\""],
        Kind::Name => vec!["\"backend\"", "\"be-2\""],
        Kind::Revision => vec!["\"auto\"", "\"head\"", "\"origin/main\"", "\"HEAD~2\""],
        Kind::Paths => vec!["[]", "[\"~/.cache/x\"]"],
    }
}

fn bad(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Count(_) => vec![
            "0",
            "-1",
            "-0",
            "1.5",
            "5.0",
            "1e3",
            "\"5\"",
            "true",
            "[5]",
            "99999999999999999999",
            "4294967296",
        ],
        Kind::Flag => vec!["1", "0", "\"true\"", "[]"],
        Kind::Word(_) => vec!["\"Lazy\"", "\"\"", "false", "1", "[\"off\"]"],
        Kind::Name => vec![
            "\"\"", "\"-x\"", "\"x-\"", "\"a/b\"", "\"a b\"", "\"..\"", "7",
        ],
        Kind::Revision => vec![
            "\"\"",
            "\"--upload-pack=x\"",
            "\"a b\"",
            "\"a\\u0000\"",
            "\"a\\nb\"",
            "\"a..b\"",
            "3",
        ],
        Kind::Paths => vec![
            "\"/tmp\"",
            "[\"tmp\"]",
            "[\"./x\"]",
            "[\"/a/../b\"]",
            "[\"~/../x\"]",
            "[\"/\"]",
            "[\"~\"]",
            "[\"~/\"]",
            "[\"~/.\"]",
            "[\"~//etc\"]",
            "[\"~bob/x\"]",
            "[\"\"]",
            "[5]",
            "[\"/ok\", null]",
            "[\"/a\\u0000b\"]",
            "true",
        ],
    }
}

#[test]
fn every_good_value_of_every_key_counts() {
    for row in &TABLE {
        for text in good(row.kind) {
            let bench = Bench::with(&file(row.section, row.name, text));
            let loaded = bench.load();
            let id = row.id_for(Some("x"));
            assert_eq!(bench.problems(&loaded), Vec::<String>::new(), "{id}");
            let value: Value = serde_json::from_str(text).unwrap();
            let (found, from) = bench.origin(&loaded, &id);
            assert_eq!(found, value);
            assert!(from.ends_with("config.json:5"), "{id}: {from}");
            let tree = serde_json::to_value(&loaded.settings).unwrap();
            let pointer = format!("/{}", id.replace('.', "/"));
            assert_eq!(tree.pointer(&pointer), Some(&value), "{pointer}");
        }
    }
}

#[test]
fn every_bad_value_of_every_key_is_an_error_with_key_and_line() {
    for row in &TABLE {
        for text in bad(row.kind).into_iter().chain(["null", "{}"]) {
            let bench = Bench::with(&file(row.section, row.name, text));
            let loaded = bench.load();
            assert_eq!(loaded.settings.agents.len(), 0);
            assert_eq!(loaded.settings, Settings::default(), "{text}");
            let problem = bench.problem(&loaded);
            assert_eq!(errors(&loaded), 1);
            let expected = format!(
                "config.json:5: `{}` must be {}, not ",
                row.id_for(Some("x")),
                row.kind
            );
            assert!(problem.contains(&expected), "{text}: {problem}");
        }
    }
}

#[test]
fn the_largest_number_still_counts() {
    for row in &TABLE {
        let Kind::Count(max) = row.kind else { continue };
        let bench = Bench::with(&file(row.section, row.name, &max.to_string()));
        assert_eq!(errors(&bench.load()), 0, "{}", row.name);
        let bench = Bench::with(&file(row.section, row.name, &(max + 1).to_string()));
        assert_eq!(errors(&bench.load()), 1, "{}", row.name);
    }
}

#[test]
fn a_bad_key_spoils_nothing_but_itself() {
    let bench = Bench::with(
        r#"{"maos": {
            "orchestration": {"max_parallel_agents": "many",
                "lock_timeout_seconds": 60},
            "agents": {"x": [], "y": {"default_timeout": 9}},
            "isolation": 5,
            "worktree": {"on_stop": "leave"}
        }}"#,
    );
    bench.write_user(r#"{"maos": {"orchestration": {"max_parallel_agents": 3}}}"#);
    let loaded = bench.load();
    let problems = bench.problems(&loaded);
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (problem, end) in problems.iter().zip([
        "config.json:2: `orchestration.max_parallel_agents` must be a whole number from 1 to 1000, \
         not the string `many`",
        "config.json:4: `agents.x` must be an object, not a list",
        "config.json:5: `isolation` must be an object, not `5`",
    ]) {
        assert!(
            problem.starts_with("error: ") && problem.ends_with(end),
            "{problem}"
        );
    }
    assert_eq!(loaded.settings.orchestration.max_parallel_agents, 3);
    assert_eq!(loaded.settings.orchestration.lock_timeout_seconds, 60);
    assert_eq!(loaded.settings.agents["y"].default_timeout, Some(9));
}

#[test]
fn the_outer_objects_must_be_objects() {
    for (text, end) in [
        ("[]", "1: the file must be an object, not a list"),
        ("\n5", "2: the file must be an object, not `5`"),
        (
            "{\n\"maos\": null}",
            "2: `maos` must be an object, not null",
        ),
        (
            "{\"maos\":\n{\"agents\": true}}",
            "2: `agents` must be an object, not `true`",
        ),
    ] {
        let bench = Bench::with(text);
        let problem = bench.problem(&bench.load());
        assert!(
            problem.ends_with(&format!("config.json:{end}")),
            "{problem}"
        );
    }
}

#[test]
fn variables_count_and_bad_ones_do_not() {
    let mut bench = Bench::with(&file("worktree", "on_stop", "\"leave\""));
    bench.variables = vec![
        ("MAOS_MAX_PARALLEL_AGENTS", "12"),
        ("MAOS_WORKTREE_CLEANUP", "0"),
        ("MAOS_ISOLATION_MODE", "off"),
        ("MAOS_WORKTREE_BASE", "origin/main"),
        ("MAOS_WORKTREE_ON_STOP", "leav"),
        ("MAOS_LOCK_TIMEOUT_SECONDS", "+5"),
    ];
    let loaded = bench.load();
    assert_eq!(
        bench.problems(&loaded),
        [
            "error: MAOS_LOCK_TIMEOUT_SECONDS in the environment must be a whole number from 1 to 31536000, not `+5`",
            "error: MAOS_WORKTREE_ON_STOP in the environment must be \"commit\" or \"leave\", not `leav`",
        ]
    );
    assert_eq!(bench.origin(&loaded, "worktree.on_stop").0, json!("leave"));
    assert_eq!(
        bench.origin(&loaded, "isolation.mode"),
        (
            json!("off"),
            "MAOS_ISOLATION_MODE in the environment".to_owned()
        )
    );
    assert_eq!(loaded.settings.orchestration.max_parallel_agents, 12);
    assert!(!loaded.settings.orchestration.worktree_cleanup);
    assert_eq!(bench.asked.get(), 0);
}
