//! What the values of a script's variables can look like, as far as options are concerned.
//!
//! Invariants: order and scope are left out; a variable has the worst of all that the script
//! assigns to it. A value from outside the script counts as `Wild` unless its name says what it
//! holds.

use std::collections::HashMap;

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item,
};

use super::flat::{Piece, Source};
use super::names;
use super::script::{Fact, Kind, Script};
use super::words::{self, Arg};

/// From the tamest to the wildest: each kind covers those before it, as operands go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number,
    /// One word (or none), no blanks, no glob, no dash at the start.
    Token,
    /// No dash at the start.
    Operand,
    Wild,
}

const PASSES: usize = 6;
/// Commands that assign to the variables whose names they are given.
const SETTERS: [&str; 5] = ["read", "mapfile", "readarray", "printf", "getopts"];

#[derive(Default)]
pub(super) struct Variables {
    known: HashMap<String, Value>,
}

impl Variables {
    pub(super) fn of(facts: &[Fact<'_>]) -> Self {
        let mut variables = Self::default();
        for _ in 0..PASSES {
            let before = variables.known.clone();
            for fact in facts {
                variables.learn(fact);
            }
            if variables.known == before {
                return variables;
            }
        }
        for value in variables.known.values_mut() {
            *value = Value::Wild;
        }
        variables
    }

    pub(super) fn value(&self, source: &Source, script: &Script) -> Value {
        match source {
            Source::Number => Value::Number,
            Source::Path => Value::Token,
            Source::Unknown => Value::Wild,
            Source::Output(index) => script
                .subs
                .get(*index)
                .map_or(Value::Wild, |sub| self.output(sub)),
            Source::Name(name) | Source::All(name) => self
                .known
                .get(name)
                .copied()
                .unwrap_or_else(|| from_outside(name)),
        }
    }

    /// Whether arithmetic on the variable can't run anything: nothing but numbers is assigned to
    /// it.
    pub(super) fn is_number(&self, name: &str) -> bool {
        match self.known.get(name) {
            Some(value) => *value == Value::Number,
            None => names::is_plain(name) || from_outside(name) == Value::Number,
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        let known = self.known.entry(name.to_owned()).or_insert(value);
        *known = value.max(*known);
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        match fact.kind {
            Kind::Loop { name, values: None } | Kind::Sets(name) => self.set(name, Value::Wild),
            Kind::Loop {
                name,
                values: Some(values),
            } => {
                for word in values {
                    self.set(name, self.element(&word.value, fact.script));
                }
            }
            Kind::Arithmetic(arithmetic) if arithmetic.assigns => {
                for name in &arithmetic.names {
                    self.set(name, Value::Number);
                }
            }
            Kind::Command(simple) => {
                let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
                let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
                let mut names: Vec<String> = Vec::new();
                names.extend(
                    simple
                        .word_or_name
                        .as_ref()
                        .and_then(|word| words::literal(&word.value, fact.script)),
                );
                for item in prefix.chain(suffix) {
                    match item {
                        Item::AssignmentWord(assignment, _) => self.assign(assignment, fact.script),
                        Item::Word(word) => names.extend(words::literal(&word.value, fact.script)),
                        _ => {}
                    }
                }
                if names.iter().any(|name| SETTERS.contains(&name.as_str())) {
                    for name in &names {
                        self.set(name, Value::Wild);
                    }
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, assignment: &Assignment, script: &Script) {
        let (AssignmentName::VariableName(name) | AssignmentName::ArrayElementName(name, _)) =
            &assignment.name;
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                let arg = words::assigned(&word.value, script, self);
                self.set(name, self.kind(&arg, &word.value, script));
            }
            AssignmentValue::Array(elements) => {
                for (_, word) in elements {
                    self.set(name, self.element(&word.value, script));
                }
            }
        }
    }

    /// A word of a list: it may become many words.
    fn element(&self, raw: &str, script: &Script) -> Value {
        if let Some((first, last)) = raw
            .strip_prefix('{')
            .and_then(|raw| raw.strip_suffix('}')?.split_once(".."))
            && [first, last]
                .iter()
                .all(|end| of_text(end) == Value::Number)
        {
            return Value::Number;
        }
        self.kind(&words::arg(raw, script, self), raw, script)
    }

    fn kind(&self, arg: &Arg, raw: &str, script: &Script) -> Value {
        match arg {
            Arg::Literal(text) | Arg::Numeric { shape: text, .. } => of_text(text),
            Arg::Operand { .. } if self.is_tame(raw, script, Value::Token) => Value::Token,
            Arg::Operand { .. } => Value::Operand,
            Arg::Wild { .. } => Value::Wild,
        }
    }

    fn is_tame(&self, raw: &str, script: &Script, limit: Value) -> bool {
        raw.chars().all(|c| match script.piece(c) {
            Some(Piece::Text(text)) => of_tail(text) <= limit,
            Some(Piece::Value { source, .. }) => self.value(source, script) <= limit,
            None => of_tail(c.encode_utf8(&mut [0; 4])) <= limit,
        })
    }

    /// What a substitution prints.
    fn output(&self, sub: &Script) -> Value {
        let Some(pipeline) = sub.single_pipeline() else {
            return Value::Wild;
        };
        let mut commands = pipeline
            .seq
            .iter()
            .rev()
            .map(|command| self.words(command, sub));
        let mut last = commands.next().flatten();
        if last
            .as_ref()
            .is_some_and(|words| words.starts_with(&["tr".into(), "-d".into()]))
        {
            last = commands.next().flatten();
        }
        let Some(words) = last else {
            return Value::Wild;
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["wc", options @ ..]
                if options
                    .iter()
                    .all(|option| ["-l", "-w", "-c", "-m"].contains(option)) =>
            {
                Value::Number
            }
            ["nproc"] | ["date", "+%s"] => Value::Number,
            ["seq", numbers @ ..]
                if numbers
                    .iter()
                    .all(|number| of_text(number) == Value::Number) =>
            {
                Value::Number
            }
            ["pwd", ..] | ["git", "rev-parse", "--show-toplevel"] => Value::Operand,
            ["git", "merge-base", revisions @ ..]
                if revisions.iter().all(|word| of_text(word) < Value::Wild) =>
            {
                Value::Token
            }
            ["git", "rev-parse", "--short" | "--verify", revision]
            | ["git", "rev-parse", revision] => of_text(revision).max(Value::Token),
            _ => Value::Wild,
        }
    }

    /// The words of a simple command whose every word is known.
    fn words(&self, command: &Command, script: &Script) -> Option<Vec<String>> {
        let Command::Simple(simple) = command else {
            return None;
        };
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let suffix = suffix.filter(|item| !matches!(item, Item::IoRedirect(_)));
        let mut words = vec![words::literal(
            &simple.word_or_name.as_ref()?.value,
            script,
        )?];
        for item in suffix {
            let (Item::Word(word) | Item::AssignmentWord(_, word)) = item else {
                return None;
            };
            match words::arg(&word.value, script, self) {
                Arg::Literal(text) | Arg::Numeric { shape: text, .. } => words.push(text),
                _ => return None,
            }
        }
        Some(words)
    }
}

/// The kind of a text at the start of a word.
fn of_text(text: &str) -> Value {
    if text.starts_with('-') && of_tail(&text[1..]) != Value::Number {
        return Value::Wild;
    }
    of_tail(text.trim_start_matches('-'))
}

fn of_tail(text: &str) -> Value {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c);
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        Value::Number
    } else if text.chars().all(plain) {
        Value::Token
    } else {
        Value::Operand
    }
}

fn from_outside(name: &str) -> Value {
    match name {
        "RANDOM" | "SECONDS" | "LINENO" | "UID" | "EUID" | "PPID" | "BASHPID" | "EPOCHSECONDS" => {
            Value::Number
        }
        "HOME" | "USER" | "LOGNAME" | "HOSTNAME" => Value::Token,
        "PWD" | "OLDPWD" | "TMPDIR" | "CLAUDE_PROJECT_DIR" => Value::Operand,
        _ => Value::Wild,
    }
}
