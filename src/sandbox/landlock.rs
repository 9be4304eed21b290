//! Landlock: rights of the calling thread, kept by the kernel.
//!
//! Only rights to write are handled, so that reading and running stay free
//! without a rule. Not covered by the kernel: the mode, owner, times and extended
//! attributes of files, and helpers outside that obey over a socket.

use std::path::PathBuf;

use ::landlock::{
    ABI, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

/// The first one that also stops truncation: Linux 6.2.
const LEAST: ABI = ABI::V3;

/// Walls that are made and not yet put up.
#[derive(Debug)]
pub struct Ready(RulesetCreated);

impl Ready {
    /// Puts them up around the calling thread.
    ///
    /// # Errors
    /// In words, where the kernel can't hold all of them.
    pub fn enter(self) -> Result<(), String> {
        let status = self
            .0
            .restrict_self()
            .map_err(|e| format!("Landlock could not be set up ({e})"))?;
        match status.ruleset {
            RulesetStatus::FullyEnforced => Ok(()),
            _ => Err("the kernel enforces Landlock only in part".to_owned()),
        }
    }
}

pub(super) fn prepare(write: &[PathBuf], signals: bool) -> Result<Ready, String> {
    let rights = AccessFs::from_write(LEAST);
    let walls = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(rights)
        .map(|walls| walls.set_compatibility(CompatLevel::BestEffort))
        .and_then(|walls| {
            if signals {
                walls.scope(Scope::Signal)
            } else {
                Ok(walls)
            }
        })
        .and_then(Ruleset::create)
        .map_err(|e| format!("this kernel has no Landlock of Linux 6.2 or later ({e})"))?;
    walls
        .set_compatibility(CompatLevel::BestEffort)
        .add_rules(path_beneath_rules(write, rights))
        .map(Ready)
        .map_err(|e| format!("Landlock could not be set up ({e})"))
}
