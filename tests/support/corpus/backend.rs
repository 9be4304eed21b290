//! The kernel sandboxes that a corpus is run under, and whether this machine has
//! them.

use std::fmt;
use std::fs;

use super::World;

/// A value of `isolation.sandbox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    Off,
    Auto,
    Strict,
}

impl Backend {
    pub const ALL: [Self; 3] = [Self::Off, Self::Auto, Self::Strict];

    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Auto => "auto",
            Self::Strict => "strict",
        }
    }

    /// The user's own configuration that chooses it.
    pub fn config(self) -> String {
        format!(
            "{{\"maos\": {{\"isolation\": {{\"sandbox\": \"{}\"}}}}}}\n",
            self.name()
        )
    }

    /// Why this backend can't be tried here, found by really trying what it has
    /// to stop: a write outside and, for `strict`, a change of a file's mode.
    pub fn missing(self, world: &mut World) -> Option<String> {
        if self == Self::Off {
            return None;
        }
        world.reset();
        let main = world.sandbox.repo.clone();
        let (inside, outside) = (world.ws().join("probe-in"), main.join("probe-out"));
        let line = format!(
            "echo > probe-in; echo > {}; chmod 600 {}; true",
            outside.display(),
            main.join("p.txt").display()
        );
        let before = fs::metadata(main.join("p.txt")).map(|m| m.permissions());
        let ran = world.run(&line, &mut |_| {});
        let after = fs::metadata(main.join("p.txt")).map(|m| m.permissions());
        let why = if !inside.exists() {
            format!("commands are refused: {}", ran.stderr.trim())
        } else if outside.exists() {
            "nothing stops a write outside of the workspace".to_owned()
        } else if self == Self::Strict && before.ok() != after.ok() {
            "modes of files outside can be changed: bubblewrap is not in front".to_owned()
        } else {
            return None;
        };
        Some(why.replace('\n', " "))
    }

    /// The backends to run, and a line for each that is missing, which is a
    /// failure where `MAOS_REQUIRE_SANDBOX` says so. `MAOS_BACKENDS` chooses some.
    pub fn present(world: impl Fn(Self) -> World) -> Vec<Self> {
        let chosen = std::env::var("MAOS_BACKENDS").ok();
        let required = std::env::var_os("MAOS_REQUIRE_SANDBOX").is_some_and(|v| v == "1");
        let wanted = |b: &Self| {
            chosen
                .as_ref()
                .is_none_or(|c| c.split(',').any(|n| n == b.name()))
        };
        let mut found = Vec::new();
        for backend in Self::ALL.into_iter().filter(wanted) {
            match backend.missing(&mut world(backend)) {
                None => found.push(backend),
                Some(why) => {
                    println!("{backend}: not run: {why}");
                    assert!(!required, "{backend} is required and missing: {why}");
                }
            }
        }
        found
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
