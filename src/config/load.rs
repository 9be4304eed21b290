//! Puts the sources together.
//!
//! Later wins, key by key: defaults, the user-wide file, the project's file, the
//! environment. Called by the hook on every event, so nothing here starts a
//! process; `is_tracked` may, and is asked only where the answer matters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::{self, Found};
use super::env;
use super::file::{self, Text};
use super::problem::{Problem, Severity, quoted};
use super::settings::Settings;
use super::table::{AGENTS, TABLE};
use super::trust;

/// The configuration that counts, and how it came about.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What counts.
    pub settings: Settings,
    /// Every value of it, in the order of the table.
    pub origins: Vec<Setting>,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

/// One value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key: `isolation.mode`.
    pub id: String,
    /// Its value.
    pub value: Value,
    /// `default`, `<file>:<line>`, or `MAOS_... in the environment`.
    pub from: String,
}

impl Loaded {
    /// Whether a problem is an error, not just a warning.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Values::defaults().settings()
    }
}

/// Reads the configuration of the project whose main worktree `project` is.
///
/// `is_tracked` says whether a file came with the repository, and says so too
/// where it can't tell: in a submodule, or tracked in other capitals where those
/// name the same file. It is asked only if the project's file weakens isolation.
pub fn load(project: &Path, is_tracked: &dyn Fn(&Path) -> bool) -> Loaded {
    let sources = Sources {
        user: env::config_dir(),
        project,
        variable: &env::setting,
    };
    sources.load(is_tracked)
}

/// Where configuration comes from.
pub(super) struct Sources<'a> {
    /// The directory of the user's own files.
    pub user: Option<PathBuf>,
    pub project: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Sources<'_> {
    pub(super) fn load(&self, is_tracked: &dyn Fn(&Path) -> bool) -> Loaded {
        let mut values = Values::defaults();
        let mut problems = Vec::new();

        let mut take = |source: Result<Option<Text>, Problem>, guarded: bool| match source {
            Err(problem) => problems.push(problem),
            Ok(None) => {}
            Ok(Some(file)) => {
                let (mut found, wrong) = document::parse(&file.path, &file.text);
                problems.extend(wrong);
                if guarded {
                    problems.extend(self.drop_untrusted(&file, &mut found, is_tracked));
                }
                for one in found {
                    let from = format!("{}:{}", file.path.display(), one.line);
                    values.set(one.row, one.agent, one.value, from);
                }
            }
        };
        if let Some(dir) = &self.user {
            take(file::of_user(dir), false);
        }
        take(file::of_project(self.project), true);

        problems.extend(self.environment(&mut values));
        Loaded {
            settings: values.settings(),
            origins: values.origins(),
            problems,
        }
    }

    /// Takes out what weakens isolation, if the file came with the repository and
    /// the user has not said that it counts.
    fn drop_untrusted(
        &self,
        file: &Text,
        found: &mut Vec<Found>,
        is_tracked: &dyn Fn(&Path) -> bool,
    ) -> Vec<Problem> {
        if !found.iter().any(Found::asks) || !is_tracked(&file.path) {
            return Vec::new();
        }
        let mut problems = Vec::new();
        match trust::is_trusted(self.user.as_deref(), self.project, &file.text) {
            Ok(true) => return problems,
            Ok(false) => {}
            Err(problem) => problems.push(problem),
        }
        found.retain(|one| {
            if one.asks() {
                problems.push(Problem {
                    severity: Severity::Warning,
                    file: Some(file.path.clone()),
                    line: Some(one.line),
                    text: format!(
                        "{} came with the repository and does not count; if you want it, run `maos trust`",
                        quoted(&format!("{}: {}", one.id(), one.value))
                    ),
                });
            }
            !one.asks()
        });
        problems
    }

    fn environment(&self, values: &mut Values) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (index, row) in TABLE.iter().enumerate() {
            let Some(name) = row.env else { continue };
            let Some(text) = (self.variable)(name) else {
                continue;
            };
            match row.kind.check_text(&text) {
                Some(value) => values.set(index, None, value, format!("{name} in the environment")),
                None => problems.push(Problem {
                    severity: Severity::Error,
                    file: None,
                    line: None,
                    text: format!(
                        "{name} in the environment must be {}, not {}",
                        row.kind,
                        quoted(&text)
                    ),
                }),
            }
        }
        problems
    }
}

/// The values that count so far, in the order of the table: the agents' keys of
/// one type stand together.
#[derive(Debug, Default)]
struct Values(BTreeMap<Place, (Value, String)>);

/// The first row of the section, the type of agent, the row.
type Place = (usize, Option<String>, usize);

impl Values {
    fn defaults() -> Self {
        let mut values = Self::default();
        for (index, row) in TABLE.iter().enumerate() {
            if let Some(value) = row.default.value() {
                values.set(index, None, value, "default".to_owned());
            }
        }
        values
    }

    fn set(&mut self, row: usize, agent: Option<String>, value: Value, from: String) {
        let section = TABLE[row].section;
        let first = TABLE.iter().position(|r| r.section == section);
        self.0
            .insert((first.unwrap_or(row), agent, row), (value, from));
    }

    fn settings(&self) -> Settings {
        let mut tree = Map::new();
        for ((_, agent, row), (value, _)) in &self.0 {
            let row = &TABLE[*row];
            let mut at = inside(&mut tree, row.section);
            if let (AGENTS, Some(agent)) = (row.section, agent) {
                at = inside(at, agent);
            }
            at.insert(row.name.to_owned(), value.clone());
        }
        serde_json::from_value(Value::Object(tree))
            .expect("every value passed the check of its row, and every field has a row")
    }

    fn origins(self) -> Vec<Setting> {
        self.0
            .into_iter()
            .map(|((_, agent, row), (value, from))| Setting {
                id: TABLE[row].id_for(agent.as_deref()),
                value,
                from,
            })
            .collect()
    }
}

/// The object of that name, made if need be.
fn inside<'m>(map: &'m mut Map<String, Value>, name: &str) -> &'m mut Map<String, Value> {
    let entry = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    entry
        .as_object_mut()
        .expect("sections and types of agents are objects only")
}
