//! Where a file tool's path really leads: links of every kind, `..` behind them,
//! hard links, places of the kernel, other agents' and git's own files. What is
//! let through is one name of a file of the workspace, without a link on the way.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Actor, Run, Sandbox};

struct World {
    sandbox: Sandbox,
    own: PathBuf,
    other: PathBuf,
}

/// Two agents with workspaces, and links of every kind in the first one's.
fn world() -> World {
    let sandbox = Sandbox::new().started_in("");
    let of = |id: &str| {
        let agent = Actor::new(&sandbox, id, id);
        agent.start();
        agent.write("made.txt", "made\n");
        agent.workspace()
    };
    let (own, other) = (of("a1"), of("a2"));
    let world = World {
        own: own.clone(),
        other: other.clone(),
        sandbox,
    };
    let main = &world.sandbox.repo;
    fs::create_dir_all(own.join("deep/er/est")).unwrap();
    fs::write(own.join("deep/er/f.txt"), "f\n").unwrap();
    for (name, to) in [
        ("to-main", main.clone()),
        ("to-main-relative", "../..".into()),
        ("to-main-file", main.join("p.txt")),
        ("to-new-in-main", main.join("src/new.txt")),
        ("to-git", main.join(".git")),
        ("to-own-git", ".git".into()),
        ("to-other", other.clone()),
        ("to-outside", world.sandbox.top().join("outside")),
        ("to-root", "/".into()),
        ("to-proc-root", "/proc/self/root".into()),
        ("to-proc-cwd", "/proc/self/cwd".into()),
        ("to-fd", "/dev/fd/1".into()),
        ("chain", "to-main".into()),
        ("to-deep", "deep/er".into()),
        ("to-deepest", own.join("deep/er/est")),
        ("to-file", "deep/er/f.txt".into()),
        ("dangling", "deep/er/new.txt".into()),
        ("loop", "loop".into()),
        ("to-settings", ".claude".into()),
    ] {
        symlink(to, own.join(name)).unwrap();
    }
    fs::create_dir_all(own.join(".claude")).unwrap();
    fs::create_dir(world.sandbox.top().join("outside")).unwrap();
    fs::hard_link(main.join("p.txt"), own.join("hard")).unwrap();
    fs::hard_link(own.join("deep/er/f.txt"), own.join("hard-own")).unwrap();
    fs::write(own.join("deep/er/f.txt.new"), "f\n").unwrap();
    world
}

impl World {
    fn agent(&self) -> Actor<'_> {
        Actor::new(&self.sandbox, "a1", "a1")
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{OWN}", &self.own.to_string_lossy())
            .replace("{OTHER}", &self.other.to_string_lossy())
            .replace("{MAIN}", &self.sandbox.repo.to_string_lossy())
    }

    fn write(&self, path: &str) -> Run {
        let run = self.agent().pre(
            "Write",
            json!({"file_path": self.fill(path), "content": "x"}),
        );
        run.success()
    }
}

#[test]
fn what_leads_out_is_refused() {
    let world = world();
    for path in [
        "{OWN}/to-git/config",
        "{OWN}/to-own-git",
        "{OWN}/.git",
        "{OWN}/.GIT/x",
        "{OWN}/deep/.Git/hooks/x",
        "{OWN}/to-settings/settings.json",
        "{OWN}/.claude/Settings.Local.json",
        "{OWN}/.MCP.json",
        "{OWN}/to-other/made.txt",
        "{OTHER}/made.txt",
        "{OTHER}/../{OTHER}/made.txt",
        "{OWN}/to-outside/x",
        "{OWN}/to-root/etc/x",
        "{OWN}/to-proc-root{MAIN}/p.txt",
        "{OWN}/to-proc-root{OWN}/deep/x",
        "{OWN}/to-proc-cwd/p.txt",
        "{OWN}/to-fd",
        "{OWN}/loop",
        "{OWN}/hard",
        "{OWN}/gone/../p.txt",
        "/proc/self/root{MAIN}/p.txt",
        "/proc/self/root{OWN}/x",
        "/proc/self/cwd/p.txt",
        "/proc/thread-self/cwd/p.txt",
        "/dev/fd/3",
        "/dev/stdout",
        "//proc//self/cwd/p.txt",
        "{MAIN}/../../../../../../proc/self/cwd/p.txt",
        "{MAIN}/.git/config",
        "{MAIN}/src/../.GIT/config",
        "{MAIN}/.maos/git/x/config",
        "{MAIN}/.maos/config.json",
        "{MAIN}/.MAOS/config.json",
        "{MAIN}/worktrees/new.txt",
        "{OWN}/../new.txt",
        "~/x",
    ] {
        let reason = world.write(path).denied();
        assert!(
            reason.contains(&*world.own.to_string_lossy()),
            "{path}: {reason}"
        );
    }
    // A hard link is one from either end, and within the workspace too.
    world.write("{OWN}/hard-own").denied();
    world.write("{OWN}/deep/er/f.txt").denied();
}

#[test]
fn what_is_let_through_is_one_name_of_a_file_of_the_workspace() {
    let world = world();
    for (path, wanted) in [
        ("{OWN}/p.txt", "p.txt"),
        ("{OWN}/to-deep/f.txt.new", "deep/er/f.txt.new"),
        ("{OWN}/to-deep/new.txt", "deep/er/new.txt"),
        ("{OWN}/to-deepest/../new.txt", "deep/er/new.txt"),
        ("{OWN}/to-deepest/../../../p.txt", "p.txt"),
        ("{OWN}/dangling", "deep/er/new.txt"),
        ("{OWN}/deep/../p.txt", "p.txt"),
        ("{OWN}/./deep//er/new", "deep/er/new"),
        ("{OWN}/new/dirs/x", "new/dirs/x"),
        ("{MAIN}/p.txt", "p.txt"),
        ("{MAIN}/to-deep/x", "deep/er/x"),
        ("{MAIN}/src/../p.txt", "p.txt"),
        ("{OWN}/../../p.txt", "p.txt"),
        ("{OTHER}/../../src/a.txt", "src/a.txt"),
        ("{OWN}/to-main/p.txt", "p.txt"),
        ("{OWN}/to-main-relative/src/new.txt", "src/new.txt"),
        ("{OWN}/to-main-file", "p.txt"),
        ("{OWN}/to-new-in-main", "src/new.txt"),
        ("{OWN}/chain/p.txt", "p.txt"),
        ("{OWN}/to-root{MAIN}/p.txt", "p.txt"),
    ] {
        let run = world.write(path);
        let given = PathBuf::from(world.fill(path));
        let to = match run.specific("updatedInput") {
            _ if run.stdout.is_empty() => given.clone(),
            Value::Null => panic!("{path}: {run:?}"),
            input => PathBuf::from(input["file_path"].as_str().unwrap()),
        };
        assert_eq!(to, world.own.join(wanted), "{path}");
        assert_eq!(to == given, run.stdout.is_empty(), "{path}: {run:?}");
        assert!(!to.to_string_lossy().contains(".."), "{path}");
    }
}

#[test]
fn what_is_read_and_then_written_has_one_name() {
    let world = world();
    let agent = world.agent();
    for (path, wanted) in [
        ("to-deep/f.txt", "deep/er/f.txt"),
        ("to-file", "deep/er/f.txt"),
        ("p.txt", "p.txt"),
    ] {
        let path = world.own.join(path);
        let run = agent.pre("Read", json!({"file_path": path}));
        let to = if run.stdout.is_empty() {
            path
        } else {
            PathBuf::from(run.updated("file_path"))
        };
        assert_eq!(to, world.own.join(wanted));
    }
    // What leads out may be read where it is.
    for path in ["to-main/p.txt", "to-outside", "loop", "to-own-git"] {
        let run = agent.pre("Read", json!({"file_path": world.own.join(path)}));
        assert_eq!(run.stdout, "", "{path}");
    }
}

#[test]
fn a_write_that_went_elsewhere_or_nowhere_is_told() {
    let world = world();
    let agent = world.agent();
    let told = |path: &Path| {
        let response = json!({"filePath": path});
        let run = agent.post(
            "Write",
            json!({"file_path": path, "content": "x"}),
            response,
        );
        let told = if run.stdout.is_empty() {
            String::new()
        } else {
            run.specific("additionalContext")
                .as_str()
                .unwrap()
                .to_owned()
        };
        let noted = world.sandbox.timeline();
        let breach = noted.last().unwrap()["event"] == "breach";
        assert_eq!(breach, !told.is_empty(), "{}: {told}", path.display());
        told
    };
    let own = |rest: &str| world.own.join(rest);
    for elsewhere in [
        "to-main/p.txt",
        "to-other/made.txt",
        "hard",
        "to-git/config",
    ] {
        let text = told(&own(elsewhere));
        assert!(text.contains("went to"), "{elsewhere}: {text}");
    }
    for gone in ["deep/none.txt", "none/none.txt"] {
        let text = told(&own(gone));
        assert!(text.contains("is not there"), "{gone}: {text}");
    }
    for here in ["p.txt", "deep/er/f.txt.new", "to-deep/f.txt.new"] {
        assert_eq!(told(&own(here)), "", "{here}");
    }
    let news = Actor::main(&world.sandbox).hook("UserPromptSubmit").stdout;
    assert!(news.contains("to-main/p.txt") && news.contains("deep/none.txt"));
}

#[test]
fn tools_of_servers_are_judged_by_the_paths_in_them() {
    let world = world();
    let agent = world.agent();
    let refused = |tool: &str, input: &Value| {
        let text = world.fill(&input.to_string());
        let run = agent.pre(tool, serde_json::from_str(&text).unwrap());
        let refused = !run.stdout.is_empty();
        if refused {
            let reason = run.denied();
            assert!(reason.contains(&*world.own.to_string_lossy()), "{reason}");
        }
        refused
    };
    for (tool, input) in [
        ("mcp__fs__write_file", json!({"path": "{MAIN}/p.txt"})),
        ("mcp__fs__write_file", json!({"path": " {MAIN}/new/p.txt"})),
        ("mcp__fs__x", json!({"uri": "file://{MAIN}/p.txt"})),
        ("mcp__fs__x", json!({"uri": "file://localhost{MAIN}/p.txt"})),
        ("mcp__fs__x", json!({"uri": "FILE:{MAIN}/%70.txt"})),
        (
            "mcp__fs__x",
            json!({"all": [{"to": "{MAIN}/src/../p.txt"}]}),
        ),
        ("mcp__fs__x", json!({"files": {"{MAIN}/p.txt": "text"}})),
        ("mcp__fs__x", json!({"path": "{OWN}/to-main/p.txt"})),
        ("mcp__fs__x", json!({"path": "{OWN}/to-other/made.txt"})),
        ("mcp__fs__x", json!({"path": "{OTHER}/made.txt"})),
        ("mcp__fs__x", json!({"path": "/proc/self/root{MAIN}/p.txt"})),
        ("mcp__fs__x", json!({"path": "/proc/self/cwd/p.txt"})),
        ("mcp__fs__x", json!({"path": "{MAIN}/.git/config"})),
        ("mcp__fs__x", json!({"path": "{MAIN}/.maos/git/a/config"})),
        ("mcp__sh__run", json!({"command": "echo x > {MAIN}/p.txt"})),
        ("mcp__fs__edit_file", json!({"path": "src/a.txt"})),
        ("mcp__fs__edit_file", json!({"path": "./p.txt"})),
        ("mcp__fs__edit_file", json!({"path": "src/../.git/config"})),
        (
            "mcp__s__create_text_file",
            json!({"relative_path": "src/new.txt", "content": "x"}),
        ),
    ] {
        assert!(refused(tool, &input), "{tool} {input}");
    }
    for (tool, input) in [
        ("mcp__fs__write_file", json!({"path": "{OWN}/p.txt"})),
        ("mcp__fs__write_file", json!({"path": "{OWN}/to-deep/x"})),
        ("mcp__fs__read_file", json!({"path": "src/a.txt"})),
        (
            "mcp__fs__x",
            json!({"query": "src/a.txt", "text": "see {MAIN}/p.txt"}),
        ),
        (
            "mcp__gh__create_or_update_file",
            json!({"owner": "o", "repo": "r", "path": "src/a.txt"}),
        ),
        ("mcp__pw__save_pdf", json!({"filename": "page.pdf"})),
        (
            "mcp__web__set_url",
            json!({"target": "https://example.org/src/a.txt"}),
        ),
        ("mcp__fs__x", json!({"path": "/etc/hosts"})),
        ("mcp__fs__x", json!({"n": 1, "list": [], "none": null})),
    ] {
        assert!(!refused(tool, &input), "{tool} {input}");
    }
}
