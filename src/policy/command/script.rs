//! Parses a flat text and lists what it does: its commands, loops, tests and redirections, those of
//! its substitutions included.
//!
//! Invariants: structure makes no difference to the verdict, so it is forgotten here; what the list
//! can't express (functions, coprocesses) is on it as refused. The number of nested constructs is
//! bounded before the parser, which recurses and backtracks, sees the text.

use std::io::BufReader;

use brush_parser::ast::{
    AndOr, AndOrList, Command, CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList,
    ExtendedTestExpr, IoRedirect, Pipeline, Program, RedirectList, SeparatorOperator,
    SimpleCommand, Word,
};
use brush_parser::{Parser, ParserOptions};

use super::arithmetic::{Arithmetic, is_name};
use super::flat::{Flat, Piece, Scanned};
use super::scan;

const MAX_OPENERS: usize = 48;
const MAX_CASES: usize = 6;
/// The parser tries each parenthesis of a regular expression twice.
const MAX_REGEX_PARENTHESES: usize = 8;
const OPENERS: [&str; 11] = [
    "{", "!", "if", "elif", "for", "while", "until", "case", "coproc", "function", "[[",
];

pub(super) struct Script {
    pub(super) flat: Flat,
    pub(super) program: Program,
    pub(super) subs: Vec<Script>,
}

/// One thing that a script does, with the script whose pieces its words refer to.
pub(super) struct Fact<'a> {
    pub(super) script: &'a Script,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    Command(&'a SimpleCommand),
    Loop {
        name: &'a str,
        values: Option<&'a [Word]>,
    },
    Test(&'a ExtendedTestExpr),
    Redirect(&'a IoRedirect),
    Arithmetic(&'a Arithmetic),
    Sets(&'a str),
    Refused(&'a str),
}

impl Script {
    pub(super) fn read(command: &str) -> Scanned<Self> {
        Self::parse(scan::flatten(command)?)
    }

    fn parse(mut flat: Flat) -> Scanned<Self> {
        if too_nested(&flat.text) {
            return Err("it is nested too deeply".into());
        }
        let options = ParserOptions {
            enable_extended_globbing: false,
            ..ParserOptions::default()
        };
        let program = Parser::new(BufReader::new(flat.text.as_bytes()), &options)
            .parse_program()
            .map_err(|_| "it can't be parsed".to_owned())?;
        let subs = std::mem::take(&mut flat.subs)
            .into_iter()
            .map(Self::parse)
            .collect::<Scanned<_>>()?;
        Ok(Self {
            flat,
            program,
            subs,
        })
    }

    pub(super) fn facts(&self) -> Vec<Fact<'_>> {
        let mut facts = Facts {
            script: self,
            list: Vec::new(),
        };
        facts.script(self);
        facts.list
    }

    pub(super) fn piece(&self, placeholder: char) -> Option<&Piece> {
        self.flat.piece(placeholder)
    }

    /// The only pipeline of the script.
    pub(super) fn single_pipeline(&self) -> Option<&Pipeline> {
        let list = self.single_list()?;
        list.additional.is_empty().then_some(&list.first)
    }

    /// The only and-or list of the script, run in the foreground.
    pub(super) fn single_list(&self) -> Option<&AndOrList> {
        match self.program.complete_commands.as_slice() {
            [CompoundList(items)] => match items.as_slice() {
                [item] if matches!(item.1, SeparatorOperator::Sequence) => Some(&item.0),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Counts what may nest, not how deep it does: a bound of the depth that no odd text gets around.
fn too_nested(text: &str) -> bool {
    let words = || text.split(|c: char| c.is_ascii_whitespace() || ";&|()<>".contains(c));
    let parentheses = text.matches('(').count();
    let openers = words().filter(|word| OPENERS.contains(word)).count() + parentheses;
    let cases = words().filter(|word| *word == "case").count();
    let tests = if words().any(|word| word == "[[") {
        text.matches("&&").count() + text.matches("||").count()
    } else {
        0
    };
    let subscripts = text
        .match_indices('[')
        .filter(|(at, _)| text[..*at].ends_with(is_name))
        .count();
    let regex = words().any(|word| word == "=~");
    openers + tests + subscripts > MAX_OPENERS
        || cases > MAX_CASES
        || (regex && parentheses > MAX_REGEX_PARENTHESES)
}

struct Facts<'a> {
    script: &'a Script,
    list: Vec<Fact<'a>>,
}

impl<'a> Facts<'a> {
    fn add(&mut self, kind: Kind<'a>) {
        self.list.push(Fact {
            script: self.script,
            kind,
        });
    }

    fn script(&mut self, script: &'a Script) {
        let outer = std::mem::replace(&mut self.script, script);
        script
            .flat
            .doubt
            .iter()
            .for_each(|doubt| self.add(Kind::Refused(doubt)));
        script
            .flat
            .arithmetic
            .iter()
            .for_each(|arithmetic| self.add(Kind::Arithmetic(arithmetic)));
        script
            .flat
            .sets
            .iter()
            .for_each(|name| self.add(Kind::Sets(name)));
        script
            .program
            .complete_commands
            .iter()
            .for_each(|list| self.commands(list));
        script.subs.iter().for_each(|sub| self.script(sub));
        self.script = outer;
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
        pipeline
            .seq
            .iter()
            .for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &'a Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                self.redirects(redirects.as_ref());
            }
            Command::ExtendedTest(test, redirects) => {
                self.add(Kind::Test(&test.expr));
                self.redirects(redirects.as_ref());
            }
            Command::Function(_) => self.add(Kind::Refused("it defines a function")),
        }
    }

    fn simple(&mut self, simple: &'a SimpleCommand) {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        for item in prefix.chain(suffix) {
            match item {
                Item::IoRedirect(redirect) => self.add(Kind::Redirect(redirect)),
                Item::ProcessSubstitution(..) => self.add(Kind::Refused("it can't be parsed")),
                Item::Word(_) | Item::AssignmentWord(..) => {}
            }
        }
        self.add(Kind::Command(simple));
    }

    fn compound(&mut self, compound: &'a CompoundCommand) {
        match compound {
            CompoundCommand::BraceGroup(group) => self.commands(&group.list),
            CompoundCommand::Subshell(group) => self.commands(&group.list),
            CompoundCommand::ForClause(clause) => {
                self.add(Kind::Loop {
                    name: &clause.variable_name,
                    values: clause.values.as_deref(),
                });
                self.commands(&clause.body.list);
            }
            CompoundCommand::CaseClause(clause) => {
                clause
                    .cases
                    .iter()
                    .filter_map(|case| case.cmd.as_ref())
                    .for_each(|list| self.commands(list));
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
            CompoundCommand::Coprocess(_)
            | CompoundCommand::Arithmetic(_)
            | CompoundCommand::ArithmeticForClause(_) => {
                self.add(Kind::Refused("it starts a coprocess"));
            }
        }
    }

    fn redirects(&mut self, redirects: Option<&'a RedirectList>) {
        redirects
            .into_iter()
            .flat_map(|list| &list.0)
            .for_each(|redirect| self.add(Kind::Redirect(redirect)));
    }
}
