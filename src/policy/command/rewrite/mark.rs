//! The places of a command that name a tree, and the marks put there.
//!
//! Invariant: a mark is plain for every shell (a slash, letters and digits), and no command holds
//! one of its own.

/// Begins each mark; its number and [`END`] follow.
pub(super) const MARK: &str = "/MaosTop";
pub(super) const END: char = 'Z';

/// A command with the places where it names one of some trees.
pub(super) struct Marked<'a> {
    command: &'a str,
    places: Vec<Place<'a>>,
}

struct Place<'a> {
    start: usize,
    end: usize,
    top: &'a str,
}

impl<'a> Marked<'a> {
    /// `None` where there is no place, or too many.
    pub(super) fn of(command: &'a str, tops: &[&'a str]) -> Option<Self> {
        let mut ways: Vec<(String, &str)> = Vec::new();
        for top in tops {
            ways.push(((*top).to_owned(), top));
            if !is_plain(top) {
                ways.push((escaped(top), top));
            }
        }
        // The longest first: one tree may lie in another.
        ways.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let mut places = Vec::new();
        let mut at = 0;
        while let Some(slash) = command.get(at..).and_then(|rest| rest.find('/')) {
            let start = at + slash;
            let rest = &command[start..];
            let found = ways.iter().find(|(text, _)| {
                rest.strip_prefix(text.as_str())
                    .is_some_and(|behind| !behind.starts_with(goes_on))
            });
            at = start + found.map_or(1, |(text, _)| text.len());
            places.extend(found.map(|(_, top)| Place {
                start,
                end: at,
                top,
            }));
        }
        let usable =
            (1..=super::MOST_MARKS).contains(&places.len()) && !command.contains(&MARK[1..]);
        usable.then_some(Self { command, places })
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Where the text of a place begins.
    pub(super) fn start(&self, mark: usize) -> usize {
        self.places[mark].start
    }

    /// The tree that a mark stands for.
    pub(super) fn top(&self, mark: usize) -> &'a str {
        self.places[mark].top
    }

    /// A place as the command has it.
    pub(super) fn source(&self, mark: usize) -> String {
        let place = &self.places[mark];
        self.command[place.start..place.end].to_owned()
    }

    /// The command with something else in each place; with its mark where that is `None`.
    pub(super) fn with(&self, what: impl Fn(usize) -> Option<String>) -> String {
        let mut text = String::with_capacity(self.command.len() + 64);
        let mut at = 0;
        for (mark, place) in self.places.iter().enumerate() {
            text.push_str(&self.command[at..place.start]);
            text.push_str(&what(mark).unwrap_or_else(|| format!("{MARK}{mark}{END}")));
            at = place.end;
        }
        text.push_str(&self.command[at..]);
        text
    }

    /// A word with each mark resolved: to what is given, or to its own tree.
    pub(super) fn plain<'b>(
        &'b self,
        word: &str,
        what: impl Fn(usize) -> Option<&'b str>,
    ) -> String {
        let mut text = String::with_capacity(word.len());
        let mut at = 0;
        for found in super::text::marks(word) {
            if found.index < self.places.len() {
                text.push_str(&word[at..found.start]);
                text.push_str(what(found.index).unwrap_or(self.top(found.index)));
                at = found.end;
            }
        }
        text.push_str(&word[at..]);
        text
    }
}

/// Whether a path can be looked for and written at all.
pub(super) fn is_usable(path: &str) -> bool {
    let named = |path: &str| path.len() > 1 && path.starts_with('/') && !path.ends_with('/');
    named(path) && !path.contains(char::is_control)
}

/// Whether a path reads the same in every kind of quotes and in none.
pub(super) fn is_plain(path: &str) -> bool {
    path.chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-+@%,".contains(c))
}

/// A name that goes on is another one: `/repo2` is not `/repo`.
fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || "_-.+@%~".contains(c)
}

/// The ways to write a path, for the quotes that may stand around it.
pub(super) fn spellings(path: &str) -> Vec<String> {
    let behind = |special: &str| {
        let mut text = String::new();
        for c in path.chars() {
            if special.contains(c) {
                text.push('\\');
            }
            text.push(c);
        }
        text
    };
    let quoted = behind("\\\"$`");
    vec![
        path.to_owned(),
        path.replace('\'', r"'\''"),
        quoted,
        behind("\\'"),
        escaped(path),
    ]
}

/// A path outside of all quotes.
fn escaped(path: &str) -> String {
    let mut text = String::new();
    for c in path.chars() {
        if c.is_ascii() && !is_plain(c.encode_utf8(&mut [0; 4])) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
