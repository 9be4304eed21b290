//! Pure rules: what may be written, what only reads, who may start.
//!
//! Nothing here touches files, processes or the environment: state is read
//! before and handed in.

pub mod command;
pub mod limits;
pub mod names;
pub mod rules;
