//! What is said about the cases of a backend.

use crate::corpus::{Backend, Case};
use crate::snapshot::Area;
use crate::trial::Verdict;

pub struct Report<'a> {
    pub backend: Backend,
    all: Vec<(&'a Case, Verdict)>,
}

/// A case that got out, and what it changed.
pub struct Escape<'a> {
    case: &'a Case,
    changed: &'a [(Area, String)],
}

/// `auto: why` of an `inherent` line.
pub fn inherent(line: &str) -> (Backend, &str) {
    let (name, why) = line.split_once(':').unwrap_or((line, ""));
    let backend = Backend::ALL.into_iter().find(|b| b.name() == name.trim());
    (
        backend.unwrap_or_else(|| panic!("no backend: {line}")),
        why.trim(),
    )
}

impl Escape<'_> {
    fn touches(&self, area: Area) -> bool {
        self.changed.iter().any(|(a, _)| *a == area)
    }

    fn is_grave(&self) -> bool {
        self.changed.iter().any(|(area, _)| area.is_never_open())
    }

    fn names(&self) -> String {
        let named = self.changed.iter().take(4);
        let named: Vec<String> = named.map(|(a, n)| format!("{a:?} {n}")).collect();
        named.join(", ")
    }
}

impl<'a> Report<'a> {
    pub fn new(backend: Backend, cases: &'a [Case], verdicts: Vec<Verdict>) -> Self {
        Self {
            backend,
            all: cases.iter().zip(verdicts).collect(),
        }
    }

    pub fn escaped(&self) -> impl Iterator<Item = Escape<'_>> {
        self.all.iter().filter_map(|(case, verdict)| match verdict {
            Verdict::Ran { changed, .. } if !changed.is_empty() => Some(Escape { case, changed }),
            _ => None,
        })
    }

    /// What got out and may not.
    pub fn unexpected(&self) -> Vec<String> {
        let is_said = |case: &Case| case.all("inherent").any(|l| inherent(l).0 == self.backend);
        self.escaped()
            .filter(|e| e.is_grave() || !is_said(e.case))
            .map(|e| format!("{}: {} got out: {}", self.backend, e.case.id, e.names()))
            .collect()
    }

    /// Without a sandbox: what gets out nowhere proves nothing, unless git or the
    /// kernel is what stops it, or a host that takes care.
    pub fn unreal(&self) -> Vec<String> {
        let held = self.all.iter().filter_map(|(case, verdict)| match verdict {
            Verdict::Ran {
                changed,
                armed,
                said,
            } if changed.is_empty() && !armed => Some((case, said)),
            _ => None,
        });
        held.filter(|(case, _)| case.get("natural").is_none())
            .map(|(case, said)| format!("{} does not get out without a sandbox: {said}", case.id))
            .collect()
    }

    fn skipped(&self) -> Vec<String> {
        let of = |(case, verdict): &(&Case, Verdict)| match verdict {
            Verdict::Skipped(need) => Some(format!("{} ({need})", case.id)),
            Verdict::Ran { .. } => None,
        };
        self.all.iter().filter_map(of).collect()
    }

    fn armed(&self) -> usize {
        let armed = |v: &Verdict| matches!(v, Verdict::Ran { armed: true, .. });
        self.all.iter().filter(|(_, v)| armed(v)).count()
    }
}

pub fn print(reports: &[Report<'_>]) {
    use Area::{
        Config, Content, History, Home, Hooks, Metadata, Other, Outside, Process, Refs, State, Trap,
    };
    const COLUMNS: [(&str, &[Area]); 10] = [
        ("content", &[Content]),
        ("history", &[History]),
        ("refs", &[Refs]),
        ("config", &[Config]),
        ("hooks", &[Hooks]),
        ("other agent", &[Other]),
        ("state", &[State]),
        ("planted ran", &[Trap]),
        ("home", &[Home, Area::Cache]),
        ("elsewhere", &[Outside, Process]),
    ];
    print!("\n| sandbox | cases | skipped | got out |");
    for (name, _) in COLUMNS {
        print!(" {name} |");
    }
    println!(" metadata only |");
    println!("|---|{}", "---|".repeat(COLUMNS.len() + 4));
    for report in reports {
        let skipped = report.skipped().len();
        let (ran, escaped) = (report.all.len() - skipped, report.escaped().count());
        print!("| {} | {ran} | {skipped} | {escaped} |", report.backend);
        for (_, areas) in COLUMNS {
            let touches = |e: &Escape<'_>| areas.iter().any(|a| e.touches(*a));
            print!(" {} |", report.escaped().filter(touches).count());
        }
        let only = |e: &Escape<'_>| e.changed.iter().all(|(a, _)| *a == Metadata);
        println!(" {} |", report.escaped().filter(only).count());
    }
    println!();
    for report in reports {
        details(report);
    }
}

fn details(report: &Report<'_>) {
    let skipped = report.skipped();
    if !skipped.is_empty() {
        println!("{}: skipped: {}", report.backend, skipped.join(", "));
    }
    if report.backend == Backend::Off {
        let held = report.all.len() - skipped.len() - report.escaped().count();
        let armed = report.armed();
        println!(
            "off: {held} held without a sandbox, {armed} of them traps that only a host that takes no care springs"
        );
    }
    if report.backend != Backend::Off || std::env::var_os("MAOS_SHOW").is_some() {
        for escape in report.escaped() {
            let what = escape.case.get("what").unwrap_or_default();
            println!(
                "{}: {}: {what}: {}",
                report.backend,
                escape.case.id,
                escape.names()
            );
        }
    }
}
