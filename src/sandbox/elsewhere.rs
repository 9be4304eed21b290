//! Systems without Landlock.

use std::path::PathBuf;

/// Walls that are never made.
#[derive(Debug)]
pub enum Ready {}

impl Ready {
    /// Puts them up.
    ///
    /// # Errors
    /// Never: there are none.
    pub fn enter(self) -> Result<(), String> {
        match self {}
    }
}

pub(super) fn prepare(_: &[PathBuf], _: bool) -> Result<Ready, String> {
    Err("this system has no Landlock".to_owned())
}
