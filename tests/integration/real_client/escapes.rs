//! Agents that write where they must not, in bypass mode: nothing outside of their workspaces changes, and the
//! next thing that the model hears says why, or where it went.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use super::project::{MAIN, Mode, Played, Project, Rules, play};
use crate::support::client::{Request, Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &[],
    deny: &[],
};

const NEIGHBOUR: &str = "neighbour go";
const OF_NEIGHBOUR: &str = "neighbour.txt";

/// What the model hears of a command.
enum Heard {
    /// Its paths of the project meant the workspace.
    Meant,
    /// This path was refused it; where it has a copy, that is named.
    Refused(PathBuf, Option<&'static str>),
    /// The client drops a `cd` to where it stands already: what is left ran where all its commands do, which
    /// it heard with the first of them.
    Before,
}

struct Way {
    command: String,
    heard: Heard,
}

/// The same ways for every agent; `neighbour` is a workspace of another one.
fn ways(main: &Path, neighbour: &Path) -> Vec<Way> {
    let at = main.display();
    let meant = |command| Way {
        command,
        heard: Heard::Meant,
    };
    let refused = |command, path: PathBuf, copy| Way {
        command,
        heard: Heard::Refused(path, copy),
    };
    let other = neighbour.join(OF_NEIGHBOUR);
    vec![
        meant(format!("echo x > {at}/file.txt")),
        refused(
            format!("python3 -c \"open('{at}/src/x','w').write('x')\""),
            main.join("src/x"),
            Some("src/x"),
        ),
        meant(format!("git -C {at} commit --allow-empty -m x")),
        refused(
            format!("echo x > {at}/.git/config"),
            main.join(".git/config"),
            None,
        ),
        refused(format!("echo x > {}", other.display()), other.clone(), None),
        meant(format!("cd {at}/src && rm -f b.txt")),
        Way {
            command: format!("cd {at} && rm -rf src"),
            heard: Heard::Before,
        },
    ]
}

fn marker(number: usize) -> String {
    format!("way {number} go")
}

/// The neighbour's workspace, by the file in it.
fn neighbour_of(main: &Path) -> PathBuf {
    let entries = fs::read_dir(main.join("worktrees")).expect("worktrees/");
    let mut found = entries.flatten().map(|entry| entry.path());
    found
        .find(|path| path.join(OF_NEIGHBOUR).exists())
        .expect("the neighbour's workspace")
}

/// One step that runs the way of this number.
fn step(main: &Path, number: usize) -> Step {
    let main = main.to_owned();
    Step::compute(move |_: &Request| {
        let way = ways(&main, &neighbour_of(&main)).swap_remove(number);
        vec![calls::bash(&way.command)]
    })
}

fn neighbour(main: &Path) -> Vec<Step> {
    vec![Step::call(calls::write(&main.join(OF_NEIGHBOUR), "mine\n"))]
}

fn foreground(markers: &[String]) -> Vec<Step> {
    let start = |marker: &String| Step::call(calls::agent(marker, "general-purpose", false));
    markers.iter().map(start).collect()
}

/// What git keeps of the main checkout beside its files.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    refs: Vec<String>,
    config: String,
    index: String,
    hooks: Vec<PathBuf>,
    log: String,
}

impl Kept {
    fn of(project: &Project) -> Self {
        let git = |args: &[&str]| project.scratch.git(args);
        let refs = git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let own = refs.lines().filter(|l| !l.starts_with("refs/heads/agent/"));
        let entries = fs::read_dir(project.path(".git/hooks")).map(Iterator::flatten);
        let hooks = entries.into_iter().flatten().map(|entry| entry.path());
        let mut hooks: Vec<PathBuf> = hooks.collect();
        hooks.sort();
        Self {
            refs: own.map(str::to_owned).collect(),
            config: fs::read_to_string(project.path(".git/config")).expect("the configuration"),
            index: git(&["ls-files", "--stage"]),
            hooks,
            log: git(&["reflog", "show", "--format=%H %gs", "HEAD"]),
        }
    }
}

/// Nothing but the agents' own workspaces and branches has changed.
#[track_caller]
fn assert_held(played: &Played, before: &OnceCell<Kept>) {
    let project = &played.project;
    project.assert_main_untouched();
    assert_eq!(Some(&Kept::of(project)), before.get());
    assert!(!project.path("file.txt").exists() && !project.path("src/x").exists());
    assert!(project.path("src/a.txt").exists());
    let neighbour = project
        .path("worktrees")
        .join(played.handle("general-purpose", 1));
    let text = fs::read_to_string(neighbour.join(OF_NEIGHBOUR)).expect("the neighbour's file");
    assert_eq!(text, "mine\n");
}

/// What the model heard right after its call of this step tells it what became of it.
#[track_caller]
fn assert_told(played: &Played, marker: &str, step: usize, way: &Way, own: &Path) {
    let requests = played.api.requests_of(marker);
    let next = requests.iter().find(|request| request.step == step + 1);
    let next = next.unwrap_or_else(|| panic!("{marker}: no request behind step {step}"));
    let told = match &way.heard {
        Heard::Before => played.api.context_text(marker),
        _ => next.context_text(),
    };
    let wanted = match &way.heard {
        Heard::Meant => vec![format!(
            "paths below {} meant the same paths of your workspace {}",
            played.project.scratch.repo.display(),
            own.display()
        )],
        Heard::Refused(path, copy) => {
            let outside = format!("outside of your workspace {}", own.display());
            let copy = copy.map(|rest| own.join(rest).display().to_string());
            let named = [outside, path.display().to_string()];
            named.into_iter().chain(copy).collect()
        }
        Heard::Before => vec![format!(
            "your workspace {} is made; this command runs in it",
            own.display()
        )],
    };
    for wanted in wanted {
        assert!(
            told.contains(&wanted),
            "`{}`: no \"{wanted}\" in what the model heard:\n{told}\nresults: {:#?}",
            way.command,
            next.tool_results()
        );
    }
}

#[test]
fn each_by_an_agent_of_its_own() {
    for_each_client(|client| {
        let before = OnceCell::new();
        let played = play(client, &RULES, Mode::Bypass, true, |project| {
            let main = &project.scratch.repo;
            drop(before.set(Kept::of(project)));
            let count = ways(main, main).len();
            let all: Vec<String> = (0..count).map(marker).collect();
            let agents: Vec<String> = [NEIGHBOUR.to_owned()].into_iter().chain(all).collect();
            let script = Script::new()
                .conversation(MAIN, foreground(&agents))
                .conversation(NEIGHBOUR, neighbour(main));
            (0..count).fold(script, |script, number| {
                script.conversation(&marker(number), vec![step(main, number)])
            })
        });
        let workspaces = played.project.path("worktrees");
        let own = |number| workspaces.join(played.handle("general-purpose", number));
        let ways = ways(&played.project.scratch.repo, &own(1));
        for (number, way) in ways.iter().enumerate() {
            assert_told(&played, &marker(number), 0, way, &own(number + 2));
        }
        assert_held(&played, &before);
    });
}

#[test]
fn all_by_one_agent() {
    for_each_client(|client| {
        let before = OnceCell::new();
        let played = play(client, &RULES, Mode::Bypass, true, |project| {
            let main = &project.scratch.repo;
            drop(before.set(Kept::of(project)));
            let steps = (0..ways(main, main).len()).map(|number| step(main, number));
            Script::new()
                .conversation(MAIN, foreground(&[NEIGHBOUR.to_owned(), marker(0)]))
                .conversation(NEIGHBOUR, neighbour(main))
                .conversation(&marker(0), steps.collect())
        });
        let workspaces = played.project.path("worktrees");
        let own = workspaces.join(played.handle("general-purpose", 2));
        let neighbour = workspaces.join(played.handle("general-purpose", 1));
        let ways = ways(&played.project.scratch.repo, &neighbour);
        for (number, way) in ways.iter().enumerate() {
            assert_told(&played, &marker(0), number, way, &own);
        }
        assert_held(&played, &before);
        let workspaces = played.project.workspaces();
        let worker = played.project.workspace_changing(&workspaces, "file.txt");
        assert_eq!(worker.path, own);
        assert_eq!(
            played.project.changes(worker),
            ["file.txt", "src/a.txt", "src/b.txt"],
            "what it meant for the project is on its own branch"
        );
    });
}
