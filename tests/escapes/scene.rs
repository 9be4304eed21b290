//! What stands around the agent: a repository with a history, a home, a directory
//! of another project.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::corpus::world::Way;
use crate::corpus::{Backend, World};
use crate::support::Sandbox;

/// Below the world's directory: the commits that must stay readable.
pub const COMMITS: &str = "outside/.commits";

pub fn world(backend: Backend) -> World {
    World::new(
        Way::Maos(backend),
        &crate::corpus::world::scratch(),
        2,
        fill,
    )
}

fn fill(sandbox: &Sandbox) {
    repository(sandbox);
    home(&sandbox.home);
    let outside = sandbox.top().join("outside");
    for (name, text) in [
        ("project/notes.txt", "notes\n"),
        ("victim.txt", "as it was\n"),
    ] {
        put(&outside.join(name), text);
    }
    let origin = outside.join("origin.git");
    let at = origin.to_string_lossy().into_owned();
    sandbox.git(&["clone", "-q", "--bare", ".", &at]);
    sandbox.git(&["remote", "add", "origin", &at]);
    let mut commits = sandbox.git(&["rev-list", "--all"]);
    // One that only the reflog names.
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "abandoned"]);
    commits = format!("{commits}\n{}\n", sandbox.git(&["rev-parse", "HEAD"]));
    sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    put(&sandbox.top().join(COMMITS), &commits);
}

fn repository(sandbox: &Sandbox) {
    sandbox.git(&["init", "-q", "-b", "main", "--template="]);
    sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    put(&sandbox.path(".git/info/exclude"), "*.scratch\n");
    hook(sandbox, "pre-push");
    for (name, text) in [
        ("src/a.txt", "one\n"),
        ("p.txt", "p\n"),
        ("README.md", "# A project\n"),
        (".gitignore", ".env\n"),
        (".claude/settings.json", "{}\n"),
        (".mcp.json", "{\"mcpServers\": {}}\n"),
    ] {
        sandbox.write(name, text);
    }
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escapes/scripts");
    for script in fs::read_dir(scripts).expect("scripts").flatten() {
        let text = fs::read_to_string(script.path()).expect("a script");
        let name = script.file_name().to_string_lossy().into_owned();
        sandbox.write(&format!("tools/{name}"), &text);
    }
    sandbox.commit("one");
    sandbox.git(&["branch", "feature"]);
    sandbox.write("src/a.txt", "one\ntwo\n");
    sandbox.write("CLAUDE.md", "Be kind.\n");
    sandbox.commit("two");
    sandbox.git(&["tag", "v1"]);
    sandbox.git(&["branch", "release"]);
    sandbox.git(&["pack-refs", "--all"]);
    sandbox.write("src/b.txt", "b\n");
    sandbox.commit("three");
    sandbox.git(&["repack", "-q", "-a", "-d"]);
    sandbox.write("src/c.txt", "c\n");
    sandbox.commit("four");
    sandbox.git(&["branch", "loose"]);
    sandbox.write(".env", "SECRET=1\n");
}

fn home(home: &Path) {
    for (name, text) in [
        (".bashrc", "# start\n"),
        (".profile", "# start\n"),
        (".gitconfig", "[user]\n\tname = Dev\n"),
        (".ssh/authorized_keys", "ssh-ed25519 AAAA dev\n"),
        (".ssh/config", "Host *\n"),
        (".cargo/config.toml", "[net]\n"),
        (".cargo/registry/cache/crate.txt", "crate\n"),
        (".npm/_cacache/entry.txt", "entry\n"),
        (".npmrc", "fund=false\n"),
        (".claude/settings.json", "{}\n"),
        (".claude.json", "{}\n"),
        (".config/git/ignore", "*.swp\n"),
    ] {
        put(&home.join(name), text);
    }
    for name in [".cargo/bin/tool", ".local/bin/tool"] {
        put(&home.join(name), "#!/bin/sh\n");
        executable(&home.join(name));
    }
}

fn hook(sandbox: &Sandbox, name: &str) {
    let path = sandbox.path(".git/hooks").join(name);
    put(&path, "#!/bin/sh\nexit 0\n");
    executable(&path);
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("its directory");
    fs::write(path, text).expect("the file");
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("its mode");
}
