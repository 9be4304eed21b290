//! Configuration: files, environment, and what follows from both.

pub mod env;
