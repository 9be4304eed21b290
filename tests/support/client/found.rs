//! Which clients are there to test on, and what to say when one is not.
#![expect(
    clippy::disallowed_methods,
    reason = "a test harness reads its own two variables"
)]

use std::path::{Path, PathBuf};

/// The versions that MAOS is tested on.
pub(super) const VERSIONS: [&str; 2] = ["2.1.328", "2.1.197"];

/// An installed client.
pub struct Client {
    pub version: &'static str,
    pub binary: PathBuf,
}

impl Client {
    /// Whether tools such as `SendMessage` must be loaded with `ToolSearch` before they can be called.
    pub fn defers_tools(&self) -> bool {
        self.version != "2.1.197"
    }
}

/// Runs `test` once for each installed client; says `SKIPPED` for one that is absent, or panics when
/// `MAOS_REQUIRE_CLIENT=1`.
pub fn for_each_client(test: impl Fn(&Client)) {
    let root = std::env::var_os("MAOS_TEST_CLIENTS").map(PathBuf::from);
    let required = std::env::var_os("MAOS_REQUIRE_CLIENT").is_some_and(|value| value == "1");
    for version in VERSIONS {
        match binary(root.as_deref(), version) {
            Ok(binary) => {
                // The harness shows this beside a failure: it says which client failed.
                eprintln!("== client {version}");
                test(&Client { version, binary });
            }
            Err(why) if required => panic!("real client {version} is required: {why}"),
            Err(why) => eprintln!("SKIPPED: real client absent: {version}: {why}"),
        }
    }
}

fn binary(root: Option<&Path>, version: &str) -> Result<PathBuf, String> {
    let root = root.ok_or("MAOS_TEST_CLIENTS is not set")?;
    let path = root.join(version).join("node_modules/.bin/claude");
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("no {}", path.display()))
    }
}
