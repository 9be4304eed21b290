//! Unknown keys, keys that stand twice, and how foreign text is shown.

use super::{Bench, file};
use crate::config::{Settings, Severity};

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest_known_one() {
    for (text, unknown, hint) in [
        (
            file("orchestration", "max_paralel_agents", "3"),
            "maos.orchestration.max_paralel_agents",
            "did you mean `maos.orchestration.max_parallel_agents`?",
        ),
        (
            file("orchestration", "maxParallelAgents", "3"),
            "maos.orchestration.maxParallelAgents",
            "did you mean `maos.orchestration.max_parallel_agents`?",
        ),
        (
            file("agents", "branchprefix", "\"x\""),
            "maos.agents.x.branchprefix",
            "did you mean `maos.agents.x.branch_prefix`?",
        ),
        (
            file("isolation", "on_stop", "\"leave\""),
            "maos.isolation.on_stop",
            "did you mean `maos.worktree.on_stop`?",
        ),
        (
            file("isolaton", "mode", "\"off\""),
            "maos.isolaton",
            "did you mean `maos.isolation`?",
        ),
        (
            "{\"isolation\": {}}".to_owned(),
            "isolation",
            "did you mean `maos.isolation`?",
        ),
        ("{\"Maos\": {}}".to_owned(), "Maos", "did you mean `maos`?"),
        (
            file("worktree", "zzz", "1"),
            "maos.worktree.zzz",
            "known here: `base`, `on_stop`",
        ),
        ("{\"\": 1}".to_owned(), "", "known here: `maos`"),
    ] {
        let bench = Bench::with(&text);
        let loaded = bench.load();
        let problem = bench.problem(&loaded);
        assert_eq!(loaded.problems[0].severity, Severity::Warning);
        let end = format!("`{unknown}` is not a known key; {hint}");
        assert!(
            problem.starts_with("warning: ") && problem.ends_with(&end),
            "{problem}"
        );
        assert_eq!(loaded.settings, Settings::default());
    }
}

#[test]
fn a_second_key_of_the_same_name_counts_and_is_told() {
    let bench = Bench::with(&file("worktree", "base", "\"a\",\n\"base\": \"b\""));
    let loaded = bench.load();
    let problem = bench.problem(&loaded);
    assert!(
        problem.ends_with("config.json:6: `base` stands here a second time"),
        "{problem}"
    );
    assert_eq!(loaded.settings.worktree.base, "b");
}

#[test]
fn text_from_a_file_is_shortened_and_escaped_and_problems_end() {
    let long = "y".repeat(500);
    let bench = Bench::with(&file(
        "worktree",
        "on_stop",
        &format!("\"\\u001b[2J\\n`{long}\""),
    ));
    let problem = bench.problem(&bench.load());
    assert!(
        problem.contains(r"`\u{1b}[2J\n'yyy") && problem.len() < 250,
        "{problem}"
    );

    let mut all: Vec<String> = (0..5000).map(|i| format!("\"k{i}\": 1")).collect();
    all.push("\"maos\": 1".to_owned());
    let bench = Bench::with(&format!("{{{}}}", all.join(",")));
    let loaded = bench.load();
    assert_eq!(loaded.problems.len(), 51);
    let last = bench.problems(&loaded).pop().unwrap();
    assert!(
        last.starts_with("error: ") && last.ends_with("4951 more problems that are not listed"),
        "{last}"
    );
}
