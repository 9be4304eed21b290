//! What a hook answers on stdout.
//!
//! `allow` is never answered: it would skip the user's own permission prompt.

use serde::Serialize;

use super::event::HookEvent;
use super::fields::Fields;

/// An answer to one event. The empty one is no output at all.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The whole tool input that replaces the one that came.
    pub updated_input: Option<Fields<'a>>,
    /// Why the call is refused.
    pub deny: Option<String>,
    /// What the model reads before its next step.
    pub context: Option<String>,
    /// What the user reads.
    pub notice: Option<String>,
    /// Plain text instead of JSON: the path of a worktree.
    pub plain: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook_specific_output: Option<Specific<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Specific<'a> {
    hook_event_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_input: Option<&'a Fields<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<&'a str>,
}

impl Answer<'_> {
    /// Nothing to say.
    pub fn none() -> Self {
        Self::default()
    }

    /// Refuses the call.
    pub fn denied(reason: impl Into<String>) -> Self {
        Self {
            deny: Some(reason.into()),
            ..Self::default()
        }
    }

    /// Adds a paragraph to the context.
    pub fn add_context(&mut self, text: &str) {
        match &mut self.context {
            Some(context) => {
                context.push('\n');
                context.push_str(text);
            }
            None => self.context = Some(text.to_owned()),
        }
    }

    /// Writes the answer, or nothing where there is nothing to say.
    ///
    /// # Errors
    /// Where `out` can't be written.
    pub fn write(&self, event: HookEvent, mut out: impl std::io::Write) -> std::io::Result<()> {
        if let Some(plain) = &self.plain {
            writeln!(out, "{plain}")?;
            return out.flush();
        }
        // These events know no context of their own; the client would drop it.
        let silent = matches!(
            event,
            HookEvent::SessionEnd | HookEvent::WorktreeCreate | HookEvent::WorktreeRemove
        );
        let context = self.context.as_deref().filter(|_| !silent);
        let specific = (self.updated_input.is_some() || self.deny.is_some() || context.is_some())
            .then(|| Specific {
                hook_event_name: event.name(),
                permission_decision: self.deny.as_ref().map(|_| "deny"),
                permission_decision_reason: self.deny.as_deref(),
                updated_input: self.updated_input.as_ref().filter(|_| self.deny.is_none()),
                additional_context: context,
            });
        if specific.is_none() && self.notice.is_none() {
            return Ok(());
        }
        let wire = Wire {
            system_message: self.notice.as_deref(),
            hook_specific_output: specific,
        };
        serde_json::to_writer(&mut out, &wire)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}
