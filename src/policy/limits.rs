//! How many agents may work at once.

/// Seconds without a sign of life after which an agent no longer takes a place.
pub const SILENT: u64 = 600;

/// An agent or a reserved place that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The handle, or the type that was asked for.
    pub name: String,
    /// What it does.
    pub task: String,
}

/// Why one more agent that writes can't start now; `None` where it can.
pub fn refuse_spawn(limit: u32, taken: &[Place]) -> Option<String> {
    if taken.len() < limit as usize {
        return None;
    }
    let names: Vec<String> = taken
        .iter()
        .take(8)
        .map(|p| format!("{} ({})", p.name, p.task))
        .collect();
    Some(format!(
        "MAOS: {} of at most {limit} agents that can write are at work: {}. \
         A place is free when one of them stops; agents that only read don't count \
         (orchestration.max_parallel_agents in .maos/config.json).",
        taken.len(),
        names.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_who_is_at_work() {
        let place = Place {
            name: "backend-sess-1".into(),
            task: "login".into(),
        };
        assert_eq!(refuse_spawn(2, std::slice::from_ref(&place)), None);
        let reason = refuse_spawn(1, &[place]).unwrap();
        assert!(reason.contains("backend-sess-1 (login)"), "{reason}");
    }
}
