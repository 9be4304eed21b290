//! The verdict over the facts of a script: each command, assignment, redirection, test and
//! arithmetic expression must be harmless by itself.
//!
//! Invariant: what is not recognized is refused.

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, BinaryPredicate,
    CommandPrefixOrSuffixItem as Item, ExtendedTestExpr, IoFileRedirectKind, IoFileRedirectTarget,
    IoRedirect, SimpleCommand, UnaryPredicate, Word,
};

use super::arithmetic::Arithmetic;
use super::flat::{Piece, Source};
use super::options::Check;
use super::script::{Kind, Script};
use super::values::{Value, Variables};
use super::words::{self, Arg};
use super::{builtins, files, names, tools};

pub(super) fn check(script: &Script) -> Check {
    let facts = script.facts();
    let variables = Variables::of(&facts);
    facts.iter().try_for_each(|fact| {
        Judge {
            script: fact.script,
            variables: &variables,
        }
        .fact(&fact.kind)
    })
}

struct Judge<'a> {
    script: &'a Script,
    variables: &'a Variables,
}

impl Judge<'_> {
    fn fact(&self, kind: &Kind<'_>) -> Check {
        match kind {
            Kind::Command(simple) => self.command(simple),
            Kind::Loop { name, .. } | Kind::Sets(name) => set(name),
            Kind::Test(test) => self.test(test),
            Kind::Redirect(redirect) => self.redirect(redirect),
            Kind::Arithmetic(arithmetic) => self.arithmetic(arithmetic),
            Kind::Refused(because) => Err((*because).to_owned()),
        }
    }

    fn command(&self, simple: &SimpleCommand) -> Check {
        let prefix = || simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let Some(name) = &simple.word_or_name else {
            return prefix().try_for_each(|item| match item {
                Item::AssignmentWord(assignment, _) => {
                    self.assignment(assignment, names::may_be_set)
                }
                _ => Ok(()),
            });
        };
        let Some(name) = words::literal(&name.value, self.script) else {
            return Err("the name of a command is known only when it runs".into());
        };
        for item in prefix() {
            if let Item::AssignmentWord(assignment, _) = item {
                self.exported(assignment, &name)?;
            }
        }
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        if builtins::declares(&name) {
            return self.declaration(&name, suffix);
        }
        let mut argv = vec![Arg::Literal(name)];
        for item in suffix {
            match item {
                Item::Word(word) => argv.push(self.argument(word)?),
                Item::AssignmentWord(
                    Assignment {
                        value: AssignmentValue::Scalar(_),
                        ..
                    },
                    word,
                ) => {
                    argv.push(self.argument(word)?);
                }
                Item::AssignmentWord(..) => return Err("it can't be parsed".into()),
                Item::IoRedirect(_) | Item::ProcessSubstitution(..) => {}
            }
        }
        tools::check(&argv, 0)
    }

    fn argument(&self, word: &Word) -> Result<Arg, String> {
        // zsh ends a block at a brace that stands alone.
        if matches!(word.value.as_str(), "{" | "}") {
            return Err("it has a brace that stands alone".into());
        }
        Ok(words::arg(&word.value, self.script, self.variables))
    }

    fn declaration<'a>(&self, command: &str, suffix: impl Iterator<Item = &'a Item>) -> Check {
        let allowed = if command == "local" {
            names::may_be_set
        } else {
            builtins::may_be_declared
        };
        for item in suffix {
            match item {
                Item::AssignmentWord(assignment, _) => self.assignment(assignment, allowed)?,
                Item::Word(word) => {
                    let word = words::literal(&word.value, self.script);
                    builtins::declaration_argument(command, word.as_deref().unwrap_or("="))?;
                }
                Item::IoRedirect(_) | Item::ProcessSubstitution(..) => {}
            }
        }
        Ok(())
    }

    fn assignment(&self, assignment: &Assignment, allowed: fn(&str) -> bool) -> Check {
        let AssignmentName::VariableName(name) = &assignment.name else {
            return Err("it assigns to an element".into());
        };
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => words::literal(&word.value, self.script),
            AssignmentValue::Array(elements) => {
                if elements
                    .iter()
                    .any(|(key, word)| key.is_some() || word.value.starts_with('['))
                {
                    return Err("it assigns to an element".into());
                }
                None
            }
        };
        if allowed(name) || value.is_some_and(|value| names::is_harmless(name, &value)) {
            return Ok(());
        }
        Err(sets(name))
    }

    fn exported(&self, assignment: &Assignment, command: &str) -> Check {
        if matches!(&assignment.name, AssignmentName::VariableName(name) if name == "IFS")
            && command == "read"
        {
            return Ok(());
        }
        self.assignment(assignment, names::may_be_exported)
    }

    fn redirect(&self, redirect: &IoRedirect) -> Check {
        let (kind, target) = match redirect {
            IoRedirect::File(_, kind, target) => (kind, target),
            IoRedirect::OutputAndError(word, _) => return self.output(word),
            IoRedirect::HereString(..) => return Ok(()),
            IoRedirect::HereDocument(..) => return Err("it can't be parsed".into()),
        };
        match (kind, target) {
            (_, IoFileRedirectTarget::Fd(_)) => Ok(()),
            (IoFileRedirectKind::Read, IoFileRedirectTarget::Filename(word)) => self.input(word),
            (
                IoFileRedirectKind::Write
                | IoFileRedirectKind::Append
                | IoFileRedirectKind::Clobber,
                IoFileRedirectTarget::Filename(word),
            ) => self.output(word),
            (
                IoFileRedirectKind::DuplicateOutput | IoFileRedirectKind::DuplicateInput,
                IoFileRedirectTarget::Duplicate(word),
            ) => match words::literal(&word.value, self.script) {
                Some(fd) if is_descriptor(&fd) => Ok(()),
                _ if matches!(kind, IoFileRedirectKind::DuplicateOutput) => self.output(word),
                _ => Err("it redirects an unknown descriptor".into()),
            },
            _ => Err("it opens a file for writing".into()),
        }
    }

    fn input(&self, word: &Word) -> Check {
        match words::arg(&word.value, self.script, self.variables) {
            Arg::Literal(path)
                if path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") =>
            {
                Err(format!("opens {path}"))
            }
            _ => Ok(()),
        }
    }

    fn output(&self, word: &Word) -> Check {
        let mut pieces = word.value.chars().map(|c| self.script.piece(c));
        if let (
            Some(Some(Piece::Value {
                source: Source::Path,
                ..
            })),
            None,
        ) = (pieces.next(), pieces.next())
        {
            return Ok(());
        }
        match words::literal(&word.value, self.script) {
            Some(path) if files::is_sink(&path) => Ok(()),
            Some(path) => Err(format!("writes to {path}")),
            None => Err("writes to a file".into()),
        }
    }

    fn arithmetic(&self, arithmetic: &Arithmetic) -> Check {
        let number = |index: &usize| {
            self.variables.value(&Source::Output(*index), self.script) == Value::Number
        };
        if !arithmetic
            .names
            .iter()
            .all(|name| self.variables.is_number(name))
            || !arithmetic.outputs.iter().all(number)
        {
            return Err("its arithmetic may run what a variable holds".into());
        }
        if arithmetic.assigns {
            arithmetic.names.iter().try_for_each(|name| set(name))?;
        }
        Ok(())
    }

    fn test(&self, test: &ExtendedTestExpr) -> Check {
        match test {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.test(left)?;
                self.test(right)
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => {
                self.test(inner)
            }
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let named = matches!(
                    predicate,
                    UnaryPredicate::ShellVariableIsSetAndAssigned
                        | UnaryPredicate::ShellVariableIsSetAndNameRef
                        | UnaryPredicate::FdIsOpenTerminal
                );
                let plain = || {
                    words::literal(&word.value, self.script)
                        .is_some_and(|name| is_plain_word(&name))
                };
                if named && !plain() {
                    return Err("it tests a computed name".into());
                }
                Ok(())
            }
            ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                let arithmetic = matches!(
                    predicate,
                    BinaryPredicate::ArithmeticEqualTo
                        | BinaryPredicate::ArithmeticNotEqualTo
                        | BinaryPredicate::ArithmeticLessThan
                        | BinaryPredicate::ArithmeticLessThanOrEqualTo
                        | BinaryPredicate::ArithmeticGreaterThan
                        | BinaryPredicate::ArithmeticGreaterThanOrEqualTo
                );
                let number = |word: &Word| {
                    words::assigned(&word.value, self.script, self.variables)
                        .shape()
                        .is_some_and(|text| text.parse::<i64>().is_ok())
                };
                if arithmetic && !(number(left) && number(right)) {
                    return Err("its arithmetic may run what a variable holds".into());
                }
                Ok(())
            }
        }
    }
}

fn set(name: &str) -> Check {
    if names::may_be_set(name) {
        return Ok(());
    }
    Err(sets(name))
}

fn sets(name: &str) -> String {
    format!("sets `{name}`, which may change how commands run")
}

fn is_plain_word(text: &str) -> bool {
    names::is_identifier(text) || text.chars().all(|c| c.is_ascii_digit())
}

/// `1`, `-` (close) or `1-` (move).
fn is_descriptor(text: &str) -> bool {
    let number = text.strip_suffix('-').unwrap_or(text);
    !text.is_empty() && number.len() < 5 && number.chars().all(|c| c.is_ascii_digit())
}
