//! Tables of commands, and what must hold for any text.

mod may_write;
mod read_only;
mod writing_tools;

use super::{MAX_LENGTH, Verdict, is_single_list, judge};
use may_write::MAY_WRITE;
use proptest::prelude::*;
use read_only::READ_ONLY;
use writing_tools::WRITING_TOOLS;

fn wrong(commands: &[&str], expected: bool) -> Vec<String> {
    let verdict = |command: &str| match judge(command) {
        Verdict::ReadOnly => (true, String::new()),
        Verdict::MayWrite { because } => (false, because),
    };
    commands
        .iter()
        .map(|command| (command, verdict(command)))
        .filter(|(_, (read_only, _))| *read_only != expected)
        .map(|(command, (_, because))| format!("{command}   ({because})"))
        .collect()
}

#[test]
fn commands_that_look_around_are_read_only() {
    assert!(READ_ONLY.len() >= 150);
    let wrong = wrong(READ_ONLY, true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_that_could_write_may_write() {
    assert!(MAY_WRITE.len() + WRITING_TOOLS.len() >= 200);
    let wrong = [wrong(MAY_WRITE, false), wrong(WRITING_TOOLS, false)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_writer_taints_every_list() {
    for command in READ_ONLY
        .iter()
        .filter(|command| !command.contains(['#', '&']))
    {
        for tainted in [
            format!("{command}\nrm x"),
            format!("{{ {command}\n}} && rm x"),
            format!("rm x; {command}"),
            format!("cat <(\n{command}\nrm x\n)"),
        ] {
            assert_ne!(judge(&tainted), Verdict::ReadOnly, "{tainted}");
        }
    }
}

#[test]
fn the_reason_is_short() {
    for (command, expected) in [
        ("rm x", "`rm` is not known to be read-only"),
        ("ls > out.txt", "writes to out.txt"),
        (
            "find . -delete",
            "find: `-delete` is not known to be read-only",
        ),
        (
            "PATH=. ls",
            "sets `PATH`, which may change how commands run",
        ),
        ("ls (", "it can't be parsed"),
    ] {
        assert_eq!(
            judge(command),
            Verdict::MayWrite {
                because: expected.into()
            },
            "{command}"
        );
    }
}

#[test]
fn a_single_list_is_pipelines_joined_by_and() {
    for command in [
        "ls",
        "cargo build",
        "a && b | c && ! d",
        "ls;",
        "(a; b & c)",
        "if a; then b; c; fi > x",
        "# comment\nmake",
        "git commit -m \"$(cat <<'EOF'\nit's (a) \"message\"\nEOF\n)\"",
        "cat > x <<EOF\na & b\nEOF",
        "f=x make",
    ] {
        assert!(is_single_list(command), "{command}");
    }
    for command in [
        "",
        "# comment",
        "a; b",
        "a\nb",
        "a &",
        "a & b",
        "a || b",
        "a && b || c",
        "a )",
        "a (",
        "echo 'x",
        "a;; b",
        "echo $(case x in x) a;; esac) & b",
        "echo \"$(a",
    ] {
        assert!(!is_single_list(command), "{command}");
    }
}

#[rustfmt::skip]
const DEEP: &[&str] = &[
    "(", ")", "$(", "{ ", "if ", "`", "\"", "'", "${x:-", "$((", "((", "<(", "! ", "while ",
    "case x in (x) ", "[[ ! ", "[[ ( ", "coproc ", "\"$(", "\"${x:-", "time ", "elif ", "$[",
    "\\", "x=(", "function f ", "for x in ", "env ", "command -p ", "timeout 1 ", "xargs ",
    "a && ", "a; ", "a | ", "<<E ", "{a,", "[[ a && ", "$", "\"$", "find -exec ", "$'", "else ",
    "x=$(", "<<<", "& ", "\n", "=", "~", "case x in x) ", "( b ( ", "( a; ", "[[ a =~ ( b ( ",
    "x[", "x[x", "[", "x[]=", "x[x]=", "x=(x[", "]", "x={", "{x,", "~x", "a=~:", "1>", "1<",
    "12>&", "x[1]+=", "x[x[x]",
];

#[test]
fn deep_nesting_is_refused() {
    for piece in DEEP {
        for count in [8, 20, 40, 1000, MAX_LENGTH / piece.len(), 100_000] {
            let command = piece.repeat(count);
            assert_ne!(
                judge(&format!("{command}rm x")),
                Verdict::ReadOnly,
                "{piece:?}"
            );
            let _ = is_single_list(&command);
        }
    }
}

#[test]
fn long_commands_are_refused() {
    let long = format!("echo {}", "a".repeat(MAX_LENGTH));
    assert_ne!(judge(&long), Verdict::ReadOnly);
}

#[rustfmt::skip]
const FRAGMENTS: &[&str] = &[
    "rm x", "ls", "cat", "sed -n 1p", "git log", " ", "\n", ";", "&", "&&", "||", "|", "(", ")",
    "{", "}", "'", "\"", "`", "$(", "${", "$((", "))", "$'", "$", "\\", "#", "<<E", "E\n", "<",
    ">", ">&", "<(", "[[", "]]", "if", "then", "fi", "for", "in", "do", "done", "case", "esac",
    "x=", "x", "1", "é", "!", "*", "~", "-", "--", "=", "[", "]", ":-", "\t",
];

fn fragment() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2000)
    })]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = judge(&text);
        let _ = is_single_list(&text);
    }

    #[test]
    fn no_shell_text_panics(text in fragment()) {
        let _ = judge(&text);
        let _ = is_single_list(&text);
    }

    #[test]
    fn bytes_don_t_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = judge(&String::from_utf8_lossy(&bytes));
    }
}
