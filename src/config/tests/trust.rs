//! What a file that came with the repository may set.

use std::fs;

use serde_json::{Value, json};

use super::{Bench, errors};
use crate::config::trust::{trust_in, untrust_in};
use crate::config::{Mode, OnStop, Settings, Severity};
use crate::error::{Error, exit};

const WEAK: &str = r#"{"maos": {"isolation": {
    "mode": "off",
    "allow_write": ["/srv"],
    "protect_settings": false},
    "worktree": {"on_stop": "leave"}}}"#;

fn tracked(text: &str) -> Bench {
    Bench {
        tracked: true,
        ..Bench::with(text)
    }
}

#[test]
fn an_untracked_file_is_the_users_own() {
    let bench = Bench::with(WEAK);
    let loaded = bench.load();
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.settings.isolation.mode, Mode::Off);
    assert!(!loaded.settings.isolation.protect_settings);
    assert_eq!(bench.asked.get(), 1);
}

#[test]
fn the_users_own_file_needs_no_trust() {
    let bench = tracked("{}");
    bench.write_user(WEAK);
    assert_eq!(bench.load().settings.isolation.mode, Mode::Off);
    assert_eq!(bench.asked.get(), 0);
}

#[test]
fn a_tracked_file_weakens_nothing_before_it_is_trusted() {
    let bench = tracked(WEAK);
    bench.write_user(r#"{"maos": {"isolation": {"mode": "native"}}}"#);
    let loaded = bench.load();
    assert_eq!(loaded.settings.isolation.mode, Mode::Native);
    assert!(loaded.settings.isolation.allow_write.is_empty());
    assert!(loaded.settings.isolation.protect_settings);
    assert_eq!(loaded.settings.worktree.on_stop, OnStop::Leave);
    assert_eq!(bench.asked.get(), 1);

    let lines: Vec<_> = loaded.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [Some(2), Some(3), Some(4)]);
    for (problem, what) in loaded.problems.iter().zip([
        "`isolation.mode: \"off\"` came with",
        "`isolation.allow_write: [\"/srv\"]` came with",
        "`isolation.protect_settings: false` came with",
    ]) {
        assert_eq!(problem.severity, Severity::Warning);
        assert!(problem.text.starts_with(what), "{problem}");
        assert!(problem.text.contains("run `maos trust`"), "{problem}");
    }
}

#[test]
fn what_weakens_nothing_is_not_asked_about() {
    let bench = tracked(
        r#"{"maos": {"isolation": {"mode": "native", "allow_write": [], "protect_settings": true},
            "orchestration": {"max_parallel_agents": 2},
            "worktree": {"base": "main", "on_stop": "leave"}}}"#,
    );
    let loaded = bench.load();
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.settings.isolation.mode, Mode::Native);
    assert_eq!(bench.asked.get(), 0);

    let change = trust_in(&bench.user(), &bench.project()).unwrap();
    assert!(!change.changed && change.keys.is_empty());
    assert!(!bench.user().join("trust.json").exists());
}

#[test]
fn trust_is_in_one_content_and_can_be_taken_back() {
    let bench = tracked(WEAK);
    let change = trust_in(&bench.user(), &bench.project()).unwrap();
    assert!(change.changed);
    assert_eq!(change.file, bench.file());
    let keys: Vec<_> = change.keys.iter().map(|k| (&*k.id, &k.value)).collect();
    assert_eq!(
        keys,
        [
            ("isolation.mode", &json!("off")),
            ("isolation.allow_write", &json!(["/srv"])),
            ("isolation.protect_settings", &json!(false)),
        ]
    );
    assert!(change.keys[0].from.ends_with("config.json:2"));
    let again = trust_in(&bench.user(), &bench.project()).unwrap();
    assert!(!again.changed);

    let loaded = bench.load();
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.settings.isolation.mode, Mode::Off);
    assert_eq!(loaded.settings.isolation.allow_write, ["/srv"]);

    bench.write(format!("{WEAK}\n"));
    assert_eq!(bench.load().problems.len(), 3);
    bench.write(WEAK);
    assert_eq!(bench.load().problems.len(), 0);

    assert!(untrust_in(&bench.user(), &bench.project()).unwrap().changed);
    assert_eq!(bench.load().problems.len(), 3);
    assert!(!untrust_in(&bench.user(), &bench.project()).unwrap().changed);
}

#[test]
fn a_second_value_can_not_slip_in_beside_a_harmless_one() {
    let bench = tracked(r#"{"maos": {"isolation": {"mode": "lazy", "mode": "off"}}}"#);
    assert_eq!(bench.load().settings.isolation.mode, Mode::Lazy);
}

#[test]
fn the_ledger_holds_paths_and_hashes_and_is_the_users_alone() {
    let bench = tracked(WEAK);
    fs::remove_dir_all(bench.user()).unwrap();
    trust_in(&bench.user(), &bench.project()).unwrap();
    let path = bench.user().join("trust.json");
    let ledger: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(ledger["version"], 1);
    let (file, hash) = ledger["files"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(
        fs::canonicalize(file).unwrap(),
        fs::canonicalize(bench.file()).unwrap()
    );
    assert_eq!(hash.as_str().unwrap().len(), 64);
    let left: Vec<_> = fs::read_dir(bench.user()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |p: &std::path::Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&bench.user()), 0o700);
    }
}

#[test]
fn a_ledger_that_can_not_be_used_trusts_nothing_and_is_not_rewritten() {
    for (ledger, what) in [
        ("{", "is damaged"),
        (r#"{"version": 1, "files": []}"#, "is damaged"),
        (r#"{"version": 2, "files": {}}"#, "newer MAOS"),
    ] {
        let bench = tracked(WEAK);
        let path = bench.user().join("trust.json");
        fs::write(&path, ledger).unwrap();
        let loaded = bench.load();
        assert_eq!(loaded.settings.isolation, Settings::default().isolation);
        assert_eq!(errors(&loaded), 1);
        assert!(
            loaded.problems[0].text.contains(what),
            "{}",
            loaded.problems[0]
        );

        let error = trust_in(&bench.user(), &bench.project()).unwrap_err();
        assert_eq!(error.exit_code(), exit::FILE, "{error}");
        assert!(untrust_in(&bench.user(), &bench.project()).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), ledger);
    }
}

#[test]
fn there_must_be_something_to_trust() {
    let bench = Bench::new();
    let trust = || trust_in(&bench.user(), &bench.project()).unwrap_err();
    assert!(matches!(trust(), Error::NotFound { .. }));
    bench.write("{\n5}");
    assert!(
        matches!(trust(), Error::Config { line: 2, .. }),
        "{}",
        trust()
    );
    fs::remove_file(bench.file()).unwrap();
    fs::create_dir(bench.file()).unwrap();
    assert!(matches!(trust(), Error::Corrupt { .. }));
}
