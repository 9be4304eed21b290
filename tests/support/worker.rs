//! An agent with a workspace, as the hook makes it, and what stands in a tree.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Event, Sandbox};

/// An agent of the usual session.
pub struct Worker<'a> {
    pub sandbox: &'a Sandbox,
    pub id: String,
    pub handle: String,
    pub tree: PathBuf,
}

impl Sandbox {
    /// An agent that starts and asks to write `made.txt`: its workspace is made,
    /// and the file is written there.
    #[track_caller]
    pub fn worker(&self, id: &str) -> Worker<'_> {
        self.worker_of(&Event::new("SubagentStart"), id)
    }

    /// The same, with an event that names another session or directory.
    #[track_caller]
    pub fn worker_of(&self, start: &Event, id: &str) -> Worker<'_> {
        self.hook(&start.clone().of(id, "coder")).success();
        let input = json!({"file_path": self.path("made.txt"), "content": "made\n"});
        let event = start.clone().asking("Write", input).of(id, "coder");
        let path = PathBuf::from(self.hook(&event).updated("file_path"));
        let tree = path.parent().expect("a workspace").to_owned();
        std::fs::write(&path, "made\n").expect("the file");
        let handle = tree.file_name().expect("a name").to_string_lossy();
        Worker {
            sandbox: self,
            id: id.to_owned(),
            handle: handle.into_owned(),
            tree,
        }
    }
}

impl Worker<'_> {
    /// The agent stops; MAOS commits what it wrote.
    #[track_caller]
    pub fn stop(&self) {
        let event = Event::new("SubagentStop").of(&self.id, "coder");
        self.sandbox.hook(&event).success();
    }

    /// Stops, and the user merges its branch.
    #[track_caller]
    pub fn stop_merged(&self) {
        self.stop();
        self.sandbox.git(&["merge", "--quiet", &self.branch()]);
    }

    pub fn branch(&self) -> String {
        format!("agent/{}", self.handle)
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.tree.join(relative)
    }

    pub fn admin(&self) -> PathBuf {
        let git = self.sandbox.path(".maos/git").join(&self.handle);
        git.join("worktrees").join(&self.handle)
    }

    pub fn record(&self) -> PathBuf {
        let sessions = self.sandbox.path(".maos/sessions");
        let agents = sessions.join(super::event::SESSION).join("agents");
        agents.join(format!("{}.json", self.handle))
    }

    #[track_caller]
    pub fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("its directory");
        std::fs::write(path, bytes).expect("the file");
    }

    /// Git in the workspace, which has to succeed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_in(&self.tree, args)
    }

    /// Git in the workspace, whatever it says.
    pub fn try_git(&self, args: &[&str]) -> bool {
        let mut command = self.sandbox.command("git", &self.tree);
        command.args(args).output().expect("git").status.success()
    }

    /// This agent's object in what a command listed.
    #[track_caller]
    pub fn of(&self, listed: &Value) -> Value {
        let all = listed.as_array().expect("an array");
        let own = all.iter().find(|v| v["id"] == self.handle.as_str());
        own.unwrap_or_else(|| panic!("no {} in {listed}", self.handle))
            .clone()
    }
}

/// Files and links below a directory: kind, mode and bytes by relative path. The
/// directory's own `.git` does not count.
pub fn contents(dir: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).expect("a directory").flatten() {
            let path = entry.path();
            if path == dir.join(".git") {
                continue;
            }
            let meta = entry.metadata().expect("its metadata");
            let name = path.strip_prefix(dir).expect("below").display().to_string();
            if meta.is_dir() {
                waiting.push(path);
            } else if meta.is_symlink() {
                let to = std::fs::read_link(&path).expect("a link");
                let bytes = to.to_string_lossy().into_owned().into_bytes();
                found.insert(name, ("link".to_owned(), bytes));
            } else if meta.is_file() {
                let mode = format!("{:o}", meta.permissions().mode() & 0o111);
                found.insert(name, (mode, std::fs::read(&path).expect("a file")));
            }
        }
    }
    found
}
