//! Two agents of one Workflow script: nobody called Agent for them, and they are of one type.

use super::project::{MAIN, Mode, Project, Rules, handles, play_both};
use super::three_agents::look_again;
use crate::support::client::{Condition, Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &["Workflow", "Edit(/**)", "Bash(git:*)", "Bash(printf:*)"],
    deny: &[],
};

const ONE: &str = "first of the workflow";
const TWO: &str = "second of the workflow";

#[test]
fn in_default_mode() {
    two_agents(Mode::Default);
}

#[test]
fn in_bypass_mode() {
    two_agents(Mode::Bypass);
}

fn two_agents(mode: Mode) {
    for_each_client(|client| {
        let played = play_both(client, &RULES, mode, script);
        let project = &played.project;
        let workspaces = project.workspaces();
        assert_eq!(
            handles(&workspaces),
            [
                played.handle("workflow-subagent", 2),
                played.handle("workflow-subagent", 1)
            ]
        );
        let one = project.workspace_changing(&workspaces, "src/one.txt");
        assert_eq!(project.changes(one), ["src/one.txt"]);
        let two = project.workspace_changing(&workspaces, "src/two.txt");
        assert_eq!(project.changes(two), ["src/two.txt"]);
        played.assert_main_was_told_of(&workspaces);
    });
}

fn script(project: &Project) -> Script {
    let begun = || Condition::all_begun(&[ONE, TWO]);
    Script::new()
        .conversation_with_rest(
            MAIN,
            vec![Step::call(calls::workflow(&[ONE, TWO]))],
            look_again(),
        )
        .conversation(
            ONE,
            vec![
                Step::call(calls::write(&project.path("src/one.txt"), "one\n")).after_all(begun()),
                Step::call(calls::bash(
                    "git add --all && git commit -q -m 'one of two'",
                )),
            ],
        )
        .conversation(
            TWO,
            vec![
                Step::call(calls::bash("printf 'two\\n' > src/two.txt")).after_all(begun()),
                // Without MAOS the two share one index: at the same time one of them could fail.
                Step::call(calls::bash("git status --short")).after(Condition::stopped(ONE)),
            ],
        )
}
