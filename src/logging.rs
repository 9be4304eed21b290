//! The trace that `MAOS_DEBUG=1` and `MAOS_LOG_LEVEL` ask for: to a file under
//! the session, never to the hook's stdout.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Begins to write a trace at `level` (`debug`, `trace`, ...) to `file`. That it
/// can't be written is no reason to fail.
pub fn start(level: &str, file: &Path) {
    if let Some(parent) = file.parent() {
        let _ = std::fs::create_dir_all(parent);
    }
    let Ok(out) = OpenOptions::new().create(true).append(true).open(file) else {
        return;
    };
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("debug"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // A file that is full must not be told of on stderr, which people see.
        .log_internal_errors(false)
        .with_writer(Mutex::new(out))
        .try_init();
}
