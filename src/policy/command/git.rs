//! `git`: subcommands that only read, with options that neither write a file nor start a program.
//!
//! Invariants: git completes long options, so a prefix of a harmful one is harmful. Options before the subcommand are
//! an allow-list: a configuration or another repository can name any program.

use super::options::{Check, MANY, Screen, Spec, refused};
use super::words::Arg;

enum Rule {
    Only(Spec),
    Checked(fn(&[Arg]) -> Check),
}

const fn only(
    flags: &'static str,
    valued: &'static str,
    long: &'static [&'static str],
    operands: usize,
) -> Rule {
    Rule::Only(Spec {
        flags,
        valued,
        long,
        operands,
    })
}

const READERS: &[&str] = &[
    "status",
    "log",
    "show",
    "diff",
    "rev-parse",
    "rev-list",
    "ls-files",
    "ls-tree",
    "cat-file",
    "blame",
    "annotate",
    "shortlog",
    "describe",
    "name-rev",
    "merge-base",
    "for-each-ref",
    "show-ref",
    "count-objects",
    "whatchanged",
    "cherry",
    "var",
    "version",
    "check-ignore",
    "check-attr",
    "check-ref-format",
    "check-mailmap",
    "diff-tree",
    "diff-files",
    "diff-index",
    "range-diff",
    "show-branch",
];

const RULES: &[(&str, Rule)] = &[
    ("grep", Rule::Checked(grep)),
    ("branch", Rule::Checked(branch)),
    ("tag", Rule::Checked(tag)),
    ("config", Rule::Checked(config)),
    ("remote", Rule::Checked(remote)),
    ("stash", Rule::Checked(stash)),
    ("reflog", Rule::Checked(reflog)),
    ("notes", Rule::Checked(notes)),
    ("submodule", Rule::Checked(submodule)),
    ("apply", Rule::Checked(apply)),
    ("bisect", Rule::Checked(|args| exactly(args, &["log"]))),
    (
        "sparse-checkout",
        Rule::Checked(|args| exactly(args, &["list"])),
    ),
    ("worktree", Rule::Checked(worktree)),
    (
        "symbolic-ref",
        only("q", "", &["short", "quiet", "no-recurse"], 1),
    ),
    ("help", only("ag", "", &["all", "guides"], 0)),
];

const HARMFUL: &[&str] = &[
    "output*",
    "ext-diff",
    "textconv",
    "filters",
    "exec",
    "upload-pack",
    "receive-pack",
    "open-files-in-pager",
    "show-signature",
];

const SCREEN: Screen = Screen {
    letters: "",
    valued: "SGLOUMCBlnXI",
    long: HARMFUL,
    slots: &[
        "-S",
        "-G",
        "-L",
        "--author",
        "--grep",
        "--committer",
        "--since",
        "--until",
        "--after",
        "--before",
        "--max-count",
    ],
    plain: &[
        "-p",
        "-u",
        "-s",
        "-z",
        "-w",
        "-b",
        "-v",
        "--oneline",
        "--stat",
        "--shortstat",
        "--numstat",
        "--name-only",
        "--name-status",
        "--cached",
        "--staged",
        "--follow",
        "--all",
        "--graph",
        "--no-color",
        "--patch",
        "--no-patch",
        "--porcelain",
        "--short",
        "--reverse",
        "--merges",
        "--no-merges",
        "--first-parent",
        "--quiet",
        "--raw",
        "--summary",
        "--others",
        "--exclude-standard",
        "--modified",
        "--deleted",
        "--error-unmatch",
        "--no-index",
        "--is-ancestor",
        "--decorate",
        "--no-renames",
        "--count",
    ],
};

pub(super) fn check(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "P",
        valued: "C",
        long: &[
            "no-pager",
            "no-optional-locks",
            "literal-pathspecs",
            "glob-pathspecs",
            "noglob-pathspecs",
            "icase-pathspecs",
            "no-replace-objects",
            "no-lazy-fetch",
            "no-advice",
        ],
        operands: 0,
    };
    if let [only] = args
        && [
            "--version",
            "-v",
            "--help",
            "-h",
            "--exec-path",
            "--html-path",
        ]
        .iter()
        .any(|option| only.literal() == Some(option))
    {
        return Ok(());
    }
    let (_, rest) = spec.leading(args)?;
    let Some((subcommand, args)) = rest.split_first() else {
        return Ok(());
    };
    let name = subcommand
        .literal()
        .ok_or("its subcommand is known only when it runs")?;
    if READERS.contains(&name) {
        return reads(args);
    }
    match RULES.iter().find(|(known, _)| *known == name) {
        Some((_, Rule::Only(spec))) => spec.check(args),
        Some((_, Rule::Checked(check))) => check(args),
        None => Err(refused(name)),
    }
}

/// What a `%G` in a format prints is found by running gpg.
fn reads(args: &[Arg]) -> Check {
    let verifies = |arg: &Arg| {
        let text = arg.shown();
        let open = arg.shape().is_none()
            && (text.starts_with("--format=") || text.starts_with("--pretty="));
        open || text.contains("%G") || text.contains("%(signature")
    };
    if args.iter().any(verifies) {
        return Err("it verifies signatures".into());
    }
    SCREEN.check(args)
}

/// `-O` opens the files in any program.
fn grep(args: &[Arg]) -> Check {
    Screen {
        letters: "O",
        valued: "efABCm",
        slots: &["-e", "-A", "-B", "-C", "-m"],
        ..SCREEN
    }
    .check(args)
}

fn branch(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "avrilq",
        valued: "",
        long: &[
            "all",
            "remotes",
            "verbose",
            "list",
            "show-current",
            "contains",
            "no-contains",
            "merged",
            "no-merged",
            "points-at",
            "sort=",
            "format=",
            "column",
            "no-column",
            "color",
            "no-color",
            "abbrev",
            "no-abbrev",
            "ignore-case",
            "quiet",
        ],
        operands: MANY,
    };
    let parsed = spec.parse(args)?;
    let lists = parsed.has(&[
        "list",
        "contains",
        "no-contains",
        "merged",
        "no-merged",
        "points-at",
    ]);
    if lists || parsed.operands.is_empty() {
        Ok(())
    } else {
        Err("it may create a branch".into())
    }
}

fn tag(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "lin0123456789",
        valued: "",
        long: &[
            "list",
            "contains",
            "no-contains",
            "merged",
            "no-merged",
            "points-at",
            "sort=",
            "format=",
            "column",
            "no-column",
            "color",
            "no-color",
            "ignore-case",
        ],
        operands: MANY,
    };
    let parsed = spec.parse(args)?;
    let lists = parsed.has(&[
        "l",
        "list",
        "contains",
        "no-contains",
        "merged",
        "no-merged",
        "points-at",
    ]);
    if lists || parsed.operands.is_empty() {
        Ok(())
    } else {
        Err("it may create a tag".into())
    }
}

fn config(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "lz",
        valued: "f",
        long: &[
            "get",
            "get-all",
            "get-regexp",
            "get-urlmatch",
            "list",
            "show-origin",
            "show-scope",
            "global",
            "local",
            "system",
            "worktree",
            "type=",
            "bool",
            "int",
            "path",
            "null",
            "name-only",
            "includes",
            "no-includes",
            "default=",
            "file=",
            "blob=",
            "all",
            "regexp",
            "value=",
            "fixed-value",
            "url=",
            "show-names",
        ],
        operands: MANY,
    };
    let parsed = spec.parse(args)?;
    let action = parsed.has(&["get", "get-all", "get-regexp", "get-urlmatch", "list", "l"]);
    let subcommand = parsed.operands.first().and_then(|first| first.literal());
    let certain = !parsed.operands.iter().any(|operand| operand.is_many());
    let reads = match subcommand {
        // Before these were subcommands they were names of variables, and no valid ones.
        Some("get" | "list") => true,
        Some(name) => action || (parsed.operands.len() == 1 && name.contains('.')),
        None => action,
    };
    if certain && reads {
        Ok(())
    } else {
        Err("it may set a variable".into())
    }
}

fn remote(args: &[Arg]) -> Check {
    let verbose = |arg: &Arg| matches!(arg.literal(), Some("-v" | "--verbose"));
    match args {
        [] => Ok(()),
        [option] if verbose(option) => Ok(()),
        [action, rest @ ..] if action.literal() == Some("get-url") => Spec {
            flags: "",
            valued: "",
            long: &["all", "push"],
            operands: 1,
        }
        .check(rest),
        [action, offline, rest @ ..]
            if action.literal() == Some("show") && offline.literal() == Some("-n") =>
        {
            Spec {
                flags: "n",
                valued: "",
                long: &[],
                operands: MANY,
            }
            .check(rest)
        }
        _ => Err("it may change or ask a remote".into()),
    }
}

fn stash(args: &[Arg]) -> Check {
    match args.split_first() {
        Some((action, rest)) if matches!(action.literal(), Some("list" | "show")) => reads(rest),
        _ => Err("it changes the stash".into()),
    }
}

fn reflog(args: &[Arg]) -> Check {
    let Some((first, rest)) = args.split_first() else {
        return Ok(());
    };
    match first.literal() {
        Some("show" | "list" | "exists") => reads(rest),
        Some(text) if text.starts_with('-') || text.starts_with("HEAD") => {
            // A subcommand may still follow an option.
            let word = |text: &str| {
                text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                    || text.starts_with("HEAD")
            };
            match rest.iter().find(|arg| !arg.shape().is_some_and(word)) {
                Some(arg) => Err(refused(arg.shown())),
                None => reads(args),
            }
        }
        _ => Err("it may change the reflog".into()),
    }
}

fn notes(args: &[Arg]) -> Check {
    match args.split_first() {
        None => Ok(()),
        Some((action, rest))
            if matches!(action.literal(), Some("list" | "show"))
                && rest.iter().all(Arg::is_operand) =>
        {
            Ok(())
        }
        Some(_) => Err("it may change the notes".into()),
    }
}

fn submodule(args: &[Arg]) -> Check {
    match args.split_first() {
        None => Ok(()),
        Some((action, rest)) if action.literal() == Some("status") => Spec {
            flags: "q",
            valued: "",
            long: &["cached", "recursive", "quiet"],
            operands: MANY,
        }
        .check(rest),
        Some(_) => Err("it may change submodules".into()),
    }
}

fn worktree(args: &[Arg]) -> Check {
    match args.split_first() {
        Some((action, rest)) if action.literal() == Some("list") => Spec {
            flags: "vz",
            valued: "",
            long: &["porcelain", "verbose", "expire="],
            operands: 0,
        }
        .check(rest),
        _ => Err("it may change worktrees".into()),
    }
}

fn apply(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "Rvz",
        valued: "pC",
        long: &[
            "stat",
            "numstat",
            "summary",
            "check",
            "reverse",
            "verbose",
            "cached",
            "index",
            "directory=",
            "include=",
            "exclude=",
            "recount",
            "unidiff-zero",
            "ignore-whitespace",
        ],
        operands: MANY,
    };
    if spec
        .parse(args)?
        .has(&["stat", "numstat", "summary", "check"])
    {
        return Ok(());
    }
    Err("it applies a patch".into())
}

fn exactly(args: &[Arg], words: &[&str]) -> Check {
    let same = args.len() == words.len()
        && args
            .iter()
            .zip(words)
            .all(|(arg, word)| arg.literal() == Some(word));
    if same {
        Ok(())
    } else {
        Err("it may change the repository".into())
    }
}
