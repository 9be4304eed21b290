//! The table, its rule for names, and the page that people read.

use std::collections::BTreeSet;

use super::Bench;
use crate::config::table::{AGENTS, Ask, Kind, Preset, Row, TABLE, sections};

const PAGE: &str = include_str!("../../../docs/configuration.md");

/// A row of the page's table.
fn line(row: &Row) -> String {
    let value = |preset: Preset| preset.value().map(|v| format!("`{v}`"));
    let default = value(row.default).unwrap_or_default();
    let env = row.env.map(|name| format!("`{name}`")).unwrap_or_default();
    let ask = match row.ask {
        Ask::Never => String::new(),
        Ask::For(weak) => value(weak).unwrap_or_default(),
        Ask::Unless(strong) => format!("all but {}", value(strong).unwrap_or_default()),
        Ask::ForAny => "every entry".to_owned(),
    };
    let (id, kind, about) = (row.id(), row.kind, row.about);
    format!("| `{id}` | {kind} | {default} | {env} | {ask} | {about} |").replace("  ", " ")
}

#[test]
fn the_page_has_the_rows_of_the_table_and_no_others() {
    let page: Vec<&str> = PAGE.lines().filter(|l| l.starts_with("| `")).collect();
    let table: Vec<String> = TABLE.iter().map(line).collect();
    assert!(
        page == table,
        "docs/configuration.md should have:\n{}",
        table.join("\n")
    );
}

#[test]
fn the_page_names_no_variable_that_there_is_not() {
    let known: BTreeSet<&str> = TABLE.iter().filter_map(|row| row.env).collect();
    let named = PAGE
        .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
        .filter(|word| word.len() > "MAOS_".len() && word.starts_with("MAOS_"));
    assert_eq!(named.collect::<BTreeSet<_>>(), known);
}

#[test]
fn the_examples_of_the_page_have_no_problem() {
    let examples: Vec<&str> = PAGE
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!examples.is_empty());
    for text in examples {
        let bench = Bench::with(text);
        assert_eq!(bench.problems(&bench.load()), Vec::<String>::new());
    }
}

#[test]
fn a_variable_is_named_after_its_key() {
    for row in &TABLE {
        let listed = row.kind == Kind::Paths;
        let expected = (row.section != AGENTS && !listed).then(|| {
            let id = row.id().replace('.', "_").to_uppercase();
            format!("MAOS_{}", id.trim_start_matches("ORCHESTRATION_"))
        });
        assert_eq!(row.env.map(str::to_owned), expected, "{}", row.id());
    }
    let names: BTreeSet<&str> = TABLE.iter().filter_map(|row| row.env).collect();
    assert_eq!(
        names.len(),
        TABLE.iter().filter(|r| r.env.is_some()).count()
    );
    for taken in ["MAOS_AGENT", "MAOS_DEBUG", "MAOS_LOG_LEVEL"] {
        assert!(!names.contains(taken));
    }
}

#[test]
fn sections_stand_together_and_ids_are_unique() {
    let all: Vec<&str> = sections().collect();
    assert_eq!(all, ["orchestration", "agents", "isolation", "worktree"]);
    let ids: BTreeSet<String> = TABLE.iter().map(Row::id).collect();
    assert_eq!(ids.len(), TABLE.len());
}

#[test]
fn defaults_need_no_trust_and_agents_have_none() {
    for row in &TABLE {
        let default = row.default.value();
        assert_eq!(default.is_none(), row.section == AGENTS, "{}", row.id());
        // A file that came with the repository may not take a stronger one back.
        let stronger = matches!(row.ask, Ask::Unless(_));
        let asks = default.is_some_and(|v| row.asks_for(&v));
        assert_eq!(asks, stronger, "{}", row.id());
        assert!(!row.about.contains('|') && row.about.ends_with('.'));
    }
}
