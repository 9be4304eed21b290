//! The real Claude Code client, run against a scripted model.
//!
//! A test makes a [`Scratch`] repository, writes a [`Script`] of what the model answers, starts an [`Api`] that
//! plays it on loopback, and runs a [`Session`] of the client there. Afterwards the [`Api`] tells what every
//! conversation was told and what became of its tool calls, the [`Outcome`] what the client itself reported,
//! and git what is on disk.
//!
//! ```text
//! for_each_client(|client| {
//!     let scratch = Scratch::new();
//!     let api = Api::start(Script::new().conversation("main go", vec![Step::call(calls::bash("ls")), Step::say("done")]));
//!     let outcome = Session::new(client, &scratch, &api).bypass().run("main go");
//!     outcome.assert_completed();
//!     api.assert_no_problems();
//! });
//! ```
//!
//! The clients are found through the environment:
//! - `MAOS_TEST_CLIENTS`: a directory with `<version>/node_modules/.bin/claude` for each of the versions in `found.rs`
//!   (`npm install --prefix <dir>/<version> @anthropic-ai/claude-code@<version>`, then its `install.cjs`).
//! - `MAOS_REQUIRE_CLIENT=1`: an absent client fails the test; otherwise it says `SKIPPED` and passes.
//!
//! Needs a network for nothing but loopback. Used by `tests/integration/real_client.rs`.

mod api;
pub mod calls;
mod found;
mod http;
mod outcome;
mod request;
mod scratch;
mod script;
mod session;
mod sse;
mod tests;

pub use api::{Api, ToolOutcome};
pub use found::{Client, for_each_client};
pub use outcome::Outcome;
pub use request::Request;
pub use scratch::Scratch;
pub use script::{Block, Condition, Script, Step};
pub use session::Session;
