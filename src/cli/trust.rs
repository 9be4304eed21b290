//! `maos trust`: lets the project's configuration, as it stands, weaken
//! isolation, or takes that back.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;

use crate::config::{self, TrustChange};
use crate::error::{Result, exit};
use crate::output;

/// Let this repository's .maos/config.json set what weakens isolation.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Take it back.
    #[arg(long)]
    pub remove: bool,
}

/// Changes what is trusted, and says which keys that makes count.
pub fn run(args: &TrustArgs, project: &Path) -> Result<i32> {
    let text = if args.remove {
        removed(&config::untrust(project)?)
    } else {
        added(&config::trust(project)?)
    };
    output::text(&text)?;
    Ok(exit::OK)
}

fn added(change: &TrustChange) -> String {
    let file = change.file.display();
    if change.keys.is_empty() {
        return format!("nothing in {file} needs trust; nothing was changed\n");
    }
    let mut out = if change.changed {
        format!("{file} is trusted as it stands now; these keys count:\n")
    } else {
        format!("{file} was trusted before; these keys count:\n")
    };
    for key in &change.keys {
        let _ = writeln!(out, "  {}: {}  ({})", key.id, key.value, key.from);
    }
    out.push_str("a change of the file ends this\n");
    out
}

fn removed(change: &TrustChange) -> String {
    let file = change.file.display();
    if change.changed {
        format!("{file} is no longer trusted\n")
    } else {
        format!("{file} was not trusted; nothing was changed\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    #[test]
    fn what_counts_from_now_on_is_shown() {
        let mut change = TrustChange {
            file: "/p/.maos/config.json".into(),
            keys: vec![Setting {
                id: "isolation.mode".to_owned(),
                value: "off".into(),
                from: "/p/.maos/config.json:3".to_owned(),
            }],
            changed: true,
        };
        let text = added(&change);
        assert!(text.contains("is trusted as it stands now"), "{text}");
        assert!(
            text.contains("\n  isolation.mode: \"off\"  (/p/.maos/config.json:3)\n"),
            "{text}"
        );
        change.keys.clear();
        assert!(added(&change).starts_with("nothing in /p/.maos/config.json needs trust"));
        assert!(removed(&change).contains("no longer trusted"));
    }
}
