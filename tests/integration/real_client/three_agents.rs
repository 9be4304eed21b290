//! Three agents at once: one edits, one writes new files and runs git in its shell, one only reads.
//!
//! All three are at work before one of them does anything, the reader reads after the others wrote. The reader
//! is of a type that can't write: where a client wants files read before they are edited, the first read of an
//! agent that can write makes its workspace, and only an agent that can't write is then free of one.

use super::obedient::edit;
use super::project::{MAIN, Mode, Project, Rules, handles, play_both};
use crate::support::client::{Block, Condition, Script, Step, calls, for_each_client};

const RULES: Rules = Rules {
    allow: &[
        "Edit(/**)",
        "Bash(cat:*)",
        "Bash(git:*)",
        "Bash(mkdir:*)",
        "Bash(printf:*)",
    ],
    deny: &[],
};

const EDITOR: &str = "editor go";
const WRITER: &str = "writer go";
const READER: &str = "reader go";

#[test]
fn foreground_in_default_mode() {
    three_agents(false, Mode::Default);
}

#[test]
fn foreground_in_bypass_mode() {
    three_agents(false, Mode::Bypass);
}

#[test]
fn background_in_default_mode() {
    three_agents(true, Mode::Default);
}

#[test]
fn background_in_bypass_mode() {
    three_agents(true, Mode::Bypass);
}

fn three_agents(background: bool, mode: Mode) {
    for_each_client(|client| {
        let played = play_both(client, &RULES, mode, |project| script(project, background));
        let (project, api) = (&played.project, &played.api);

        let workspaces = project.workspaces();
        assert_eq!(
            handles(&workspaces),
            [
                played.handle("general-purpose", 2),
                played.handle("general-purpose", 1)
            ],
            "two workspaces, not three"
        );

        let editor = project.workspace_changing(&workspaces, "src/a.txt");
        assert_eq!(project.changes(editor), ["src/a.txt"]);
        assert_eq!(project.content(editor, "src/a.txt"), "edited twice");
        let of_editor = api.tool_results(EDITOR);
        assert!(of_editor[3].text.contains("edited twice"), "{of_editor:#?}");

        let writer = project.workspace_changing(&workspaces, "lib/one.txt");
        assert_eq!(
            project.changes(writer),
            ["late.txt", "lib/one.txt", "lib/quoted.txt", "src/new.txt"]
        );
        assert_eq!(project.content(writer, "lib/one.txt"), "one");
        assert_eq!(
            project.content(writer, "lib/quoted.txt"),
            "it's a \"quoted\" $HOME"
        );
        let range = format!("main..{}", writer.branch);
        let subjects = project.scratch.git(&["log", "--format=%s", &range]);
        assert!(
            subjects
                .lines()
                .any(|line| line == "the writer's own commit"),
            "{subjects}"
        );
        let of_writer = api.tool_results(WRITER);
        assert!(
            of_writer
                .iter()
                .any(|result| result.text.contains(&writer.branch)),
            "the writer's git stood on {}: {of_writer:#?}",
            writer.branch
        );

        let of_reader = api.tool_results(READER);
        assert!(of_reader[0].text.contains("hello"), "{of_reader:#?}");
        assert!(of_reader[1].text.contains("hello"), "{of_reader:#?}");

        played.assert_main_was_told_of(&workspaces);
    });
}

fn script(project: &Project, background: bool) -> Script {
    let (a, new, late) = (
        project.path("src/a.txt"),
        project.path("src/new.txt"),
        project.path("late.txt"),
    );
    let begun = || Condition::all_begun(&[EDITOR, WRITER, READER]);
    let start = Step::calls(vec![
        calls::agent(EDITOR, "general-purpose", background),
        calls::agent(WRITER, "general-purpose", background),
        calls::agent(READER, "Explore", background),
    ]);
    Script::new()
        .conversation_with_rest(MAIN, vec![start], look_again())
        .conversation(
            EDITOR,
            vec![
                Step::call(calls::read(&a)).after_all(begun()),
                edit(project, "src/a.txt", "hello", "edited"),
                edit(project, "src/a.txt", "edited", "edited twice"),
                Step::call(calls::bash("cat src/a.txt")),
            ],
        )
        .conversation(
            WRITER,
            vec![
                Step::call(calls::write(&new, "new\n")).after_all(begun()),
                Step::call(calls::bash("mkdir -p lib && printf 'one\\n' > lib/one.txt")),
                Step::call(calls::bash(
                    "cat > lib/quoted.txt <<'END'\nit's a \"quoted\" $HOME\nEND",
                )),
                // Two calls in one message, then one that fails by itself and one that is asked about.
                Step::calls(vec![
                    calls::bash("git add --all && git commit -q -m \"the writer's own commit\""),
                    calls::bash("git status --short --branch"),
                ]),
                Step::call(calls::bash("cat no-such-file")),
                Step::call(calls::bash("chmod +x src/new.txt")),
                Step::call(calls::bash("git branch --show-current")),
                Step::call(calls::write(&late, "not committed by the agent\n")),
            ],
        )
        .conversation(
            READER,
            vec![
                Step::call(calls::read(&a))
                    .after_all(begun())
                    .after(Condition::stopped(EDITOR)),
                Step::call(calls::bash("cat src/a.txt")),
                Step::call(calls::bash("git log --oneline")),
            ],
        )
}

/// What the main conversation does after its first step: one tool call each time it hears of something, so
/// that hooks have a call to answer with what they know.
pub(super) fn look_again() -> Step {
    Step::compute(|request| {
        if request.context_text().contains("<task-notification>") {
            vec![calls::bash("git log --oneline")]
        } else {
            vec![Block::text("all right")]
        }
    })
}
