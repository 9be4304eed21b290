//! Every case of `tests/data/bad_inputs.jsonl`: bad input gets the outcome that
//! the case names, changes nothing and loses nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Event, Run, Sandbox};

#[derive(Deserialize)]
struct Case {
    name: String,
    args: Vec<String>,
    stdin: Option<String>,
    stdin_gen: Option<Value>,
    #[serde(default)]
    setup: String,
    expected: String,
}

/// The world of the cases: agent `a1` with a workspace, and another agent.
struct World {
    sandbox: Sandbox,
    wt: PathBuf,
    a2: PathBuf,
}

const BAD_SESSION: &str = "11111111-2222-4333-8444-555555555555";

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("a.txt", "a\n");
        sandbox.write("d1/x", "x\n");
        sandbox.commit("two");
        let workspace = |id: &str| {
            let event = Event::pre(
                "Write",
                json!({"file_path": sandbox.path("start.txt"), "content": "x"}),
            );
            let run = sandbox.hook(&event.session(BAD_SESSION).of(id, "coder"));
            Path::new(&run.updated("file_path"))
                .parent()
                .expect("a workspace")
                .to_owned()
        };
        let (wt, a2) = (workspace("a1"), workspace("a2"));
        Self { sandbox, wt, a2 }
    }

    fn fill(&self, text: &str) -> String {
        let main = self.sandbox.repo.to_string_lossy().into_owned();
        text.replace("{WT}", &self.wt.to_string_lossy())
            .replace("{A2}", &self.a2.to_string_lossy())
            .replace("{MAIN_UPPER}", &main.to_uppercase())
            .replace("{MAIN_NFD}", &format!("{main}e\u{301}"))
            .replace("{MAIN}", &main)
    }

    fn set_up(&self, setup: &str) {
        let script = match setup {
            "" => return,
            "chain of 41 symlinks" => {
                "ln -s {MAIN} {WT}/c0; i=0; while [ $i -lt 41 ]; do ln -s {WT}/c$i {WT}/c$((i+1)); i=$((i+1)); done"
            }
            "mkdir -m 000 {WT}/locked (run as non-root)" => "mkdir -m 000 {WT}/locked",
            s if s.starts_with("background process") => return,
            s => s,
        };
        let status = self
            .sandbox
            .command("sh", &self.sandbox.repo)
            .args(["-c", &self.fill(script)])
            .status();
        assert!(status.expect("sh").success(), "{setup}");
    }

    fn stdin(&self, case: &Case) -> Vec<u8> {
        let write = |path: String, content: String| {
            let input = json!({"file_path": path, "content": content});
            Event::pre("Write", input)
                .session(BAD_SESSION)
                .of("a1", "coder")
                .json(&self.sandbox)
        };
        if let Some(text) = &case.stdin {
            return self.fill(text).into_bytes();
        }
        let generated = case.stdin_gen.as_ref().expect("stdin or stdin_gen");
        let own = self.wt.join("a.txt").to_string_lossy().into_owned();
        if let Some(nest) = generated["nest"].as_u64() {
            let nest = usize::try_from(nest).expect("a size");
            let deep = format!("{}{}", "[".repeat(nest), "]".repeat(nest));
            return write(own, "NEST".into())
                .replace("\"NEST\"", &deep)
                .into_bytes();
        }
        if let Some(bytes) = generated["content_bytes"].as_u64() {
            return write(own, "x".repeat(usize::try_from(bytes).expect("a size"))).into_bytes();
        }
        if generated.get("hex_insert").is_some() {
            let text = write("HERE".into(), "x".into()).into_bytes();
            let at = text
                .windows(4)
                .position(|w| w == b"HERE")
                .expect("the mark");
            return [&text[..at], b"\xff\xfe\xc0\x80", &text[at + 4..]].concat();
        }
        panic!("{}: no input for {generated}", case.name);
    }

    fn state(&self) -> String {
        let files = [self.sandbox.files(".maos"), self.sandbox.files("worktrees")]
            .concat()
            .join("\n");
        let logs: Vec<String> = self
            .sandbox
            .files(".maos")
            .iter()
            .filter(|f| !f.starts_with(".maos/git/"))
            .map(|f| self.sandbox.read(f))
            .collect();
        format!("{}\n{files}\n{}", self.sandbox.fingerprint(), logs.concat())
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../data/bad_inputs.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect()
}

#[track_caller]
fn assert_blocked(case: &str, run: &Run) {
    assert_eq!(run.code, Some(2), "{case}: {run:?}");
    assert_eq!(run.stdout, "", "{case}");
    assert_eq!(run.stderr.lines().count(), 1, "{case}: {run:?}");
}

/// Denied with a reason, or sent to the agent's own workspace, or harmlessly
/// there already: whatever the tool would write lies in the workspace.
#[track_caller]
fn assert_contained(world: &World, case: &Case, run: &Run, input: &str) {
    assert_eq!(run.code, Some(0), "{}: {run:?}", case.name);
    if run.stdout.is_empty() || run.specific("permissionDecision").is_null() {
        let input: Value =
            serde_json::from_str(input.trim_start_matches('\u{feff}')).expect("an event");
        let given = if run.stdout.is_empty() {
            input["tool_input"].clone()
        } else {
            run.specific("updatedInput")
        };
        for field in ["file_path", "notebook_path", "path"] {
            let Some(path) = given[field].as_str() else {
                continue;
            };
            assert!(
                Path::new(path).starts_with(&world.wt),
                "{}: {path} is let through",
                case.name
            );
            assert!(!path.contains(".."), "{}: {path}", case.name);
        }
        return;
    }
    let reason = run.denied();
    assert!(
        reason.contains(&*world.wt.to_string_lossy()),
        "{}: no allowed root in {reason}",
        case.name
    );
}

#[test]
fn every_case_has_the_outcome_that_it_names() {
    for case in cases() {
        if case
            .stdin_gen
            .as_ref()
            .is_some_and(|g| g.get("hold_open_s").is_some() || g.get("repeat").is_some())
        {
            continue; // below, with tests of their own
        }
        let world = World::new();
        world.set_up(&case.setup);
        let input = world.stdin(&case);
        let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        let (before, main_before) = (world.state(), world.sandbox.fingerprint());
        let run = world.sandbox.hook_bytes(&args, &input);
        let text = String::from_utf8_lossy(&input).into_owned();
        let locked = world.wt.join("locked");
        if locked.exists() {
            let _ = world
                .sandbox
                .command("chmod", &world.wt)
                .args(["755", "locked"])
                .status();
        }
        match case.expected.as_str() {
            e if e.starts_with("block: exit 2") => {
                assert_blocked(&case.name, &run);
                assert_eq!(world.state(), before, "{}: state changed", case.name);
            }
            e if e.starts_with("contained") => {
                assert_contained(&world, &case, &run, &text);
                assert_eq!(world.sandbox.fingerprint(), main_before, "{}", case.name);
            }
            _ => other_outcome(&world, &case, &run, &text, &before),
        }
    }
}

fn other_outcome(world: &World, case: &Case, run: &Run, input: &str, before: &str) {
    let name = case.name.as_str();
    match name {
        "UTF-8 BOM before JSON"
        | "50 MB content field"
        | "transcript_path outside home / symlink"
        | "newline in file name"
        | "non-existing file in non-existing dirs, inside"
        | "non-UTF-8 file already in the tree"
        | "trailing slash on a file" => {
            assert_contained(world, case, run, input);
            assert!(run.stdout.is_empty(), "{name}: {run:?}");
        }
        "cwd is the main checkout but agent_id is a1" => {
            assert_eq!(
                Path::new(&run.updated("file_path")),
                world.wt.join("p.txt"),
                "{name}"
            );
        }
        "unknown event FutureEvent" => {
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (Some(0), ""),
                "{name}: {run:?}"
            );
            assert_eq!(world.state(), before, "{name}");
        }
        "command empty string" => assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(0), ""),
            "{name}: {run:?}"
        ),
        "unknown tool mcp__fs__write_file with a path outside"
        | "tool name in other case: write"
        | "agent_id of an agent in another session"
        | "write to .claude/settings.json of the worktree" => {
            run.denied();
        }
        "TOCTOU: parent swapped for a symlink between hook and tool write" => swapped(world),
        _ if case.expected.starts_with("id is never used")
            || case.expected.starts_with("slugged") =>
        {
            assert_ne!(run.code, Some(1), "{name}");
            confined(world, name);
        }
        _ => panic!("no check for `{name}`: {}", case.expected),
    }
    assert!(
        world.sandbox.git(&["status", "--porcelain"]).is_empty(),
        "{name}"
    );
}

/// Nothing outside of `.maos`, `worktrees` and our own refs was made.
fn confined(world: &World, name: &str) {
    let refs = world.sandbox.git(&["for-each-ref", "--format=%(refname)"]);
    for reference in refs.lines().filter(|r| *r != "refs/heads/main") {
        assert!(
            reference.starts_with("refs/heads/agent/"),
            "{name}: {reference}"
        );
        world.sandbox.git(&["check-ref-format", reference]);
    }
    let sessions = std::fs::read_dir(world.sandbox.path(".maos/sessions")).expect("sessions");
    for entry in sessions.flatten() {
        let dir = entry.file_name().to_string_lossy().into_owned();
        assert!(
            dir == ".short"
                || dir
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{name}: {dir}"
        );
    }
    assert!(
        !world.sandbox.top().join("etc").exists() && !world.sandbox.path(".maos/etc").exists(),
        "{name}"
    );
}

/// The directory was swapped after the check: the look after the write tells.
fn swapped(world: &World) {
    std::os::unix::fs::symlink(&world.sandbox.repo, world.wt.join("d")).expect("a link");
    let input = json!({"file_path": world.wt.join("d/p.txt"), "content": "x"});
    let run = world.sandbox.hook(
        &Event::post("Write", input)
            .session(BAD_SESSION)
            .of("a1", "coder"),
    );
    let told = run.specific("additionalContext");
    assert!(
        told.as_str()
            .is_some_and(|t| t.contains("outside of the workspace")),
        "{run:?}"
    );
}

#[test]
fn an_open_stdin_is_not_waited_for_without_end() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_maos"), &sandbox.repo);
    command
        .args(["hook", "pre-tool-use"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("maos");
    let _held = child.stdin.take();
    let start = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status.code();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "it waits on");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(code, Some(2));
}

#[test]
fn input_without_end_is_not_read_to_its_end() {
    let sandbox = Sandbox::new();
    let run = sandbox.hook_bytes(&["hook", "pre-tool-use"], &vec![b' '; 100 << 20]);
    assert_blocked("spaces", &run);
}

#[test]
fn two_ids_never_share_a_handle() {
    let sandbox = Sandbox::new();
    let mut seen = std::collections::BTreeSet::new();
    for id in [
        "a1",
        "A1",
        "\u{e9}",
        "e\u{301}",
        "..",
        "a/../../b",
        "a\u{0}",
        "HEAD",
    ] {
        let event = Event::pre(
            "Write",
            json!({"file_path": sandbox.path("x"), "content": "x"}),
        );
        let path = sandbox
            .hook(&event.session(SESSION).of(id, "coder"))
            .updated("file_path");
        assert!(seen.insert(path.clone()), "{id}: {path}");
    }
}
