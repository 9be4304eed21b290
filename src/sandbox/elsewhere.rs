//! Systems without Landlock.

use std::path::PathBuf;

pub(super) fn restrict(_: &[PathBuf], _: bool) -> Result<(), String> {
    Err("this system has no Landlock".to_owned())
}
