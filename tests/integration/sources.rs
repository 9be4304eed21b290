//! The project's own files, for the tests that look at them.

use std::fs;
use std::path::Path;

/// A file as text.
pub(super) struct Source {
    /// Relative to the project, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// The top-level module of a file below `src`.
    pub(super) fn module(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        let first = inside.split('/').next().unwrap_or(inside);
        first.trim_end_matches(".rs")
    }

    /// How deep its module lies: 1 for `src/clock.rs` and `src/hook/mod.rs`.
    pub(super) fn depth(&self) -> usize {
        let parts = self.path.trim_start_matches("src/").split('/');
        parts.filter(|part| *part != "mod.rs").count()
    }
}

/// All Rust files below these directories.
pub(super) fn read_all(tops: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for top in tops {
        walk(Path::new(top), &mut paths);
    }
    let rust = paths.into_iter().filter(|path| is(path, "rs"));
    rust.map(|path| Source {
        text: fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}")),
        path,
    })
    .collect()
}

/// All files below a directory, or that file.
pub(super) fn walk(top: &Path, paths: &mut Vec<String>) {
    if top.is_file() {
        paths.push(top.to_string_lossy().replace('\\', "/"));
    } else if let Ok(entries) = fs::read_dir(top) {
        let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in &entries {
            walk(path, paths);
        }
    }
}

/// Whether a file name has this ending.
pub(super) fn is(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e == ending)
}

/// The text without line comments.
pub(super) fn code(text: &str) -> String {
    let plain = |line: &str| {
        let end = line
            .find("// ")
            .or_else(|| line.trim_start().starts_with("//").then_some(0));
        line[..end.unwrap_or(line.len())].to_owned()
    };
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}
