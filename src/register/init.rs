//! `maos init`: the hooks, the shell prefix, the twins of path rules, and the
//! lines that keep MAOS's directories out of git.

use std::path::{Path, PathBuf};

use super::document::Document;
use super::exclude;
use super::file;
use super::find;
use super::hooks::{Form, PROGRAM};
use super::link;
use super::memory::Memory;
use super::place::{Machine, local_settings, note, project_settings, read_note, real};
use super::plan::Plan;
use super::refuse;
use super::settings;
use super::twins::{self, Tracked};
use crate::error::{Error, Result};
use crate::git;

/// Where to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Hooks in the shared settings, the rest in the local ones.
    Project,
    /// Everything in the local settings.
    Local,
    /// Everything in the home settings.
    User,
    /// The hooks come from the plugin: what a plugin can't bring along.
    Plugin,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to register.
    pub target: Target,
    /// Whether the client's own worktrees are to be made by MAOS.
    pub native: bool,
    /// The path of the program; see [`link::program`].
    pub program: PathBuf,
}

/// Works out what registering takes.
///
/// # Errors
/// Where MAOS is registered elsewhere, another shell prefix is set, or a file
/// can't be edited. Nothing was changed.
pub fn plan(
    request: &Request,
    cwd: &Path,
    place: Option<&git::Place>,
    machine: &Machine,
) -> Result<Plan> {
    if place.is_none() && request.target != Target::User {
        return Err(Error::NotARepository {
            path: cwd.to_owned(),
        });
    }
    let sources = find::sources(place, machine);
    refuse::doubles(request.target, &sources)?;
    refuse::other_prefix(&sources)?;
    let shell = link::shell_link(&request.program, machine)?;
    let mut work = Work::new(request, place, machine)?;
    let prefix = shell.path.to_string_lossy().into_owned();
    work.plan.link = Some(shell);
    let form = match request.target {
        Target::Project | Target::Plugin => Form::Shared,
        Target::Local | Target::User => Form::Machine(request.program.clone()),
    };
    let user = || machine.user_settings();
    let (hooks_in, prefix_in) = match (request.target, place) {
        (Target::Project, Some(p)) => (Some(project_settings(&p.root)), local_settings(&p.root)),
        (Target::Plugin, Some(p)) => (None, local_settings(&p.root)),
        (Target::Local, Some(p)) => (Some(local_settings(&p.root)), local_settings(&p.root)),
        (_, _) => (Some(user()?), user()?),
    };
    if let (Target::Project, Some(hooks_in)) = (request.target, &hooks_in)
        && user().is_ok_and(|user| real(&user) == real(hooks_in))
    {
        return Err(Error::Refused {
            reason: "the settings of this project are the home settings".into(),
            help: "register for all projects with `maos init --user`".into(),
        });
    }
    if let Some(path) = hooks_in.filter(|path| *path != prefix_in) {
        work.edit(&path, Some((&form, request.native)), None)?;
        work.edit(&prefix_in, None, Some(&prefix))?;
    } else {
        let hooks = (request.target != Target::Plugin).then_some((&form, request.native));
        work.edit(&prefix_in, hooks, Some(&prefix))?;
    }
    if let Some(place) = place {
        if request.target == Target::User {
            work.edit(&local_settings(&place.root), None, None)?;
        }
        work.exclude(place)?;
    }
    work.notes(&form);
    work.finish()
}

/// The state of a plan that is being made.
struct Work<'a> {
    place: Option<&'a git::Place>,
    machine: &'a Machine,
    plan: Plan,
    memory_path: Option<PathBuf>,
    memory: Memory,
    tracked: Option<Tracked>,
}

impl<'a> Work<'a> {
    fn new(request: &Request, place: Option<&'a git::Place>, machine: &'a Machine) -> Result<Self> {
        let memory_path = memory_path(request.target == Target::User, place, machine)?;
        let memory = Memory::load(memory_path.as_deref(), place)?;
        let tracked = place
            .map(|place| {
                let path = twins::path(place)?;
                Tracked::parse(&path, read_note(place, &path)?.as_deref())
            })
            .transpose()?;
        Ok(Self {
            place,
            machine,
            plan: Plan::default(),
            memory_path,
            memory,
            tracked,
        })
    }

    /// Plans the change of one settings file. The local settings of the project
    /// get their twins along the way.
    fn edit(
        &mut self,
        path: &Path,
        hooks: Option<(&Form, bool)>,
        prefix: Option<&str>,
    ) -> Result<()> {
        let before = file::read(path)?;
        let mut document = Document::parse(path, before.as_deref())?;
        let core_before = self.core(&document)?;
        let mut what = Vec::new();
        if let Some((form, native)) = hooks {
            let (added, changed) = settings::register(&mut document, form, native)?;
            what.extend(count(added, "hook", "added"));
            what.extend(count(changed, "hook", "brought up to date"));
        }
        if let Some(prefix) = prefix
            && settings::set_prefix(&mut document, prefix)?
        {
            what.push("shell prefix set".to_owned());
        }
        let mut after = None;
        if let (Some(place), Some(tracked)) = (self.place, &mut self.tracked)
            && path == local_settings(&place.root)
        {
            if twins::plan(place, self.machine, &mut document, tracked, true)? {
                what.push("path rules for workspaces in step".to_owned());
            }
            after = Some(twins::settle(&document, tracked)?);
        }
        if let Some(why) = document.lenience() {
            let note = format!("the client ignores {}: {why}", path.display());
            self.plan.notes.push(note);
        }
        if document.is_empty() {
            return Ok(());
        }
        // The check that no edit broke the file.
        document.value()?;
        let core_after = self.core(&document)?;
        if core_before != core_after {
            let before = before.is_some().then_some(core_before.as_slice());
            self.memory.note(path, before, &core_after);
        }
        let after = after.unwrap_or_else(|| Some(document.bytes()));
        self.plan.add(path, before, after, what.join(", "));
        Ok(())
    }

    /// A settings file's bytes without twins, which come and go.
    fn core(&self, document: &Document) -> Result<Vec<u8>> {
        let mut document = document.clone();
        if let Some(mut tracked) = self.tracked.clone() {
            twins::remove_all(&mut document, &mut tracked)?;
        }
        Ok(document.bytes())
    }

    fn exclude(&mut self, place: &git::Place) -> Result<()> {
        let local = local_settings(&place.root);
        let touches_local =
            self.plan.changes.iter().any(|change| change.path == local) || local.exists();
        let lines = exclude::missing(place, touches_local)?;
        if lines.is_empty() {
            return Ok(());
        }
        let path = exclude::path(place);
        let before = file::read(&path)?;
        let after = exclude::with_lines(before.as_deref().unwrap_or_default(), &lines);
        self.memory.note(&path, before.as_deref(), &after);
        self.memory.note_lines(&path, &lines);
        let what = format!("{} added", lines.join(" "));
        self.plan.add(&path, before, Some(after), what);
        Ok(())
    }

    fn notes(&mut self, form: &Form) {
        let found = self.machine.find(PROGRAM);
        if *form == Form::Shared && found.is_none() {
            self.plan.notes.push(format!(
                "{PROGRAM} is not on PATH: the hooks don't run until it is"
            ));
        }
    }

    /// Puts MAOS's own notes in front: what was written is known even where
    /// the rest fails half-way.
    fn finish(mut self) -> Result<Plan> {
        let mut own = Plan::default();
        if let Some(path) = &self.memory_path
            && !self.plan.changes.is_empty()
            && !self.memory.is_empty()
        {
            own.add_own(path, file::read(path)?, Some(self.memory.bytes()));
        }
        if let (Some(place), Some(tracked)) = (self.place, &self.tracked) {
            let path = twins::path(place)?;
            own.add_own(&path, file::read(&path)?, tracked.content());
        }
        own.changes.append(&mut self.plan.changes);
        self.plan.changes = own.changes;
        Ok(self.plan)
    }
}

/// Where the registration is remembered.
pub(super) fn memory_path(
    user: bool,
    place: Option<&git::Place>,
    machine: &Machine,
) -> Result<Option<PathBuf>> {
    Ok(match place {
        Some(place) if !user => Some(note(place, "registered.json")?),
        _ => machine
            .state
            .as_ref()
            .map(|dir| dir.join("registered.json")),
    })
}

fn count(number: usize, noun: &str, what: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {noun} {what}")),
        _ => Some(format!("{number} {noun}s {what}")),
    }
}
