//! What a workspace is based on, decided once and recorded.
//!
//! `auto` is the commit that the spawner stands on, with a snapshot of its
//! uncommitted work on top where there is any: the agent has read that state. A
//! snapshot takes tracked changes and untracked files, not ignored ones, and is
//! made in an index of its own: the user's index is not touched.

use std::fs;
use std::path::Path;

use super::Project;
use super::differs;
use super::stage;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::git::{Git, locate, read};
use crate::session::{Agent, Base, Handle};

/// Whose state an agent starts from.
#[derive(Debug)]
pub enum Source {
    /// The tree that the session was started in.
    Start,
    /// Another agent's work: its tree where it has one, else its branch.
    Agent(Box<Agent>),
}

/// Decides the base for a new workspace.
///
/// # Errors
/// Where there is no commit to base it on, or git can't tell.
pub fn decide(
    project: &Project,
    setting: &str,
    source: &Source,
    scratch_name: &Handle,
) -> Result<Base> {
    match source {
        Source::Agent(agent) => of_agent(project, setting, agent, scratch_name),
        Source::Start => of_start(project, setting, scratch_name),
    }
}

fn of_agent(
    project: &Project,
    setting: &str,
    agent: &Agent,
    scratch_name: &Handle,
) -> Result<Base> {
    let from = agent.id.to_string();
    super::pins::restore(project, agent)?;
    super::private::sync::run(project, agent)?;
    if let Some(tree) = Tree::of(agent, &project.common_dir) {
        let base = snapshot(project, &tree, from, scratch_name)?;
        super::private::bring_commit(project, agent, &base.commit)?;
        return Ok(base);
    }
    let full = format!("refs/heads/{}", agent.workspace.branch);
    match read::tip(&project.common_dir, &full)? {
        Some(commit) => Ok(Base {
            commit,
            from,
            ..Base::default()
        }),
        // It has written nothing: what it sees is what the session started in.
        None => of_start(project, setting, scratch_name),
    }
}

fn of_start(project: &Project, setting: &str, scratch_name: &Handle) -> Result<Base> {
    let root = &project.start_root;
    let place = locate(root).ok_or_else(|| Error::NotARepository { path: root.clone() })?;
    let tree = Tree {
        root: place.root,
        git_dir: place.git_dir,
        common_dir: place.common_dir,
        private: None,
        view: None,
    };
    match setting {
        "auto" => snapshot(project, &tree, "HEAD".to_owned(), scratch_name),
        "head" => {
            let commit = head(&tree)?;
            Ok(Base {
                left_out: changed(&tree),
                commit,
                from: "HEAD".to_owned(),
                ..Base::default()
            })
        }
        name => {
            let spec = format!("{name}^{{commit}}");
            let commit = Git::at(root)
                .args([
                    "rev-parse",
                    "--verify",
                    "--quiet",
                    "--end-of-options",
                    &spec,
                ])
                .text();
            let commit = commit.map_err(|_| Error::Unsupported {
                path: root.clone(),
                reason: format!("`worktree.base` names `{name}`, which is no commit here"),
                help: "set it to \"auto\", \"head\" or a branch that exists".to_owned(),
            })?;
            Ok(Base {
                commit,
                from: name.to_owned(),
                ..Base::default()
            })
        }
    }
}

fn head(tree: &Tree) -> Result<String> {
    let git = Git::at(&tree.root).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    let output = git.output()?;
    if output.ok() {
        return Ok(output.text());
    }
    if !output.stderr.is_empty() {
        return git.text();
    }
    Err(Error::Unsupported {
        path: tree.root.clone(),
        reason: "the repository has no commit yet, so there is nothing to base a workspace on"
            .to_owned(),
        help: "make a first commit: git commit --allow-empty -m start".to_owned(),
    })
}

/// Files that differ from HEAD, for the record; at most 100.
fn changed(tree: &Tree) -> Vec<String> {
    let mut files = differs::listed(tree).unwrap_or_default();
    files.truncate(100);
    files
}

/// The tree's HEAD, or a commit of its uncommitted work on top of it.
fn snapshot(project: &Project, tree: &Tree, from: String, name: &Handle) -> Result<Base> {
    let commit = head_of(tree, &from)?;
    let index = tree.scratch_index(&project.layout.scratch(), name.as_str())?;
    let source = tree.git_dir.join("index");
    if source.exists() {
        fs::copy(&source, &index).map_err(|e| Error::io("copy", &source, e))?;
    }
    let result = snapshot_in(tree, &index, &commit, &from);
    let _ = fs::remove_file(&index);
    let snapshot = result?;
    Ok(match snapshot {
        Some(snapshot) => Base {
            commit: snapshot,
            snapshot_of: Some(commit),
            from,
            left_out: Vec::new(),
        },
        None => Base {
            commit,
            from,
            ..Base::default()
        },
    })
}

fn head_of(tree: &Tree, from: &str) -> Result<String> {
    if from == "HEAD" {
        head(tree)
    } else {
        tree.head()
    }
}

fn snapshot_in(tree: &Tree, index: &Path, head: &str, from: &str) -> Result<Option<String>> {
    // What can't be read must not keep the agent from starting: it has not seen
    // that, either.
    stage::all(tree, Some(index))?;
    let content = tree.git().index(index).args(["write-tree"]).text()?;
    let committed = tree
        .git()
        .args(["rev-parse", "--verify", &format!("{head}^{{tree}}")])
        .text()?;
    if content == committed {
        return Ok(None);
    }
    let message = format!(
        "Snapshot of uncommitted work ({from})\n\nMade by MAOS as the base of a workspace.\n"
    );
    let commit = tree
        .git()
        .as_maos()
        .args(["commit-tree", "-p", head, &content])
        .input(message);
    commit.text().map(Some)
}
