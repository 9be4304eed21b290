//! The main conversation stands in `src/` when it starts an agent: the agent stands in `src/` of its workspace.

use super::project::{MAIN, Mode, Project, Rules, handles, play_both};
use crate::support::client::{Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &["Edit(/**)", "Bash(cat:*)", "Bash(git:*)", "Bash(printf:*)"],
    deny: &[],
};

const WORKER: &str = "worker go";

#[test]
fn in_default_mode() {
    standing_in_src(Mode::Default);
}

#[test]
fn in_bypass_mode() {
    standing_in_src(Mode::Bypass);
}

fn standing_in_src(mode: Mode) {
    for_each_client(|client| {
        let played = play_both(client, &RULES, mode, script);
        let (project, api) = (&played.project, &played.api);
        let workspaces = project.workspaces();
        assert_eq!(handles(&workspaces), [played.handle("general-purpose", 1)]);
        let worker = &workspaces[0];
        assert_eq!(
            project.changes(worker),
            ["src/a.txt", "src/here.txt", "src/there.txt"]
        );
        assert_eq!(project.content(worker, "src/a.txt"), "hello\nand more");

        let place = worker.path.join("src");
        let of_worker = api.tool_results(WORKER);
        assert_eq!(
            of_worker[2].text.trim(),
            place.to_string_lossy(),
            "the agent stands at the same place of its workspace"
        );

        let of_main = api.tool_results(MAIN);
        let src = project.path("src");
        assert!(
            of_main[2].text.contains(&*src.to_string_lossy()),
            "main still stands in src: {of_main:#?}"
        );
        assert!(!of_main[2].text.contains("here.txt"), "{of_main:#?}");
    });
}

fn script(project: &Project) -> Script {
    Script::new()
        .conversation(
            MAIN,
            vec![
                Step::call(calls::bash("cd src")),
                Step::call(calls::agent(WORKER, "general-purpose", false)),
                Step::call(calls::bash("pwd && ls")),
            ],
        )
        .conversation(
            WORKER,
            vec![
                Step::call(calls::bash("printf 'here\\n' > here.txt")),
                Step::call(calls::write(&project.path("src/there.txt"), "there\n")),
                Step::call(calls::bash("pwd")),
                Step::call(calls::bash("printf 'and more\\n' >> a.txt")),
                Step::call(calls::bash("git status --short && cat here.txt there.txt")),
            ],
        )
}
