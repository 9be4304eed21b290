//! What commands make of their arguments, by their names.
//!
//! Invariant: a command that takes texts which may look like paths is listed; any other takes a
//! path where an argument is one.

/// What a command's arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Paths, as far as they look like one.
    Paths,
    /// Texts, commands, and paths of another place.
    Texts,
    /// A pattern or a program first, then paths.
    Pattern(&'static Options),
    /// A program's text behind some options, else paths.
    Program,
    /// What git's subcommand makes of them.
    Git,
    /// Paths and patterns that those are compared with.
    Matched,
    /// Paths that go away.
    Removed,
    /// Paths of which one is compared with or written over the other.
    Pair,
    /// A condition.
    Test,
}

/// The options in front of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Letters without a value.
    pub(super) flags: &'static str,
    /// Letters with one.
    pub(super) valued: &'static str,
    /// Letters of these whose value is in the place of the pattern.
    pub(super) pattern: &'static str,
}

const GREP: Options = Options {
    flags: "abcEFGHhiIlLnNoPqRrsTuUvVwxyzZ0123456789",
    valued: "ABCefmdD",
    pattern: "ef",
};
const RG: Options = Options {
    flags: "abcFHhiIlLnNopPqsSuUvVwxXz0.",
    valued: "ABCEefgjMmrtTd",
    pattern: "ef",
};
const SED: Options = Options {
    flags: "EinrsuzS",
    valued: "efl",
    pattern: "ef",
};
const AWK: Options = Options {
    flags: "",
    valued: "Ffv",
    pattern: "f",
};
const JQ: Options = Options {
    flags: "nrRsceaSCMjr",
    valued: "fL",
    pattern: "f",
};

/// The kind of a command by the last part of its name.
pub(super) fn kind(name: &str) -> Kind {
    match name {
        "grep" | "egrep" | "fgrep" | "zgrep" => Kind::Pattern(&GREP),
        "rg" | "ag" | "ack" => Kind::Pattern(&RG),
        "sed" | "gsed" => Kind::Pattern(&SED),
        "awk" | "gawk" | "mawk" | "nawk" => Kind::Pattern(&AWK),
        "jq" | "yq" => Kind::Pattern(&JQ),
        "git" => Kind::Git,
        "find" | "fd" | "fdfind" | "tar" | "rsync" | "zip" | "tree" => Kind::Matched,
        "rm" | "rmdir" | "unlink" | "shred" | "trash" | "mv" => Kind::Removed,
        "diff" | "cmp" | "comm" | "sdiff" | "colordiff" | "cp" | "install" | "ln" | "patch" => {
            Kind::Pair
        }
        "test" | "[" => Kind::Test,
        _ if is_program(name) => Kind::Program,
        _ if TEXTS.contains(&name) => Kind::Texts,
        _ => Kind::Paths,
    }
}

fn is_program(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    PROGRAMS.contains(&plain)
}

/// Commands that run a text.
const PROGRAMS: [&str; 31] = [
    "Rscript",
    "R",
    "bash",
    "bun",
    "dash",
    "deno",
    "fish",
    "ipython",
    "ksh",
    "lua",
    "mariadb",
    "mongosh",
    "mysql",
    "node",
    "nodejs",
    "osascript",
    "perl",
    "php",
    "psql",
    "pwsh",
    "pypy",
    "python",
    "ruby",
    "runuser",
    "script",
    "sh",
    "sqlite",
    "su",
    "ts-node",
    "tsx",
    "zsh",
];

/// Commands whose arguments are texts, or paths of another machine or container.
const TEXTS: [&str; 51] = [
    "adb",
    "alias",
    "at",
    "batch",
    "bind",
    "buildah",
    "bwrap",
    "chroot",
    "claude",
    "complete",
    "compgen",
    "crontab",
    "docker",
    "docker-compose",
    "echo",
    "eval",
    "exit",
    "expr",
    "gh",
    "glab",
    "helm",
    "history",
    "kubectl",
    "let",
    "logger",
    "lxc",
    "mail",
    "maos",
    "maos-shell",
    "mosh",
    "multipass",
    "nerdctl",
    "notify-send",
    "nsenter",
    "oc",
    "parallel",
    "podman",
    "print",
    "printf",
    "read",
    "say",
    "screen",
    "ssh",
    "systemctl",
    "systemd-run",
    "tmux",
    "trap",
    "unset",
    "unshare",
    "vagrant",
    "watch",
];

/// Long options, without their dashes, whose value is a text or a pattern.
const TEXT_OPTIONS: [&str; 37] = [
    "arg",
    "author",
    "body",
    "build-arg",
    "command",
    "date",
    "description",
    "eval",
    "exclude",
    "exclude-dir",
    "exclude-from",
    "exec",
    "expression",
    "filter",
    "format",
    "glob",
    "grep",
    "iglob",
    "ignore",
    "ignore-path",
    "ignore-pattern",
    "include",
    "include-dir",
    "label",
    "match",
    "message",
    "name",
    "pattern",
    "pretty",
    "print",
    "query",
    "regex",
    "regexp",
    "text",
    "title",
    "trailer",
    "transform",
];

/// Whether the value of an option (with its dashes) is a text.
pub(super) fn takes_text(option: &str) -> bool {
    TEXT_OPTIONS.contains(&option.trim_start_matches('-')) && option.starts_with('-')
}

/// Options of one letter that a path may stand right behind.
pub(super) fn is_attached(option: &str) -> bool {
    let letter = option.strip_prefix('-').unwrap_or_default();
    letter.len() == 1 && "ILCBFSHfo".contains(letter)
}

/// Git's subcommands that name other repositories, or texts.
pub(super) fn is_foreign(subcommand: &str) -> bool {
    matches!(
        subcommand,
        "bundle"
            | "clone"
            | "config"
            | "credential"
            | "fetch"
            | "ls-remote"
            | "pull"
            | "push"
            | "remote"
            | "replace"
            | "send-email"
            | "submodule"
            | "subtree"
            | "worktree"
    )
}

pub(super) const GIT_GREP: Options = GREP;
