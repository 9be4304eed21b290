//! `git`: subcommands that only read, with options that neither write a file nor start a program.
//!
//! Invariants: git completes long options, so a prefix of a harmful one is harmful. Options before
//! the subcommand are an allow-list: a configuration or another repository can name any program.

use super::git_lists;
use super::options::{Check, Screen, Spec, listed, refused};
use super::words::Arg;

enum Rule {
    Only(Spec),
    Checked(fn(&[Arg]) -> Check),
}

const fn only(
    flags: &'static str,
    valued: &'static str,
    long: &'static str,
    operands: usize,
) -> Rule {
    Rule::Only(Spec {
        flags,
        valued,
        long,
        operands,
    })
}

const READERS: &str = "\
    status log show diff rev-parse rev-list ls-files ls-tree cat-file blame \
    annotate shortlog describe name-rev merge-base for-each-ref show-ref \
    count-objects whatchanged cherry var version check-ignore check-attr \
    check-ref-format check-mailmap diff-tree diff-files diff-index range-diff \
    show-branch";

const RULES: &[(&str, Rule)] = &[
    ("grep", Rule::Checked(grep)),
    ("branch", Rule::Checked(git_lists::branch)),
    ("tag", Rule::Checked(git_lists::tag)),
    ("config", Rule::Checked(git_lists::config)),
    ("remote", Rule::Checked(git_lists::remote)),
    ("stash", Rule::Checked(git_lists::stash)),
    ("reflog", Rule::Checked(git_lists::reflog)),
    ("notes", Rule::Checked(git_lists::notes)),
    ("submodule", Rule::Checked(git_lists::submodule)),
    ("apply", Rule::Checked(git_lists::apply)),
    (
        "bisect",
        Rule::Checked(|args| git_lists::exactly(args, &["log"])),
    ),
    (
        "sparse-checkout",
        Rule::Checked(|args| git_lists::exactly(args, &["list"])),
    ),
    ("worktree", Rule::Checked(git_lists::worktree)),
    ("symbolic-ref", only("q", "", "short quiet no-recurse", 1)),
    ("help", only("ag", "", "all guides", 0)),
];

const HARMFUL: &str = "\
    output* ext-diff textconv filters exec upload-pack receive-pack \
    open-files-in-pager show-signature";

const SCREEN: Screen = Screen {
    letters: "",
    valued: "SGLOUMCBlnXI",
    long: HARMFUL,
    slots: "\
            -S -G -L --author --grep --committer --since --until --after --before \
            --max-count",
    plain: "\
            -p -u -s -z -w -b -v --oneline --stat --shortstat --numstat --name-only \
            --name-status --cached --staged --follow --all --graph --no-color --patch \
            --no-patch --porcelain --short --reverse --merges --no-merges --first-parent \
            --quiet --raw --summary --others --exclude-standard --modified --deleted \
            --error-unmatch --no-index --is-ancestor --decorate --no-renames --count",
};

pub(super) fn check(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "P",
        valued: "C",
        long: "\
            no-pager no-optional-locks literal-pathspecs glob-pathspecs noglob-pathspecs \
            icase-pathspecs no-replace-objects no-lazy-fetch no-advice",
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
    if listed(READERS, name) {
        return reads(args);
    }
    match RULES.iter().find(|(known, _)| *known == name) {
        Some((_, Rule::Only(spec))) => spec.check(args),
        Some((_, Rule::Checked(check))) => check(args),
        None => Err(refused(name)),
    }
}

/// What a `%G` in a format prints is found by running gpg.
pub(super) fn reads(args: &[Arg]) -> Check {
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
        slots: "-e -A -B -C -m",
        ..SCREEN
    }
    .check(args)
}
