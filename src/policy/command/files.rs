//! Programs for files and text whose options follow rules of their own.
//!
//! Invariant: an operand is let through only where the program reads it.

use super::options::{Check, MANY, Screen, Spec, listed, only_operands, refused};
use super::words::Arg;

/// Writing to these changes no file.
pub(super) fn is_sink(path: &str) -> bool {
    listed("/dev/null /dev/stdout /dev/stderr /dev/tty", path)
}

/// Sets the clock with `-s`, or with an operand that is no format.
pub(super) fn date(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "uRjn",
        valued: "drfv",
        long: "\
            utc universal rfc-email iso-8601 rfc-3339= date= reference= debug",
        operands: MANY,
    };
    // `-I` takes a value only if it is attached; another flag stands in for it.
    let iso = ["-I", "-Idate", "-Ihours", "-Iminutes", "-Iseconds", "-Ins"];
    let flag = |arg: &Arg| match arg.literal() {
        Some(text) if iso.contains(&text) => Arg::Literal("-u".into()),
        _ => arg.clone(),
    };
    let args: Vec<Arg> = args.iter().map(flag).collect();
    let formats = |operand: &&Arg| match operand {
        Arg::Literal(text) => text.starts_with('+'),
        Arg::Operand {
            prefix,
            many: false,
        } => prefix.starts_with('+'),
        _ => false,
    };
    let parsed = spec.parse(&args)?;
    // BSD reads the operand by the format of `-f`, and sets the clock unless `-j` is there.
    let (leading, _) = spec.leading(&args)?;
    let reads = leading.has(&["f"]) && leading.has(&["j"]);
    if reads || parsed.operands.iter().all(formats) {
        return Ok(());
    }
    Err("it may set the clock".into())
}

pub(super) fn tee(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "ai",
        valued: "",
        long: "append ignore-interrupts",
        operands: MANY,
    };
    match spec
        .leading(args)?
        .1
        .iter()
        .find(|operand| !operand.literal().is_some_and(is_sink))
    {
        Some(operand) => Err(format!("writes to {}", operand.shown())),
        None => Ok(()),
    }
}

/// Listing only; a file name with a colon is a remote host.
pub(super) fn tar(args: &[Arg]) -> Check {
    let Some((first, rest)) = args.split_first() else {
        return Err("it has no action".into());
    };
    let cluster = first.literal().unwrap_or_default();
    let letters = cluster.strip_prefix('-').unwrap_or(cluster);
    let lists = letters.contains('t') && letters.chars().all(|letter| "tvfzjJa".contains(letter));
    let operand = |arg: &Arg| {
        let local = arg
            .shape()
            .map_or(arg.shown().contains('/'), |path| !path.contains(':'));
        arg.is_operand() && !arg.is_many() && local
    };
    if lists && (!letters.contains('f') || letters.ends_with('f')) && rest.iter().all(operand) {
        return Ok(());
    }
    Err("it is not known to only list".into())
}

pub(super) fn unzip(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "lvqZ1pthzsmM2",
        valued: "",
        long: "",
        operands: MANY,
    };
    let (parsed, operands) = spec.leading(args)?;
    if parsed.has(&["l", "v", "Z", "p", "t", "z"]) {
        return only_operands(operands);
    }
    Err("it extracts".into())
}

pub(super) fn gzip(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "cdltvkqn123456789",
        valued: "",
        long: "stdout to-stdout decompress list test verbose keep quiet",
        operands: MANY,
    };
    let (parsed, operands) = spec.leading(args)?;
    if parsed.has(&["c", "l", "t", "stdout", "to-stdout", "list", "test"]) {
        return only_operands(operands);
    }
    Err("it replaces its files".into())
}

/// `bat cache` builds a cache, and its pager can be any program.
pub(super) fn bat(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "pnAPu",
        valued: "lrHm",
        long: "\
            plain number show-all paging= style= line-range= language= color= decorations= \
            theme= highlight-line= tabs= wrap= terminal-width= no-paging",
        operands: MANY,
    };
    match spec
        .parse(args)?
        .operands
        .first()
        .map(|operand| operand.literal())
    {
        None => Ok(()),
        Some(Some(file)) if file != "cache" => Ok(()),
        Some(_) => Err(refused("bat cache")),
    }
}

/// `grep` itself can't write; ugrep, which stands in for it in places, can with these.
pub(super) fn grep(args: &[Arg]) -> Check {
    let screen = Screen {
        letters: "Q",
        valued: "ABCDdefm",
        long: "save-config* filter* pager* view* query* config*",
        slots: "",
        plain: "",
    };
    let known: Vec<Arg> = args
        .iter()
        .filter(|arg| arg.literal().is_some())
        .cloned()
        .collect();
    screen.check(&known)
}

pub(super) fn npm(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "galp",
        valued: "",
        long: "\
            depth all json long parseable global production prod dev omit include link \
            package-lock-only",
        operands: MANY,
    };
    match args.split_first() {
        Some((Arg::Literal(action), rest))
            if ["ls", "list", "ll", "la"].contains(&action.as_str()) =>
        {
            spec.check(rest)
        }
        Some((action, _)) => Err(refused(&format!("npm {}", action.shown()))),
        None => Ok(()),
    }
}

/// Writes its second operand; knows its options by their first letters, one to a word.
pub(super) fn uniq(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "cdDiuz",
        valued: "fsw",
        long: "\
            count repeated unique ignore-case zero-terminated skip-fields= skip-chars= \
            check-chars= all-repeated group",
        operands: 1,
    };
    match spec.leading(args)?.1 {
        [] => Ok(()),
        [input] if input.is_operand() && !input.is_many() => Ok(()),
        _ => Err("it writes its second file".into()),
    }
}

pub(super) fn xxd(args: &[Arg]) -> Check {
    let flags = [
        "-a", "-b", "-C", "-e", "-E", "-i", "-p", "-ps", "-plain", "-u", "-d",
    ];
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let option = arg.literal().unwrap_or_default();
        let attached = option
            .strip_prefix(['-'])
            .and_then(|text| text.strip_prefix(['c', 'g', 'l', 's']));
        if arg.is_operand() && !arg.is_many() {
            // The first operand ends the options.
            return if rest.next().is_none() {
                Ok(())
            } else {
                Err("it writes its second file".into())
            };
        } else if ["-c", "-g", "-l", "-s", "-cols", "-len", "-seek"].contains(&option) {
            if rest.next().is_none_or(Arg::is_many) {
                return Err(refused(option));
            }
        } else if !flags.contains(&option)
            && attached.is_none_or(|text| text.parse::<u32>().is_err())
        {
            return Err(refused(arg.shown()));
        }
    }
    Ok(())
}

/// A letter that takes a value takes the next word, wherever it stands in its cluster.
pub(super) fn tree(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "adflixspugDtrcvSnCAQNFqXJh",
        valued: "LPIHT",
        long: "\
            noreport dirsfirst filesfirst du prune gitignore filelimit= charset= si inodes \
            device sort= matchdirs ignore-case fromfile",
        operands: MANY,
    };
    let attached = |arg: &Arg| {
        let letters = arg.shown().strip_prefix('-').unwrap_or_default();
        !letters.starts_with('-')
            && letters
                .find(['L', 'P', 'I', 'H', 'T'])
                .is_some_and(|at| at + 1 < letters.len())
    };
    match args.iter().find(|arg| attached(arg)) {
        Some(arg) => Err(refused(arg.shown())),
        None => spec.check(args),
    }
}

/// Runs what follows a `+`.
pub(super) fn pager(args: &[Arg]) -> Check {
    let spec = Spec {
        flags: "RNSFXreinIMmEfqQs",
        valued: "",
        long: "RAW-CONTROL-CHARS",
        operands: MANY,
    };
    match args.iter().find(|arg| arg.shown().starts_with(['+', '…'])) {
        Some(arg) => Err(refused(arg.shown())),
        None => spec.check(args),
    }
}
