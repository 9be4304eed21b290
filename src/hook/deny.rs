//! The user's own deny rules, on the path as the agent gave it.
//!
//! The client applies them to the path that the tool gets, so a rule on a path
//! of the project would miss what is sent to the workspace.

use std::path::Path;

use super::pre_tool_use::{Ruling, ToolCall, shown_target};
use crate::config::env;
use crate::git::Place;
use crate::protocol::Tool;
use crate::register;

/// A refusal, where a rule of the user's forbids the path.
pub(super) fn by_user_rule<'a>(tool_call: &ToolCall<'a, '_>) -> Option<Ruling<'a>> {
    if !matches!(
        tool_call.tool,
        Tool::Read | Tool::Search | Tool::Write | Tool::Notebook
    ) {
        return None;
    }
    let call = tool_call.call;
    let project = &call.project;
    let place = Place {
        root: project.start_root.clone(),
        main: project.main().to_owned(),
        git_dir: project.common_dir.clone(),
        common_dir: project.common_dir.clone(),
    };
    let start = env::project_dir().unwrap_or_else(|| project.start_root.clone());
    let rules = register::deny::load(&place, &start, &call.cwd);
    if rules.is_empty() {
        return None;
    }
    let paths = tool_call
        .tool
        .path_fields()
        .iter()
        .filter_map(|name| tool_call.fields.text(name));
    for path in paths {
        let path = call.cwd.join(&path);
        let original = match path.strip_prefix(&tool_call.agent.workspace.path) {
            Ok(rest) if !tool_call.agent.workspace.native => call.project.start_root.join(rest),
            _ => path,
        };
        if let Some(rule) = rules.matches(call.tool(), Path::new(&original)) {
            let reason = format!(
                "MAOS: {} is denied by the permission rule {rule}.",
                original.display()
            );
            return Some(Ruling::deny(
                reason,
                shown_target(tool_call.tool, &tool_call.fields),
            ));
        }
    }
    None
}
