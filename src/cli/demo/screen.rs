//! What the demonstration prints: who tried what, and what the answer was.

use std::path::Path;

use serde_json::Value;

use super::client::text;
use super::scratch::TreeView;
use crate::error::Result;
use crate::output;

/// Columns, and the whole width.
const WHO: usize = 18;
const WHAT: usize = 23;
const WIDTH: usize = 100;

/// Digits of a commit that are shown.
const DIGITS: usize = 10;

/// Prints with paths relative to the repository, and `REPO` for itself.
pub(super) struct Screen {
    project: String,
}

impl Screen {
    pub(super) fn new(project: &Path) -> Self {
        Self {
            project: project.to_string_lossy().into_owned(),
        }
    }

    /// What there is before the session.
    pub(super) fn begin(&self, start: &str) -> Result<()> {
        let start = short(start);
        output::line(&format!("REPO is {}, main on {start}", self.project))?;
        output::line(
            "events as the client sent them once, answers of this binary now
",
        )
    }

    /// An agent starts; of what it is told, who it is.
    pub(super) fn starts(&self, who: &str, told: &str) -> Result<()> {
        let first = told.split_inclusive(". ").next().unwrap_or_default();
        self.row(who, "starts", first.trim_end())
    }

    /// One call or event, and what became of it: beside it where that fits into
    /// one line, else below.
    pub(super) fn row(&self, who: &str, what: &str, answer: &str) -> Result<()> {
        let answer = self.relative(answer);
        if what.chars().count() < WHAT && answer.chars().count() <= WIDTH - WHO - WHAT {
            return output::line(format!("{who:WHO$}{what:WHAT$}{answer}").trim_end());
        }
        output::line(&format!("{who:WHO$}{what}"))?;
        wrap(&answer, WIDTH - WHO)
            .iter()
            .try_for_each(|line| output::line(&format!("{:WHO$}{line}", "")))
    }

    /// A tool that ran, with its input as it was asked for and as it was used.
    pub(super) fn ran(
        &self,
        who: &str,
        what: &str,
        (asked, used): (&Value, &Value),
        place: &str,
    ) -> Result<()> {
        let answer = if asked == used {
            "as it is".to_owned()
        } else if asked["file_path"] == used["file_path"] {
            let marker = text(used, "command").lines().last().unwrap_or_default();
            format!("marked {marker}, ran in {place}")
        } else {
            format!("-> {}", text(used, "file_path"))
        };
        self.row(who, what, &answer)
    }

    /// What the main conversation is told.
    pub(super) fn told(&self, text: &str) -> Result<()> {
        for paragraph in text.lines() {
            let lines = wrap(&self.relative(paragraph), WIDTH - WHO);
            for (nth, line) in lines.iter().enumerate() {
                let who = if nth == 0 { "main is told" } else { "" };
                output::line(&format!("{who:WHO$}{line}"))?;
            }
        }
        Ok(())
    }

    /// What stands where at the end, and whether the main checkout is as it was.
    pub(super) fn end(&self, trees: &[TreeView], start: &str, wrong: &[String]) -> Result<()> {
        output::line("\nworkspaces that git knows, with what their branches change:")?;
        for tree in trees {
            let path = self.relative(&tree.path.to_string_lossy());
            output::line(&format!("  {path}  on {}", tree.branch))?;
            for file in &tree.files {
                output::line(&format!("    {file}"))?;
            }
        }
        if wrong.is_empty() {
            let start = short(start);
            return output::line(&format!(
                "main checkout: as it was, main on {start}, git status is clean"
            ));
        }
        output::line("NOT as it should be:")?;
        wrong
            .iter()
            .try_for_each(|line| output::line(&format!("    {line}")))
    }

    /// Where it is, and what can be tried there.
    pub(super) fn kept(&self) -> Result<()> {
        output::line(&format!(
            "
kept: {}",
            self.project
        ))?;
        output::line("try there: maos status, git log --all --oneline, git merge BRANCH")
    }

    /// What a tool's input is about.
    pub(super) fn target(&self, input: &Value) -> String {
        let fields = ["file_path", "command", "description"].map(|name| text(input, name));
        let said = fields.iter().find(|field| !field.is_empty());
        self.relative(said.unwrap_or(&""))
    }

    fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.project), "")
            .replace(&self.project, "REPO")
    }
}

fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}

/// Breaks a text between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
