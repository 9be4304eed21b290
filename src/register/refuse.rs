//! What `init` does not do, and why: register a second time, or put its shell
//! prefix over another program's.

use super::find::{self, Source};
use super::hooks::{self, SHELL_PROGRAM};
use super::init::Target;
use super::place::Place;
use super::settings;
use crate::error::{Error, Result};

/// Refuses a registration beside another one.
///
/// # Errors
/// Where MAOS is registered in another place than `target`.
pub(super) fn doubles(target: Target, sources: &[Source]) -> Result<()> {
    let same = |place: &Place| match target {
        Target::Project => *place == Place::Project,
        Target::Local => *place == Place::Local,
        Target::User => *place == Place::User,
        Target::Plugin => matches!(place, Place::Plugin(_)),
    };
    let registered = find::registrations(sources);
    let Some(other) = registered.iter().find(|source| !same(&source.place)) else {
        return Ok(());
    };
    Err(Error::Refused {
        reason: format!(
            "MAOS is registered already, in {} ({})",
            other.place,
            other.path.display()
        ),
        help: format!(
            "twice would run every hook twice; {}",
            way_out(&other.place)
        ),
    })
}

/// How a registration is taken out again.
pub fn way_out(place: &Place) -> String {
    match place {
        Place::Project | Place::Local => "take that out with `maos uninstall`".into(),
        Place::MainLocal => "take that out with `maos uninstall` in the main checkout".into(),
        Place::User => "take that out with `maos uninstall --user`".into(),
        Place::Plugin(name) => format!(
            "use `maos init --plugin`, or take the plugin out with `claude plugin uninstall {name}`"
        ),
        Place::Managed => "the administrator of this machine can take that out".into(),
    }
}

/// Refuses to set a shell prefix over another program's.
///
/// # Errors
/// Where some settings file names another program.
pub(super) fn other_prefix(sources: &[Source]) -> Result<()> {
    let other = sources.iter().find_map(|source| {
        let prefix = settings::prefix_in(&source.value)?;
        (!hooks::named(prefix, SHELL_PROGRAM)).then_some((source, prefix))
    });
    let Some((source, prefix)) = other else {
        return Ok(());
    };
    Err(Error::Refused {
        reason: format!(
            "{} is set to {prefix} in {}",
            settings::PREFIX,
            source.path.display()
        ),
        help: "the client runs one shell prefix alone: take that setting out first".into(),
    })
}
