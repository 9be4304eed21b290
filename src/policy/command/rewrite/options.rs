//! Which arguments of a command may be paths.
//!
//! Invariant: an argument that may be a pattern, a program or the value of an option that is not
//! known counts as no path.

use super::kinds::{self, Kind, Options};
use super::text;

/// For each argument whether it may be a path.
pub(super) fn slots(kind: Kind, args: &[&str]) -> Vec<bool> {
    match kind {
        Kind::Texts => vec![false; args.len()],
        Kind::Pattern(options) => behind_pattern(options, args),
        Kind::Program => program(args),
        Kind::Git => git(args),
        Kind::Test => vec![!args.iter().any(|arg| compares(arg)); args.len()],
        Kind::Paths | Kind::Matched | Kind::Removed | Kind::Pair => paths(args),
    }
}

/// The operator of a condition that compares texts.
fn compares(arg: &str) -> bool {
    matches!(arg, "=" | "==" | "!=" | "<" | ">" | "=~" | "\\<" | "\\>")
}

fn paths(args: &[&str]) -> Vec<bool> {
    let mut slots = Vec::with_capacity(args.len());
    for (at, arg) in args.iter().enumerate() {
        let value = at > 0 && kinds::takes_text(args[at - 1]);
        slots.push(!value);
        // `env`, `xargs`, `find -exec`: from here on another command's.
        let name = arg.rsplit('/').next().unwrap_or_default();
        let inner = kinds::kind(name);
        if !matches!(
            inner,
            Kind::Texts | Kind::Pattern(_) | Kind::Program | Kind::Git | Kind::Test
        ) {
            continue;
        }
        slots.extend(self::slots(inner, &args[at + 1..]));
        break;
    }
    slots
}

fn program(args: &[&str]) -> Vec<bool> {
    let texts = |option: &str| match option.strip_prefix("--") {
        Some(_) => kinds::takes_text(option),
        None => option.starts_with('-') && option.ends_with(['c', 'e', 'E', 'p', 'r', 'n']),
    };
    let is_text = |at: usize| at > 0 && texts(args[at - 1]);
    (0..args.len()).map(|at| !is_text(at)).collect()
}

fn git(args: &[&str]) -> Vec<bool> {
    let mut slots = Vec::with_capacity(args.len());
    let mut at = 0;
    while let Some(option) = args.get(at).filter(|arg| arg.starts_with('-')) {
        slots.push(true);
        at += 1;
        if matches!(
            *option,
            "-C" | "-c" | "--git-dir" | "--work-tree" | "--namespace"
        ) && at < args.len()
        {
            slots.push(*option != "-c");
            at += 1;
        }
    }
    let Some(subcommand) = args.get(at) else {
        return slots;
    };
    slots.push(false);
    let rest = &args[at + 1..];
    if *subcommand == "grep" {
        slots.extend(behind_pattern(&kinds::GIT_GREP, rest));
    } else if kinds::is_foreign(subcommand) || !text::is_known(subcommand) {
        slots.extend(rest.iter().map(|_| false));
    } else {
        let texts = |option: &str| match option.strip_prefix("--") {
            Some(_) => kinds::takes_text(option),
            None => option.starts_with('-') && option.ends_with(['m', 'S', 'G', 'x']),
        };
        slots.extend((0..rest.len()).map(|at| {
            let attached = |letter| rest[at].starts_with(letter);
            !(attached("-S") || attached("-G") || attached("-m") || (at > 0 && texts(rest[at - 1])))
        }));
    }
    slots
}

/// Long options without a value of commands that take a pattern.
const PLAIN: [&str; 32] = [
    "--binary",
    "--color",
    "--colour",
    "--count",
    "--extended-regexp",
    "--files-with-matches",
    "--files-without-match",
    "--fixed-strings",
    "--heading",
    "--hidden",
    "--ignore-case",
    "--in-place",
    "--invert-match",
    "--line-number",
    "--multiline",
    "--no-filename",
    "--no-heading",
    "--no-ignore",
    "--no-messages",
    "--null",
    "--null-data",
    "--only-matching",
    "--perl-regexp",
    "--quiet",
    "--raw-output",
    "--recursive",
    "--regexp-extended",
    "--silent",
    "--smart-case",
    "--text",
    "--with-filename",
    "--word-regexp",
];

/// What an argument has to wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Operand,
    /// The value of an option.
    Value,
    /// Either: an option is not known.
    Either,
}

fn behind_pattern(options: &Options, args: &[&str]) -> Vec<bool> {
    let (mut given, mut next, mut only_operands) = (false, Next::Operand, false);
    let mut slots = Vec::with_capacity(args.len());
    for arg in args {
        let mut slot = false;
        if next == Next::Value {
            next = Next::Operand;
        } else if !only_operands && arg.starts_with('-') && *arg != "-" {
            only_operands = *arg == "--";
            let (waits, pattern) = option(options, arg);
            given |= pattern;
            next = waits;
        } else if next == Next::Either || arg.starts_with(text::OPEN) || arg.is_empty() {
            // It may be none of the command's operands, or several.
            next = Next::Operand;
        } else {
            slot = given;
            given = true;
        }
        slots.push(slot);
    }
    slots
}

/// What an option waits for, and whether it stands for the pattern.
fn option(options: &Options, arg: &str) -> (Next, bool) {
    if arg == "--" {
        return (Next::Operand, false);
    }
    if let Some(long) = arg.strip_prefix("--") {
        let (name, value) = long
            .split_once('=')
            .map_or((long, None), |(n, v)| (n, Some(v)));
        let pattern = matches!(name, "regexp" | "file" | "expression" | "from-file");
        return match value {
            Some(_) => (Next::Operand, pattern),
            None if pattern => (Next::Value, true),
            None if PLAIN.contains(&arg) => (Next::Operand, false),
            None => (Next::Either, false),
        };
    }
    let letters = &arg[1..];
    for (at, letter) in letters.char_indices() {
        let last = at + letter.len_utf8() == letters.len();
        if options.valued.contains(letter) {
            let next = if last { Next::Value } else { Next::Operand };
            return (next, options.pattern.contains(letter));
        }
        if !options.flags.contains(letter) {
            return (Next::Either, false);
        }
        // Behind this one comes a suffix for backups.
        if letter == 'i' && !last && options.flags.contains("Ei") {
            return (Next::Operand, false);
        }
    }
    (Next::Operand, false)
}
