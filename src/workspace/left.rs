//! What an agent left when it stopped: its uncommitted work is committed on its
//! branch, and what it changed is told in a few words.

use std::path::Path;
use std::time::Duration;

use super::Project;
use super::check;
use super::create;
use super::differs;
use super::pins;
use super::private;
use super::stage;
use super::tree::{Tree, is_real};
use crate::error::Result;
use crate::git::{read, refs};
use crate::session::{Agent, WorkspaceState};

/// How long a git of the agent's that still runs is waited for.
const LOCKED: Duration = Duration::from_secs(5);

/// What an agent left.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Left {
    /// The branch that its work stands on.
    pub branch: String,
    /// The branch's tip.
    pub tip: String,
    /// Commits since its base.
    pub commits: u64,
    /// Files that differ from its base.
    pub files: Vec<String>,
    /// Whether MAOS committed something.
    pub recorded: bool,
    /// What kept MAOS from committing, or was put right.
    pub notes: Vec<String>,
}

/// Commits what is uncommitted (`commit`) and says what the agent left; `None`
/// where it has no tree.
///
/// # Errors
/// Where git can't read the tree.
pub fn look(project: &Project, agent: &Agent, commit: bool) -> Result<Option<Left>> {
    let mut left = Left::default();
    let workspace = &agent.workspace;
    let lost = workspace.git.is_some() && !workspace.admin.exists() && is_real(&workspace.path);
    if lost && workspace.state == WorkspaceState::Ready {
        create::register_again(project, agent)?;
        left.notes
            .push("its git directory was gone and was made again".to_owned());
    }
    if Tree::of(agent, &project.common_dir).is_none() {
        return Ok(None);
    }
    for path in pins::restore(project, agent)? {
        left.notes.push(format!(
            "{} had been changed and was put back",
            path.display()
        ));
    }
    private::bring(project, agent, &mut left.notes);
    let Some(tree) = Tree::of(agent, &project.common_dir) else {
        return Ok(None);
    };
    let mut open = Vec::new();
    match tree.in_progress() {
        Some(what) if commit => left.notes.push(format!(
            "{what} is in progress: uncommitted work was left as it is"
        )),
        None if commit => match record(&tree, agent, &mut left.notes) {
            Ok(recorded) => left.recorded = recorded,
            Err(e) => left
                .notes
                .push(format!("uncommitted work was left as it is: {e}")),
        },
        _ => open.extend(differs::listed(&tree)?),
    }
    open.extend(check::in_submodules(&tree)?);
    if !open.is_empty() {
        left.notes.push(check::files_not_committed(&open));
    }
    let tree = if left.recorded {
        private::bring(project, agent, &mut left.notes);
        Tree::of(agent, &project.common_dir).unwrap_or(tree)
    } else {
        tree
    };
    left.tip = tree.head()?;
    private::bring_commit(project, agent, &left.tip)?;
    left.branch = tree.branch().unwrap_or_else(|| "(detached)".to_owned());
    follow(project, agent, &tree, &mut left);
    let base = agent
        .workspace
        .base
        .as_ref()
        .map_or_else(|| fork_point(&tree, project), |b| Some(b.commit.clone()));
    if let Some(base) = base {
        left.commits = count(&tree.common_dir, &base, &left.tip);
        left.files = files(&tree.common_dir, &base, &left.tip);
    }
    Ok(Some(left))
}

/// An agent that switched branches still leaves its work on its own, where that
/// only has to move forward.
fn follow(project: &Project, agent: &Agent, tree: &Tree, left: &mut Left) {
    let own = &agent.workspace.branch;
    if agent.workspace.native || left.branch == *own {
        return;
    }
    let full = format!("refs/heads/{own}");
    let Ok(Some(tip)) = read::tip(&project.common_dir, &full) else {
        return;
    };
    let forward = read::is_ancestor(&tree.common_dir, &tip, &left.tip).unwrap_or(false);
    let advance = || {
        private::bring_commit(project, agent, &left.tip)?;
        refs::advance(&tree.common_dir, &full, &tip, &left.tip, "maos: recorded")
    };
    let advance = || {
        advance()?;
        private::follow(tree, agent, &tip, &left.tip)
    };
    let moved = forward && (tip == left.tip || advance().is_ok());
    if moved {
        left.branch.clone_from(own);
    } else {
        left.notes
            .push(format!("its last work is on {}, not on {own}", left.branch));
    }
}

fn record(tree: &Tree, agent: &Agent, notes: &mut Vec<String>) -> Result<bool> {
    tree.free_index(LOCKED)?;
    let left_out = stage::all(tree, None)?;
    notes.extend(left_out.iter().map(|what| format!("not committed: {what}")));
    let content = tree.git().args(["write-tree"]).text()?;
    let head = tree.head()?;
    let committed = tree
        .git()
        .args(["rev-parse", "--verify", &format!("{head}^{{tree}}")])
        .text()?;
    if content == committed {
        return Ok(false);
    }
    let args = ["commit-tree", "-p", &head, &content];
    let message = message(agent);
    let commit = match tree.git().args(args).input(message.clone()).text() {
        Ok(commit) => commit,
        // Nobody is configured as the author.
        Err(_) => tree.git().as_maos().args(args).input(message).text()?,
    };
    tree.agents_git()
        .args(["update-ref", "-m", "maos: recorded", "HEAD", &commit, &head])
        .text()?;
    Ok(true)
}

fn message(agent: &Agent) -> String {
    let task = agent.description.as_deref().unwrap_or(&agent.kind);
    let clean: String = task
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(72)
        .collect();
    let title = if clean.trim().is_empty() {
        "Work of an agent"
    } else {
        clean.trim()
    };
    format!(
        "{title}\n\nRecorded by MAOS: what {} had not committed when it stopped.\n",
        agent.id
    )
}

fn fork_point(tree: &Tree, project: &Project) -> Option<String> {
    let main = read::tip(&project.common_dir, "HEAD").ok()??;
    tree.git().args(["merge-base", "HEAD", &main]).text().ok()
}

/// Commits that `tip` has and `base` has not.
pub fn count(common_dir: &Path, base: &str, tip: &str) -> u64 {
    let range = format!("{base}..{tip}");
    let text = read::bare(common_dir)
        .args(["rev-list", "--count", &range])
        .text();
    text.ok().and_then(|t| t.parse().ok()).unwrap_or(0)
}

/// Files that differ between two commits.
pub fn files(common_dir: &Path, base: &str, tip: &str) -> Vec<String> {
    let args = [
        "diff",
        "--name-only",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        base,
        tip,
        "--",
    ];
    let Ok(bytes) = read::bare(common_dir).args(args).bytes() else {
        return Vec::new();
    };
    let names = bytes.split(|b| *b == 0).filter(|n| !n.is_empty());
    names
        .map(|n| String::from_utf8_lossy(n).into_owned())
        .collect()
}

/// What an agent left, as the main conversation reads it.
pub fn tell(agent: &Agent, left: Option<&Left>) -> String {
    let who = match &agent.description {
        Some(description) => format!("Agent {} ({description})", agent.id),
        None => format!("Agent {}", agent.id),
    };
    let Some(left) = left else {
        return format!("MAOS: {who} stopped and left no changes (it had no workspace).");
    };
    if left.commits == 0 && left.files.is_empty() && left.notes.is_empty() {
        return format!(
            "MAOS: {who} stopped and left no changes on branch {}.",
            left.branch
        );
    }
    let shown: Vec<&str> = left.files.iter().take(12).map(String::as_str).collect();
    let more = left.files.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let recorded = if left.recorded {
        " (the last one made by MAOS from uncommitted work)"
    } else {
        ""
    };
    let base = agent.workspace.base.as_ref();
    let take = match base {
        _ if left.commits == 0 => String::new(),
        Some(base) if base.snapshot_of.is_some() => format!(
            " Its base is a snapshot of uncommitted work; its own commits alone: git cherry-pick {}..{}.",
            short(&base.commit),
            left.branch
        ),
        _ => format!(" To take it over: git merge {}.", left.branch),
    };
    let colon = if shown.is_empty() { "" } else { ": " };
    let mut text = format!(
        "MAOS: {who} stopped. Branch {}: {} commit{}{recorded}, {} file{} changed{colon}{}{more}. \
         The main checkout is unchanged.{take}",
        left.branch,
        left.commits,
        plural(left.commits),
        left.files.len(),
        plural(left.files.len() as u64),
        shown.join(", "),
    );
    for note in &left.notes {
        text.push_str(" Note: ");
        text.push_str(note);
        text.push('.');
    }
    text
}

/// The first digits of a commit.
pub fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn plural(n: u64) -> &'static str {
    if n == 1 { "" } else { "s" }
}
