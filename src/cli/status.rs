//! `maos status`: one screen.

use serde::Serialize;

use super::scope::{self, Scope, SessionStatus};
use super::view;
use crate::clock;
use crate::error::{Result, exit};
use crate::git::read;
use crate::output;
use crate::session::Found;
use crate::store::{agents, timeline, tripwire};
use crate::workspace::tree::Tree;

/// Changes of the main checkout that are shown; JSON has all.
const MOST_TRIPPED: usize = 5;

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Status {
    sessions: Vec<SessionStatusView>,
    waiting: Vec<Waiting>,
    /// What changed in the main checkout while agents ran, the latest first.
    tripwire: Vec<Tripped>,
}

#[derive(Serialize)]
struct Tripped {
    session: String,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize)]
struct SessionStatusView {
    #[serde(flatten)]
    session: view::SessionView,
    who: Vec<AgentStatus>,
}

#[derive(Serialize)]
struct AgentStatus {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    state: String,
    task: String,
    /// The last tool and what it was about.
    now: Option<String>,
    last_seen_seconds: Option<u64>,
    worktree: Option<String>,
    changed: Vec<String>,
    /// Why nothing is known of its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A workspace of a session that is over, with work in it.
#[derive(Serialize)]
struct Waiting {
    id: String,
    branch: String,
    commits: u64,
    uncommitted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

pub(super) fn run(args: &StatusArgs, scope: &Scope) -> Result<i32> {
    let status = gather(scope);
    if args.json {
        output::json(&status)?;
        return Ok(exit::OK);
    }
    if status.sessions.is_empty() {
        output::line("no active session")?;
    }
    for s in &status.sessions {
        let overdue = if s.session.overdue { ", overdue" } else { "" };
        output::line(&format!(
            "{}  started {}{overdue}",
            s.session.short,
            view::ago(&s.session.started_at)
        ))?;
        let rows: Vec<Vec<String>> = s.who.iter().map(row).collect();
        if rows.is_empty() {
            output::line("  no agents yet")?;
        } else {
            output::table(&["agent", "state", "seen", "doing", "changed files"], rows)?;
        }
    }
    if !status.waiting.is_empty() {
        output::line("\nwork of sessions that are over:")?;
        let rows = status.waiting.iter().map(|w| {
            vec![
                w.branch.clone(),
                format!(
                    "{} commit{}",
                    w.commits,
                    if w.commits == 1 { "" } else { "s" }
                ),
                w.note
                    .clone()
                    .unwrap_or_else(|| format!("{} uncommitted", w.uncommitted)),
            ]
        });
        output::table(&["branch", "", ""], rows.collect())?;
    }
    show(&status.tripwire)?;
    Ok(exit::OK)
}

fn show(tripwire: &[Tripped]) -> Result<()> {
    if tripwire.is_empty() {
        return Ok(());
    }
    output::line(
        "\nchanged in the main checkout while agents ran, by no tool of their conversation:",
    )?;
    let rows = tripwire.iter().take(MOST_TRIPPED).map(|t| {
        let (files, refs) = (&t.found.files, &t.found.refs);
        let mut what: Vec<String> = files.iter().take(3).chain(refs).cloned().collect();
        let more = files.len().saturating_sub(3) + t.found.more;
        if more > 0 {
            what.push(format!("{more} more files"));
        }
        vec![view::ago(&t.found.at), t.session.clone(), what.join(", ")]
    });
    output::table(&["seen", "session", ""], rows.collect())
}

fn row(a: &AgentStatus) -> Vec<String> {
    let seen = a
        .last_seen_seconds
        .map_or_else(|| "-".to_owned(), |s| format!("{} ago", clock::span(s)));
    let changed = match a.changed.len() {
        0 if a.note.is_some() => a.note.clone().unwrap_or_default(),
        0 if a.worktree.is_none() => "-".to_owned(),
        n => {
            let shown = a
                .changed
                .iter()
                .take(3)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            format!("{n}  {shown}{}", if n > 3 { ", ..." } else { "" })
        }
    };
    let doing = a
        .now
        .clone()
        .filter(|_| a.state != "stopped")
        .unwrap_or_else(|| a.task.clone());
    vec![a.id.clone(), a.state.clone(), seen, doing, changed]
}

fn gather(scope: &Scope) -> Status {
    let config = scope.config();
    let mut status = Status {
        sessions: Vec::new(),
        waiting: Vec::new(),
        tripwire: Vec::new(),
    };
    for (dir, session) in scope.sessions() {
        match tripwire::load(&dir) {
            Ok(known) => status
                .tripwire
                .extend(
                    known
                        .into_iter()
                        .flat_map(|t| t.found)
                        .map(|found| Tripped {
                            session: session.short.clone(),
                            found,
                        }),
                ),
            Err(e) => scope::say(&e, "what was found in the main checkout is not shown"),
        }
        let state = scope.status(&dir, &session);
        let known = Scope::agents(&dir);
        if state != SessionStatus::Active {
            let views = known
                .iter()
                .filter_map(|a| view::worktree(scope, &dir, state, a, &config));
            let with_work = views.filter(|v| {
                v.uncommitted > 0 || v.note.is_some() || (v.commits > 0 && !merged(scope, v))
            });
            status.waiting.extend(with_work.map(|v| Waiting {
                id: v.id,
                branch: v.branch,
                commits: v.commits,
                uncommitted: v.uncommitted,
                note: v.note,
            }));
            continue;
        }
        let events = timeline::read(&dir).0;
        let who = known.iter().map(|a| {
            let last = events
                .iter()
                .rev()
                .find(|e| e.agent.as_deref() == Some(a.id.as_str()) && e.tool.is_some());
            let now = last.map(|e| {
                format!(
                    "{} {}",
                    e.tool.clone().unwrap_or_default(),
                    e.target.clone().unwrap_or_default()
                )
            });
            let (tree, note) = view::tree(scope, a);
            AgentStatus {
                id: a.id.to_string(),
                kind: a.kind.clone(),
                state: Scope::agent_state(&dir, state, a, &config).to_owned(),
                task: a.task().to_owned(),
                now,
                last_seen_seconds: agents::silent_for(&dir, &a.id),
                worktree: (tree.is_some() || note.is_some())
                    .then(|| a.shown_worktree(scope.project.main())),
                note,
                changed: tree.as_ref().map(|t| all_changed(a, t)).unwrap_or_default(),
            }
        });
        let who = who.collect();
        status.sessions.push(SessionStatusView {
            session: view::session(scope, &dir, &session, &config),
            who,
        });
    }
    status.tripwire.sort_by(|a, b| b.found.at.cmp(&a.found.at));
    status
}

/// Whether the main checkout has all of a branch.
fn merged(scope: &Scope, view: &view::WorktreeView) -> bool {
    let common = &scope.project.common_dir;
    let tip = read::tip(common, &format!("refs/heads/{}", view.branch));
    match (tip, read::tip(common, "HEAD")) {
        (Ok(Some(tip)), Ok(Some(head))) => read::is_ancestor(common, &tip, &head).unwrap_or(false),
        _ => false,
    }
}

/// Files that differ from the base, committed or not.
fn all_changed(agent: &crate::session::Agent, tree: &Tree) -> Vec<String> {
    let mut files = match &agent.workspace.base {
        Some(base) => tree
            .head()
            .map(|head| crate::workspace::left::files(&tree.common_dir, &base.commit, &head))
            .unwrap_or_default(),
        None => Vec::new(),
    };
    files.extend(view::changed(tree));
    files.sort();
    files.dedup();
    files
}
