//! Two ways to look at options: a `Spec` lists all that a tool may be given, a `Screen` those that
//! it must not.
//!
//! Invariants: with a `Spec`, whatever is not on the list is refused, abbreviations included. With
//! a `Screen`, an argument that could become an option is refused, and a refused option counts
//! wherever it stands.

use super::words::Arg;

pub(super) type Check = Result<(), String>;

/// Whether a word is in a list: lists are words parted by blanks.
pub(super) fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// The options of a tool that are known to be harmless.
pub(super) struct Spec {
    pub(super) flags: &'static str,
    /// Letters that take a value, attached or as the next word.
    pub(super) valued: &'static str,
    /// A list. With a trailing `=` they take a value; without one it can only be attached.
    pub(super) long: &'static str,
    pub(super) operands: usize,
}

pub(super) const MANY: usize = usize::MAX;

#[derive(Default)]
pub(super) struct Parsed<'a> {
    /// Letters and long names as given, with the value of those that take one.
    pub(super) options: Vec<(String, Option<Arg>)>,
    pub(super) operands: Vec<&'a Arg>,
    /// Whether a `--` ended the options.
    pub(super) ended: bool,
}

impl Parsed<'_> {
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options
            .iter()
            .any(|(name, _)| names.contains(&name.as_str()))
    }
}

impl Spec {
    pub(super) fn check(&self, args: &[Arg]) -> Check {
        let parsed = self.parse(args)?;
        let many = parsed.operands.iter().any(|operand| operand.is_many());
        if self.operands != MANY && (many || parsed.operands.len() > self.operands) {
            return Err("it has more operands than it reads".into());
        }
        Ok(())
    }

    /// Splits the arguments; options after operands count.
    pub(super) fn parse<'a>(&self, args: &'a [Arg]) -> Result<Parsed<'a>, String> {
        let mut parsed = Parsed::default();
        let mut rest = args;
        while let Some((arg, after)) = rest.split_first() {
            rest = after;
            if arg.literal() == Some("--") {
                parsed.operands.extend(rest);
                break;
            }
            if arg.is_operand() {
                parsed.operands.push(arg);
            } else {
                self.option(arg, &mut rest, &mut parsed)?;
            }
        }
        Ok(parsed)
    }

    /// Like `parse` for tools (and systems) where the first operand ends the options: gives what
    /// follows them.
    pub(super) fn leading<'a>(&self, args: &'a [Arg]) -> Result<(Parsed<'a>, &'a [Arg]), String> {
        let mut parsed = Parsed::default();
        let mut rest = args;
        while let Some((arg, after)) = rest.split_first() {
            if arg.literal() == Some("--") {
                parsed.ended = true;
                return Ok((parsed, after));
            }
            if arg.is_operand() {
                break;
            }
            rest = after;
            self.option(arg, &mut rest, &mut parsed)?;
        }
        Ok((parsed, rest))
    }

    fn option<'a>(&self, arg: &'a Arg, rest: &mut &'a [Arg], parsed: &mut Parsed<'a>) -> Check {
        let (text, exact) = match arg {
            Arg::Literal(text) => (text.as_str(), true),
            Arg::Numeric { shape: prefix, .. } | Arg::Operand { prefix, .. } => {
                (prefix.as_str(), false)
            }
            Arg::Wild { .. } => return Err("an argument could become an option".into()),
        };
        let attached = |value: &str| match arg {
            Arg::Literal(_) => Arg::Literal(value.to_owned()),
            _ => Arg::Operand {
                prefix: value.to_owned(),
                many: false,
            },
        };
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = long
                .split_once('=')
                .map_or((long, None), |(name, value)| (name, Some(value)));
            if value.is_none() && !exact {
                return Err(refused(text));
            }
            let takes = listed(self.long, &format!("{name}="));
            if !takes && !listed(self.long, name) {
                return Err(refused(&format!("--{name}")));
            }
            let value = match value {
                Some(value) => Some(attached(value)),
                None if takes => Some(next_value(text, rest)?),
                None => None,
            };
            parsed.options.push((name.to_owned(), value));
            return Ok(());
        }
        if matches!(arg, Arg::Numeric { .. }) {
            return Err(refused(text));
        }
        let mut letters = text[1..].chars();
        while let Some(letter) = letters.next() {
            if self.valued.contains(letter) {
                let value = match letters.as_str() {
                    // The value may turn out empty: then the next word is taken for it.
                    "" if !exact => return Err(refused(text)),
                    "" => next_value(text, rest)?,
                    value => attached(value),
                };
                parsed.options.push((letter.to_string(), Some(value)));
                return Ok(());
            }
            if !self.flags.contains(letter) {
                return Err(refused(&format!("-{letter}")));
            }
            parsed.options.push((letter.to_string(), None));
        }
        if exact { Ok(()) } else { Err(refused(text)) }
    }
}

/// The operands after leading options, none of them looking like an option.
pub(super) fn only_operands(args: &[Arg]) -> Check {
    match args.iter().find(|arg| !arg.is_operand()) {
        Some(arg) => Err(refused(arg.shown())),
        None => Ok(()),
    }
}

fn next_value(option: &str, rest: &mut &[Arg]) -> Result<Arg, String> {
    let (value, after) = rest
        .split_first()
        .ok_or_else(|| format!("`{option}` has no value"))?;
    if value.is_many() {
        return Err(format!("`{option}` may have no value or several"));
    }
    *rest = after;
    Ok(value.clone())
}

/// The options of a tool that are known to do harm.
pub(super) struct Screen {
    pub(super) letters: &'static str,
    /// Letters that take the rest of their word as a value.
    pub(super) valued: &'static str,
    pub(super) long: &'static str,
    /// Options whose value, the next word, may be anything.
    pub(super) slots: &'static str,
    /// Options that take no value: after them `--` ends the options for certain.
    pub(super) plain: &'static str,
}

impl Screen {
    pub(super) fn check(&self, args: &[Arg]) -> Check {
        let mut ended = false;
        // Whether the next word is certainly no option's value, and whether it certainly is one.
        let (mut fresh, mut slot) = (true, false);
        for arg in args {
            match arg {
                Arg::Literal(text) | Arg::Numeric { shape: text, .. } => self.option(text, true)?,
                Arg::Operand { prefix, .. } => self.option(prefix, false)?,
                Arg::Wild { many } if !ended && (*many || !slot) => {
                    return Err("an argument could become an option".into());
                }
                Arg::Wild { .. } => {}
            }
            ended |= fresh && arg.literal() == Some("--");
            let is_slot = fresh
                && arg
                    .literal()
                    .is_some_and(|option| listed(self.slots, option));
            if !arg.is_many() {
                fresh = slot || self.takes_no_value(arg);
            }
            slot = is_slot;
        }
        Ok(())
    }

    fn takes_no_value(&self, arg: &Arg) -> bool {
        arg.is_operand()
            || arg.shape().is_some_and(|text| {
                let count = text
                    .strip_prefix('-')
                    .is_some_and(|count| count.parse::<u32>().is_ok());
                count || text.contains('=') || listed(self.plain, text)
            })
    }

    fn option(&self, text: &str, exact: bool) -> Check {
        if let Some(long) = text.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or(long);
            let harms = |known: &str| {
                known.starts_with(name)
                    || known
                        .strip_suffix('*')
                        .is_some_and(|known| name.starts_with(known))
            };
            let open = !exact && !long.contains('=');
            if open || (!name.is_empty() && self.long.split_whitespace().any(harms)) {
                return Err(refused(&format!("--{name}")));
            }
            return Ok(());
        }
        let Some(letters) = text.strip_prefix('-') else {
            return Ok(());
        };
        for letter in letters.chars() {
            if self.letters.contains(letter) {
                return Err(refused(&format!("-{letter}")));
            }
            if self.valued.contains(letter) {
                return Ok(());
            }
        }
        if exact { Ok(()) } else { Err(refused(text)) }
    }
}

pub(super) fn refused(option: &str) -> String {
    format!("`{option}` is not known to be read-only")
}
