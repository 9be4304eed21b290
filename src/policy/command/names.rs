//! Which variables a read-only command may set: none that changes how this command or a program in
//! it runs.
//!
//! Invariant: an allow-list. Lower-case names are the script's own, but for those that shells give
//! a meaning.

use super::options::listed;

/// Set for one command or for all that follow.
const HARMLESS: &str = "\
    LANGUAGE TZ NO_COLOR TERM COLUMNS LINES CLICOLOR CLICOLOR_FORCE FORCE_COLOR \
    COLORTERM LS_COLORS GREP_COLOR GREP_COLORS BLOCK_SIZE TIMEFORMAT TIME_STYLE CI";

/// Names that scripts give to their own variables and that no program reads.
const OWN: &str = "\
    FILE FILES DIR DIRS SRC ROOT BASE HEAD_SHA BASE_SHA SHA COMMIT BRANCH REF \
    PATTERN COUNT TOTAL START END RESULT N I F D A B OUTPUT";

/// Values of `LANG` and `LC_*`: in another encoding the shell could read the rest of the text as
/// something else.
const LOCALES: &str = "C POSIX C.UTF-8 C.utf8 en_US.UTF-8 en_US.utf8 en_GB.UTF-8";

/// Values that turn a program off, of names that could otherwise name any program.
const OFF: [(&str, &[&str]); 7] = [
    ("PAGER", &["", "cat"]),
    ("GIT_PAGER", &["", "cat"]),
    ("MANPAGER", &["", "cat"]),
    ("BAT_PAGER", &["", "cat"]),
    ("GH_PAGER", &["", "cat"]),
    ("GIT_OPTIONAL_LOCKS", &["0"]),
    ("GIT_TERMINAL_PROMPT", &["0"]),
];

/// Lower-case names with a meaning: zsh's special parameters, bash's history, the proxies of
/// network programs.
const SPECIAL: &str = "\
    path fpath cdpath manpath mailpath module_path fignore prompt prompt2 prompt3 \
    prompt4 psvar argv status pipestatus watch aliases galiases saliases functions \
    commands options builtins parameters modules nameddirs userdirs dirstack \
    history historywords jobdirs jobstates jobtexts reswords patchars termcap \
    terminfo signals match mbegin mend reply histchars keymaps";

/// The same for all names that end like this.
const FAMILIES: &str =
    "_functions _proxy _patchars _reswords _builtins _aliases _galiases _saliases";

pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A lower-case name that is nobody's but the script's.
pub(super) fn is_plain(name: &str) -> bool {
    is_identifier(name)
        && name.chars().any(|c| c.is_ascii_lowercase())
        && !name.chars().any(|c| c.is_ascii_uppercase())
        && !listed(SPECIAL, name)
        && !FAMILIES.split(' ').any(|end| name.ends_with(end))
}

/// May be set for the commands that follow.
pub(super) fn may_be_set(name: &str) -> bool {
    is_plain(name) || name == "_" || listed(OWN, name) || may_be_exported(name)
}

/// May be put into the environment of a command.
pub(super) fn may_be_exported(name: &str) -> bool {
    listed(HARMLESS, name)
}

/// May be set and put into the environment with this value.
pub(super) fn is_harmless(name: &str, value: &str) -> bool {
    let locale = name == "LANG" || (name.starts_with("LC_") && is_identifier(name));
    locale && (value.is_empty() || listed(LOCALES, value))
        || OFF
            .iter()
            .any(|(off, values)| *off == name && values.contains(&value))
}
