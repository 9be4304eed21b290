//! What a model does that reads what it is told.
//!
//! Both clients check an Edit against the file and text that the model named, before any hook runs: a second
//! edit of a file by its path in the main checkout is checked against a file that never had the first one. So an
//! agent has to use the paths of its workspace once it has one, and has to be told of it; the model of these
//! tests does so as soon as it is told to, when the workspace is made.

use std::path::PathBuf;

use super::project::Project;
use crate::support::client::{Request, Step, calls};

/// An Edit of a file of the project by the path that the model should know it by.
pub(super) fn edit(
    project: &Project,
    file: &'static str,
    old: &'static str,
    new: &'static str,
) -> Step {
    let main = project.path("");
    Step::compute(move |request| {
        let root =
            workspace_named_in(request).map_or_else(|| main.clone(), |place| main.join(place));
        vec![calls::edit(&root.join(file), old, new)]
    })
}

/// The `worktrees/<handle>` that the conversation names, once it says to use it.
fn workspace_named_in(request: &Request) -> Option<PathBuf> {
    let said = request.body["messages"].to_string();
    if !said.contains("Name files there from here on") {
        return None;
    }
    said.split("worktrees/")
        .skip(1)
        .map(|after| {
            let in_handle = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
            after.chars().take_while(in_handle).collect::<String>()
        })
        .find(|handle| handle.contains("-sess-"))
        .map(|handle| PathBuf::from("worktrees").join(handle))
}
