//! The ways by which an agent's shell command could get out of its workspace,
//! tried under every kernel sandbox that this machine has.
//!
//! The cases are in `cases/`: what each does, what it would change, and where a
//! backend leaves it open by its nature. `MAOS_CASES` (ids or files) and
//! `MAOS_BACKENDS` choose some; `MAOS_SHOW=1` says of each what it changed.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes, name their environment, and fail by panicking"
)]

#[allow(dead_code, reason = "shared with another target")]
#[path = "../support/corpus/mod.rs"]
mod corpus;
mod outsiders;
mod report;
mod scene;
mod snapshot;
mod trial;

#[allow(dead_code, unused_imports, reason = "shared with other targets")]
#[path = "../support"]
mod support {
    pub mod actor;
    pub mod event;
    pub mod sandbox;
    pub mod worker;

    pub use actor::Actor;
    pub use event::Event;
    pub use sandbox::{Run, Sandbox};
    pub use worker::{Worker, contents};
}

use std::path::Path;

use corpus::{Backend, Case, cases, pool};
use report::Report;
use snapshot::Area;
use trial::Field;

/// How many cases there are at least, and how many of them may stay open.
const FEWEST: usize = 93;
const OPEN_UNDER_AUTO: usize = 13;
const OPEN_UNDER_STRICT: usize = 4;

fn all() -> Vec<Case> {
    cases::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escapes/cases"))
}

#[test]
fn every_case_says_what_it_does_and_what_it_would_change() {
    const KEYS: [&str; 7] = [
        "what", "watch", "needs", "inherent", "natural", "later", "fd",
    ];
    let cases = all();
    assert!(
        cases::are_chosen() || cases.len() >= FEWEST,
        "{}",
        cases.len()
    );
    for case in &cases {
        assert!(case.get("what").is_some(), "{}", case.id);
        assert!(case.words("watch").count() > 0, "{}", case.id);
        for word in case.words("watch") {
            assert!(Area::parse(word).is_some(), "{}: {word}", case.id);
        }
        for key in case.keys() {
            assert!(KEYS.contains(&key), "{}: {key}", case.id);
        }
        for (backend, why) in case.all("inherent").map(report::inherent) {
            assert!(backend != Backend::Off && !why.is_empty(), "{}", case.id);
        }
    }
}

#[test]
fn nothing_gets_out_but_what_is_said_to() {
    let cases = all();
    let mut reports = Vec::new();
    for backend in Backend::present(scene::world) {
        let verdicts = pool::map(&cases, || Field::new(backend), Field::judge);
        reports.push(Report::new(backend, &cases, verdicts));
    }
    corpus::world::unlink_shell();
    report::print(&reports);
    let wrong: Vec<String> = reports.iter().flat_map(judge).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(report: &Report<'_>) -> Vec<String> {
    let (most, mut wrong) = match report.backend {
        Backend::Off => return report.unreal(),
        Backend::Auto => (OPEN_UNDER_AUTO, report.unexpected()),
        Backend::Strict => (OPEN_UNDER_STRICT, report.unexpected()),
    };
    let open = report.escaped().count();
    if open > most {
        wrong.push(format!(
            "{}: {open} got out, at most {most} may",
            report.backend
        ));
    }
    wrong
}
