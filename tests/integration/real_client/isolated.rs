//! Agents that the client isolates itself, and the client's isolation put on workspaces of MAOS.

use serde_json::{Value, json};

use super::project::{MAIN, Mode, Project, Rules, play, play_in};
use crate::support::client::{Block, Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &[],
    deny: &[],
};

const WORKER: &str = "worker go";

fn listed(project: &Project) -> Vec<Value> {
    let text = project.scratch.maos(&["worktree-list", "--json"]);
    serde_json::from_str(&text).expect("maos worktree-list --json is an array")
}

fn script(agent: Block) -> Script {
    Script::new()
        .conversation(MAIN, vec![Step::call(agent)])
        .conversation(
            WORKER,
            vec![
                Step::call(calls::bash("printf 'new\\n' > new.txt")),
                Step::call(calls::bash("pwd -P && git status --short --branch")),
            ],
        )
}

#[test]
fn a_worktree_of_the_clients_own_stays_the_agents_workspace() {
    for_each_client(|client| {
        let played = play(client, &RULES, Mode::Bypass, true, |_| {
            script(calls::tool(
                "Agent",
                json!({
                    "description": "isolated work", "prompt": WORKER, "subagent_type": "general-purpose",
                    "run_in_background": false, "isolation": "worktree",
                }),
            ))
        });
        let project = &played.project;
        project.assert_main_untouched();
        let listed = listed(project);
        let [one] = listed.as_slice() else {
            panic!("one workspace, not {listed:#?}")
        };
        assert_eq!(one["native"], true);
        let path = one["path"].as_str().expect("a path");
        assert!(path.contains(".claude/worktrees/agent-"), "{path}");
        let branch = one["branch"].as_str().expect("a branch");
        assert_eq!(
            project.scratch.git(&["show", &format!("{branch}:new.txt")]),
            "new"
        );
        assert!(!project.path("worktrees").join("general-purpose").exists());
        assert!(played.api.context_text(MAIN).contains(branch));
    });
}

#[test]
fn in_native_mode_the_clients_worktree_is_a_workspace() {
    for_each_client(|client| {
        let prepare = |project: &Project| {
            project.scratch.write(
                ".maos/config.json",
                "{\"maos\": {\"isolation\": {\"mode\": \"native\"}}}\n",
            );
        };
        let played = play_in(client, &RULES, Mode::Bypass, prepare, |_| {
            script(calls::agent(WORKER, "general-purpose", false))
        });
        let project = &played.project;
        project.assert_main_untouched();
        let workspaces = project.workspaces();
        let handle = played.handle("general-purpose", 1);
        assert_eq!(super::project::handles(&workspaces), [handle]);
        assert_eq!(project.changes(&workspaces[0]), ["new.txt"]);
        played.assert_main_was_told_of(&workspaces);
    });
}
