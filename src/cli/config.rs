//! `maos config`: the settings that count, and where each comes from.
//!
//! Values go to stdout, problems to stderr; with `--json` both stand in one
//! object on stdout.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::config::{self, Loaded};
use crate::error::{Result, exit};
use crate::output;

/// Show the settings that count, and where each comes from.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print one JSON object with settings, origins and problems.
    #[arg(long)]
    pub json: bool,
}

/// Prints the configuration of the project; the exit code says whether all of
/// it can be used.
pub fn run(args: &ConfigArgs, project: &Path, is_tracked: &dyn Fn(&Path) -> bool) -> Result<i32> {
    let loaded = config::load(project, is_tracked);
    if args.json {
        output::text(&as_json(&loaded))?;
    } else {
        output::text(&as_lines(&loaded))?;
        for problem in &loaded.problems {
            output::hint(&problem.to_string());
        }
    }
    Ok(if loaded.has_errors() {
        exit::FILE
    } else {
        exit::OK
    })
}

fn as_json(loaded: &Loaded) -> String {
    let all = json!({
        "settings": loaded.settings,
        "origins": loaded.origins,
        "problems": loaded.problems,
    });
    format!("{all:#}\n")
}

fn as_lines(loaded: &Loaded) -> String {
    let rows: Vec<(&str, String, &str)> = loaded
        .origins
        .iter()
        .map(|s| (s.id.as_str(), s.value.to_string(), s.from.as_str()))
        .collect();
    let width = |of: fn(&(&str, String, &str)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let ids = width(|row| row.0.chars().count());
    let values = width(|row| row.1.chars().count());
    let mut out = String::new();
    for (id, value, from) in &rows {
        let _ = writeln!(out, "{id:ids$}  {value:values$}  {from}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Problem, Setting, Settings, Severity};

    fn loaded() -> Loaded {
        let setting = |id: &str, value, from: &str| Setting {
            id: id.to_owned(),
            value,
            from: from.to_owned(),
        };
        Loaded {
            settings: Settings::default(),
            origins: vec![
                setting("isolation.mode", json!("lazy"), "default"),
                setting("worktree.on_stop", json!("leave"), "/p/.maos/config.json:4"),
            ],
            problems: vec![Problem {
                severity: Severity::Warning,
                file: Some("/p/.maos/config.json".into()),
                line: Some(2),
                text: "`x` is not a known key".to_owned(),
            }],
        }
    }

    #[test]
    fn the_columns_are_aligned() {
        assert_eq!(
            as_lines(&loaded()),
            "isolation.mode    \"lazy\"   default\n\
             worktree.on_stop  \"leave\"  /p/.maos/config.json:4\n"
        );
    }

    #[test]
    fn json_holds_settings_origins_and_problems() {
        let all: serde_json::Value = serde_json::from_str(&as_json(&loaded())).unwrap();
        assert_eq!(all["settings"]["orchestration"]["max_parallel_agents"], 5);
        assert_eq!(
            all["origins"][0],
            json!({"id": "isolation.mode", "value": "lazy", "from": "default"})
        );
        assert_eq!(
            all["problems"][0],
            json!({
                "severity": "warning",
                "file": "/p/.maos/config.json",
                "line": 2,
                "text": "`x` is not a known key",
            })
        );
    }
}
