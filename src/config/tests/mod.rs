//! Tests of the configuration as a whole: files on disk in, settings out.

mod files;
mod keys;
mod table;
mod trust;
mod values;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::load::{Loaded, Sources};
use super::problem::Severity;
use super::table::AGENTS;

/// A project and a user's directory, with an environment of its own.
struct Bench {
    root: TempDir,
    variables: Vec<(&'static str, &'static str)>,
    tracked: bool,
    /// How often it was asked whether a file is tracked.
    asked: Cell<u32>,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            root: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
            tracked: false,
            asked: Cell::new(0),
        };
        fs::create_dir_all(bench.project().join(".maos")).unwrap();
        fs::create_dir_all(bench.user()).unwrap();
        bench
    }

    /// A bench with this project file.
    fn with(text: &str) -> Self {
        let bench = Self::new();
        bench.write(text);
        bench
    }

    fn project(&self) -> PathBuf {
        self.root.path().join("project")
    }

    fn user(&self) -> PathBuf {
        self.root.path().join("user/maos")
    }

    fn file(&self) -> PathBuf {
        self.project().join(".maos/config.json")
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        fs::write(self.file(), text).unwrap();
    }

    fn write_user(&self, text: &str) {
        fs::write(self.user().join("config.json"), text).unwrap();
    }

    fn load(&self) -> Loaded {
        let project = self.project();
        let sources = Sources {
            user: Some(self.user()),
            project: &project,
            variable: &|name| {
                let found = self.variables.iter().find(|(n, _)| *n == name);
                found.map(|(_, value)| (*value).to_owned())
            },
        };
        sources.load(&|path: &Path| {
            assert_eq!(path, self.file());
            self.asked.set(self.asked.get() + 1);
            self.tracked
        })
    }

    /// Where the value of a key comes from, with the bench's own path as `@`.
    fn origin(&self, loaded: &Loaded, id: &str) -> (Value, String) {
        let setting = loaded.origins.iter().find(|s| s.id == id).unwrap();
        (setting.value.clone(), self.plain(&setting.from))
    }

    fn plain(&self, text: &str) -> String {
        text.replace(&self.root.path().display().to_string(), "@")
    }

    /// The problems as people see them.
    fn problems(&self, loaded: &Loaded) -> Vec<String> {
        let all = loaded.problems.iter();
        all.map(|p| self.plain(&p.to_string())).collect()
    }

    /// The one problem that there is.
    fn problem(&self, loaded: &Loaded) -> String {
        let mut all = self.problems(loaded);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

fn errors(loaded: &Loaded) -> usize {
    let all = loaded.problems.iter();
    all.filter(|p| p.severity == Severity::Error).count()
}

/// A file whose value for the row stands on line 5.
fn file(section: &str, name: &str, value: &str) -> String {
    if section == AGENTS {
        return format!("{{\n\"maos\": {{\n\"agents\": {{\n\"x\": {{\n\"{name}\": {value}}}}}}}}}");
    }
    format!("{{\n\"maos\": {{\n\"{section}\":\n{{\n\"{name}\": {value}}}}}}}")
}
