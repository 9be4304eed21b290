//! Whether the client was told to trust a project.

use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

use super::super::file;
use super::super::place::Machine;
use crate::git::Place;

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    projects: HashMap<String, Value>,
}

/// Whether the session's tree, or a directory around it, was trusted.
pub(super) fn is_trusted(place: &Place, machine: &Machine) -> bool {
    let Some(bytes) = machine
        .client_state()
        .and_then(|path| file::read(&path).ok().flatten())
    else {
        return false;
    };
    let Ok(state) = serde_json::from_slice::<State>(&bytes) else {
        return false;
    };
    place.root.ancestors().any(|dir| {
        dir.to_str()
            .and_then(|dir| state.projects.get(dir))
            .is_some_and(|project| {
                project.get("hasTrustDialogAccepted") == Some(&Value::Bool(true))
            })
    })
}
