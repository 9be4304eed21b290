//! `maos demo`: works with nothing but git, shows what it claims, leaves nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "the test starts the binary itself, with an environment of its own"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::Run;

/// A home, a directory for temporary files and a `PATH`, all empty but for git.
struct Machine {
    dir: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            dir: TempDir::new().expect("a scratch directory"),
        };
        for name in ["home", "tmp", "bin"] {
            std::fs::create_dir(machine.at(name)).expect("a directory");
        }
        machine
    }

    fn with_git() -> Self {
        let machine = Self::new();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let git = std::env::split_paths(&path)
            .map(|dir| dir.join("git"))
            .find(|git| git.is_file())
            .expect("git on PATH");
        #[cfg(unix)]
        std::os::unix::fs::symlink(git, machine.at("bin").join("git")).expect("a link");
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn demo(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_maos"))
            .arg("demo")
            .args(args)
            .current_dir(self.at("tmp"))
            .env_clear()
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("tmp"))
            .env("PATH", self.at("bin"))
            .envs(variables.iter().copied())
            .output()
            .expect("maos starts");
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What lies in a directory, by name.
    fn left_in(&self, name: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.at(name)).expect("the directory");
        let names = entries
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned());
        names.collect()
    }
}

const LAST: &str = "git status is clean\n";

#[test]
fn nothing_but_git_is_needed_and_nothing_stays() {
    let machine = Machine::with_git();
    let run = machine.demo(&[], &[]).success();
    assert_eq!(run.stderr, "");
    assert!(run.stdout.ends_with(LAST), "{}", run.stdout);
    assert_eq!(machine.left_in("tmp"), Vec::<String>::new());
    assert_eq!(machine.left_in("home"), Vec::<String>::new());
}

#[test]
fn it_shows_what_was_tried_and_answered() {
    let run = Machine::with_git().demo(&[], &[]).success();
    let (backend, frontend) = (
        "worktrees/backend-engineer-sess-0283c709",
        "worktrees/frontend-engineer-sess-0283c709",
    );
    for expected in [
        &format!("backend-engineer  Edit src/api.js        -> {backend}/src/api.js"),
        &format!("frontend-engineer Write web/index.html   -> {frontend}/web/index.html"),
        &format!("frontend-engineer Write {backend}/src/api.js\n                  refused: MAOS:"),
        &format!("ran in\n                  {frontend}\n"),
        "Explore           Read src/api.js        as it is",
        "Explore           Bash git log --oneline as it is",
        "Explore           Bash git tag reviewed\n                  stopped: exit code",
        "main is told      MAOS: Agent frontend-engineer-sess-0283c709 (Add a page) stopped.",
        "main is told      MAOS: Agent backend-engineer-sess-0283c709 (Add a time to the",
        &format!("  {backend}  on agent/backend-engineer-sess-0283c709\n    M src/api.js\n"),
        &format!(
            "  {frontend}  on agent/frontend-engineer-sess-0283c709\n    A web/index.html\n    A web/style.css\n"
        ),
    ] {
        assert!(
            run.stdout.contains(expected),
            "no {expected:?} in\n{}",
            run.stdout
        );
    }
    assert!(run.stdout.lines().count() < 60, "{}", run.stdout);
    let long = |line: &&str| line.chars().count() > 100 && !line.starts_with("REPO is ");
    assert_eq!(run.stdout.lines().find(long), None);
    assert!(!run.stdout.contains('\u{1b}'), "no colour on a pipe");
}

#[test]
fn the_users_own_variables_change_nothing() {
    let machine = Machine::with_git();
    let variables = [
        ("MAOS_ISOLATION_MODE", "off"),
        ("MAOS_AGENT", "somebody"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "commit.gpgsign"),
        ("GIT_CONFIG_VALUE_0", "true"),
        ("CLAUDE_PROJECT_DIR", "/nowhere"),
        ("BASH_ENV", "/nowhere"),
    ];
    let run = machine.demo(&[], &variables).success();
    assert!(run.stdout.ends_with(LAST), "{}", run.stdout);
}

#[test]
fn the_directory_for_temporary_files_may_have_any_name() {
    let machine = Machine::with_git();
    let odd = machine.at("tmp").join("a b'c");
    std::fs::create_dir(&odd).expect("a directory");
    let run = machine.demo(&[], &[("TMPDIR", &odd.to_string_lossy())]);
    assert!(run.success().stdout.ends_with(LAST));
}

#[test]
fn keep_leaves_the_repository_and_says_where() {
    let machine = Machine::with_git();
    let run = machine.demo(&["--keep"], &[]).success();
    let kept = run
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("kept: "));
    let project = Path::new(kept.expect("a line that says where"));
    for (branch, file) in [("backend", "src/api.js"), ("frontend", "web/index.html")] {
        let handle = format!("{branch}-engineer-sess-0283c709");
        assert!(project.join("worktrees").join(handle).join(file).is_file());
    }
    assert!(!project.join("web").exists());
    assert_eq!(machine.left_in("tmp").len(), 1);
    assert_eq!(machine.left_in("home"), Vec::<String>::new());
}

#[test]
#[cfg(unix)]
fn a_main_checkout_that_changed_is_a_failure() {
    let machine = Machine::with_git();
    let (git, real) = (machine.at("bin/git"), machine.at("bin/real-git"));
    std::fs::rename(&git, &real).expect("another name for git");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = worktree ] && : > stray.txt\nexec '{}' \"$@\"\n",
        real.display()
    );
    std::fs::write(&git, script).expect("a git that litters");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&git, mode).expect("its mode");
    let run = machine.demo(&[], &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let end = "NOT as it should be:\n    ?? stray.txt\n";
    assert!(run.stdout.ends_with(end), "{}", run.stdout);
}

#[test]
fn without_git_it_says_so() {
    let machine = Machine::new();
    let run = machine.demo(&[], &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("failed to run git"), "{}", run.stderr);
    assert_eq!(machine.left_in("tmp"), Vec::<String>::new());
}
