//! The programs that are known to be read-only, and with which arguments.
//!
//! Invariants: a tool is on the list for what it really can do with its options, not for what it is
//! mostly used for. Names are literal, and a path counts only in a system directory.

use super::options::{Check, MANY, Screen, Spec, listed, refused};
use super::words::Arg;
use super::{awk, builtins, files, git, sed, wrappers};

/// Commands that run commands that run commands.
const MAX_WRAPPERS: usize = 8;
const SYSTEM: [&str; 3] = ["/bin/", "/usr/bin/", "/usr/local/bin/"];

/// These can't write whatever they are given.
const FREE: &str = "\
    ls eza exa lsd cat tac head tail wc nl od hexdump hd strings rev fold fmt \
    expand unexpand column cut tr paste join comm cmp diff basename dirname \
    realpath readlink stat du df md5sum sha1sum sha224sum sha256sum sha384sum \
    sha512sum b2sum cksum sum md5 shasum echo true false : pwd cd pushd popd dirs \
    seq sleep yes expr factor numfmt cal id whoami groups logname tty nproc uptime \
    free who users uname ps pgrep printenv which whereis type getconf locale pidof \
    times help clear tput zipinfo readelf lscpu lsblk sw_vers jq";

/// These can't write as long as they are given no argument.
const BARE: &str = "arch umask ulimit mount w";

enum Rule {
    Only(Spec),
    Except(Screen),
    Checked(fn(&[Arg]) -> Check),
    Wraps(fn(&[Arg], usize) -> Check),
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

const RULES: &[(&str, Rule)] = &[
    ("git", Rule::Checked(git::check)),
    ("sed gsed", Rule::Checked(sed::check)),
    ("awk gawk mawk nawk", Rule::Checked(awk::check)),
    ("test [", Rule::Checked(builtins::test)),
    ("printf", Rule::Checked(builtins::printf)),
    ("set", Rule::Checked(builtins::set)),
    ("shopt", Rule::Checked(builtins::shopt)),
    ("unset", Rule::Checked(builtins::unset)),
    ("read", Rule::Checked(builtins::read)),
    ("mapfile readarray", Rule::Checked(builtins::mapfile)),
    (
        "exit return break continue shift wait",
        Rule::Checked(builtins::count),
    ),
    ("date", Rule::Checked(files::date)),
    ("tee", Rule::Checked(files::tee)),
    ("tar", Rule::Checked(files::tar)),
    ("unzip", Rule::Checked(files::unzip)),
    ("gzip gunzip", Rule::Checked(files::gzip)),
    ("bat batcat", Rule::Checked(files::bat)),
    ("grep egrep fgrep", Rule::Checked(files::grep)),
    ("npm", Rule::Checked(files::npm)),
    ("command", Rule::Wraps(wrappers::command)),
    ("builtin", Rule::Wraps(wrappers::builtin)),
    ("env", Rule::Wraps(wrappers::env)),
    ("time", Rule::Wraps(wrappers::time)),
    ("timeout gtimeout", Rule::Wraps(wrappers::timeout)),
    ("nice", Rule::Wraps(wrappers::nice)),
    ("stdbuf", Rule::Wraps(wrappers::stdbuf)),
    ("xargs", Rule::Wraps(wrappers::xargs)),
    ("find", Rule::Wraps(wrappers::find)),
    ("zcat gzcat bzcat xzcat", only("", "", "", MANY)),
    (
        "sort",
        only(
            "bdfghiMnRrVcCmsuz",
            "ktS",
            "\
            ignore-leading-blanks dictionary-order ignore-case general-numeric-sort \
            human-numeric-sort ignore-nonprinting month-sort numeric-sort random-sort \
            reverse version-sort check merge stable unique zero-terminated key= \
            field-separator= parallel= sort= debug",
            MANY,
        ),
    ),
    ("uniq", Rule::Checked(files::uniq)),
    ("xxd", Rule::Checked(files::xxd)),
    ("tree", Rule::Checked(files::tree)),
    ("less more", Rule::Checked(files::pager)),
    ("jobs", only("lprs", "", "", MANY)),
    ("hostname", only("fsiIdA", "", "", 0)),
    (
        "file",
        only(
            "bhikLNnrsv0E",
            "mefPF",
            "\
            brief mime mime-type mime-encoding dereference no-dereference extension \
            version",
            MANY,
        ),
    ),
    (
        "base64 base32",
        only("dDib", "w", "decode ignore-garbage wrap=", MANY),
    ),
    ("iconv", only("cl", "ft", "from-code= to-code= list", MANY)),
    (
        "shuf",
        only(
            "erz",
            "in",
            "echo repeat zero-terminated input-range= head-count=",
            MANY,
        ),
    ),
    ("bc", only("lqs", "", "mathlib quiet", MANY)),
    (
        "rg",
        Rule::Except(Screen {
            letters: "",
            valued: "ABCEMTdefgjmrt",
            long: "pre hostname-bin",
            slots: "-e -g -t -T -A -B -C -m --glob --iglob --regexp --type",
            plain: "\
            -n -l -i -w -c -S -F -o -v -u -uu -U --files --hidden --no-heading --no-ignore \
            --json --count --line-number",
        }),
    ),
    (
        "fd fdfind",
        Rule::Except(Screen {
            letters: "xX",
            valued: "CEScdetjo",
            long: "exec exec-batch gen-completions",
            slots: "-e -E -t -d --extension --exclude --type",
            plain: "-H -I -i -s -g -F -a -l -L -p -0 -1 -u --hidden --no-ignore",
        }),
    ),
    (
        "yq",
        only(
            "rcnjNPCMe",
            "poI",
            "\
            output-format= input-format= prettyPrint no-doc null-input exit-status \
            raw-output",
            MANY,
        ),
    ),
];

/// With nothing but one of these they print their version.
const VERSIONS: &[(&str, &str)] = &[
    ("node nodejs", "--version -v"),
    ("npm npx deno bun tsc docker gh", "--version"),
    ("python python2 python3 pip pip3", "--version -V"),
    ("cargo rustc rustfmt rustup", "--version -V -vV"),
    ("go", "version"),
    ("java javac", "--version -version"),
    ("gcc g++ cc c++ clang clang++", "--version -v"),
    ("make gmake ruby php perl lua", "--version -v"),
    (
        "gem cmake ninja ctest bash zsh curl wget rsync sqlite3",
        "--version",
    ),
    (
        "jq yq rg fd bat tree tar sed awk gawk grep find sort less uv ruff just xargs env date",
        "--version --help",
    ),
];

pub(super) fn check(words: &[Arg], depth: usize) -> Check {
    let Some((name, args)) = words.split_first() else {
        return Ok(());
    };
    let Some(name) = name.literal() else {
        return Err("the name of a command is known only when it runs".into());
    };
    if depth > MAX_WRAPPERS {
        return Err("it is nested too deeply".into());
    }
    let short = SYSTEM
        .iter()
        .find_map(|dir| name.strip_prefix(dir))
        .unwrap_or(name);
    let known = |names: &str| listed(names, short);
    if known(FREE) {
        return Ok(());
    }
    if let [only] = args
        && VERSIONS.iter().any(|(names, flags)| {
            known(names) && only.literal().is_some_and(|arg| listed(flags, arg))
        })
    {
        return Ok(());
    }
    if known(BARE) {
        return if args.is_empty() {
            Ok(())
        } else {
            Err(refused(&format!("{short} {}", args[0].shown())))
        };
    }
    match RULES.iter().find(|(names, _)| known(names)) {
        Some((_, Rule::Only(spec))) => spec.check(args),
        Some((_, Rule::Except(screen))) => screen.check(args),
        Some((_, Rule::Checked(check))) => check(args),
        Some((_, Rule::Wraps(check))) => check(args, depth + 1),
        None => return Err(refused(name)),
    }
    .map_err(|because| format!("{short}: {because}"))
}
