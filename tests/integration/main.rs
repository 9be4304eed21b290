//! The one binary of integration tests; a module a subject.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes, name their environment, and fail by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod backups;
mod bad_inputs;
mod by_hand;
mod channel;
mod coming_back;
mod commands;
mod concurrency;
mod demo;
mod docs;
mod first_write;
mod flips;
mod full_disk;
mod golden;
mod help;
mod lifecycle;
mod limits;
mod logs;
mod native;
mod nesting;
mod odd_repositories;
mod places;
mod planted;
mod private_git;
mod real_client;
mod refusals;
mod register;
mod removal;
mod restoring;
mod rewriting;
mod screens;
mod sessions;
mod shell;
mod sources;
mod state_files;
mod stdout;
mod stopping;
mod targets;
mod tripwire;
