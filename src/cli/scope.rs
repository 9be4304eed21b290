//! The repository that a command is about, and what lives in it.

use std::path::Path;

use crate::clock;
use crate::config::{self, Loaded};
use crate::error::{Error, Result};
use crate::git;
use crate::output;
use crate::policy::limits::SILENT;
use crate::process;
use crate::session::{Agent, AgentState, Session};
use crate::store::{SessionDir, agents, sessions};
use crate::workspace::Project;

/// The repository around the working directory.
pub(super) struct Scope {
    pub(super) project: Project,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SessionStatus {
    /// Its client runs.
    Active,
    /// Its client said that it ended.
    Ended,
    /// Its client is gone without a word.
    Dead,
}

impl Scope {
    /// Finds it from a directory.
    pub(super) fn find(dir: &Path) -> Result<Self> {
        let place = git::locate(dir).ok_or_else(|| Error::NotARepository {
            path: dir.to_owned(),
        })?;
        let project = Project::of(&place);
        project.layout.has_state()?;
        Ok(Self { project })
    }

    /// All sessions, the latest first. What can't be read of them is said.
    pub(super) fn sessions(&self) -> Vec<(SessionDir, Session)> {
        let (sessions, problems) = sessions::list(&self.project.layout);
        say_all(&problems);
        sessions
    }

    /// All agents of a session. What can't be read of them is said.
    pub(super) fn agents(dir: &SessionDir) -> Vec<Agent> {
        let (agents, problems) = agents::list(dir);
        for problem in &problems {
            say(
                problem,
                "the agent is left out, and its workspace left alone",
            );
        }
        agents
    }

    /// The session of that name; without one the latest active, else the latest.
    pub(super) fn session(&self, name: Option<&str>) -> Result<(SessionDir, Session)> {
        if let Some(name) = name {
            let (all, problems) = sessions::list(&self.project.layout);
            say_all(&problems);
            return sessions::named(all, problems, name);
        }
        let mut all = self.sessions();
        let at = all
            .iter()
            .position(|(dir, s)| self.status(dir, s) == SessionStatus::Active)
            .unwrap_or(0);
        if all.is_empty() {
            return Err(Error::NotFound {
                kind: "session",
                name: "(the latest)".to_owned(),
                known: Vec::new(),
            });
        }
        Ok(all.swap_remove(at))
    }

    /// Whether a session is active, ended or dead.
    pub(super) fn status(&self, dir: &SessionDir, session: &Session) -> SessionStatus {
        match process::alive(&session.client) {
            // After `clear` a session's agents run on in the same client.
            Some(true) if session.ended_at.is_some() && agents::active(dir).is_empty() => {
                SessionStatus::Ended
            }
            Some(true) => SessionStatus::Active,
            _ if session.ended_at.is_some() => SessionStatus::Ended,
            Some(false) => SessionStatus::Dead,
            None => match agents::changed_ago(&dir.timeline()) {
                Some(age)
                    if age < self.config().settings.orchestration.session_timeout_minutes * 60 =>
                {
                    SessionStatus::Active
                }
                _ => SessionStatus::Dead,
            },
        }
    }

    /// How an agent stands, in a word.
    pub(super) fn agent_state(
        dir: &SessionDir,
        session: SessionStatus,
        agent: &Agent,
        config: &Loaded,
    ) -> &'static str {
        if agent.status == AgentState::Stopped {
            return "stopped";
        }
        if session != SessionStatus::Active {
            return "lost";
        }
        let limit = config
            .settings
            .agents
            .get(&agent.kind)
            .and_then(|a| a.default_timeout);
        let age = clock::parse(&agent.started_at).map_or(0, clock::seconds_since);
        if limit.is_some_and(|limit| age > limit) {
            return "overdue";
        }
        if agents::silent_for(dir, &agent.id).is_some_and(|s| s > SILENT) {
            "silent"
        } else {
            "active"
        }
    }

    /// Whether a session is past its time.
    pub(super) fn overdue(session: &Session, config: &Loaded) -> bool {
        let age = clock::parse(&session.started_at).map_or(0, clock::seconds_since);
        age > config.settings.orchestration.session_timeout_minutes * 60
    }

    /// The configuration.
    pub(super) fn config(&self) -> Loaded {
        config::load(self.project.main(), &|file| self.is_tracked(file))
    }

    /// Whether git tracks a file.
    pub(super) fn is_tracked(&self, file: &Path) -> bool {
        git::tracks(self.project.main(), file)
    }
}

/// Sessions' records that can't be read.
fn say_all(problems: &[Error]) {
    for problem in problems {
        say(problem, "the session is shown by what else is known of it");
    }
}

/// A record that can't be read, and what that means here.
pub(super) fn say(problem: &Error, otherwise: &str) {
    output::hint(&format!("maos: {problem}"));
    let help = match problem {
        Error::Newer { .. } => problem.help(),
        _ => None,
    };
    output::hint(&format!("  {}", help.as_deref().unwrap_or(otherwise)));
}
