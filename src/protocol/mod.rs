//! Claude Code's wire types, tolerant on input and exact on output.
//!
//! Unknown fields are ignored and missing ones allowed but for `session_id`,
//! `cwd` and `hook_event_name`. A tool's input is never rebuilt: its fields are
//! kept as the bytes that came, so that what is not changed goes back as it was.

pub mod event;
pub mod fields;
pub mod input;
pub mod output;
pub mod tool;

pub use event::HookEvent;
pub use fields::Fields;
pub use input::{Input, InputError, Meta};
pub use output::Answer;
pub use tool::Tool;
