//! MAOS: many agents of one Claude Code session on one repository.
//!
//! Data flows one way: stdin, [`protocol`], [`hook`] (route), [`policy`] (a pure
//! decision on freshly read state), [`store`] (commit), answer. The layers:
//!
//! | layer | modules |
//! | --- | --- |
//! | 0 vocabulary | [`error`], [`clock`], [`protocol`], [`session`] |
//! | 1 decision | [`policy`] |
//! | 2 adapters | [`config`], [`store`], [`process`], [`git`], [`output`], [`logging`], [`sandbox`] |
//! | 3 services | [`workspace`], [`register`], [`doctor`] |
//! | 4 entries | [`hook`], [`shell`] |
//! | 5 shell | [`cli`], `main` |
//!
//! A layer imports lower layers only; a test keeps the table. The map with the
//! invariants is `docs/architecture.md`.

pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod error;
pub mod git;
pub mod hook;
pub mod logging;
pub mod output;
pub mod policy;
pub mod process;
pub mod protocol;
pub mod register;
pub mod sandbox;
pub mod session;
pub mod shell;
pub mod store;
pub mod workspace;
