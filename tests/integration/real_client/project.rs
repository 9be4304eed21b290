//! The project that the scenarios work in, and what must be true of it afterwards.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Api, Client, Outcome, Scratch, Script, Session, ToolOutcome};

/// Marker of the main conversation in every scenario.
pub(super) const MAIN: &str = "main go";

/// A run takes two or three seconds on an idle machine.
const DEADLINE: Duration = Duration::from_secs(90);

/// What the client asks the user about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Default,
    Bypass,
}

/// The user's permission rules.
pub(super) struct Rules {
    pub(super) allow: &'static [&'static str],
    pub(super) deny: &'static [&'static str],
}

/// A repository with a few files in one commit, with or without MAOS.
pub(super) struct Project {
    pub(super) scratch: Scratch,
    /// The commit that `main` stands on before the client starts.
    start: String,
}

/// One agent's worktree, as git knows it.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) handle: String,
    pub(super) path: PathBuf,
    pub(super) branch: String,
}

/// A scenario that was played to its end.
pub(super) struct Played {
    pub(super) project: Project,
    pub(super) api: Api,
    pub(super) outcome: Outcome,
}

impl Project {
    pub(super) fn new(rules: &Rules, with_maos: bool) -> Self {
        Self::prepared(rules, with_maos, |_| {})
    }

    /// The same with something done before MAOS is registered.
    fn prepared(rules: &Rules, with_maos: bool, prepare: impl Fn(&Self)) -> Self {
        let scratch = Scratch::new();
        scratch.write("src/a.txt", "hello\n");
        scratch.write("src/b.txt", "bee\n");
        scratch.write("README.md", "a project\n");
        scratch.write(
            ".gitignore",
            ".claude/settings.local.json\n.claude/worktrees/\n",
        );
        let settings = json!({"permissions": {"allow": rules.allow, "deny": rules.deny}});
        scratch.write(".claude/settings.json", &format!("{settings:#}\n"));
        scratch.commit_all("start the project");
        let mut project = Self {
            scratch,
            start: String::new(),
        };
        prepare(&project);
        if with_maos {
            project.scratch.maos(&["init"]);
            project.scratch.commit_all("register the hooks");
        }
        project.start = project.scratch.git(&["rev-parse", "main"]);
        project
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.scratch.repo.join(relative)
    }

    /// The main checkout has no change and `main` has not moved.
    #[track_caller]
    pub(super) fn assert_main_untouched(&self) {
        let git = |args: &[&str]| self.scratch.git(args);
        assert_eq!(
            git(&["status", "--porcelain"]),
            "",
            "the main checkout has changed"
        );
        assert_eq!(git(&["rev-parse", "main"]), self.start, "main has moved");
        assert_eq!(git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
        assert_eq!(
            git(&["stash", "list"]),
            "",
            "something was stashed in the main checkout"
        );
    }

    /// All worktrees but the main one; each lies in `worktrees/<handle>` on branch `agent/<handle>`, is clean,
    /// and `maos worktree-list` knows it.
    #[track_caller]
    pub(super) fn workspaces(&self) -> Vec<Workspace> {
        let listed: Value = serde_json::from_str(&self.scratch.maos(&["worktree-list", "--json"]))
            .expect("maos worktree-list --json is JSON");
        let ids: Vec<&str> = listed
            .as_array()
            .expect("maos worktree-list --json is an array")
            .iter()
            .filter_map(|entry| entry["id"].as_str())
            .collect();
        let porcelain = self.scratch.git(&["worktree", "list", "--porcelain"]);
        let workspaces: Vec<Workspace> = porcelain
            .split("\n\n")
            .skip(1)
            .filter_map(|entry| {
                let field = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name));
                let path = PathBuf::from(field("worktree ")?);
                let handle = path.file_name()?.to_str()?.to_owned();
                let branch = field("branch refs/heads/").unwrap_or("(none)").to_owned();
                Some(Workspace {
                    handle,
                    path,
                    branch,
                })
            })
            .collect();
        for workspace in &workspaces {
            let handle = workspace.handle.as_str();
            assert_eq!(workspace.path, self.path("worktrees").join(handle));
            assert_eq!(workspace.branch, format!("agent/{handle}"));
            assert!(ids.contains(&handle), "{handle} is not among {ids:?}");
            let path = workspace.path.to_string_lossy();
            let status = self.scratch.git(&["-C", &path, "status", "--porcelain"]);
            assert_eq!(status, "", "{handle} has work that was not committed");
        }
        workspaces
    }

    /// The one workspace whose branch changes this file.
    #[track_caller]
    pub(super) fn workspace_changing<'w>(
        &self,
        workspaces: &'w [Workspace],
        file: &str,
    ) -> &'w Workspace {
        let found: Vec<&Workspace> = workspaces
            .iter()
            .filter(|workspace| self.changes(workspace).iter().any(|name| name == file))
            .collect();
        match found[..] {
            [workspace] => workspace,
            _ => panic!("{file} should be changed by one workspace, not by {found:?}"),
        }
    }

    /// Files that the workspace's branch changes against the start, sorted.
    pub(super) fn changes(&self, workspace: &Workspace) -> Vec<String> {
        let args = ["diff", "--name-only", &self.start, &workspace.branch];
        let names = self.scratch.git(&args);
        names.lines().map(str::to_owned).collect()
    }

    /// A file as the workspace's branch has it.
    #[track_caller]
    pub(super) fn content(&self, workspace: &Workspace, file: &str) -> String {
        self.scratch
            .git(&["show", &format!("{}:{file}", workspace.branch)])
    }
}

/// Plays the scenario to its end in a new project.
#[track_caller]
pub(super) fn play(
    client: &Client,
    rules: &Rules,
    mode: Mode,
    with_maos: bool,
    script: impl Fn(&Project) -> Script,
) -> Played {
    play_on(client, Project::new(rules, with_maos), mode, script)
}

/// The same with MAOS in a project where something was done before.
#[track_caller]
pub(super) fn play_in(
    client: &Client,
    rules: &Rules,
    mode: Mode,
    prepare: impl Fn(&Project),
    script: impl Fn(&Project) -> Script,
) -> Played {
    play_on(
        client,
        Project::prepared(rules, true, prepare),
        mode,
        script,
    )
}

#[track_caller]
fn play_on(
    client: &Client,
    project: Project,
    mode: Mode,
    script: impl Fn(&Project) -> Script,
) -> Played {
    let api = Api::start(script(&project));
    let session = Session::new(client, &project.scratch, &api).deadline(DEADLINE);
    let session = match mode {
        Mode::Default => session,
        Mode::Bypass => session.bypass(),
    };
    let outcome = session.run(MAIN);
    outcome.assert_completed();
    api.assert_no_problems();
    Played {
        project,
        api,
        outcome,
    }
}

/// Plays the scenario without and with MAOS, sees that no agent's tool call ended in another way and that the
/// main checkout is untouched, and returns the run with MAOS.
#[track_caller]
pub(super) fn play_both(
    client: &Client,
    rules: &Rules,
    mode: Mode,
    script: impl Fn(&Project) -> Script,
) -> Played {
    let without = play(client, rules, mode, false, &script);
    let with = play(client, rules, mode, true, &script);
    assert_eq!(
        with.calls_of_agents(),
        without.calls_of_agents(),
        "a tool call came out differently with MAOS; what failed with it: {:#?}",
        with.api.tool_errors()
    );
    assert_eq!(with.denied_tools(), without.denied_tools());
    with.project.assert_main_untouched();
    with
}

impl Played {
    /// The main conversation was told where each workspace's work is.
    #[track_caller]
    pub(super) fn assert_main_was_told_of(&self, workspaces: &[Workspace]) {
        let told = self.api.context_text(MAIN);
        for workspace in workspaces {
            assert!(
                told.contains(&workspace.branch),
                "main was not told of {}; it was told:\n{told}",
                workspace.branch
            );
        }
    }

    /// The handle of the agent of this number of its kind (its type as a slug).
    pub(super) fn handle(&self, kind: &str, number: usize) -> String {
        let session = &self.outcome.session_id()[..8];
        match number {
            1 => format!("{kind}-sess-{session}"),
            _ => format!("{kind}-{number}-sess-{session}"),
        }
    }

    /// How often the main conversation is asked again depends on when its background agents end, so its calls
    /// can't be compared; only that they worked.
    #[track_caller]
    fn calls_of_agents(&self) -> Vec<ToolOutcome> {
        let (of_main, of_agents): (Vec<_>, Vec<_>) = self
            .api
            .tool_outcomes()
            .into_iter()
            .partition(|outcome| outcome.conversation == MAIN);
        assert!(
            of_main.iter().all(|outcome| !outcome.is_error),
            "a call of the main conversation failed: {:#?}",
            self.api.tool_errors()
        );
        of_agents
    }

    fn denied_tools(&self) -> Vec<&str> {
        let mut tools = self.outcome.permission_denials();
        tools.sort_unstable();
        tools
    }
}

/// Handles of the workspaces, sorted.
pub(super) fn handles(workspaces: &[Workspace]) -> Vec<String> {
    let mut handles: Vec<String> = workspaces
        .iter()
        .map(|workspace| workspace.handle.clone())
        .collect();
    handles.sort();
    handles
}
