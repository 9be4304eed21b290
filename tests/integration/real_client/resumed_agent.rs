//! An agent that has stopped and is resumed by `SendMessage`: it goes on in the same workspace.

use std::fs;
use std::path::Path;

use super::project::{MAIN, Mode, Project, Rules, handles, play_both};
use super::three_agents::look_again;
use crate::support::client::{
    Block, Client, Condition, Request, Script, Step, calls, for_each_client,
};

const RULES: Rules = Rules {
    allow: &["Edit(/**)", "SendMessage", "Bash(git:*)", "Bash(printf:*)"],
    deny: &[],
};

const WORKER: &str = "worker go";
const FIRST_DONE: &str = "the first is done";

#[test]
fn in_default_mode() {
    resumed(Mode::Default);
}

#[test]
fn in_bypass_mode() {
    resumed(Mode::Bypass);
}

fn resumed(mode: Mode) {
    for_each_client(|client| {
        let played = play_both(client, &RULES, mode, |project| script(client, project));
        let project = &played.project;
        let workspaces = project.workspaces();
        assert_eq!(
            handles(&workspaces),
            [played.handle("general-purpose", 1)],
            "one agent, one workspace"
        );
        let worker = project.workspace_changing(&workspaces, "src/first.txt");
        assert_eq!(
            project.changes(worker),
            ["src/first.txt", "src/second.txt", "src/third.txt"]
        );
        assert_eq!(played.api.agent_ids(WORKER).len(), 1, "it is one agent");
        let results = played.api.tool_results(WORKER);
        assert!(
            results
                .iter()
                .any(|result| result.text.contains(&worker.branch)),
            "the resumed agent's git stood on {}: {results:#?}",
            worker.branch
        );
        assert!(
            played.api.context_text(WORKER).contains("do the second"),
            "the message did not reach the agent"
        );
        played.assert_main_was_told_of(&workspaces);
    });
}

fn script(client: &Client, project: &Project) -> Script {
    let (first, second) = (
        project.path("src/first.txt"),
        project.path("src/second.txt"),
    );
    let transcripts = project.scratch.home.join(".claude/projects");
    let mut main = vec![Step::call(calls::agent(WORKER, "general-purpose", false))];
    if client.defers_tools() {
        main.push(Step::call(calls::tool_search("SendMessage")));
    }
    main.push(
        Step::compute(|request| match agent_id(request) {
            Some(id) => vec![calls::send_message(&id, "do the second")],
            None => vec![Block::text("no agent id to send a message to")],
        })
        .after(Condition::holds(
            "the agent's transcript to be on disk",
            move || transcript_says(&transcripts, FIRST_DONE),
        )),
    );
    Script::new()
        .conversation_with_rest(MAIN, main, look_again())
        .conversation(
            WORKER,
            vec![
                Step::call(calls::write(&first, "first\n")),
                Step::say(FIRST_DONE),
                // From here on it is resumed.
                Step::call(calls::write(&second, "second\n")),
                Step::call(calls::bash("printf 'third\\n' > src/third.txt")),
                Step::call(calls::bash("git status --short --branch")),
            ],
        )
}

/// The id of the only agent so far, as its Agent call's result names it: `agentId: <hex>`.
fn agent_id(request: &Request) -> Option<String> {
    let said = request.body.to_string();
    let (_, after) = said.split_once("agentId: ")?;
    let id: String = after
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    (!id.is_empty()).then_some(id)
}

/// Whether a subagent's transcript holds this text. The client resumes an agent from its transcript, which it
/// writes a moment after the agent has stopped: a message that comes earlier finds an agent that has forgotten
/// what it did.
fn transcript_says(dir: &Path, text: &str) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return transcript_says(&path, text);
        }
        path.parent()
            .is_some_and(|parent| parent.ends_with("subagents"))
            && fs::read_to_string(&path).is_ok_and(|said| said.contains(text))
    })
}
