//! The one binary of integration tests; a module a subject.

#[path = "../support/mod.rs"]
mod support;

mod bad_inputs;
mod golden;
mod real_client;
mod register;
