//! The user's rules for paths of the project mean the same paths in a workspace.

use super::obedient::edit;
use super::project::{MAIN, Mode, Project, Rules, handles, play_both};
use crate::support::client::{Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &["Edit(/src/**)", "Edit(docs/*.md)"],
    deny: &["Edit(/src/b.txt)", "Edit(.env)"],
};

const WORKER: &str = "worker go";

#[test]
fn they_hold_in_a_workspace() {
    for_each_client(|client| {
        let played = play_both(client, &RULES, Mode::Default, script);
        let refused: Vec<usize> = played
            .api
            .tool_outcomes()
            .iter()
            .filter(|outcome| outcome.conversation == WORKER && outcome.is_error)
            .map(|outcome| outcome.step)
            .collect();
        assert_eq!(refused, [4, 5, 6], "{:#?}", played.api.tool_errors());
        let project = &played.project;
        let workspaces = project.workspaces();
        assert_eq!(handles(&workspaces), [played.handle("general-purpose", 1)]);
        assert_eq!(
            project.changes(&workspaces[0]),
            ["docs/new.md", "src/a.txt", "src/new.txt"]
        );
    });
}

fn script(project: &Project) -> Script {
    let (a, b) = (project.path("src/a.txt"), project.path("src/b.txt"));
    Script::new()
        .conversation(
            MAIN,
            vec![Step::call(calls::agent(WORKER, "general-purpose", false))],
        )
        .conversation(
            WORKER,
            vec![
                Step::calls(vec![calls::read(&a), calls::read(&b)]),
                // Allowed.
                edit(project, "src/a.txt", "hello", "edited"),
                Step::call(calls::write(&project.path("src/new.txt"), "new\n")),
                Step::call(calls::write(&project.path("docs/new.md"), "new\n")),
                // Denied by rule, twice, and not allowed by any rule.
                edit(project, "src/b.txt", "bee", "wasp"),
                Step::call(calls::write(&project.path("src/.env"), "SECRET=1\n")),
                Step::call(calls::write(&project.path("lib/new.txt"), "new\n")),
            ],
        )
}
