//! `maos restore`.

use std::path::PathBuf;

use serde::Serialize;

use super::scope::Scope;
use super::view;
use crate::error::{Error, Result, exit};
use crate::output;
use crate::session::Handle;
use crate::store::agents;
use crate::workspace::backup::{self, Kept};
use crate::workspace::restore;

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The agent whose latest backup comes back, or a backup's name; without it all are listed
    backup: Option<String>,
    /// Write the files into this directory instead of making the workspace again
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct BackupView {
    id: String,
    agent: String,
    at: String,
    branch: Option<String>,
    head: String,
    commit: String,
}

pub(super) fn run(args: &RestoreArgs, scope: &Scope) -> Result<i32> {
    let Some(name) = &args.backup else {
        return list(args, scope);
    };
    let kept = latest(scope, name)?;
    if let Some(to) = &args.to {
        restore::export(&scope.project, &kept, to)?;
        output::line(&format!(
            "restored {} to {}",
            kept.record.handle,
            to.display()
        ))?;
        return Ok(exit::OK);
    }
    super::refuse_agents("restore")?;
    let handle = &kept.record.handle;
    for (dir, _) in scope.sessions() {
        if let Some(agent) = agents::load(&dir, handle)? {
            let agent = restore::restore(&scope.project, &dir, &agent, &kept)?;
            output::line(&format!(
                "restored {} on branch {}",
                agent.shown_worktree(scope.project.main()),
                agent.workspace.branch
            ))?;
            return Ok(exit::OK);
        }
    }
    Err(Error::Refused {
        reason: format!("the record of {handle} is gone, so its workspace can't be made again"),
        help: "its files can be had with --to DIR".to_owned(),
    })
}

fn latest(scope: &Scope, name: &str) -> Result<Kept> {
    let all = backup::list(&scope.project, None)?;
    let wanted = Handle::parse(name);
    let fits = |k: &&Kept| {
        Some(&k.record.handle) == wanted.as_ref() || k.full_ref == name || view_id(k) == name
    };
    all.iter()
        .rfind(fits)
        .cloned()
        .ok_or_else(|| Error::NotFound {
            kind: "backup",
            name: name.to_owned(),
            known: all.iter().map(|k| k.record.handle.to_string()).collect(),
        })
}

fn view_id(kept: &Kept) -> &str {
    kept.full_ref
        .strip_prefix(backup::PREFIX)
        .unwrap_or(&kept.full_ref)
        .trim_start_matches('/')
}

fn list(args: &RestoreArgs, scope: &Scope) -> Result<i32> {
    let all = backup::list(&scope.project, None)?;
    let views: Vec<BackupView> = all
        .iter()
        .map(|k| BackupView {
            id: view_id(k).to_owned(),
            agent: k.record.handle.to_string(),
            at: k.record.at.clone(),
            branch: k.record.branch.clone(),
            head: k.record.head.clone(),
            commit: k.commit.clone(),
        })
        .collect();
    if args.json {
        output::json(&views)?;
    } else if views.is_empty() {
        output::hint("no backups");
    } else {
        let rows = views.iter().map(|v| {
            vec![
                v.agent.clone(),
                view::ago(&v.at),
                v.branch.clone().unwrap_or_default(),
                v.id.clone(),
            ]
        });
        output::table(&["agent", "made", "branch", "backup"], rows.collect())?;
    }
    Ok(exit::OK)
}
