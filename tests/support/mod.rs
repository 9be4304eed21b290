//! What the tests share: scratch repositories, hooks run as the client runs
//! them, the real client.

pub mod actor;
pub mod client;
pub mod event;
pub mod sandbox;
pub mod worker;

pub use actor::Actor;
pub use event::Event;
pub use sandbox::{Run, Sandbox};
pub use worker::{Worker, contents};
