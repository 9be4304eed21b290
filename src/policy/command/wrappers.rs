//! Commands that run other commands: what they run must be read-only with the arguments that it
//! will get.

use super::names;
use super::options::{Check, Spec, listed, refused};
use super::tools;
use super::words::Arg;

pub(super) fn builtin(args: &[Arg], depth: usize) -> Check {
    tools::check(args, depth)
}

pub(super) fn command(args: &[Arg], depth: usize) -> Check {
    match args {
        [option, ..] if matches!(option.literal(), Some("-v" | "-V")) => Ok(()),
        [option, rest @ ..] if matches!(option.literal(), Some("-p" | "--")) => {
            tools::check(rest, depth)
        }
        _ => tools::check(args, depth),
    }
}

pub(super) fn env(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "i0",
        valued: "uC",
        long: "ignore-environment null unset= chdir=",
        operands: 0,
    };
    let (_, mut rest) = spec.leading(args)?;
    while let Some((first, after)) = rest.split_first() {
        let text = match first {
            Arg::Literal(text) => text,
            Arg::Numeric {
                shape: prefix,
                many: false,
            }
            | Arg::Operand {
                prefix,
                many: false,
            } => prefix,
            _ => break,
        };
        let Some((name, value)) = text.split_once('=') else {
            break;
        };
        let harmless = first.literal().is_some() && names::is_harmless(name, value);
        if !names::may_be_exported(name) && !harmless {
            return Err(format!("sets `{name}`, which may change how commands run"));
        }
        rest = after;
    }
    tools::check(rest, depth)
}

pub(super) fn time(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "plv",
        valued: "f",
        long: "portability verbose format=",
        operands: 0,
    };
    tools::check(spec.leading(args)?.1, depth)
}

pub(super) fn timeout(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "vfp",
        valued: "sk",
        long: "preserve-status foreground verbose signal= kill-after=",
        operands: 0,
    };
    match spec.leading(args)?.1 {
        [duration, rest @ ..] if !duration.is_many() => tools::check(rest, depth),
        _ => Err("it has no certain duration".into()),
    }
}

pub(super) fn nice(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "0123456789",
        valued: "n",
        long: "adjustment=",
        operands: 0,
    };
    tools::check(spec.leading(args)?.1, depth)
}

pub(super) fn stdbuf(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "",
        valued: "ioe",
        long: "input= output= error=",
        operands: 0,
    };
    tools::check(spec.leading(args)?.1, depth)
}

/// What it reads becomes arguments: the command must be read-only with any.
pub(super) fn xargs(args: &[Arg], depth: usize) -> Check {
    let spec = Spec {
        flags: "0rtx",
        valued: "ILnPsdaE",
        long: "\
            null no-run-if-empty verbose exit max-args= max-procs= max-chars= delimiter= \
            arg-file=",
        operands: 0,
    };
    let (parsed, command) = spec.leading(args)?;
    if command.is_empty() {
        return Ok(());
    }
    let replaces = parsed.options.iter().rfind(|(name, _)| name == "I");
    let Some((_, Some(marker))) = replaces else {
        let mut words = command.to_vec();
        words.push(Arg::Wild { many: true });
        return tools::check(&words, depth);
    };
    if parsed.has(&["n", "L", "max-args"]) {
        return Err("it may replace or append".into());
    }
    let marker = marker
        .literal()
        .filter(|marker| !marker.is_empty())
        .ok_or("it replaces an unknown word")?;
    let read = |prefix: &str| match prefix {
        "" => Arg::Wild { many: false },
        _ => Arg::Operand {
            prefix: prefix.to_owned(),
            many: false,
        },
    };
    let unknown = |arg: &Arg| match arg {
        Arg::Literal(_) => replaced(arg, marker, &read),
        _ => Arg::Wild {
            many: arg.is_many(),
        },
    };
    tools::check(&command.iter().map(unknown).collect::<Vec<_>>(), depth)
}

fn replaced(arg: &Arg, marker: &str, read: &dyn Fn(&str) -> Arg) -> Arg {
    match arg {
        Arg::Literal(text) => text
            .split_once(marker)
            .map_or_else(|| arg.clone(), |(prefix, _)| read(prefix)),
        _ => arg.clone(),
    }
}

/// Tests and actions without an argument.
const FIND_FLAGS: &str = "\
    ! ( ) , -not -a -and -o -or -print -print0 -ls -depth -d -prune -mount -xdev \
    -x -follow -daystart -empty -readable -writable -executable -nouser -nogroup \
    -true -false -quit -noleaf -warn -nowarn -ignore_readdir_race -H -L -P -E -s \
    -X -O1 -O2 -O3";

/// Tests and actions with one argument.
const FIND_VALUED: &str = "\
    -name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype \
    -type -xtype -size -mtime -atime -ctime -mmin -amin -cmin -newer -anewer \
    -cnewer -newermt -newerat -newerct -newermm -perm -user -group -uid -gid \
    -maxdepth -mindepth -links -inum -samefile -fstype -lname -ilname -used \
    -printf";

pub(super) fn find(args: &[Arg], depth: usize) -> Check {
    let mut rest = args;
    while let Some((arg, after)) = rest.split_first() {
        rest = after;
        if is_start(arg) {
            continue;
        }
        let word = arg
            .literal()
            .ok_or("an argument could become an action of find")?;
        if listed(FIND_FLAGS, word) {
            continue;
        }
        if listed(FIND_VALUED, word) {
            let (value, after) = rest
                .split_first()
                .ok_or_else(|| format!("`{word}` has no value"))?;
            if value.is_many() {
                return Err(format!("`{word}` may have no value or several"));
            }
            rest = after;
        } else if word == "-exec" {
            rest = executed(rest, depth)?;
        } else {
            return Err(refused(word));
        }
    }
    Ok(())
}

/// Starting points begin like this; what is found below one starts with it too.
fn is_start(arg: &Arg) -> bool {
    arg.is_operand() && !matches!(arg.literal(), Some("!" | "(" | ")" | "," | "-" | ""))
}

fn executed(args: &[Arg], depth: usize) -> Result<&[Arg], String> {
    let end = args
        .iter()
        .position(|arg| matches!(arg.literal(), Some(";")))
        .into_iter()
        .chain(
            args.windows(2)
                .position(|pair| pair[0].literal() == Some("{}") && pair[1].literal() == Some("+"))
                .map(|at| at + 1),
        )
        .min()
        .ok_or("`-exec` has no end")?;
    // What is unknown must not be able to end the command early.
    let ends =
        |arg: &&Arg| arg.literal().is_none() && arg.shown().starts_with([';', '+', '{', '…', ' ']);
    if args[..end]
        .iter()
        .any(|arg| matches!(arg, Arg::Wild { .. }) || ends(&arg))
    {
        return Err("an argument could become an action of find".into());
    }
    let found = |prefix: &str| Arg::Operand {
        prefix: if prefix.is_empty() {
            "./".into()
        } else {
            prefix.to_owned()
        },
        many: false,
    };
    let words: Vec<Arg> = args[..end]
        .iter()
        .map(|arg| replaced(arg, "{}", &found))
        .collect();
    tools::check(&words, depth)?;
    Ok(&args[end + 1..])
}
