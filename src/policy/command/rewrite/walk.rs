//! Lists the words of a script by the command that they belong to, those of its functions and
//! substitutions included.
//!
//! Invariant: texts that differ in nothing but their marks give lists that differ in nothing else.

use brush_parser::ast::{
    AndOr, Assignment, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item,
    CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectTarget, IoRedirect, Pipeline,
    RedirectList, SimpleCommand, Word as Raw,
};

use super::super::script::Script;
use super::text;

/// What a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a command.
    Name,
    /// An argument of a command.
    Argument,
    /// What a variable is set to.
    Value,
    /// A file that is opened for a command.
    Redirect,
    /// What a loop goes through, and what is tested to be a file.
    File,
    /// A pattern, a text that is compared, the name of a function.
    Text,
}

#[derive(Debug)]
pub(super) struct Word {
    pub(super) role: Role,
    pub(super) text: String,
}

/// One command, or one list of words that stand for themselves.
#[derive(Debug)]
pub(super) struct Unit {
    /// The pipeline that it is part of, where that has other parts.
    pub(super) pipeline: Option<usize>,
    pub(super) words: Vec<Word>,
}

/// The units of a script.
pub(super) fn units(script: &Script) -> Vec<Unit> {
    let mut walk = Walk {
        script,
        pipeline: None,
        pipelines: 0,
        units: Vec::new(),
    };
    walk.script(script);
    walk.units
}

struct Walk<'a> {
    script: &'a Script,
    pipeline: Option<usize>,
    pipelines: usize,
    units: Vec<Unit>,
}

impl<'a> Walk<'a> {
    fn script(&mut self, script: &'a Script) {
        let outer = (
            std::mem::replace(&mut self.script, script),
            self.pipeline.take(),
        );
        for list in &script.program.complete_commands {
            self.commands(list);
        }
        script.subs.iter().for_each(|sub| self.script(sub));
        (self.script, self.pipeline) = outer;
    }

    fn unit(&mut self, words: Vec<Word>) {
        let pipeline = self.pipeline;
        self.units.push(Unit { pipeline, words });
    }

    fn word(&self, role: Role, raw: &Raw) -> Word {
        let text = text::of(&raw.value, self.script);
        Word { role, text }
    }

    fn commands(&mut self, list: &'a CompoundList) {
        for item in &list.0 {
            self.pipeline(&item.0.first);
            for AndOr::And(next) | AndOr::Or(next) in &item.0.additional {
                self.pipeline(next);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline) {
        let outer = self.pipeline;
        if pipeline.seq.len() > 1 && outer.is_none() {
            self.pipelines += 1;
            self.pipeline = Some(self.pipelines);
        }
        pipeline
            .seq
            .iter()
            .for_each(|command| self.command(command));
        self.pipeline = outer;
    }

    fn command(&mut self, command: &'a Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                self.redirects(redirects.as_ref());
            }
            Command::ExtendedTest(test, redirects) => {
                self.test(&test.expr);
                self.redirects(redirects.as_ref());
            }
            Command::Function(function) => {
                let name = self.word(Role::Text, &function.fname);
                self.unit(vec![name]);
                self.compound(&function.body.0);
                self.redirects(function.body.1.as_ref());
            }
        }
    }

    fn simple(&mut self, simple: &'a SimpleCommand) {
        let mut words = Vec::new();
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::AssignmentWord(assignment, _) => self.values(assignment, &mut words),
                Item::IoRedirect(redirect) => self.redirect(redirect, &mut words),
                Item::Word(word) => words.push(self.word(Role::Text, word)),
                Item::ProcessSubstitution(..) => {}
            }
        }
        words.extend(simple.word_or_name.iter().map(|w| self.word(Role::Name, w)));
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::AssignmentWord(assignment, word) => match &assignment.value {
                    AssignmentValue::Scalar(_) => words.push(self.word(Role::Argument, word)),
                    AssignmentValue::Array(_) => self.values(assignment, &mut words),
                },
                Item::IoRedirect(redirect) => self.redirect(redirect, &mut words),
                Item::Word(word) => words.push(self.word(Role::Argument, word)),
                Item::ProcessSubstitution(..) => {}
            }
        }
        self.unit(words);
    }

    fn values(&self, assignment: &'a Assignment, words: &mut Vec<Word>) {
        match &assignment.value {
            AssignmentValue::Scalar(word) => words.push(self.word(Role::Value, word)),
            AssignmentValue::Array(elements) => {
                for (key, value) in elements {
                    words.extend(key.iter().map(|key| self.word(Role::Text, key)));
                    words.push(self.word(Role::Value, value));
                }
            }
        }
    }

    fn redirect(&self, redirect: &'a IoRedirect, words: &mut Vec<Word>) {
        match redirect {
            IoRedirect::File(
                _,
                _,
                IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word),
            )
            | IoRedirect::OutputAndError(word, _) => words.push(self.word(Role::Redirect, word)),
            IoRedirect::HereString(_, word) => words.push(self.word(Role::Text, word)),
            IoRedirect::File(..) | IoRedirect::HereDocument(..) => {}
        }
    }

    fn redirects(&mut self, redirects: Option<&'a RedirectList>) {
        let mut words = Vec::new();
        for redirect in redirects.into_iter().flat_map(|list| &list.0) {
            self.redirect(redirect, &mut words);
        }
        self.unit(words);
    }

    fn compound(&mut self, compound: &'a CompoundCommand) {
        match compound {
            CompoundCommand::BraceGroup(group) => self.commands(&group.list),
            CompoundCommand::Subshell(group) => self.commands(&group.list),
            CompoundCommand::ForClause(clause) => {
                let values = clause.values.iter().flatten();
                let words = values.map(|word| self.word(Role::File, word)).collect();
                self.unit(words);
                self.commands(&clause.body.list);
            }
            CompoundCommand::CaseClause(clause) => {
                let mut words = vec![self.word(Role::Text, &clause.value)];
                for case in &clause.cases {
                    words.extend(case.patterns.iter().map(|w| self.word(Role::Text, w)));
                }
                self.unit(words);
                let bodies = clause.cases.iter().filter_map(|case| case.cmd.as_ref());
                bodies.for_each(|list| self.commands(list));
            }
            CompoundCommand::IfClause(clause) => {
                self.commands(&clause.condition);
                self.commands(&clause.then);
                for part in clause.elses.iter().flatten() {
                    part.condition.iter().for_each(|list| self.commands(list));
                    self.commands(&part.body);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.commands(&clause.0);
                self.commands(&clause.1.list);
            }
            CompoundCommand::ArithmeticForClause(clause) => self.commands(&clause.body.list),
            CompoundCommand::Coprocess(_) | CompoundCommand::Arithmetic(_) => {}
        }
    }

    fn test(&mut self, test: &'a ExtendedTestExpr) {
        match test {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.test(left);
                self.test(right);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => {
                self.test(inner);
            }
            ExtendedTestExpr::UnaryTest(_, word) => {
                let word = self.word(Role::File, word);
                self.unit(vec![word]);
            }
            ExtendedTestExpr::BinaryTest(_, left, right) => {
                let words = vec![self.word(Role::Text, left), self.word(Role::Text, right)];
                self.unit(words);
            }
        }
    }
}
