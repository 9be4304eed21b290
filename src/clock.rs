//! The only place that reads the time.
//!
//! Times in files are RFC 3339 in UTC; times for people are relative. Whether
//! something is alive is never decided here: see [`crate::process::identity`].

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

/// A moment in UTC.
pub type Time = DateTime<Utc>;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Time {
    Utc::now()
}

/// A moment as it stands in files: RFC 3339, UTC, milliseconds.
pub fn stamp(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// [`stamp`] of now.
pub fn now_stamp() -> String {
    stamp(now())
}

/// Reads what [`stamp`] wrote; `None` where it is no time.
pub fn parse(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|t| t.with_timezone(&Utc))
}

/// Seconds since `then`; 0 where `then` lies ahead.
pub fn seconds_since(then: Time) -> u64 {
    u64::try_from((now() - then).num_seconds()).unwrap_or(0)
}

/// Seconds since a file was last changed; 0 where that lies ahead.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn seconds_since_change(changed: SystemTime) -> u64 {
    SystemTime::now()
        .duration_since(changed)
        .map_or(0, |d| d.as_secs())
}

/// A name part that sorts by time and fits into refs and file names.
pub fn file_stamp() -> String {
    now().format("%Y%m%dT%H%M%S%3fZ").to_string()
}

/// `just now`, `40s ago`, `3m ago`, `2h ago`, `5d ago`.
pub fn ago(then: Time) -> String {
    let seconds = seconds_since(then);
    match seconds {
        0..5 => "just now".to_owned(),
        _ => format!("{} ago", span(seconds)),
    }
}

/// A length of time in its largest unit: `40s`, `3m`, `2h`, `5d`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}
