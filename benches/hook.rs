//! What a hook costs, from spawn to exit, beside `bash -c :` and `git rev-parse
//! HEAD` in the same run. `cargo bench --bench hook`.
//!
//! Prints ratios of medians, never absolute times: machines differ, and one
//! machine from minute to minute. With valgrind at hand it counts instructions
//! too, which do not vary. `MAOS_BENCH_BIN` names another binary to measure.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark starts what it measures"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const SESSION: &str = "0283c709-5141-4772-a945-07b70096c622";
const ROUNDS: usize = 400;
/// The target: a hook on its fast path costs at most this part of `bash -c :`.
const TARGET: f64 = 0.6;
/// The same with a large session, as a ratio to a small one.
const GROWTH: f64 = 1.1;

struct Bench {
    maos: PathBuf,
    repo: PathBuf,
    top: tempfile::TempDir,
}

fn main() {
    let maos = std::env::var_os("MAOS_BENCH_BIN")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_maos")), PathBuf::from);
    let top = tempfile::TempDir::new().expect("a scratch directory");
    let repo = top.path().canonicalize().expect("a path").join("repo");
    let bench = Bench { maos, repo, top };
    bench.set_up();
    let read = bench.input(
        "read",
        None,
        "Read",
        &json!({"file_path": bench.repo.join("src/a.txt")}),
    );
    let edit_input = json!({"file_path": bench.repo.join("src/a.txt"), "old_string": "hello", "new_string": "x"});
    let edit = bench.input("edit", Some("a1"), "Edit", &edit_input);
    bench
        .hook(&edit)
        .wait()
        .expect("the first edit makes the workspace");

    println!("ratio of medians over {ROUNDS} rounds, side by side");
    let small = bench.round(&[&read, &edit]);
    bench.grow(1_000, 10_000);
    let large = bench.round(&[&read, &edit]);
    let mut good = true;
    for (i, name) in ["Read of the main conversation", "Edit of an agent"]
        .iter()
        .enumerate()
    {
        let (of_bash, of_git) = (small.hooks[i] / small.bash, small.hooks[i] / small.git);
        let growth = (large.hooks[i] / large.bash) / of_bash;
        good &= of_bash <= TARGET && growth <= GROWTH;
        println!(
            "{name:32} {of_bash:.2} of `bash -c :`   {of_git:.2} of `git rev-parse HEAD`   {growth:.2} with 1,000 agents and 10,000 events"
        );
    }
    for (name, input) in [
        ("Read of the main conversation", &read),
        ("Edit of an agent", &edit),
    ] {
        match bench.instructions(input) {
            Some(count) => println!("{name:32} {count} instructions (callgrind)"),
            None => println!("{name:32} instructions not counted: no valgrind"),
        }
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

/// Medians in seconds.
struct Medians {
    bash: f64,
    git: f64,
    hooks: Vec<f64>,
}

impl Bench {
    fn set_up(&self) {
        std::fs::create_dir_all(self.repo.join("src")).expect("a directory");
        std::fs::create_dir_all(self.top.path().join("home")).expect("a home");
        std::fs::write(self.repo.join("src/a.txt"), "hello\n").expect("a file");
        for args in [
            &["init", "-q", "-b", "main"][..],
            &["add", "-A"],
            &["commit", "-q", "-m", "one"],
        ] {
            let status = self.command("git").args(args).status().expect("git");
            assert!(status.success(), "git {args:?}");
        }
        self.link("a1");
        let start = self.write_input(
            "start",
            &json!({"hook_event_name": "SessionStart", "source": "startup"}),
        );
        self.hook(&start).wait().expect("the session's start");
    }

    /// The file in which the client says whose agent this is; it is there at an
    /// agent's first tool call.
    fn link(&self, agent: &str) {
        let dir = self.projects().join(SESSION).join("subagents");
        std::fs::create_dir_all(&dir).expect("a directory");
        let meta = json!({"agentType": "backend-engineer", "description": "Build it", "toolUseId": "toolu_00", "spawnDepth": 1});
        let file = dir.join(format!("agent-{agent}.meta.json"));
        std::fs::write(file, meta.to_string()).expect("a file");
    }

    fn projects(&self) -> PathBuf {
        self.top.path().join("home/.claude/projects/p")
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C");
        command
            .env("HOME", self.top.path().join("home"))
            .env("CLAUDE_PROJECT_DIR", &self.repo);
        command
            .env("AI_AGENT", "claude-code_2-1-328_harness")
            .env("CLAUDE_CODE_SHELL_PREFIX", "/opt/maos-shell");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Dev")
                .env(format!("GIT_{role}_EMAIL"), "dev@example.org");
        }
        command
            .current_dir(&self.repo)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn write_input(&self, name: &str, value: &Value) -> PathBuf {
        let mut value = value.clone();
        value["session_id"] = json!(SESSION);
        value["cwd"] = json!(self.repo);
        value["transcript_path"] = json!(self.projects().join(format!("{SESSION}.jsonl")));
        let path = self.top.path().join(format!("{name}.json"));
        std::fs::write(&path, value.to_string()).expect("an input");
        path
    }

    fn input(&self, name: &str, agent: Option<&str>, tool: &str, input: &Value) -> PathBuf {
        let mut value = json!({"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input, "tool_use_id": "toolu_01"});
        if let Some(agent) = agent {
            value["agent_id"] = json!(agent);
            value["agent_type"] = json!("backend-engineer");
        }
        self.write_input(name, &value)
    }

    fn hook(&self, input: &Path) -> std::process::Child {
        let mut command = self.command(&self.maos);
        command.args([
            "hook",
            if input.ends_with("start.json") {
                "session-start"
            } else {
                "pre-tool-use"
            },
        ]);
        command
            .stdin(File::open(input).expect("the input"))
            .spawn()
            .expect("maos")
    }

    fn round(&self, inputs: &[&PathBuf]) -> Medians {
        let mut times = vec![Vec::new(); inputs.len() + 2];
        for round in 0..ROUNDS + 20 {
            let mut taken = Vec::new();
            taken.push(time(|| {
                self.command("bash")
                    .args(["-c", ":"])
                    .stdin(Stdio::null())
                    .spawn()
                    .expect("bash")
            }));
            taken.push(time(|| {
                self.command("git")
                    .args(["rev-parse", "HEAD"])
                    .stdin(Stdio::null())
                    .spawn()
                    .expect("git")
            }));
            taken.extend(inputs.iter().map(|input| time(|| self.hook(input))));
            if round >= 20 {
                times
                    .iter_mut()
                    .zip(taken)
                    .for_each(|(all, one)| all.push(one));
            }
        }
        let medians: Vec<f64> = times.into_iter().map(median).collect();
        Medians {
            bash: medians[0],
            git: medians[1],
            hooks: medians[2..].to_vec(),
        }
    }

    /// A session with many agents and events, written by the hook's own formats.
    fn grow(&self, agents: usize, events: usize) {
        let dir = self.repo.join(".maos/sessions").join(SESSION);
        let model = std::fs::read_to_string(dir.join("agents/backend-engineer-sess-0283c709.json"))
            .expect("the agent's record");
        for n in 2..=agents {
            let handle = format!("backend-engineer-{n}-sess-0283c709");
            let record = model.replace("backend-engineer-sess-0283c709", &handle);
            std::fs::write(dir.join(format!("agents/{handle}.json")), record).expect("a record");
            std::fs::write(
                dir.join(format!("agents/by-id/{n:032x}")),
                format!("{handle}\n"),
            )
            .expect("an entry");
            std::fs::write(dir.join("active").join(&handle), "").expect("a mark");
        }
        let timeline = dir.join("timeline.jsonl");
        let line = std::fs::read_to_string(&timeline)
            .expect("the timeline")
            .lines()
            .last()
            .expect("an event")
            .to_owned();
        let mut text = std::fs::read_to_string(&timeline).expect("the timeline");
        for _ in 0..events {
            text.push_str(&line);
            text.push('\n');
        }
        std::fs::write(&timeline, text).expect("the timeline");
    }

    fn instructions(&self, input: &Path) -> Option<u64> {
        let out = self.top.path().join("callgrind.out");
        let mut command = self.command("valgrind");
        command
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", out.display()));
        command
            .arg(&self.maos)
            .args(["hook", "pre-tool-use"])
            .stdin(File::open(input).ok()?);
        command
            .status()
            .ok()
            .filter(std::process::ExitStatus::success)?;
        let text = std::fs::read_to_string(&out).ok()?;
        let line = text.lines().find_map(|l| {
            l.strip_prefix("summary:")
                .or_else(|| l.strip_prefix("totals:"))
        })?;
        line.split_whitespace().next()?.parse().ok()
    }
}

fn time(start: impl FnOnce() -> std::process::Child) -> Duration {
    let begin = Instant::now();
    let mut child = start();
    child.wait().expect("an end");
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
