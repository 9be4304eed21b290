//! A command whose paths were exchanged, run by the real shell: it gets the
//! workspace's paths, whatever its name is and whatever quotes stand around them.

use std::path::{Path, PathBuf};
use std::process::Command;

use maos::policy::command::rewrite;
use tempfile::TempDir;

struct Trees {
    dir: TempDir,
    repo: PathBuf,
    workspace: PathBuf,
}

/// A checkout and a workspace of that name, each with `src/a b.txt` and `p.txt`, the
/// checkout with `only.txt` besides; `show` prints its arguments.
fn trees(workspace: &str) -> Trees {
    let dir = TempDir::new().unwrap();
    let top = dir.path().canonicalize().unwrap();
    let (repo, workspace) = (top.join("repo"), top.join(workspace));
    for tree in [&repo, &workspace] {
        std::fs::create_dir_all(tree.join("src")).unwrap();
        std::fs::write(tree.join("src/a b.txt"), "x").unwrap();
        std::fs::write(tree.join("p.txt"), "x").unwrap();
    }
    std::fs::write(repo.join("only.txt"), "x").unwrap();
    Trees {
        dir,
        repo,
        workspace,
    }
}

impl Trees {
    fn rewritten(&self, command: &str) -> String {
        let command = command.replace("/repo", &self.repo.to_string_lossy());
        let exists = |path: &Path| path.symlink_metadata().is_ok();
        let result = rewrite(&command, &[&self.repo], &self.workspace, &exists);
        result.unwrap_or(command)
    }

    fn run(&self, command: &str) -> String {
        let show = "show() { for word in \"$@\"; do printf '[%s]' \"$word\"; done; }; ";
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("{show}{command}"));
        let output = bash.current_dir(self.dir.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let named = |text: &str, path: &Path, short| text.replace(&*path.to_string_lossy(), short);
        let text = named(&text, &self.workspace, "@");
        named(&text, &self.repo, "/repo")
    }
}

#[test]
fn bash_gets_the_paths_of_the_workspace() {
    for name in [
        "plain",
        "my work",
        "it's",
        "a\"b",
        "$HOME `x` \\",
        "*?[x]{a,b}",
        "~ü#!&;(<>|)",
    ] {
        let trees = trees(name);
        for (command, wanted) in [
            (
                "show /repo/p.txt '/repo/p.txt' \"/repo/p.txt\" $'/repo/p.txt'",
                "[@/p.txt][@/p.txt][@/p.txt][@/p.txt]",
            ),
            (
                "show /repo/src/a\\ b.txt \"/repo/src/a b.txt\" /repo/'src'",
                "[@/src/a b.txt][@/src/a b.txt][@/src]",
            ),
            (
                "show --x=/repo/p.txt --x='/repo' -I/repo/src /repo/only.txt",
                "[--x=@/p.txt][--x=@][-I@/src][/repo/only.txt]",
            ),
            ("show \"$(cat <<< /repo/p.txt)\" /repo", "[/repo/p.txt][@]"),
            (
                "show /repo2 x/repo /repo/$x/p.txt /repo/p.txt",
                "[/repo2][x/repo][/repo//p.txt][@/p.txt]",
            ),
            ("A=/repo/src B=\"/repo\"; show \"$A\" \"$B\"", "[@/src][@]"),
            (
                "for f in /repo/src \"/repo/p.txt\"; do show \"$f\"; done",
                "[@/src][@/p.txt]",
            ),
            (
                "(cd \"/repo/src\" && pwd) && echo new > /repo/src/new && cat /repo/src/new",
                "@/src\nnew\n",
            ),
        ] {
            let result = trees.rewritten(command);
            assert_eq!(trees.run(&result), wanted, "{name}: {command}\n{result}");
        }
        assert!(trees.workspace.join("src/new").is_file() && !trees.repo.join("src/new").exists());
    }
}
