//! A project such as agents work in: a small crate, a package of Node, a package
//! of Python, a Makefile, and a few branches.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::corpus::World;
use crate::corpus::world::{Way, scratch};
use crate::support::Sandbox;

pub fn world(way: Way) -> World {
    World::new(way, &scratch(), 1, fill)
}

fn fill(sandbox: &Sandbox) {
    sandbox.git(&["init", "-q", "-b", "main", "--template="]);
    for (name, text) in FILES {
        sandbox.write(name, text);
    }
    sandbox.commit("one");
    sandbox.git(&["checkout", "-q", "-b", "feature"]);
    sandbox.write("src/feature.txt", "feature\n");
    sandbox.commit("feature");
    sandbox.git(&["checkout", "-q", "-b", "clash", "main"]);
    sandbox.write("notes.txt", "clash\n");
    sandbox.commit("clash");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["tag", "v1"]);
    sandbox.write("notes.txt", "first\nsecond\n");
    sandbox.commit("two");
    sandbox.write("docs/guide.md", "# Guide\n\nRead it.\n");
    sandbox.commit("three");
    sandbox.git(&["tag", "-a", "v2", "-m", "the second"]);
    hook(sandbox, "commit-msg", "#!/bin/sh\ngrep -q . \"$1\"\n");
    hook(
        sandbox,
        "pre-commit",
        "#!/bin/sh\ntest ! -e forbidden.txt\n",
    );
    let origin = sandbox.top().join("origin.git");
    sandbox.git(&["clone", "-q", "--bare", ".", &origin.to_string_lossy()]);
    sandbox.git(&["remote", "add", "origin", &origin.to_string_lossy()]);
    sandbox.git(&["fetch", "-q", "origin"]);
}

fn hook(sandbox: &Sandbox, name: &str, text: &str) {
    let path = sandbox.path(&format!(".git/hooks/{name}"));
    sandbox.write(&format!(".git/hooks/{name}"), text);
    executable(&path);
}

fn executable(path: &Path) {
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("its mode");
}

const FILES: &[(&str, &str)] = &[
    (
        ".gitignore",
        "target/\nnode_modules/\n__pycache__/\nbuild/\n*.log\n",
    ),
    ("notes.txt", "first\n"),
    ("README.md", "# Sample\n\nA project to try commands on.\n"),
    ("src/a.txt", "alpha\nbeta\ngamma\n"),
    (
        "src/lib.rs",
        "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(super::add(1, 2), 3);\n    }\n}\n",
    ),
    (
        "src/main.rs",
        "fn main() {\n    println!(\"{}\", sample::add(20, 22));\n}\n",
    ),
    (
        "Cargo.toml",
        "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    (
        "Cargo.lock",
        "version = 3\n\n[[package]]\nname = \"sample\"\nversion = \"0.1.0\"\n",
    ),
    (
        "package.json",
        "{\n  \"name\": \"sample\",\n  \"version\": \"1.0.0\",\n  \"private\": false,\n  \"main\": \"js/index.js\",\n  \"scripts\": {\n    \"build\": \"mkdir -p build && node js/build.js\",\n    \"test\": \"node --test js/\",\n    \"lint\": \"node --check js/index.js\"\n  }\n}\n",
    ),
    (
        "js/index.js",
        "module.exports = { add: (a, b) => a + b };\n",
    ),
    (
        "js/build.js",
        "require('fs').writeFileSync('build/out.js', 'built');\n",
    ),
    (
        "js/index.test.js",
        "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./index.js');\ntest('adds', () => assert.strictEqual(add(1, 2), 3));\n",
    ),
    ("py/__init__.py", ""),
    ("py/calc.py", "def add(a, b):\n    return a + b\n"),
    (
        "py/test_calc.py",
        "import unittest\n\nfrom py.calc import add\n\n\nclass Adds(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(add(1, 2), 3)\n",
    ),
    (
        "Makefile",
        "all: build/x build/y\n\nbuild/%: src/a.txt\n\t@mkdir -p build\n\t@sort -r $< > $@\n\ntest: all\n\t@grep -q gamma build/x && echo passed\n\nclean:\n\t@rm -rf build\n\n.PHONY: all test clean\n",
    ),
    (
        "c/hello.c",
        "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n",
    ),
    ("scripts/hello.sh", "#!/bin/sh\necho hello \"$@\"\n"),
    ("data/numbers.csv", "name,count\none,1\ntwo,2\nthree,3\n"),
    ("data/x.json", "{\"a\": {\"b\": [1, 2, 3]}}\n"),
];
