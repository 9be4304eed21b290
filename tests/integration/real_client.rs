//! MAOS under the real client, both versions, with a scripted model.
//!
//! Each scenario is played twice, in a project without MAOS and in one with it: what becomes of every tool call
//! must be the same. With MAOS the main checkout must be as it was before, and each write lie on the branch of
//! the agent that made it. Without an installed client (see [`crate::support::client`]) these tests say
//! `SKIPPED`.

mod escapes;
mod isolated;
mod obedient;
mod path_rules;
mod project;
mod resumed_agent;
mod standing_below;
mod three_agents;
mod workflow_agents;
