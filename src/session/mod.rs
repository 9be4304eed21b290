//! The words of the domain: ids, handles, agents, sessions, events.
//!
//! Vocabulary only: no files, no environment, no processes. An id that comes
//! from outside is data; what becomes part of a path or a ref is made from it
//! by [`id`] and can't leave its place.

pub mod agent;
pub mod event;
pub mod id;
pub mod record;
pub mod spawn;
pub mod tripwire;

pub use agent::{Agent, AgentState, Base, Workspace, WorkspaceState};
pub use event::Event;
pub use id::{AgentId, Handle, SessionId};
pub use record::{Client, RosterEntry, Session};
pub use spawn::{Backup, Notice, Spawn};
pub use tripwire::{Found, Look, Open, Stamp, Tripwire};
