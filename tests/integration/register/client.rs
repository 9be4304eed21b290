//! The same rules under the real client: what a rule says about a path of the
//! project, its twin says about that path in a workspace.

use maos::register::Target;

use super::desk::{Desk, read};
use crate::support::client::{Api, Block, Scratch, Script, Session, Step, calls, for_each_client};

const RULES: &str = r#"{
  "permissions": {
    "allow": ["Edit(/src/**)", "Edit(./gen/**)", "Edit(a/*.txt)", "Edit(/one.txt)", "Edit(/*/deep/**)", "Edit(*.md)"],
    "ask": ["Edit(/src/asked/**)"],
    "deny": ["Edit(/src/denied/**)", "Edit(src/f.txt)", "Edit(.env)", "Read(/private/**)"]
  }
}
"#;

/// Paths, and whether the client lets an agent write there without asking.
const PATHS: [(&str, bool); 14] = [
    ("src/x/new.txt", true),
    ("gen/new.txt", true),
    ("a/new.txt", true),
    ("one.txt", true),
    ("k/deep/new.txt", true),
    ("k/new.md", true),
    ("q/a/new.txt", false),
    ("q/src/new.txt", false),
    ("two.txt", false),
    ("src/asked/new.txt", false),
    ("src/denied/new.txt", false),
    ("src/f.txt", false),
    ("src/.env", false),
    ("other/new.txt", false),
];

#[test]
fn a_rule_and_its_twin_say_the_same() {
    for_each_client(|client| {
        let scratch = Scratch::new();
        scratch.write(".claude/settings.json", RULES);
        for place in ["", "worktrees/any-sess-1/"] {
            scratch.write(&format!("{place}private/f.txt"), "x\n");
        }
        scratch.maos(&["init"]);
        let writes = PATHS
            .iter()
            .flat_map(|(path, _)| in_both(&scratch, path, |p| calls::write(p, "x\n")));
        let reads = in_both(&scratch, "private/f.txt", calls::read);
        let api = Api::start(
            Script::new().conversation("go", vec![Step::calls(writes.chain(reads).collect())]),
        );
        Session::new(client, &scratch, &api)
            .run("go")
            .assert_completed();
        api.assert_no_problems();
        let ran: Vec<bool> = api.tool_results("go").iter().map(|r| !r.is_error).collect();
        let mut wanted: Vec<bool> = PATHS.iter().flat_map(|(_, runs)| [*runs; 2]).collect();
        wanted.extend([false, false]);
        assert_eq!(ran, wanted, "{:#?}", api.tool_errors());
    });
}

fn in_both(scratch: &Scratch, path: &str, call: impl Fn(&std::path::Path) -> Block) -> [Block; 2] {
    ["", "worktrees/any-sess-1/"].map(|place| call(&scratch.repo.join(place).join(path)))
}

/// What the client writes for an installed plugin is what is looked for.
#[test]
fn an_installed_plugin_is_found() {
    for_each_client(|client| {
        let desk = Desk::new();
        let source = desk.repo.parent().unwrap().join("source");
        let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in [
            ".claude-plugin/plugin.json",
            ".claude-plugin/marketplace.json",
            "hooks/hooks.json",
        ] {
            super::desk::write(&source.join(file), read(&top.join(file)));
        }
        let source = source.to_string_lossy().into_owned();
        for args in [
            &["plugin", "validate", &source][..],
            &["plugin", "marketplace", "add", &source],
            &["plugin", "install", "maos@maos"],
        ] {
            desk.claude(&client.binary, args);
        }
        assert!(desk.refused(Target::Project).contains("plugin maos@maos"));
        desk.init(Target::Plugin);
        desk.claude(&client.binary, &["plugin", "disable", "maos@maos"]);
        desk.uninstall(false);
        desk.init(Target::Project);
    });
}
