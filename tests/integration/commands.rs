//! The commands as a user meets them: where they work, what they print for
//! scripts, and who is refused.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Actor, Run, Sandbox};

/// Commands that only look, with what each prints as JSON.
const LISTS: [&[&str]; 4] = [
    &["session-list"],
    &["session-list", "--all"],
    &["worktree-list"],
    &["restore"],
];
const SHOWS: [&[&str]; 3] = [&["status"], &["session-info"], &["config"]];

/// What deletes, trusts or brings back.
const DELETING: [&[&str]; 7] = [
    &["worktree-prune"],
    &["worktree-prune", "--dry-run"],
    &["session-cleanup", "0283"],
    &["cleanup", "--all", "--force"],
    &["trust"],
    &["trust", "--remove"],
    &["uninstall"],
];

fn json_of(sandbox: &Sandbox, args: &[&str]) -> Value {
    sandbox.maos_json(&[args, &["--json"]].concat())
}

/// A session with an agent at work, one that stopped, and a backup.
fn world(sandbox: &Sandbox) -> Actor<'_> {
    let removed = sandbox.worker("a0");
    removed.stop();
    sandbox.maos(&["cleanup", "--all", "--force"]).success();
    sandbox.worker("a1").stop();
    let agent = Actor::new(sandbox, "a2", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    agent
}

#[test]
fn lists_are_arrays_with_ids_and_shows_are_objects() {
    let sandbox = Sandbox::new();
    for args in LISTS {
        assert_eq!(json_of(&sandbox, args), json!([]), "{args:?}");
    }
    assert_eq!(
        json_of(&sandbox, &["status"]),
        json!({"sessions": [], "waiting": [], "tripwire": []})
    );
    let agent = world(&sandbox);
    for args in LISTS
        .into_iter()
        .chain([&["worktree-prune", "--dry-run"][..]])
    {
        let listed = json_of(&sandbox, args);
        let all = listed
            .as_array()
            .unwrap_or_else(|| panic!("{args:?}: {listed}"));
        assert!(!all.is_empty(), "{args:?}");
        for one in all {
            assert!(
                one["id"].as_str().is_some_and(|id| !id.is_empty()),
                "{args:?}: {one}"
            );
        }
    }
    for args in SHOWS {
        assert!(json_of(&sandbox, args).is_object(), "{args:?}");
    }
    let trees = json_of(&sandbox, &["worktree-list"]);
    let own = trees
        .as_array()
        .unwrap()
        .iter()
        .find(|w| w["id"] == agent.handle().as_str());
    let own = own.unwrap();
    assert_eq!(own["path"], json!(agent.workspace()));
    assert_eq!(own["branch"], json!(agent.branch()));
    assert_eq!(
        own["worktree"],
        json!(format!("worktrees/{}", agent.handle()))
    );
    let rest = (
        &own["exists"],
        &own["commits"],
        &own["uncommitted"],
        &own["status"],
    );
    assert_eq!(rest, (&json!(true), &json!(0), &json!(1), &json!("active")));
    let status = json_of(&sandbox, &["status"]);
    let who = status["sessions"][0]["who"].as_array().unwrap().clone();
    let now = who
        .iter()
        .find(|a| a["id"] == agent.handle().as_str())
        .unwrap();
    assert_eq!(now["changed"], json!(["x.txt"]));
    assert!(now["now"].as_str().unwrap().starts_with("Write "), "{now}");
}

#[test]
fn they_work_from_anywhere_in_the_repository() {
    let sandbox = Sandbox::new();
    let agent = world(&sandbox);
    let linked = sandbox.top().join("linked tree");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "linked",
        linked.to_str().unwrap(),
    ]);
    std::fs::create_dir(linked.join("deep")).unwrap();
    let places: [PathBuf; 6] = [
        sandbox.path("src"),
        linked.clone(),
        linked.join("deep"),
        agent.workspace(),
        agent.workspace().join("src"),
        sandbox.path(".maos/sessions"),
    ];
    for args in LISTS
        .into_iter()
        .chain([&["status"][..], &["session-info", "0283"]])
    {
        let args = [args, &["--json"]].concat();
        let timeless = |run: Run| {
            let value = run.json();
            let text = serde_json::to_string(&value).unwrap();
            // Seconds may pass between two looks.
            let parts = text.split("\"last_seen_seconds\":");
            let cut = parts.map(|p| {
                p.trim_start_matches(|c: char| c.is_ascii_digit())
                    .to_owned()
            });
            let text: String = cut.collect();
            text.split("\"metrics\"").next().unwrap().to_owned()
        };
        let wanted = timeless(sandbox.maos(&args));
        for place in &places {
            assert_eq!(
                timeless(sandbox.maos_in(place, &args)),
                wanted,
                "{args:?} {place:?}"
            );
        }
    }
}

#[test]
fn a_bare_repository_s_worktree_keeps_the_state_of_its_sessions() {
    let mut sandbox = Sandbox::new();
    let bare = sandbox.top().join("bare.git");
    sandbox.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let tree = sandbox.top().join("tree");
    sandbox.git_in(
        &bare,
        &["worktree", "add", "-q", tree.to_str().unwrap(), "main"],
    );
    sandbox.repo = tree;
    let agent = world(&sandbox);
    let wanted = json_of(&sandbox, &["worktree-list"]);
    assert_eq!(wanted.as_array().unwrap().len(), 2);
    let args = ["worktree-list", "--json"];
    assert_eq!(sandbox.maos_in(&agent.workspace(), &args).json(), wanted);
    assert!(!agent.workspace().join(".maos").exists());
}

#[test]
fn outside_of_a_repository_they_say_so() {
    let sandbox = Sandbox::empty("plain");
    let looking = LISTS.into_iter().chain(SHOWS);
    for args in looking.chain(DELETING).chain([&["restore", "x"][..]]) {
        if args[0] == "uninstall" {
            continue; // it takes out what is registered for the user, too
        }
        let run = sandbox.maos(args);
        assert_eq!(run.code, Some(4), "{args:?}: {run:?}");
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(run.stderr.contains("not in a git repository"), "{run:?}");
    }
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    sandbox.git(&["init", "-q"]);
    std::os::unix::fs::symlink("elsewhere", sandbox.path(".maos")).unwrap();
    assert_eq!(sandbox.maos(&["status"]).code, Some(4));
}

#[test]
fn agents_are_refused_what_deletes_and_trusts() {
    let plain = Sandbox::new();
    let handle = world(&plain).handle();
    let state = || {
        (
            plain.fingerprint(),
            plain.files(".maos"),
            plain.files("worktrees"),
        )
    };
    let before = state();
    let backup = json_of(&plain, &["restore"])[0]["agent"].clone();
    let backup = ["restore", backup.as_str().unwrap()];
    let refused = |run: Run, args: &[&str]| {
        assert_eq!(run.code, Some(5), "{args:?}: {run:?}");
        assert!(run.stderr.contains("not for agents"), "{args:?}: {run:?}");
        assert!(run.stderr.contains(&handle), "{args:?}: {run:?}");
    };
    for args in DELETING.into_iter().chain([&backup[..]]) {
        let mut agent = plain.command(env!("CARGO_BIN_EXE_maos"), &plain.repo);
        let output = agent
            .env("MAOS_AGENT", &handle)
            .args(args)
            .output()
            .unwrap();
        refused(Run::of(&output), args);
        // A variable that is cleared does not help below the shell that had it.
        let line = format!(
            "env -u MAOS_AGENT {} \"$@\"; exit $?",
            env!("CARGO_BIN_EXE_maos")
        );
        let mut shell = plain.command("bash", &plain.repo);
        let shell = shell.env("MAOS_AGENT", &handle).args(["-c", &line, "x"]);
        refused(Run::of(&shell.args(args).output().unwrap()), args);
    }
    assert_eq!(state(), before);
    let looking = plain.env("MAOS_AGENT", "x");
    for args in LISTS.into_iter().chain(SHOWS) {
        looking.maos(args).success();
    }
}

#[test]
fn what_came_with_the_repository_counts_once_it_is_trusted() {
    let sandbox = Sandbox::new();
    let config =
        r#"{"maos": {"isolation": {"mode": "off"}, "orchestration": {"max_parallel_agents": 3}}}"#;
    sandbox.write(".maos/config.json", config);
    sandbox.git(&["add", "-f", ".maos/config.json"]);
    sandbox.commit("config");
    let shown = || {
        let all = sandbox.maos_json(&["config", "--json"]);
        let settings = &all["settings"];
        let limit = settings["orchestration"]["max_parallel_agents"].clone();
        (settings["isolation"]["mode"].clone(), limit)
    };
    assert_eq!(shown(), (json!("lazy"), json!(3)));
    let told = sandbox.maos(&["config"]).success();
    assert!(told.stderr.contains("maos trust"), "{told:?}");
    let trusted = sandbox.maos(&["trust"]).success();
    assert!(trusted.stdout.contains("isolation.mode"), "{trusted:?}");
    assert_eq!(shown(), (json!("off"), json!(3)));
    sandbox.maos(&["trust", "--remove"]).success();
    assert_eq!(shown(), (json!("lazy"), json!(3)));
    sandbox.maos(&["trust"]).success();
    sandbox.write(".maos/config.json", &format!("{config}\n"));
    assert_eq!(shown().0, json!("lazy"), "a change ends it");
    sandbox.write(".maos/config.json", "{\"maos\": {\"worktree_cleanup\": }");
    let broken = sandbox.maos(&["config"]);
    assert_eq!(broken.code, Some(6), "{broken:?}");
    assert!(broken.stderr.contains("config.json:1"), "{broken:?}");
}
