//! What the two corpora of shell commands share: their files, the world in which
//! a command runs, the kernel sandboxes to try, and the work spread over threads.
//!
//! Declared by the targets that use it, not by `support`.

pub mod backend;
pub mod cases;
mod kept;
pub mod pool;
pub mod programs;
pub mod world;

pub use backend::Backend;
pub use cases::Case;
pub use kept::Kept;
pub use world::World;
