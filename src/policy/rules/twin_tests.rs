//! The twins that path rules get for workspaces.

use super::*;

fn main() -> Trees {
    Trees {
        root: "/home/dev/project".into(),
        main: "/home/dev/project".into(),
        home: Some("/home/dev".into()),
    }
}

fn linked() -> Trees {
    Trees {
        root: "/srv/wt/feature".into(),
        ..main()
    }
}

/// Pattern, and its twin in the lists that allow and that deny.
const MAIN: [(&str, Option<&str>, Option<&str>); 29] = [
    (
        "/src/**",
        Some("/worktrees/*/src/**"),
        Some("/worktrees/*/src/**"),
    ),
    (
        "/f.txt",
        Some("/worktrees/*/f.txt"),
        Some("/worktrees/*/f.txt"),
    ),
    (
        "/src/",
        Some("/worktrees/*/src/"),
        Some("/worktrees/*/src/"),
    ),
    (
        "/*/a/**",
        Some("/worktrees/*/*/a/**"),
        Some("/worktrees/*/*/a/**"),
    ),
    (
        "/w/**",
        Some("/worktrees/*/w/**"),
        Some("/worktrees/*/w/**"),
    ),
    ("src/**", Some("/worktrees/*/src/**"), None),
    ("./src/**", Some("/worktrees/*/src/**"), None),
    (
        "a/*.txt",
        Some("/worktrees/*/a/*.txt"),
        Some("/worktrees/*/a/*.txt"),
    ),
    (
        "a/b/**",
        Some("/worktrees/*/a/b/**"),
        Some("/worktrees/*/a/b/**"),
    ),
    (".env", None, None),
    ("./f.txt", None, None),
    ("src/", None, None),
    ("*.pem", None, None),
    ("**/x", None, None),
    ("/**/x", None, None),
    ("/**", None, None),
    ("/*", None, None),
    ("/wor*/**", None, None),
    ("/worktrees/**", None, None),
    ("/../other/**", None, None),
    ("!/src/**", None, None),
    (
        "//home/dev/project/src/**",
        Some("//home/dev/project/worktrees/*/src/**"),
        Some("//home/dev/project/worktrees/*/src/**"),
    ),
    (
        "~/project/src/**",
        Some("~/project/worktrees/*/src/**"),
        Some("~/project/worktrees/*/src/**"),
    ),
    (
        "//home/*/project/src/**",
        Some("//home/*/project/worktrees/*/src/**"),
        Some("//home/*/project/worktrees/*/src/**"),
    ),
    ("//home/dev/**", None, None),
    ("~/project/**", None, None),
    ("~/**/src/**", None, None),
    ("//home/dev/other/**", None, None),
    ("//etc/passwd", None, None),
];

#[test]
fn twins_in_the_main_checkout() {
    for (pattern, allow, deny) in MAIN {
        let rule = format!("Edit({pattern})");
        for (list, wanted) in [(List::Allow, allow), (List::Ask, deny), (List::Deny, deny)] {
            let wanted = wanted.map(|p| format!("Edit({p})"));
            assert_eq!(
                twin(&rule, list, Origin::Project, &main()),
                wanted,
                "{pattern} {list:?}"
            );
        }
    }
}

#[test]
fn twins_in_a_linked_worktree_name_the_main_one() {
    for (pattern, wanted) in [
        ("/src/**", Some("//home/dev/project/worktrees/*/src/**")),
        ("/**", Some("//home/dev/project/worktrees/*/**")),
        (".env", Some("//home/dev/project/worktrees/*/**/.env")),
        ("**", Some("//home/dev/project/worktrees/*/**")),
        ("a/b.txt", Some("//home/dev/project/worktrees/*/a/b.txt")),
        (
            "//srv/wt/feature/a/**",
            Some("//home/dev/project/worktrees/*/a/**"),
        ),
        ("//srv/**", Some("//home/dev/project/worktrees/*/**")),
        ("//srv/wt", Some("//home/dev/project/worktrees/*/**")),
        ("//srv/**/x", Some("//home/dev/project/worktrees/*/**/x")),
        ("//home/dev/**", None),
        ("~/**", None),
    ] {
        let rule = format!("Read({pattern})");
        let wanted = wanted.map(|p| format!("Read({p})"));
        assert_eq!(
            twin(&rule, List::Deny, Origin::Project, &linked()),
            wanted,
            "{pattern}"
        );
    }
}

#[test]
fn home_settings_mean_another_directory() {
    let user = |rule| twin(rule, List::Allow, Origin::User, &main());
    assert_eq!(user("Edit(/src/**)"), None);
    assert_eq!(user("Edit(a/b)").as_deref(), Some("Edit(/worktrees/*/a/b)"));
    assert_eq!(
        user("Edit(~/project/a)").as_deref(),
        Some("Edit(~/project/worktrees/*/a)")
    );
}

#[test]
fn other_rules_have_no_twin() {
    for rule in [
        "Bash(/src/**)",
        "Edit",
        "Edit()",
        "Edit(*)",
        "WebFetch(domain:a/b)",
    ] {
        assert_eq!(
            twin(rule, List::Allow, Origin::Project, &main()),
            None,
            "{rule}"
        );
    }
}

#[test]
fn a_twin_has_no_twin() {
    for (pattern, ..) in MAIN {
        let rule = format!("Edit({pattern})");
        if let Some(twin_rule) = twin(&rule, List::Allow, Origin::Project, &main()) {
            assert!(is_twin(&twin_rule), "{twin_rule}");
            let again = twin(&twin_rule, List::Allow, Origin::Project, &main());
            assert_eq!(again, None, "{twin_rule}");
        }
    }
}
