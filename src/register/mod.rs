//! Registration with the client: what `maos init` puts where, how it is found
//! again, and how it is taken out.
//!
//! | file | what |
//! | --- | --- |
//! | [`hooks`] | the hook table, the one source for every form of it |
//! | [`place`] | where a registration can stand, and the machine around it |
//! | [`document`] | a settings file as text, edited in place |
//! | [`settings`] | hooks and shell prefix in one settings file |
//! | [`find`] | every registration that counts for a project |
//! | [`init`], [`uninstall`] | the work, planned first and then done ([`plan`]) |
//! | [`memory`] | how each file was before |
//! | [`twins`], [`deny`] | the user's path rules for redirected paths |
//! | [`exclude`], [`link`] | what git overlooks; the second name of the binary |
//!
//! Invariant: only what MAOS itself put into a file is ever changed in it or
//! taken out of it.

pub mod deny;
pub mod document;
pub mod exclude;
mod file;
pub mod find;
pub mod hooks;
pub mod init;
pub mod link;
pub mod memory;
pub mod place;
pub mod plan;
mod refuse;
pub mod settings;
pub mod twins;
pub mod uninstall;

pub use find::{registrations, sources};
pub use init::{Request, Target};
pub use place::{Machine, Place};
pub use plan::{Change, Plan};
pub use refuse::way_out;
pub use twins::sync_twins;
