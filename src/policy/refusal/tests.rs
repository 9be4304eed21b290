//! What real programs print when the kernel refuses them a write.

use super::*;

fn home<'a>(tops: &'a [&'a Path], confined: bool) -> Home<'a> {
    Home {
        workspace: Path::new("/repo/worktrees/h"),
        tops,
        confined,
    }
}

fn paths(output: &str) -> Vec<String> {
    let found = find(output).unwrap_or_else(|| panic!("nothing in {output}"));
    let shown = |p: &PathBuf| p.display().to_string();
    found.paths.iter().map(shown).collect()
}

fn explained(output: &str) -> Option<String> {
    find(output)?.explain(&home(&[Path::new("/repo")], true))
}

/// Lines, and the path that each is about.
const LINES: &[(&str, &str)] = &[
    ("bash: line 1: /repo/x: Permission denied", "/repo/x"),
    ("/bin/bash: line 1: /repo/x: Permission denied", "/repo/x"),
    ("bash: line 1: /repo/a b: Permission denied", "/repo/a b"),
    (
        "dash: 1: cannot create /repo/x: Permission denied",
        "/repo/x",
    ),
    ("zsh:1: permission denied: /repo/x", "/repo/x"),
    ("zsh: operation not permitted: /repo/x", "/repo/x"),
    (
        "touch: cannot touch '/repo/x': Permission denied",
        "/repo/x",
    ),
    (
        "touch: cannot touch '/repo/a b': Permission denied",
        "/repo/a b",
    ),
    (
        "touch: cannot touch \u{2018}/repo/x\u{2019}: Permission denied",
        "/repo/x",
    ),
    (
        "mkdir: cannot create directory '/repo/d': Permission denied",
        "/repo/d",
    ),
    ("rm: cannot remove '/repo/a': Permission denied", "/repo/a"),
    (
        "cp: cannot create regular file '/repo/x': Permission denied",
        "/repo/x",
    ),
    (
        "ln: failed to create symbolic link '/repo/l': Permission denied",
        "/repo/l",
    ),
    ("tee: /repo/x: Permission denied", "/repo/x"),
    (
        "sed: couldn't open temporary file /repo/src/sedITd6WD: Permission denied",
        "/repo/src",
    ),
    (
        "chmod: changing permissions of '/repo/a': Operation not permitted",
        "/repo/a",
    ),
    (
        "truncate: cannot open '/repo/a' for writing: Permission denied",
        "/repo/a",
    ),
    ("dd: failed to open '/repo/a': Permission denied", "/repo/a"),
    (
        "touch: cannot touch '/repo/x': Read-only file system",
        "/repo/x",
    ),
    (
        "fatal: Unable to create '/repo/.git/index.lock': Permission denied",
        "/repo/.git/index.lock",
    ),
    (
        "error: could not lock config file /repo/.git/config: Permission denied",
        "/repo/.git/config",
    ),
    (
        "error: cannot lock ref 'HEAD': Unable to create '/repo/.git/HEAD.lock': Permission denied",
        "/repo/.git/HEAD.lock",
    ),
    (
        "fatal: cannot mkdir /repo/new: Permission denied",
        "/repo/new",
    ),
    (
        "error: insufficient permission for adding an object to repository database /repo/.git/objects",
        "",
    ),
    (
        "PermissionError: [Errno 13] Permission denied: '/repo/x'",
        "/repo/x",
    ),
    (
        "OSError: [Errno 30] Read-only file system: '/repo/x'",
        "/repo/x",
    ),
    (
        "Error: EACCES: permission denied, open '/repo/x'",
        "/repo/x",
    ),
    (
        "Error: EPERM: operation not permitted, unlink '/repo/x'",
        "/repo/x",
    ),
    (
        "Error: EROFS: read-only file system, mkdir '/repo/k'",
        "/repo/k",
    ),
    (
        "npm ERR! Error: EACCES: permission denied, mkdir '/repo/k'",
        "/repo/k",
    ),
    ("open /repo/x: permission denied", "/repo/x"),
    (
        "java.io.FileNotFoundException: /repo/x (Permission denied)",
        "/repo/x",
    ),
    ("java.nio.file.AccessDeniedException: /repo/x", "/repo/x"),
    (
        "error: failed to write `/repo/x`: Permission denied (os error 13)",
        "/repo/x",
    ),
    (
        "error: failed to open: /repo/t/.cargo-lock\n\nCaused by:\n  Permission denied (os error 13)",
        "/repo/t/.cargo-lock",
    ),
    (
        "touch: cannot touch '/repo/src/../x': Permission denied",
        "/repo/x",
    ),
];

#[test]
fn the_path_is_taken_from_the_line_of_the_refusal() {
    for (line, path) in LINES {
        let found = paths(&format!("before\n{line}\nbehind"));
        let wanted: Vec<&str> = Some(*path).filter(|p| !p.is_empty()).into_iter().collect();
        assert_eq!(found, wanted, "{line}");
    }
}

#[test]
fn two_paths_of_one_line_are_both_taken() {
    for line in [
        "mv: cannot move '/repo/a' to '/repo/b': Permission denied",
        "PermissionError: [Errno 13] Permission denied: '/repo/a' -> '/repo/b'",
        "Error: EXDEV: cross-device link not permitted, rename '/repo/a' -> '/repo/b'",
    ] {
        assert_eq!(paths(line), ["/repo/a", "/repo/b"], "{line}");
    }
}

#[test]
fn a_relative_name_and_none_are_told_apart() {
    let relative = |output| find(output).unwrap().relative;
    assert_eq!(
        relative("bash: line 1: out.txt: Permission denied"),
        ["out.txt"]
    );
    assert_eq!(relative("bash: ./run.sh: Permission denied"), ["./run.sh"]);
    assert_eq!(
        relative("touch: cannot touch 'out.txt': Permission denied"),
        ["out.txt"]
    );
    let unnamed = |output| find(output).unwrap().unnamed;
    assert!(unnamed(
        "  errno: -13,\n  code: 'EACCES',\n  syscall: 'open',"
    ));
    assert!(unnamed("cannot: Permission denied at -e line 1."));
    assert!(unnamed("Permission denied (os error 13)"));
}

#[test]
fn what_is_no_refused_write_is_passed_over() {
    for output in [
        "",
        "all good",
        "cat: /etc/shadow: Permission denied",
        "/bin/ls: cannot open directory '/root': Permission denied",
        "find: '/proc/1/task': Permission denied",
        "grep: /etc/shadow: Permission denied",
        "head: cannot open '/etc/shadow' for reading: Permission denied",
        "sort: cannot open '/etc/shadow' for reading: Permission denied",
        "git@github.com: Permission denied (publickey).",
        "warning: unable to access '/home/dev/.config/git/attributes': Permission denied",
        "SUPERMAN, MYEPERMX and EACCESS_TOKEN",
        "permission denied while trying to connect to the Docker daemon socket at unix:///x",
    ] {
        assert_eq!(find(output), None, "{output}");
    }
}

#[test]
fn each_place_outside_says_what_to_use_in_its_place() {
    let text = explained(
        "bash: line 1: /repo/src/x: Permission denied\ntouch: cannot touch '/tmp/y': Permission denied\n\
         touch: cannot touch '/etc/z': Permission denied",
    );
    assert_eq!(
        text.unwrap(),
        "MAOS: outside of your workspace /repo/worktrees/h: /repo/src/x (in your workspace it is \
         /repo/worktrees/h/src/x), /tmp/y (your own temporary directory is $TMPDIR), /etc/z."
    );
    let text = explained("fatal: Unable to create '/repo/.git/index.lock': Permission denied");
    assert!(
        text.unwrap()
            .contains("/repo/.git/index.lock (of the main checkout")
    );
    let text = explained("touch: cannot touch '/repo/worktrees/other/x': Permission denied");
    assert!(!text.unwrap().contains("in your workspace it is"));
    // `/repo2` is not below `/repo`.
    let text = explained("touch: cannot touch '/repo2/x': Permission denied");
    assert!(text.unwrap().ends_with("h: /repo2/x."));
}

#[test]
fn many_refusals_are_one_line() {
    let line = |n| format!("rm: cannot remove '/repo/d/{n}': Permission denied\n");
    let many: String = (0..500).map(line).collect();
    let text = explained(&many).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(
        text.ends_with("/repo/d/2 (in your workspace it is /repo/worktrees/h/d/2), and 197 more."),
        "{text}"
    );
    assert_eq!(text.matches("in your workspace it is").count(), 3);
}

#[test]
fn a_file_inside_is_not_explained() {
    let inside = "PermissionError: [Errno 13] Permission denied: '/repo/worktrees/h/locked'";
    assert_eq!(explained(inside), None);
    assert_eq!(explained(&format!("{inside}\n  code: 'EACCES',")), None);
    let both = format!("{inside}\ntouch: cannot touch '/repo/x': Permission denied");
    assert!(!explained(&both).unwrap().contains("locked"));
}

#[test]
fn where_no_path_is_named_the_workspace_is() {
    let text = explained("make: *** [Makefile:1: all] Permission denied").unwrap();
    assert!(text.contains("/repo/worktrees/h and $TMPDIR"), "{text}");
    let refused = find("x: Permission denied").unwrap();
    assert_eq!(refused.explain(&home(&[], false)), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "([a-z:'\u{2018}\u{2019}/ \"`(),\n]|Permission denied|EACCES){0,40}") {
        if let Some(found) = find(&text) {
            let _ = found.explain(&home(&[], true));
        }
    }
}
