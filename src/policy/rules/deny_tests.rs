//! Which paths the user's deny rules match.

use super::*;

const P: &str = "/home/dev/project";

fn dirs() -> Dirs {
    Dirs {
        start: P.into(),
        cwd: P.into(),
        home: Some("/home/dev".into()),
        client: Some("/home/dev/.claude".into()),
    }
}

fn edit(rule: &str) -> DenyRules {
    DenyRules::new([(Origin::Project, rule)], &dirs())
}

/// Seen on both clients: pattern, a path below the project, whether it fits.
const TABLE: [(&str, &str, bool); 42] = [
    ("/a/**", "a/f.txt", true),
    ("/a/**", "deep/a/f.txt", false),
    ("./a/**", "deep/a/f.txt", true),
    ("a/**", "deep/a/f.txt", true),
    ("a/", "a/f.txt", true),
    ("a/", "deep/a/f.txt", true),
    ("a", "a/f.txt", true),
    ("a", "deep/a/f.txt", true),
    ("**/a/**", "deep/a/f.txt", true),
    ("//home/dev/project/a/**", "a/f.txt", true),
    ("//home/dev/project/a/**", "deep/a/f.txt", false),
    ("*.pem", "deep/x.pem", true),
    ("a/*.txt", "a/f.txt", true),
    ("a/*.txt", "deep/a/f.txt", false),
    ("/a/f.txt", "a/f.txt", true),
    ("/a", "a/f.txt", true),
    ("/a", "deep/a/f.txt", false),
    ("a/f.txt", "deep/a/f.txt", false),
    ("/*/a/**", "a/f.txt", false),
    ("/*/a/**", "deep/a/f.txt", true),
    ("/**/a/**", "worktrees/w/a/f.txt", true),
    ("x/a", "deep/x/a/f.txt", false),
    ("/C/**", "c/f.txt", true),
    ("/c/**", "C/f.txt", true),
    ("/b/{x,y}/**", "b/x/f.txt", false),
    ("/b/[xy]/**", "b/x/f.txt", true),
    ("/b/a?c/**", "b/abc/f.txt", true),
    ("/b/**/f.txt", "b/f.txt", true),
    ("/b/**/f.txt", "b/x/y/f.txt", true),
    ("/b/*", "b/x/f.txt", true),
    ("/b/", "b/f.txt", true),
    ("/b/f.txt/**", "b/f.txt", true),
    ("#c", "#c/f.txt", true),
    ("/d/../e/**", "e/f.txt", false),
    ("/sp ace/**", "sp ace/f.txt", true),
    ("/d//x/**", "d/x/f.txt", true),
    ("/./d/**", "d/f.txt", false),
    ("./e/f.txt", "q/e/f.txt", false),
    ("./e.txt", "q/e.txt", true),
    ("/a/**", "./x/../a/f.txt", true),
    ("**", "any/f.txt", true),
    ("~/project/a/**", "a/f.txt", true),
];

#[test]
fn patterns_fit_as_they_do_for_the_client() {
    for (pattern, path, expected) in TABLE {
        let rule = format!("Edit({pattern})");
        let found = edit(&rule).matches("Write", &Path::new(P).join(path));
        let wanted = expected.then_some(rule);
        assert_eq!(found, wanted, "{pattern} {path}");
    }
}

#[test]
fn a_negation_takes_nothing_back() {
    let rules = [
        (Origin::Project, "Edit(/n/**)"),
        (Origin::Project, "Edit(!/n/s/**)"),
    ];
    let rules = DenyRules::new(rules, &dirs());
    assert!(
        rules
            .matches("Edit", &Path::new(P).join("n/s/f.txt"))
            .is_some()
    );
}

#[test]
fn tools_are_covered_as_the_client_covers_them() {
    let path = Path::new(P).join("a/f");
    for (rule, covered) in [
        (
            "Edit(/a/**)",
            &["Edit", "Write", "MultiEdit", "NotebookEdit"][..],
        ),
        (
            "Read(/a/**)",
            &["Read", "Grep", "Glob", "Edit", "Write", "NotebookEdit"][..],
        ),
        ("Write(/a/**)", &[][..]),
        ("Bash(/a/**)", &[][..]),
        ("Edit", &[][..]),
    ] {
        for tool in [
            "Read",
            "Grep",
            "Glob",
            "Edit",
            "Write",
            "MultiEdit",
            "NotebookEdit",
            "Bash",
        ] {
            if tool == "MultiEdit" && rule.starts_with("Read") {
                continue;
            }
            let found = edit(rule).matches(tool, &path).is_some();
            assert_eq!(found, covered.contains(&tool), "{rule} {tool}");
        }
    }
}

#[test]
fn anchors_depend_on_where_the_rule_stands() {
    let at = |path: &str| Path::new(path).to_owned();
    let user = DenyRules::new([(Origin::User, "Edit(/a/**)")], &dirs());
    assert!(user.matches("Edit", &at("/home/dev/project/a/f")).is_none());
    assert!(user.matches("Edit", &at("/home/dev/.claude/a/f")).is_some());
    let bare = edit("Edit(.env)");
    assert!(
        bare.matches("Edit", &at("/home/dev/project/x/.env"))
            .is_some()
    );
    assert!(bare.matches("Edit", &at("/elsewhere/.env")).is_none());
    assert!(bare.matches("Edit", &at(P)).is_none());
}

#[test]
fn relative_rules_count_from_both_directories() {
    let moved = Dirs {
        cwd: Path::new(P).join("src"),
        ..dirs()
    };
    let rules = DenyRules::new([(Origin::Project, "Edit(r/f.txt)")], &moved);
    for path in ["r/f.txt", "src/r/f.txt"] {
        assert!(
            rules.matches("Edit", &Path::new(P).join(path)).is_some(),
            "{path}"
        );
    }
    let rules = DenyRules::new([(Origin::Project, "Edit(/r/f.txt)")], &moved);
    assert!(
        rules
            .matches("Edit", &Path::new(P).join("src/r/f.txt"))
            .is_none()
    );
}

#[test]
fn what_is_no_path_rule_is_no_rule() {
    let rules = [
        "Edit",
        "Edit()",
        "Bash(rm:*)",
        "WebFetch(domain:x)",
        "Edit(/a",
        "mcp__x(/a)",
    ];
    let rules = DenyRules::new(rules.map(|r| (Origin::Project, r)), &dirs());
    assert!(rules.is_empty());
}
