//! What `maos-shell` costs: an agent's command with all that stands around it,
//! from spawn to exit, beside plain `bash -c` in the same directory and the same
//! run. `cargo bench --bench shell`.
//!
//! Prints ratios of medians, never absolute times: machines differ, and one
//! machine from minute to minute. `MAOS_BENCH_BIN` names another binary to
//! measure.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark starts what it measures"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const SESSION: &str = "0283c709-5141-4772-a945-07b70096c622";
const FILES: usize = 2_000;
const WARM_UP: usize = 3;

/// A command, how often it is run, and the most that it may cost under Landlock.
struct Case {
    name: &'static str,
    command: &'static str,
    rounds: usize,
    target: f64,
    /// What has to be gone before each run.
    clean: Option<&'static str>,
}

const CASES: [Case; 3] = [
    Case {
        name: "true",
        command: "true",
        rounds: 400,
        target: 1.7,
        clean: None,
    },
    Case {
        name: "2,000 file opens",
        command: "cat files/* > /dev/null",
        rounds: 60,
        target: 1.1,
        clean: None,
    },
    Case {
        name: "cargo build",
        command: "cargo build --quiet --offline",
        rounds: 9,
        target: 1.05,
        clean: Some("target"),
    },
];

/// Ways to run a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Landlock,
    Strict,
}

struct Bench {
    maos: PathBuf,
    shell: PathBuf,
    repo: PathBuf,
    workspace: PathBuf,
    top: tempfile::TempDir,
}

fn main() {
    let bench = Bench::new();
    let strict = found("bwrap");
    println!("ratio of medians to plain `bash -c`, side by side");
    let mut good = true;
    for case in &CASES {
        if case.name.starts_with("cargo") && !found("cargo") {
            println!("{:20} not measured: no cargo", case.name);
            continue;
        }
        let mut ways = vec![Way::Plain, Way::Landlock];
        ways.extend(strict.then_some(Way::Strict));
        let medians = bench.medians(case, &ways);
        let landlock = medians[1] / medians[0];
        good &= landlock <= case.target;
        let strict = medians.get(2).map_or_else(
            || "no bwrap".to_owned(),
            |m| format!("{:.2}", m / medians[0]),
        );
        println!(
            "{:20} {landlock:.2} under Landlock (target {})   {strict} under strict   {} rounds",
            case.name, case.target, case.rounds
        );
    }
    println!(
        "{}",
        if good {
            "within the targets"
        } else {
            "NOT within the targets"
        }
    );
}

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

impl Bench {
    fn new() -> Self {
        let maos = std::env::var_os("MAOS_BENCH_BIN")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_maos")), PathBuf::from);
        let top = tempfile::TempDir::new().expect("a scratch directory");
        let place = top.path().canonicalize().expect("a path");
        let (repo, shell) = (place.join("repo"), place.join("maos-shell"));
        std::os::unix::fs::symlink(&maos, &shell).expect("a link");
        let workspace = PathBuf::new();
        let mut bench = Self {
            maos,
            shell,
            repo,
            workspace,
            top,
        };
        bench.set_up();
        bench
    }

    fn set_up(&mut self) {
        for dir in ["repo/src", "repo/files", "home"] {
            std::fs::create_dir_all(self.top.path().join(dir)).expect("a directory");
        }
        let write = |path: &str, text: &str| {
            std::fs::write(self.repo.join(path), text).expect("a file");
        };
        write(
            "Cargo.toml",
            "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        );
        write("src/main.rs", "fn main() { println!(\"hello\"); }\n");
        write(".gitignore", "/target\n/Cargo.lock\n");
        for n in 0..FILES {
            write(&format!("files/{n}.txt"), "hello\n");
        }
        for args in [
            &["init", "-q", "-b", "main"][..],
            &["add", "-A"],
            &["commit", "-q", "-m", "one"],
        ] {
            let status = self.command("git", &self.repo).args(args).status();
            assert!(status.expect("git").success(), "git {args:?}");
        }
        self.hook(&json!({"hook_event_name": "SessionStart", "source": "startup"}));
        let path = self.repo.join("made.txt");
        let said = self.hook(&json!({
            "hook_event_name": "PreToolUse", "tool_name": "Write", "tool_use_id": "toolu_01",
            "tool_input": {"file_path": path, "content": "x"},
            "agent_id": "a1", "agent_type": "backend-engineer",
        }));
        let to = said["hookSpecificOutput"]["updatedInput"]["file_path"].as_str();
        let to = Path::new(to.expect("the first write makes the workspace"));
        self.workspace = PathBuf::from(to.parent().expect("a workspace"));
    }

    fn hook(&self, event: &Value) -> Value {
        let mut event = event.clone();
        event["session_id"] = json!(SESSION);
        event["cwd"] = json!(self.repo);
        let input = self.top.path().join("event.json");
        std::fs::write(&input, event.to_string()).expect("an input");
        let mut command = self.command(&self.maos, &self.repo);
        let input = std::fs::File::open(input).expect("the input");
        command.arg("hook").stdin(input).stdout(Stdio::piped());
        let output = command.output().expect("maos");
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, dir: &Path) -> Command {
        let var = |name: &str| std::env::var_os(name).unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", var("PATH"))
            .env("LC_ALL", "C")
            .env("HOME", self.top.path().join("home"))
            .env("SHELL", "/bin/bash")
            .env("CLAUDE_PROJECT_DIR", &self.repo)
            .env("CLAUDE_CODE_SESSION_ID", SESSION)
            .env("CLAUDE_CODE_SHELL_PREFIX", &self.shell);
        // The compiler is found where the user has it.
        for (name, below) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let own = std::env::var_os(name).map(PathBuf::from);
            command.env(
                name,
                own.unwrap_or_else(|| Path::new(&var("HOME")).join(below)),
            );
        }
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Dev")
                .env(format!("GIT_{role}_EMAIL"), "dev@example.org");
        }
        command
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn run(&self, way: Way, line: &str) -> Duration {
        let handle = self.workspace.file_name().expect("a handle");
        let marked = format!("{line}\n# maos:{}", handle.to_string_lossy());
        let mut command = match way {
            Way::Plain => self.command("bash", &self.workspace),
            Way::Landlock | Way::Strict => self.command(&self.shell, &self.repo),
        };
        match way {
            Way::Plain => command.args(["-c", line]),
            Way::Landlock => command.arg(marked),
            Way::Strict => command.arg(marked).env("MAOS_ISOLATION_SANDBOX", "strict"),
        };
        let begin = Instant::now();
        let status = command.status().expect("the shell");
        let taken = begin.elapsed();
        assert!(status.success(), "{line}: {status}");
        taken
    }

    /// Medians in seconds, one for each way.
    fn medians(&self, case: &Case, ways: &[Way]) -> Vec<f64> {
        let mut times = vec![Vec::new(); ways.len()];
        for round in 0..case.rounds + WARM_UP {
            // Whoever comes first finds other caches than the next.
            for step in 0..ways.len() {
                let at = (round + step) % ways.len();
                if let Some(clean) = case.clean {
                    let _ = std::fs::remove_dir_all(self.workspace.join(clean));
                }
                let taken = self.run(ways[at], case.command);
                if round >= WARM_UP {
                    times[at].push(taken);
                }
            }
        }
        times.into_iter().map(median).collect()
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
