//! Which files are read, and which source wins.

use std::fs;

use serde_json::json;

use super::{Bench, errors};
use crate::config::{Mode, OnStop, Settings};

#[test]
fn without_files_the_defaults_stand() {
    let bench = Bench::new();
    fs::remove_dir(bench.project().join(".maos")).unwrap();
    let loaded = bench.load();
    assert_eq!(loaded.settings, Settings::default());
    assert!(loaded.problems.is_empty());
    assert!(loaded.origins.iter().all(|s| s.from == "default"));
    let settings = loaded.settings;
    assert_eq!(settings.orchestration.max_parallel_agents, 5);
    assert!(settings.orchestration.worktree_cleanup);
    assert_eq!(settings.orchestration.session_timeout_minutes, 120);
    assert_eq!(settings.orchestration.lock_timeout_seconds, 300);
    assert_eq!(settings.isolation.mode, Mode::Lazy);
    assert!(settings.isolation.allow_write.is_empty());
    assert!(settings.isolation.protect_settings);
    assert_eq!(settings.worktree.base, "auto");
    assert_eq!(settings.worktree.on_stop, OnStop::Commit);
}

#[test]
fn later_sources_win_key_by_key() {
    let mut bench = Bench::with(
        r#"{"maos": {
            "orchestration": {"max_parallel_agents": 7, "lock_timeout_seconds": 70},
            "agents": {"backend-engineer": {"branch_prefix": "backend"}}
        }}"#,
    );
    bench.write_user(
        r#"{"maos": {
            "orchestration": {"max_parallel_agents": 6, "worktree_cleanup": false},
            "agents": {"backend-engineer": {"branch_prefix": "be", "default_timeout": 1800},
                       "a.b": {"default_timeout": 1}}
        }}"#,
    );
    bench.variables = vec![("MAOS_LOCK_TIMEOUT_SECONDS", "90")];
    let loaded = bench.load();
    assert_eq!(bench.problems(&loaded), Vec::<String>::new());

    for (id, value, from) in [
        (
            "orchestration.max_parallel_agents",
            json!(7),
            "@/project/.maos/config.json:2",
        ),
        (
            "orchestration.worktree_cleanup",
            json!(false),
            "@/user/maos/config.json:2",
        ),
        (
            "orchestration.session_timeout_minutes",
            json!(120),
            "default",
        ),
        (
            "orchestration.lock_timeout_seconds",
            json!(90),
            "MAOS_LOCK_TIMEOUT_SECONDS in the environment",
        ),
        (
            "agents.backend-engineer.branch_prefix",
            json!("backend"),
            "@/project/.maos/config.json:3",
        ),
        (
            "agents.backend-engineer.default_timeout",
            json!(1800),
            "@/user/maos/config.json:3",
        ),
        (
            "agents.a.b.default_timeout",
            json!(1),
            "@/user/maos/config.json:4",
        ),
    ] {
        let from = from.replace('/', std::path::MAIN_SEPARATOR_STR);
        assert_eq!(bench.origin(&loaded, id), (value, from), "{id}");
    }
    let ids: Vec<&str> = loaded.origins.iter().map(|s| &*s.id).collect();
    assert_eq!(
        ids[4..8],
        [
            "agents.a.b.default_timeout",
            "agents.backend-engineer.branch_prefix",
            "agents.backend-engineer.default_timeout",
            "isolation.mode",
        ]
    );
    let backend = &loaded.settings.agents["backend-engineer"];
    assert_eq!(backend.branch_prefix.as_deref(), Some("backend"));
    assert_eq!(backend.default_timeout, Some(1800));
    assert_eq!(loaded.settings.agents["a.b"].branch_prefix, None);
    assert_eq!(loaded.settings.orchestration.lock_timeout_seconds, 90);
}

#[test]
fn what_is_not_json_sets_nothing_and_names_its_place() {
    for (text, place) in [
        ("", "1: not JSON: EOF while parsing a value (column 1)"),
        ("maos: {}\n", "1: not JSON: unexpected word (column 1)"),
        (
            "{\n  \"maos\": {},\n}\n",
            "2: not JSON: trailing commas are not allowed (column 13)",
        ),
        (
            "{\n  // no\n}",
            "2: not JSON: comments are not allowed (column 3)",
        ),
        (
            "{\"maos\": {}} {}",
            "1: not JSON: text cannot contain more than one JSON value (column 14)",
        ),
        (
            "{\"maos\": {\"orchestration\": {\"max_parallel_agents\": 07}}}",
            "1: not JSON: ",
        ),
        ("{\"maos\": \"a\nb\"}", "1: not JSON: control character"),
        (
            "{'maos': {}}",
            "1: not JSON: single-quoted strings are not allowed (column 2)",
        ),
        (
            "{maos: {}}",
            "1: not JSON: expected string for object property (column 2)",
        ),
        (
            "{\"a\": 1 \"b\": 2}",
            "1: not JSON: expected comma (column 8)",
        ),
        ("{\"maos\": \"\\ud800\"}", "1: not JSON: "),
        (
            "{\"maos\": {\n",
            "1: not JSON: unterminated object (column 10)",
        ),
        ("[,1]", "1: not JSON: "),
        ("[1,,2]", "1: not JSON: "),
        ("{\"a\": NaN}", "1: not JSON: "),
        ("{\"a\": +1}", "1: not JSON: "),
        ("{\"a\": 0x10}", "1: not JSON: "),
        (
            &"[".repeat(10_000),
            "1: not JSON: maximum nesting depth exceeded",
        ),
    ] {
        let bench = Bench::with(text);
        let loaded = bench.load();
        let problem = bench.problem(&loaded).replace('\\', "/");
        let start = format!("error: @/project/.maos/config.json:{place}");
        assert!(problem.starts_with(&start), "{text:?}: {problem}");
        assert_eq!(loaded.settings, Settings::default());
    }
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let bench = Bench::with("\u{feff}{\"maos\": {\"worktree\": {\"base\": \"main\"}}}");
    let loaded = bench.load();
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.settings.worktree.base, "main");
}

#[test]
fn what_is_no_readable_file_is_an_error() {
    let bench = Bench::new();
    fs::create_dir(bench.file()).unwrap();
    assert!(
        bench
            .problem(&bench.load())
            .ends_with("it is a directory, not a file")
    );
    fs::remove_dir(bench.file()).unwrap();

    bench.write(format!("{{}}{}", " ".repeat(1024 * 1024)));
    assert!(
        bench
            .problem(&bench.load())
            .ends_with("it is longer than 1 MiB")
    );
    bench.write(format!("{{}}{}", " ".repeat(1024 * 1024 - 2)));
    assert_eq!(errors(&bench.load()), 0);

    bench.write(b"{\n\"maos\": \"\xff\"}");
    let problem = bench.problem(&bench.load());
    assert!(
        problem.ends_with("config.json:2: it is not UTF-8 text"),
        "{problem}"
    );

    fs::remove_dir_all(bench.project().join(".maos")).unwrap();
    fs::write(bench.project().join(".maos"), "{}").unwrap();
    assert!(
        bench
            .problem(&bench.load())
            .ends_with("it is not a directory")
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_read_through_a_link_below_the_project() {
    use std::os::unix::fs::symlink;
    let good = r#"{"maos": {"orchestration": {"max_parallel_agents": 9}}}"#;
    let bench = Bench::new();
    let elsewhere = bench.root.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("config.json"), good).unwrap();

    symlink(elsewhere.join("config.json"), bench.file()).unwrap();
    let loaded = bench.load();
    assert!(
        bench
            .problem(&loaded)
            .contains("config.json: it is a symbolic link")
    );
    assert_eq!(loaded.settings, Settings::default());

    fs::remove_dir_all(bench.project().join(".maos")).unwrap();
    symlink(&elsewhere, bench.project().join(".maos")).unwrap();
    let loaded = bench.load();
    assert!(
        bench
            .problem(&loaded)
            .contains(".maos: it is a symbolic link")
    );
    assert_eq!(loaded.settings, Settings::default());

    // Among the user's own files links are the user's own business.
    symlink(
        elsewhere.join("config.json"),
        bench.user().join("config.json"),
    )
    .unwrap();
    assert_eq!(bench.load().settings.orchestration.max_parallel_agents, 9);
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hold_up_the_hook() {
    let bench = Bench::new();
    // A socket stands for everything that is neither file nor directory.
    let _socket = std::os::unix::net::UnixListener::bind(bench.file()).unwrap();
    assert!(
        bench
            .problem(&bench.load())
            .ends_with("it is not a regular file")
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::with("{}");
    fs::set_permissions(bench.file(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(bench.file()).is_ok() {
        return; // The superuser may read everything.
    }
    assert!(bench.problem(&bench.load()).contains("failed to read it"));
}
