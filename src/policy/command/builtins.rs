//! The shell's own commands.
//!
//! Invariant: what they set is checked by name, and nothing that they evaluate as a subscript or as
//! arithmetic (`-v`, `declare -i`, `printf -v`) can hold anything but a name or a number.

use super::names;
use super::options::{Check, MANY, Spec, refused};
use super::words::Arg;

pub(super) fn declares(command: &str) -> bool {
    matches!(
        command,
        "export" | "declare" | "typeset" | "local" | "readonly"
    )
}

pub(super) fn may_be_declared(name: &str) -> bool {
    names::is_plain(name) || names::may_be_exported(name)
}

/// An argument that assigns nothing.
pub(super) fn declaration_argument(command: &str, word: &str) -> Check {
    let flags = match command {
        "export" => "p",
        "readonly" => "pa",
        _ => "praAxg",
    };
    let known = match word.strip_prefix('-') {
        Some(letters) => letters.chars().all(|letter| flags.contains(letter)),
        None => may_be_declared(word) || (command == "local" && names::may_be_set(word)),
    };
    if known {
        Ok(())
    } else {
        Err(format!("`{command} {word}` may change how commands run"))
    }
}

pub(super) fn unset(args: &[Arg]) -> Check {
    each_literal(args, |word| word == "-v" || names::may_be_set(word))
}

/// `set -euo pipefail` and the like.
pub(super) fn set(args: &[Arg]) -> Check {
    let option = |word: &str| matches!(word, "pipefail" | "errexit" | "nounset" | "noglob");
    each_literal(args, |word| {
        option(word)
            || word.strip_prefix(['-', '+']).is_some_and(|flags| {
                !flags.is_empty() && flags.chars().all(|flag| "euofx".contains(flag))
            })
    })
}

pub(super) fn shopt(args: &[Arg]) -> Check {
    let known = [
        "-s",
        "-u",
        "-q",
        "-p",
        "globstar",
        "nullglob",
        "dotglob",
        "failglob",
        "nocaseglob",
        "nocasematch",
    ];
    each_literal(args, |word| known.contains(&word))
}

/// `exit`, `return`, `break`, `continue`, `shift`: zsh evaluates their operand.
pub(super) fn count(args: &[Arg]) -> Check {
    let number = |arg: &Arg| {
        arg.shape()
            .is_some_and(|text| text.chars().all(|c| c.is_ascii_digit()))
    };
    if args.iter().all(number) {
        Ok(())
    } else {
        Err("it computes a count".into())
    }
}

pub(super) fn read(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "rs",
        valued: "pdntaNu",
        long: "",
        operands: MANY,
    };
    let (parsed, operands) = spec.leading(args)?;
    // For zsh the word after some of these is a variable.
    let counts = parsed
        .options
        .iter()
        .filter(|(name, _)| "tnNu".contains(name.as_str()));
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if counts
        .filter_map(|(_, value)| value.as_ref())
        .any(|value| !value.shape().is_some_and(number))
    {
        return Err("it computes a count".into());
    }
    let array = parsed
        .options
        .iter()
        .filter(|(name, _)| name == "a")
        .filter_map(|(_, value)| value.as_ref());
    operands.iter().chain(array).try_for_each(variable)
}

pub(super) fn mapfile(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "t",
        valued: "dnOsu",
        long: "",
        operands: 1,
    };
    spec.leading(args)?.1.iter().try_for_each(variable)
}

fn variable(arg: &Arg) -> Check {
    match arg.literal() {
        Some(name) if names::may_be_set(name) => Ok(()),
        _ => Err(format!(
            "sets `{}`, which may change how commands run",
            arg.shown()
        )),
    }
}

pub(super) fn printf(args: &[Arg]) -> Check {
    let args = match args {
        [dash, name, rest @ ..] if dash.literal() == Some("-v") => {
            variable(name)?;
            rest
        }
        [dash, rest @ ..] if dash.literal() == Some("--") => rest,
        _ => args,
    };
    let Some((format, rest)) = args.split_first() else {
        return Ok(());
    };
    let separator = || format.literal().is_some_and(|text| text.starts_with("--"));
    if !format.is_operand() && !separator() {
        return Err("the format of `printf` could become an option".into());
    }
    // zsh evaluates what it is to print as a number, and `%n` sets the variable that it is given.
    let evaluated = |arg: &Arg| {
        arg.shape()
            .is_none_or(|text| text.contains(['[', '$', '`']))
    };
    let harmless = match format.shape().map(conversions) {
        _ if rest.is_empty() => true,
        Some(Conversions::Text) => true,
        Some(Conversions::Numbers) => !rest.iter().any(evaluated),
        Some(Conversions::Other) | None => false,
    };
    if harmless {
        Ok(())
    } else {
        Err("`printf` may evaluate what it prints".into())
    }
}

enum Conversions {
    Text,
    Numbers,
    Other,
}

fn conversions(format: &str) -> Conversions {
    let mut found = Conversions::Text;
    let mut rest = format;
    while let Some((_, conversion)) = rest.split_once('%') {
        let conversion =
            conversion.trim_start_matches(|c: char| c.is_ascii_digit() || "-.+# '".contains(c));
        match conversion.chars().next() {
            Some('s' | 'b' | 'q' | 'c' | '%') => {}
            Some('d' | 'i' | 'u' | 'o' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G') => {
                found = Conversions::Numbers;
            }
            _ => return Conversions::Other,
        }
        rest = &conversion[1..];
    }
    found
}

/// `test` and `[`: `-v` evaluates subscripts.
pub(super) fn test(args: &[Arg]) -> Check {
    let args = match args {
        [inner @ .., last] if last.literal() == Some("]") => inner,
        _ => args,
    };
    let args = match args {
        [not, inner @ ..] if not.literal() == Some("!") => inner,
        _ => args,
    };
    let named = |pair: &[Arg]| {
        matches!(pair[0].literal(), Some("-v" | "-R"))
            && !pair[1].literal().is_some_and(names::is_identifier)
    };
    if args.windows(2).any(named) {
        return Err("it tests a computed name".into());
    }
    let wild = |arg: &Arg| matches!(arg, Arg::Wild { .. });
    let many = args.iter().any(|arg| wild(arg) && arg.is_many());
    let placed = match args {
        [] | [_] => true,
        [operator, _] => !wild(operator),
        [_, operator, _] => operator.literal().is_some_and(is_comparison),
        _ => !args.iter().any(wild),
    };
    if placed && !many {
        Ok(())
    } else {
        Err("an argument could become a test".into())
    }
}

fn is_comparison(operator: &str) -> bool {
    let known = [
        "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef",
    ];
    known.contains(&operator)
}

fn each_literal(args: &[Arg], known: impl Fn(&str) -> bool) -> Check {
    match args.iter().find(|arg| !arg.literal().is_some_and(&known)) {
        Some(arg) => Err(refused(arg.shown())),
        None => Ok(()),
    }
}
