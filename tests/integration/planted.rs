//! An agent that changes the files by which git finds its configuration: nothing
//! that it names there is run by MAOS. Every trap leaves a mark when it is.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Event, Sandbox, Worker, contents};

/// A workspace, and traps to be set in it.
struct Field<'a> {
    w: Worker<'a>,
    mark: PathBuf,
    script: PathBuf,
}

impl<'a> Field<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        Self::around(sandbox, sandbox.worker("a1"))
    }

    fn around(sandbox: &'a Sandbox, w: Worker<'a>) -> Self {
        sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
        let (mark, script) = (sandbox.top().join("mark"), sandbox.top().join("trap.sh"));
        let text = format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display());
        executable(&script, &text);
        let hooks = sandbox.top().join("hooks");
        std::fs::create_dir(&hooks).unwrap();
        for name in [
            "post-index-change",
            "reference-transaction",
            "post-checkout",
        ] {
            executable(&hooks.join(name), &text);
        }
        w.write(".gitattributes", "* filter=trap\n");
        w.write("p.txt", "changed\n");
        Self { w, mark, script }
    }

    /// A configuration full of traps.
    fn config(&self) -> String {
        let script = self.script.display();
        let hooks = self.w.sandbox.top().join("hooks");
        format!(
            "[core]\n\tfsmonitor = {script}\n\thooksPath = {}\n\tsshCommand = {script}\n\
             [filter \"trap\"]\n\tclean = {script}\n\tsmudge = {script}\n\trequired = true\n\
             [diff]\n\texternal = {script}\n[alias]\n\tstatus = !{script}\n",
            hooks.display()
        )
    }

    /// A repository full of traps, with this tree's content in its history.
    fn repository(&self, at: &Path) {
        self.w.sandbox.git_in(
            &self.w.sandbox.top(),
            &["clone", "-q", "repo", at.to_str().unwrap()],
        );
        let config = at.join(".git/config");
        let text = std::fs::read_to_string(&config).unwrap() + &self.config();
        std::fs::write(config, text).unwrap();
    }

    fn private(&self) -> PathBuf {
        self.w.sandbox.path(".maos/git").join(&self.w.handle)
    }

    fn elsewhere(&self) -> PathBuf {
        let at = self.w.sandbox.top().join("elsewhere");
        self.repository(&at);
        at
    }
}

fn executable(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

type Plant = fn(&Field<'_>);

const PLANTS: [(&str, Plant); 16] = [
    ("the .git file", |f| {
        let line = format!("gitdir: {}\n", f.elsewhere().join(".git").display());
        f.w.write(".git", line);
    }),
    ("a .git directory", |f| {
        let from = f.elsewhere();
        std::fs::remove_file(f.w.path(".git")).unwrap();
        std::fs::rename(from.join(".git"), f.w.path(".git")).unwrap();
    }),
    ("a .git link", |f| {
        let from = f.elsewhere();
        std::fs::remove_file(f.w.path(".git")).unwrap();
        symlink(from.join(".git"), f.w.path(".git")).unwrap();
    }),
    ("no .git", |f| {
        std::fs::remove_file(f.w.path(".git")).unwrap();
    }),
    ("commondir", |f| {
        let line = format!("{}\n", f.elsewhere().join(".git").display());
        std::fs::write(f.w.admin().join("commondir"), line).unwrap();
    }),
    ("config.worktree", |f| {
        f.w.git(&["config", "extensions.worktreeConfig", "true"]);
        std::fs::write(f.w.admin().join("config.worktree"), f.config()).unwrap();
    }),
    ("config.worktree behind much that is harmless", |f| {
        f.w.git(&["config", "extensions.worktreeConfig", "true"]);
        let text = "[core] \n".repeat(1 << 12) + &f.config();
        std::fs::write(f.w.admin().join("config.worktree"), text).unwrap();
    }),
    ("config.worktree as a link", |f| {
        let at = f.w.sandbox.top().join("config");
        std::fs::write(&at, f.config()).unwrap();
        symlink(at, f.w.admin().join("config.worktree")).unwrap();
    }),
    ("config.worktree that is no text", |f| {
        let text = [b"# \xff\n", f.config().as_bytes()].concat();
        std::fs::write(f.w.admin().join("config.worktree"), text).unwrap();
    }),
    ("its own configuration", |f| {
        let config = f.private().join("config");
        let text = std::fs::read_to_string(&config).unwrap() + &f.config();
        std::fs::write(config, text).unwrap();
    }),
    ("its own hooks", |f| {
        let hooks = f.private().join("hooks");
        let _ = std::fs::remove_dir_all(&hooks);
        symlink(f.w.sandbox.top().join("hooks"), hooks).unwrap();
    }),
    ("links among its own refs", |f| {
        let heads = f.private().join("refs/heads");
        std::fs::remove_dir_all(&heads).unwrap();
        symlink(f.w.sandbox.path(".git/refs/heads"), heads).unwrap();
    }),
    ("a remote that has what is missing", |f| {
        let config = f.private().join("config");
        let text = std::fs::read_to_string(&config).unwrap();
        let remote = format!(
            "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n\
             [remote \"evil\"]\n\turl = {}\n\tpromisor = true\n\tuploadpack = \"touch '{}'; false\"\n",
            f.w.sandbox.repo.display(),
            f.mark.display()
        );
        std::fs::write(config, text + &remote).unwrap();
        let missing = "1".repeat(40);
        std::fs::write(f.w.admin().join("HEAD"), format!("{missing}\n")).unwrap();
        let own = f.private().join("refs/heads/agent").join(&f.w.handle);
        std::fs::write(own, format!("{missing}\n")).unwrap();
    }),
    ("a repository inside", |f| f.repository(&f.w.path("inner"))),
    ("a repository inside that is staged", |f| {
        f.repository(&f.w.path("inner"));
        f.w.git(&["add", "inner"]);
        f.w.write("inner/p.txt", "changed\n");
        f.w.write("inner/.gitattributes", "* filter=trap\n");
    }),
    ("a submodule", |f| {
        f.repository(&f.w.path("inner"));
        f.w.write(
            ".gitmodules",
            "[submodule \"inner\"]\n\tpath = inner\n\turl = x\n\tignore = none\n",
        );
        f.w.git(&["add", "inner", ".gitmodules"]);
        f.w.git(&["commit", "-q", "-m", "inner"]);
        f.w.write("inner/p.txt", "changed\n");
        f.w.write("inner/.gitattributes", "* filter=trap\n");
    }),
];

/// What a user types, and what the hook is told when an agent stops.
fn all_commands(f: &Field<'_>, what: &str) {
    let sandbox = f.w.sandbox;
    let main = sandbox.fingerprint();
    let look: [&[&str]; 6] = [
        &["status"],
        &["status", "--json"],
        &["worktree-list"],
        &["session-info"],
        &["session-list", "--all"],
        &["worktree-prune", "--dry-run"],
    ];
    let unmarked = |doing: &str| assert!(!f.mark.exists(), "{what}: run by {doing}");
    for args in look {
        for dir in [&sandbox.repo, &f.w.tree] {
            sandbox.maos_in(dir, args);
            unmarked(&args.join(" "));
        }
    }
    let stop = Event::new("SubagentStop").of("a1", "coder");
    let run = sandbox.hook(&stop.clone().with("cwd", json!(f.w.tree)));
    assert_eq!(run.code, Some(0), "{what}: {run:?}");
    unmarked("the stop in the workspace");
    sandbox.hook(&stop).success();
    unmarked("the stop");
    let last: [&[&str]; 4] = [
        &["worktree-prune"],
        &["session-cleanup", "0283", "--force"],
        &["restore", &f.w.handle],
        &["cleanup", "--all", "--force"],
    ];
    for args in last {
        sandbox.maos(args);
        unmarked(&args.join(" "));
    }
    // Nothing of it reached the main checkout but refs of the agent's own.
    let status = |text: &str| {
        text.lines()
            .filter(|l| !l.contains("refs/"))
            .collect::<String>()
    };
    assert_eq!(status(&sandbox.fingerprint()), status(&main), "{what}");
}

#[test]
fn nothing_that_an_agent_planted_is_run() {
    for (what, plant) in PLANTS {
        let sandbox = Sandbox::new();
        let field = Field::new(&sandbox);
        plant(&field);
        // Setting a trap may have sprung it.
        let _ = std::fs::remove_file(&field.mark);
        all_commands(&field, what);
    }
}

#[test]
fn the_traps_work() {
    for name in [
        "config.worktree",
        "its own configuration",
        "a remote that has what is missing",
        "a repository inside that is staged",
        "the .git file",
    ] {
        let sandbox = Sandbox::new();
        let field = Field::new(&sandbox);
        let plant = PLANTS.iter().find(|(what, _)| *what == name).unwrap();
        plant.1(&field);
        let _ = std::fs::remove_file(&field.mark);
        field.w.try_git(&["status"]);
        assert!(field.mark.exists(), "{name}");
    }
}

#[test]
fn in_the_client_s_own_worktrees_neither() {
    let sandbox = Sandbox::new();
    let tree = sandbox.path(".claude/worktrees/agent-a1");
    sandbox.git(&["worktree", "add", "-q", tree.to_str().unwrap()]);
    sandbox.hook(&Event::new("SessionStart")).success();
    let start = Event::new("SubagentStart").with("cwd", json!(tree));
    sandbox.hook(&start.of("a1", "coder")).success();
    let sandbox_of = &sandbox;
    let w = Worker {
        sandbox: sandbox_of,
        id: "a1".to_owned(),
        handle: "agent-a1".to_owned(),
        tree,
    };
    let field = Field::around(&sandbox, w);
    let line = format!("gitdir: {}\n", field.elsewhere().join(".git").display());
    field.w.write(".git", line);
    let admin = sandbox.path(".git/worktrees/agent-a1");
    std::fs::write(admin.join("config.worktree"), field.config()).unwrap();
    all_commands(&field, "native");
    assert_ne!(sandbox.git(&["log", "--format=%s", "main..agent-a1"]), "");
}

#[test]
fn what_was_planted_is_said_put_back_and_kept_aside() {
    let sandbox = Sandbox::new();
    let f = Field::new(&sandbox);
    std::fs::write(f.w.admin().join("config.worktree"), f.config()).unwrap();
    let before = contents(&f.w.admin());
    for args in [["status"], ["worktree-list"], ["session-info"]] {
        let run = sandbox.maos(&args).success();
        let said = args == ["session-info"] || run.stdout.contains("config.worktree");
        assert!(said, "{run:?}");
    }
    let listed = f.w.of(&sandbox.maos_json(&["worktree-list", "--json"]));
    assert!(
        listed["note"].as_str().unwrap().contains("config.worktree"),
        "{listed}"
    );
    sandbox.maos(&["worktree-prune", "--dry-run"]).success();
    assert!(
        contents(&f.w.admin()) == before,
        "looking changed something"
    );
    f.w.stop();
    assert!(!f.w.admin().join("config.worktree").exists());
    let aside = sandbox.files(".maos/aside");
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(sandbox.read(&aside[0]), f.config());
    assert_eq!(f.w.git(&["show", "HEAD:p.txt"]), "changed");
}

#[test]
fn an_agent_that_lost_its_git_file_goes_on_with_what_it_wrote() {
    let sandbox = Sandbox::new();
    let f = Field::new(&sandbox);
    std::fs::remove_file(f.w.path(".git")).unwrap();
    let input = json!({"file_path": sandbox.path("more.txt"), "content": "more"});
    let run = sandbox.hook(&Event::pre("Write", input).of("a1", "coder"));
    assert_eq!(Path::new(&run.updated("file_path")), f.w.path("more.txt"));
    assert_eq!(
        std::fs::read_to_string(f.w.path("p.txt")).unwrap(),
        "changed\n"
    );
    assert!(f.w.git(&["status", "--porcelain"]).contains(" M p.txt"));
}

#[test]
fn a_workspace_that_became_a_link_leads_nowhere() {
    let sandbox = Sandbox::new();
    let f = Field::new(&sandbox);
    let away = sandbox.top().join("away");
    std::fs::rename(&f.w.tree, &away).unwrap();
    symlink(&sandbox.repo, &f.w.tree).unwrap();
    let before = contents(&sandbox.path(".git"));
    all_commands(&f, "a link to the main checkout");
    let config = |all: &std::collections::BTreeMap<String, _>| all.get("config").cloned();
    assert!(sandbox.path(".git").is_dir());
    assert!(config(&contents(&sandbox.path(".git"))) == config(&before));
    assert_eq!(sandbox.read("p.txt"), "p\n");
    assert_eq!(
        std::fs::read_to_string(away.join("p.txt")).unwrap(),
        "changed\n"
    );
}
