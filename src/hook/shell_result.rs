//! A shell command of an agent is over: what the kernel refused it is explained,
//! and what its absolute paths meant is said.
//!
//! Invariant: an output without a refusal, of a command that names no path of the
//! project, costs no system call.

use std::path::{Path, PathBuf};

use super::call::Call;
use super::needs::{needs_workspace, read_only};
use super::shell_command::judge;
use crate::config::env;
use crate::policy::command::{self, Verdict};
use crate::policy::refusal::{self, Home, Refusals};
use crate::protocol::{Answer, Fields};
use crate::session::{Agent, WorkspaceState};
use crate::shell;

/// Adds what there is to say to the answer.
pub(super) fn explain(
    call: &Call<'_>,
    agent: &Agent,
    fields: Option<&Fields<'_>>,
    response: Option<&Fields<'_>>,
    answer: &mut Answer<'_>,
) {
    if !agent.redirected() {
        let reads = !agent.can_write && agent.workspace.state == WorkspaceState::None;
        if reads && refused(call, response).is_some() {
            answer.add_context(&format!(
                "{} The kernel refused what this command wanted to write.",
                read_only(agent)
            ));
        }
        return;
    }
    let tops = [call.project.start_root.as_path(), call.project.main()];
    let home = Home {
        workspace: &agent.workspace.path,
        tops: &tops,
        confined: shell::is_in_front(env::shell_prefix().as_deref()),
    };
    let command = fields.and_then(|f| f.text("command")).unwrap_or_default();
    let refused = refused(call, response);
    let named = |top: &&Path| command.contains(&*top.to_string_lossy());
    let names = home.confined && tops.iter().any(named);
    if (refused.is_none() && !names)
        || needs_workspace(agent)
        || judge(&command) == Verdict::ReadOnly
    {
        return;
    }
    if let Some(text) = refused.and_then(|found| about(call, &found, &home)) {
        answer.add_context(&text);
    }
    if names && is_rewritten(command, &home) {
        answer.add_context(&format!(
            "MAOS: in this command, paths below {} meant the same paths of your workspace {}.",
            call.project.start_root.display(),
            home.workspace.display()
        ));
    }
}

/// Whether `maos-shell` exchanged paths of the project in a command, as far as the
/// trees still show it.
fn is_rewritten(command: String, home: &Home<'_>) -> bool {
    let workspace = home.workspace.to_owned();
    let tops: Vec<PathBuf> = home.tops.iter().map(|top| top.to_path_buf()).collect();
    let rewritten = shell::bounded(move || {
        let tops: Vec<&Path> = tops.iter().map(PathBuf::as_path).collect();
        let exists = |path: &Path| path.symlink_metadata().is_ok();
        command::rewrite(&command, &tops, &workspace, &exists).is_some()
    });
    rewritten == Some(true)
}

fn refused(call: &Call<'_>, response: Option<&Fields<'_>>) -> Option<Refusals> {
    let said = |name| response.and_then(|r| r.text(name));
    let error = call.input.error.as_deref().map(str::to_owned);
    let texts = [said("stderr"), said("stdout"), error]
        .into_iter()
        .flatten();
    let found = texts.filter_map(|text| refusal::find(&text));
    found.reduce(Refusals::with)
}

/// A relative name is taken to be outside where nothing of that name is inside.
fn about(call: &Call<'_>, found: &Refusals, home: &Home<'_>) -> Option<String> {
    let place = call.matching_place(home.workspace);
    let inside = |name: &String| place.join(name).symlink_metadata().is_ok();
    if found.paths.is_empty() && found.relative.iter().any(inside) {
        return None;
    }
    found.explain(home)
}
