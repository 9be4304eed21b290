//! Subcommands of `git` that list or change, depending on what they are given.
//!
//! Invariant: a name without an option that makes it a pattern or a question may create or change
//! what it names.

use super::git;
use super::options::{Check, MANY, Parsed, Spec, refused};
use super::words::Arg;

/// Whether an option asks for a list, so that operands are patterns or commits.
fn lists(parsed: &Parsed<'_>) -> bool {
    parsed.has(&[
        "list",
        "contains",
        "no-contains",
        "merged",
        "no-merged",
        "points-at",
    ])
}

pub(super) fn branch(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "avrilq",
        valued: "",
        long: "\
            all remotes verbose list show-current contains no-contains merged no-merged \
            points-at sort= format= column no-column color no-color abbrev no-abbrev \
            ignore-case quiet",
        operands: MANY,
    };
    let parsed = spec.parse(args)?;
    if lists(&parsed) || parsed.operands.is_empty() {
        Ok(())
    } else {
        Err("it may create a branch".into())
    }
}

pub(super) fn tag(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "lin0123456789",
        valued: "",
        long: "\
            list contains no-contains merged no-merged points-at sort= format= column \
            no-column color no-color ignore-case",
        operands: MANY,
    };
    let parsed = spec.parse(args)?;
    if lists(&parsed) || parsed.has(&["l"]) || parsed.operands.is_empty() {
        Ok(())
    } else {
        Err("it may create a tag".into())
    }
}

pub(super) fn config(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "lz",
        valued: "f",
        long: "\
            get get-all get-regexp get-urlmatch list show-origin show-scope global local \
            system worktree type= bool int path null name-only includes no-includes \
            default= file= blob= all regexp value= fixed-value url= show-names",
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

pub(super) fn remote(args: &[Arg]) -> Check {
    let verbose = |arg: &Arg| matches!(arg.literal(), Some("-v" | "--verbose"));
    match args {
        [] => Ok(()),
        [option] if verbose(option) => Ok(()),
        [action, rest @ ..] if action.literal() == Some("get-url") => Spec {
            flags: "",
            valued: "",
            long: "all push",
            operands: 1,
        }
        .check(rest),
        [action, offline, rest @ ..]
            if action.literal() == Some("show") && offline.literal() == Some("-n") =>
        {
            Spec {
                flags: "n",
                valued: "",
                long: "",
                operands: MANY,
            }
            .check(rest)
        }
        _ => Err("it may change or ask a remote".into()),
    }
}

pub(super) fn stash(args: &[Arg]) -> Check {
    match args.split_first() {
        Some((action, rest)) if matches!(action.literal(), Some("list" | "show")) => {
            git::reads(rest)
        }
        _ => Err("it changes the stash".into()),
    }
}

pub(super) fn reflog(args: &[Arg]) -> Check {
    let Some((first, rest)) = args.split_first() else {
        return Ok(());
    };
    match first.literal() {
        Some("show" | "list" | "exists") => git::reads(rest),
        Some(text) if text.starts_with('-') || text.starts_with("HEAD") => {
            // A subcommand may still follow an option.
            let word = |text: &str| {
                text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                    || text.starts_with("HEAD")
            };
            match rest.iter().find(|arg| !arg.shape().is_some_and(word)) {
                Some(arg) => Err(refused(arg.shown())),
                None => git::reads(args),
            }
        }
        _ => Err("it may change the reflog".into()),
    }
}

pub(super) fn notes(args: &[Arg]) -> Check {
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

pub(super) fn submodule(args: &[Arg]) -> Check {
    match args.split_first() {
        None => Ok(()),
        Some((action, rest)) if action.literal() == Some("status") => Spec {
            flags: "q",
            valued: "",
            long: "cached recursive quiet",
            operands: MANY,
        }
        .check(rest),
        Some(_) => Err("it may change submodules".into()),
    }
}

pub(super) fn worktree(args: &[Arg]) -> Check {
    match args.split_first() {
        Some((action, rest)) if action.literal() == Some("list") => Spec {
            flags: "vz",
            valued: "",
            long: "porcelain verbose expire=",
            operands: 0,
        }
        .check(rest),
        _ => Err("it may change worktrees".into()),
    }
}

pub(super) fn apply(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "Rvz",
        valued: "pC",
        long: "\
            stat numstat summary check reverse verbose cached index directory= include= \
            exclude= recount unidiff-zero ignore-whitespace",
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

pub(super) fn exactly(args: &[Arg], words: &[&str]) -> Check {
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
