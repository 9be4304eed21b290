//! Configuration: files, environment, and what follows from both.
//!
//! One table ([`table::TABLE`]) says which settings there are; the loader, the
//! commands and `docs/configuration.md` follow it. Invariants: [`load`] never
//! fails, what can't be used is a [`Problem`] and leaves what stood there
//! before; nothing is read through a symbolic link below the project; a file
//! that came with the repository can't weaken isolation before [`trust`].

mod document;
pub mod env;
mod file;
mod kind;
mod load;
pub mod places;
mod problem;
mod settings;
pub mod table;
mod trust;

#[cfg(test)]
mod tests;

pub use load::{Loaded, Setting, load};
pub use problem::{Problem, Severity};
pub use settings::{
    AgentSettings, Isolation, Mode, OnStop, Orchestration, Sandbox, Settings, Worktree,
};
pub use trust::{TrustChange, trust, untrust};
