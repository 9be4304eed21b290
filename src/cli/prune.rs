//! `maos worktree-prune`, and the removal that `session-cleanup` and `cleanup`
//! share with it.

use serde::Serialize;

use super::scope::{Scope, SessionStatus};
use crate::error::{Result, exit};
use crate::output;
use crate::session::{AgentState, Session, WorkspaceState};
use crate::store::SessionDir;
use crate::workspace::remove::{self, Outcome};

/// Arguments of `worktree-prune`.
#[derive(Debug, clap::Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    how: How,
}

// No doc comment: clap would show it as the command's own.
#[derive(Debug, clap::Args)]
pub(super) struct How {
    /// Remove what is not clean and merged as well, after a backup
    #[arg(long)]
    force: bool,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What became of one workspace.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    id: String,
    worktree: String,
    removed: bool,
    /// In a dry run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    would_remove: bool,
    reasons: Vec<String>,
    backup: Option<String>,
    branch: Option<String>,
    freed_bytes: u64,
    /// Whether it stays because something failed.
    #[serde(skip)]
    failed: bool,
}

pub(super) fn run(args: &PruneArgs, scope: &Scope) -> Result<i32> {
    let mut done = Vec::new();
    for (dir, session) in scope.sessions() {
        done.extend(remove_all(scope, &dir, &session, &args.how, true));
    }
    report(&done, &args.how)?;
    Ok(match code(&done) {
        // To keep is what it is for.
        exit::KEPT => exit::OK,
        code => code,
    })
}

/// Removes every workspace of a session that may go; of ended agents only where
/// `ended_only` says so.
pub(super) fn remove_all(
    scope: &Scope,
    dir: &SessionDir,
    session: &Session,
    how: &How,
    ended_only: bool,
) -> Vec<Done> {
    let dry = how.dry_run;
    let alive = scope.status(dir, session) == SessionStatus::Active;
    let mut done = Vec::new();
    for agent in Scope::agents(dir) {
        if !matches!(
            agent.workspace.state,
            WorkspaceState::Ready | WorkspaceState::Creating
        ) {
            if !dry {
                remove::sweep(&scope.project, dir, &agent);
            }
            continue;
        }
        let shown = agent.shown_worktree(scope.project.main());
        let outcome = if ended_only && alive && agent.status == AgentState::Active {
            Ok(Outcome::Kept(vec!["its agent has not stopped".to_owned()]))
        } else {
            remove::remove(&scope.project, dir, &agent, alive, how.force, dry)
        };
        let failed = outcome.is_err();
        let (goes, reasons, backup, branch_gone, freed_bytes) = match outcome {
            Ok(Outcome::Removed {
                backup,
                branch_gone,
                freed,
            }) => (true, Vec::new(), backup, branch_gone, freed),
            Ok(Outcome::Kept(reasons)) => (false, reasons, None, false, 0),
            Err(e) => (false, vec![e.to_string()], None, false, 0),
        };
        let branch = (!branch_gone).then(|| agent.workspace.branch.clone());
        done.push(Done {
            id: agent.id.to_string(),
            worktree: shown,
            removed: goes && !dry,
            would_remove: goes && dry,
            reasons,
            backup,
            branch,
            freed_bytes,
            failed,
        });
    }
    done
}

/// Prints what became of each.
pub(super) fn report(done: &[Done], how: &How) -> Result<()> {
    if how.json {
        return output::json(&done);
    }
    if done.is_empty() {
        output::hint("no workspaces");
        return Ok(());
    }
    let verb = if how.dry_run {
        "would remove"
    } else {
        "removed"
    };
    for d in done {
        if !d.removed && !d.would_remove {
            output::line(&format!(
                "kept     {}: {}",
                d.worktree,
                output::plain(&d.reasons.join("; "))
            ))?;
            continue;
        }
        let mut text = format!("{verb}  {} ({})", d.worktree, bytes(d.freed_bytes));
        if let Some(branch) = &d.branch {
            text.push_str(&format!(", branch {branch} stays"));
        }
        if d.backup.is_some() {
            text.push_str(&format!(", backup: maos restore {}", d.id));
        }
        output::line(&text)?;
    }
    Ok(())
}

/// The code of a removal: [`exit::KEPT`] where something stays, and
/// [`exit::FAILED`] where it does because it could not be removed.
pub(super) fn code(done: &[Done]) -> i32 {
    if done.iter().any(|d| d.failed) {
        exit::FAILED
    } else if done.iter().all(|d| d.removed || d.would_remove) {
        exit::OK
    } else {
        exit::KEPT
    }
}

fn bytes(n: u64) -> String {
    match n {
        0..1024 => format!("{n} B"),
        1024..1_048_576 => format!("{} KiB", n >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", n >> 20),
        _ => format!("{} GiB", n >> 30),
    }
}
