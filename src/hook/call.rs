//! One event with what it is about: project, session, agent.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::clock;
use crate::config::{self, Loaded, env};
use crate::error::Result;
use crate::git;
use crate::logging;
use crate::process;
use crate::protocol::{Answer, HookEvent, Input};
use crate::session::{Agent, AgentId, Client, Event, Handle, Session, SessionId};
use crate::store::{SessionDir, agents, atomic, notices, sessions, spawns, timeline};
use crate::workspace::Project;

/// An event being answered.
pub(super) struct Call<'a> {
    pub(super) event: HookEvent,
    pub(super) input: &'a Input<'a>,
    pub(super) project: Project,
    pub(super) session_id: SessionId,
    pub(super) dir: SessionDir,
    pub(super) agent_id: Option<AgentId>,
    pub(super) cwd: PathBuf,
    /// As it was known when the event came.
    handle: Option<Handle>,
    config: OnceCell<Loaded>,
}

impl<'a> Call<'a> {
    /// `None` where the event is about no repository.
    pub(super) fn new(event: HookEvent, input: &'a Input<'a>) -> Result<Option<Self>> {
        let cwd = PathBuf::from(input.cwd.as_ref());
        let started = env::project_dir().and_then(|dir| git::locate(&dir));
        let Some(place) = started.or_else(|| git::locate(&cwd)) else {
            return Ok(None);
        };
        let mut project = Project::of(&place);
        project.layout.has_state()?;
        let mut session_id = SessionId(input.session_id.clone().into_owned());
        let mut dir = project.layout.session(&session_id);
        let agent_id = input
            .agent_id
            .as_ref()
            .map(|id| AgentId(id.clone().into_owned()));
        let mut handle = agent_id.as_ref().and_then(|id| agents::handle_of(&dir, id));
        if let Some(id) = &agent_id
            && handle.is_none()
            && let Some((before, session)) = sessions::cleared(&project.layout, id, &client())
        {
            handle = agents::handle_of(&before, id);
            (dir, session_id) = (before, session.session_id);
        }
        if env::project_dir().is_none()
            && place.is_linked()
            && let Ok(Some(session)) = sessions::load(&dir)
        {
            project.start_root = session.start_root;
        }
        if let Some(id) = &agent_id
            && env::project_dir().is_none_or(|started| started != cwd)
            && let Some(entered) = entered(&project, &dir, id, input, &cwd)
        {
            project.start_root = entered;
        }
        if let Some(level) = env::trace_level() {
            logging::start(&level, &dir.trace());
            tracing::debug!(event = event.name(), tool = ?input.tool_name, agent = ?input.agent_id, "hook");
        }
        Ok(Some(Self {
            event,
            input,
            project,
            session_id,
            dir,
            agent_id,
            cwd,
            handle,
            config: OnceCell::new(),
        }))
    }

    /// The configuration, read at its first use.
    pub(super) fn config(&self) -> &Loaded {
        self.config.get_or_init(|| {
            let main = self.project.main();
            config::load(main, &|file| git::tracks(main, file))
        })
    }

    /// The session's record, made at the first event that needs it.
    pub(super) fn open_session(
        &self,
        change: impl FnOnce(&mut Session),
    ) -> Result<(Session, bool)> {
        sessions::open(
            &self.project.layout,
            &self.session_id,
            &self.project.start_root,
            client,
            change,
        )
    }

    /// Makes the session's record where it is missing.
    pub(super) fn ensure_session(&self) -> Result<()> {
        if self.dir.exists() {
            return Ok(());
        }
        self.open_session(|_| {}).map(drop)
    }

    /// The agent, if it is known.
    pub(super) fn known_agent(&self) -> Result<Option<Agent>> {
        match (&self.agent_id, &self.handle) {
            (Some(id), Some(handle)) => agents::own(&self.dir, id, handle),
            (Some(id), None) => agents::find(&self.dir, id),
            _ => Ok(None),
        }
    }

    /// A new agent of this session.
    pub(super) fn new_agent(&self, handle: &Handle, id: &AgentId, kind: &str) -> Agent {
        let (session, root) = (self.session_id.clone(), &self.project.start_root);
        let now = clock::now_stamp();
        Agent::new(handle.clone(), id.clone(), session, kind, root, now)
    }

    /// The tool's name.
    pub(super) fn tool(&self) -> &str {
        self.input.tool_name.as_deref().unwrap_or_default()
    }

    /// A line of the timeline about this call.
    pub(super) fn new_event(&self, what: &str, agent: Option<&Handle>) -> Event {
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Event {
            event: what.to_owned(),
            agent: agent.map(ToString::to_string),
            tool: owned(&self.input.tool_name),
            tool_use_id: owned(&self.input.tool_use_id),
            ..Event::default()
        }
    }

    /// Appends this event to the timeline.
    pub(super) fn record(
        &self,
        agent: Option<&Handle>,
        target: Option<String>,
        answer: Option<&str>,
    ) {
        let event = Event {
            target,
            answer: answer.map(str::to_owned),
            duration_ms: self.input.duration_ms,
            ..self.new_event(self.event.name(), agent)
        };
        self.append(event);
    }

    /// Appends something that MAOS did or found.
    pub(super) fn note(&self, what: &str, agent: Option<&Handle>, note: &str) {
        let event = Event {
            note: Some(note.to_owned()),
            ..self.new_event(what, agent)
        };
        self.append(event);
    }

    /// A log that can't be written must not change an answer.
    pub(super) fn append(&self, event: Event) {
        if let Err(e) = timeline::append(&self.dir, event) {
            tracing::warn!(error = %e, "timeline");
        }
    }

    /// Adds the news that wait for whoever this event belongs to.
    pub(super) fn add_notices(&self, recipient: Option<&Handle>, answer: &mut Answer<'_>) {
        for notice in notices::take(&self.dir, recipient) {
            answer.add_context(&notice.text);
        }
    }

    /// The place in a tree that matches the working directory: a conversation
    /// that stands in `src` means `src` of the workspace.
    pub(super) fn matching_place(&self, workspace: &Path) -> PathBuf {
        if self.cwd.starts_with(workspace) {
            return self.cwd.clone();
        }
        let tops = [self.project.start_root.as_path(), self.project.main()];
        let below = |cwd: &Path| {
            let mut rests = tops.iter().filter_map(|top| cwd.strip_prefix(top).ok());
            rests.next().map(Path::to_owned)
        };
        // The client may name it through a link.
        let real = || std::fs::canonicalize(&self.cwd).ok();
        match below(&self.cwd).or_else(|| below(&real()?)) {
            Some(rest)
                if !rest.starts_with("worktrees")
                    && !rest.starts_with(".maos")
                    && !rest.starts_with(".git")
                    && rest != Path::new("") =>
            {
                workspace.join(rest)
            }
            _ => workspace.to_owned(),
        }
    }

    /// Says the configuration's problems once a session.
    pub(super) fn config_problems(&self) -> Option<String> {
        let problems = &self.config().problems;
        if problems.is_empty()
            || !atomic::create(&self.dir.path().join("told-config"), b"").unwrap_or(false)
        {
            return None;
        }
        let lines: Vec<String> = problems.iter().map(|p| format!("MAOS: {p}")).collect();
        Some(lines.join("\n"))
    }
}

/// The tree that the main conversation stands in, where that is another worktree
/// than the one that the session was started in: what an agent finds there is
/// what it begins from. An agent's working directory alone does not tell this
/// from a worktree that the client made for the agent.
fn entered(
    project: &Project,
    dir: &SessionDir,
    id: &AgentId,
    input: &Input<'_>,
    cwd: &Path,
) -> Option<PathBuf> {
    let place = git::locate(cwd).filter(|p| p.common_dir == project.common_dir)?;
    if place.root == project.start_root || place.root.starts_with(project.layout.worktrees()) {
        return None;
    }
    let named_for_it = id.plain().is_some_and(|id| {
        let name = place.root.file_name().unwrap_or_default();
        name.to_string_lossy().contains(id)
    });
    let asked_for = || {
        let spawns = spawns::list(dir).into_iter();
        let kind = input.agent_type.as_deref().unwrap_or_default();
        let mut of_kind = spawns.filter(|s| s.kind == kind);
        of_kind.any(|s| s.isolated)
    };
    let own = place.is_linked() && (named_for_it || asked_for());
    (!own).then_some(place.root)
}

/// The client that runs this hook.
pub(super) fn client() -> Client {
    process::client_of(process::parent_id(), env::client_version())
}
