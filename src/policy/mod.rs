//! Pure rules: what may be written, what only reads, who may start, what was refused.
//!
//! Nothing here touches files, processes or the environment: state is read
//! before and handed in.

pub mod arguments;
pub mod command;
pub mod limits;
pub mod names;
pub mod refusal;
pub mod rules;
