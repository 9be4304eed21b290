//! Commands that agents really run: each does the same in an agent's workspace as
//! in a worktree that git made, under every kernel sandbox that this machine has.
//!
//! The cases are in `cases/`. `MAOS_CASES` (ids or files) and `MAOS_BACKENDS`
//! choose some.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes, name their environment, and fail by panicking"
)]

#[allow(dead_code, reason = "shared with another target")]
#[path = "../support/corpus/mod.rs"]
mod corpus;
mod scene;
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

use corpus::world::Way;
use corpus::{Backend, Case, cases, pool, programs};
use trial::{Left, differences};

/// How many cases there are at least.
const FEWEST: usize = 200;

const KEYS: [&str; 4] = ["needs", "compare", "exit", "tree"];

fn all() -> Vec<Case> {
    cases::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/harmless/cases"))
}

#[test]
fn every_case_says_only_what_is_known() {
    let cases = all();
    assert!(
        cases::are_chosen() || cases.len() >= FEWEST,
        "{}",
        cases.len()
    );
    for case in &cases {
        for key in case.keys() {
            assert!(KEYS.contains(&key), "{}: {key}", case.id);
        }
        for what in case.words("compare") {
            assert!(["exit", "stdout", "tree"].contains(&what), "{}", case.id);
        }
    }
}

#[test]
fn what_is_harmless_is_neither_refused_nor_broken() {
    let all = all();
    let runs = |case: &&Case| case.words("needs").all(programs::has);
    let (cases, skipped): (Vec<&Case>, Vec<&Case>) = all.iter().partition(runs);
    let run = |way: Way| {
        pool::map(
            &cases,
            || scene::world(way),
            |world, case| trial::run(world, case),
        )
    };
    let plain = run(Way::Plain);
    let mut wrong: Vec<String> = cases
        .iter()
        .zip(&plain)
        .filter_map(|(case, left)| trial::unexpected(case, left))
        .collect();
    let mut rows = Vec::new();
    for backend in Backend::present(|backend| scene::world(Way::Maos(backend))) {
        let broken = compare(&cases, &plain, &run(Way::Maos(backend)));
        rows.push(format!(
            "| {backend} | {} | {} | {} |",
            cases.len(),
            skipped.len(),
            broken.len()
        ));
        wrong.extend(broken.iter().map(|b| format!("{backend}: {b}")));
    }
    corpus::world::unlink_shell();
    println!("\n| sandbox | cases | skipped | refused or broken |");
    println!("|---|---|---|---|");
    println!("{}\n", rows.join("\n"));
    for case in &skipped {
        let needs: Vec<&str> = case.words("needs").filter(|n| !programs::has(n)).collect();
        println!("skipped: {} ({})", case.id, needs.join(", "));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases that left something else than in the plain worktree.
fn compare(cases: &[&Case], plain: &[Left], own: &[Left]) -> Vec<String> {
    let pairs = cases.iter().zip(plain.iter().zip(own));
    pairs
        .filter_map(|(case, (plain, own))| {
            let found = differences(case, plain, own);
            (!found.is_empty()).then(|| format!("{}: {}", case.id, found.join("; ")))
        })
        .collect()
}
