//! Every recorded event, given to a hook in a fresh repository: answer, exit
//! code and the state that it leaves.

use crate::support::Sandbox;

#[test]
fn recorded_events() {
    insta::glob!("../payloads", "*.json", |path| {
        let sandbox = Sandbox::new();
        let text = std::fs::read_to_string(path).expect("the payload");
        let text = text.replace("/home/dev/project", &sandbox.repo.to_string_lossy());
        let text = text.replace(
            "/home/dev/.claude",
            &sandbox.home.join(".claude").to_string_lossy(),
        );
        let sandbox = sandbox
            .env("AI_AGENT", "claude-code_2-1-328_harness")
            .env("CLAUDE_CODE_SHELL_PREFIX", "/opt/maos-shell");
        let run = sandbox.hook_bytes(&["hook"], text.as_bytes());
        let state = [sandbox.files(".maos"), sandbox.files("worktrees")].concat();
        let branches = sandbox.git(&["for-each-ref", "--format=%(refname)"]);
        let shown = format!(
            "exit: {:?}\nstdout: {}\nstderr: {}\nstate:\n{}\nrefs:\n{branches}\n",
            run.code.expect("an exit code"),
            run.stdout,
            run.stderr,
            state.join("\n")
        );
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(&regex_of(&sandbox.repo.to_string_lossy()), "[REPO]");
        settings.add_filter(r"tripwire-index-[0-9TZ]+-[0-9]+-", "tripwire-index-[LOOK]-");
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!(shown));
        assert_eq!(
            sandbox.git(&["status", "--porcelain"]),
            "",
            "the main checkout changed"
        );
    });
}

fn regex_of(text: &str) -> String {
    text.replace('.', "\\.")
}
