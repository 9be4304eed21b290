//! Takes a configuration file apart: what it sets, on which lines, and what is
//! wrong with the rest.
//!
//! Invariant: one bad key spoils nothing but itself; a text that is not JSON
//! sets nothing. The parser that knows positions takes more than JSON even when
//! it is told not to (line breaks in strings), so `serde_json` has the last word.

use std::collections::HashSet;
use std::path::Path;

use jsonc_parser::ast::{Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::kind::Fault;
use super::problem::{Problem, Problems, Severity, quoted};
use super::table::{self, AGENTS, Row, TABLE};

/// One value that a file sets.
#[derive(Debug)]
pub(super) struct Found {
    /// The place of its row in [`TABLE`].
    pub row: usize,
    /// The type of agent that it is for.
    pub agent: Option<String>,
    pub value: Value,
    pub line: usize,
}

impl Found {
    pub(super) fn row(&self) -> &'static Row {
        &TABLE[self.row]
    }

    pub(super) fn id(&self) -> String {
        self.row().id_for(self.agent.as_deref())
    }

    pub(super) fn asks(&self) -> bool {
        self.row().asks_for(&self.value)
    }
}

/// What stands in the text of `file`.
pub(super) fn parse(file: &Path, text: &str) -> (Vec<Found>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        lines: line_starts(text),
        found: Vec::new(),
        problems: Problems::of(file),
    };
    match tree(text) {
        Ok(root) => reader.root(&root),
        Err(NotJson { line, column, what }) => {
            reader.error(line, format!("not JSON: {what} (column {column})"));
        }
    }
    (reader.found, reader.problems.into_vec())
}

struct NotJson {
    line: usize,
    column: usize,
    what: String,
}

fn tree(text: &str) -> Result<Node<'_>, NotJson> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let tree = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|e| NotJson {
        line: e.line_display(),
        column: e.column_display(),
        what: lower_first(&e.kind().to_string()),
    })?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|e| {
        let what = e.to_string();
        NotJson {
            line: e.line().max(1),
            column: e.column().max(1),
            what: what
                .rsplit_once(" at line ")
                .map_or(&*what, |(what, _)| what)
                .to_owned(),
        }
    })?;
    tree.value.ok_or_else(|| NotJson {
        line: 1,
        column: 1,
        what: "it is empty".to_owned(),
    })
}

struct Reader {
    /// The offset at which each line begins.
    lines: Vec<usize>,
    found: Vec<Found>,
    problems: Problems,
}

impl Reader {
    fn root(&mut self, value: &Node<'_>) {
        let Some(root) = self.object("the file", value) else {
            return;
        };
        self.each(root, |reader, name, prop| {
            if name == "maos" {
                reader.maos(&prop.value);
            } else {
                reader.unknown(prop, "", name);
            }
        });
    }

    fn maos(&mut self, value: &Node<'_>) {
        let Some(maos) = self.object("`maos`", value) else {
            return;
        };
        self.each(maos, |reader, name, prop| {
            match table::sections().find(|section| *section == name) {
                Some(AGENTS) => reader.agents(&prop.value),
                Some(section) => reader.section(section, None, &prop.value),
                None => reader.unknown(prop, "maos.", name),
            }
        });
    }

    fn agents(&mut self, value: &Node<'_>) {
        let Some(agents) = self.object("`agents`", value) else {
            return;
        };
        self.each(agents, |reader, name, prop| {
            reader.section(AGENTS, Some(name), &prop.value);
        });
    }

    fn section(&mut self, section: &'static str, agent: Option<&str>, value: &Node<'_>) {
        let path = agent.map_or_else(|| section.to_owned(), |a| format!("{section}.{a}"));
        let Some(object) = self.object(&quoted(&path), value) else {
            return;
        };
        self.each(object, |reader, name, prop| {
            let row = TABLE
                .iter()
                .position(|row| row.section == section && row.name == name);
            match row {
                Some(row) => reader.value(row, agent, prop),
                None => reader.unknown(prop, &format!("maos.{path}."), name),
            }
        });
    }

    fn value(&mut self, row: usize, agent: Option<&str>, prop: &ObjectProp<'_>) {
        let kind = TABLE[row].kind;
        match kind.check_json(&prop.value) {
            Ok(value) => self.found.push(Found {
                row,
                agent: agent.map(str::to_owned),
                value,
                line: self.line(prop.start()),
            }),
            Err(Fault { offset, found }) => {
                let id = quoted(&TABLE[row].id_for(agent));
                self.error(
                    self.line(offset),
                    format!("{id} must be {kind}, not {found}"),
                );
            }
        }
    }

    fn object<'n, 't>(&mut self, what: &str, value: &'n Node<'t>) -> Option<&'n Object<'t>> {
        let object = value.as_object();
        if object.is_none() {
            let Fault { offset, found } = Fault::at(value);
            self.error(
                self.line(offset),
                format!("{what} must be an object, not {found}"),
            );
        }
        object
    }

    fn each(
        &mut self,
        object: &Object<'_>,
        mut visit: impl FnMut(&mut Self, &str, &ObjectProp<'_>),
    ) {
        let mut seen = HashSet::new();
        for prop in &object.properties {
            let name = prop.name.as_str();
            if !seen.insert(name) {
                let text = format!("{} stands here a second time", quoted(name));
                self.problems
                    .add(Severity::Warning, self.line(prop.start()), text);
            }
            visit(self, name, prop);
        }
    }

    /// `parent` is the path of the object that the key stands in, with a dot.
    fn unknown(&mut self, prop: &ObjectProp<'_>, parent: &str, name: &str) {
        let line = self.line(prop.start());
        let hint = if self.problems.is_full() {
            String::new()
        } else {
            hint(parent, name)
        };
        let path = quoted(&format!("{parent}{name}"));
        self.problems.add(
            Severity::Warning,
            line,
            format!("{path} is not a known key{hint}"),
        );
    }

    fn error(&mut self, line: usize, text: String) {
        self.problems.add(Severity::Error, line, text);
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

fn line_starts(text: &str) -> Vec<usize> {
    let after = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).collect()
}

/// `; did you mean ...?` with the nearest known key, wherever that stands, else
/// what is known in this place.
fn hint(parent: &str, name: &str) -> String {
    const NEAR: f64 = 0.6;
    let short: String = name.chars().take(60).collect();
    let wanted = short.to_lowercase();
    let known = known(parent);
    let near = known
        .iter()
        .filter_map(|path| {
            let (place, last) = path.rsplit_once('.').unwrap_or(("", path));
            let score = strsim::normalized_damerau_levenshtein(last, &wanted);
            // A key of the same object is likelier than one of another.
            let here = parent.strip_suffix('.').unwrap_or("") == place;
            (score >= NEAR).then_some((score + if here { 0.1 } else { 0.0 }, path))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, path)) = near {
        return format!("; did you mean {}?", quoted(path));
    }
    let here: Vec<String> = known
        .iter()
        .filter_map(|path| path.strip_prefix(parent))
        .filter(|rest| !rest.contains('.'))
        .map(quoted)
        .collect();
    format!("; known here: {}", here.join(", "))
}

/// The paths of all keys and sections, those of agents below the type that
/// `parent` names.
fn known(parent: &str) -> Vec<String> {
    let agent = parent
        .strip_prefix("maos.agents.")
        .and_then(|rest| rest.strip_suffix('.'))
        .unwrap_or("<type>");
    let sections = table::sections().map(|section| format!("maos.{section}"));
    let rows = TABLE
        .iter()
        .map(|row| format!("maos.{}", row.id_for(Some(agent))));
    std::iter::once("maos".to_owned())
        .chain(sections)
        .chain(rows)
        .collect()
}
