//! Places outside of a project that agents may write.

use std::fs;
use std::path::{Path, PathBuf};

use super::env;

/// Where package managers keep what they downloaded and check it again before
/// they use it, below the home directory. Never what is run later: `bin`
/// directories, start files, configuration.
const CACHES: [&str; 12] = [
    ".cargo/registry",
    ".cargo/git",
    ".npm/_cacache",
    ".npm/_logs",
    ".cache/pip",
    ".cache/uv",
    ".cache/yarn",
    ".cache/go-build",
    ".cache/node/corepack",
    ".local/share/pnpm/store",
    ".local/share/uv/cache",
    "go/pkg/mod",
];

/// Where the client itself has its agents write: scratch files, plans, memories.
pub fn scratch() -> Vec<PathBuf> {
    let mut places = Vec::new();
    #[cfg(unix)]
    {
        let own = format!("claude-{}", user_id());
        places.push(Path::new("/tmp").join(&own));
        // What `/tmp` is a link to there.
        #[cfg(target_os = "macos")]
        places.push(Path::new("/private/tmp").join(&own));
    }
    if let Some(dir) = env::client_dir() {
        places.extend([dir.join("plans"), dir.join("agent-memory")]);
    }
    places
}

/// The directories that a configuration names: absolute, or from `~/`.
pub fn named(paths: &[String]) -> impl Iterator<Item = PathBuf> {
    paths
        .iter()
        .filter_map(|path| match path.strip_prefix("~/") {
            Some(rest) => env::home().map(|home| home.join(rest)),
            None => Some(PathBuf::from(path)).filter(|p| p.is_absolute()),
        })
}

/// Downloads of package managers, for shell commands.
pub fn caches() -> Vec<PathBuf> {
    let home = env::home();
    let Some(home) = home else {
        return Vec::new();
    };
    // Where even the first directory is missing, nothing below is asked for.
    let (mut last, mut there) = ("", false);
    let all = CACHES.iter().filter(|cache| {
        let first = cache.split('/').next().unwrap_or_default();
        if first != last {
            (last, there) = (first, home.join(first).exists());
        }
        there
    });
    all.map(|cache| home.join(cache)).collect()
}

/// Package managers that fail, or complain, where their cache can't be made: the
/// variable that names it, and where it is otherwise, below the home directory.
const NEEDED: [(&str, &str); 2] = [
    ("npm_config_cache", ".npm"),
    ("PIP_CACHE_DIR", ".cache/pip"),
];

/// Variables that put such caches into `tmp`, for those that are not there yet.
pub fn missing_caches(tmp: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let home = env::home();
    let missing = move |place: &str| home.as_ref().is_some_and(|home| !home.join(place).exists());
    let tmp = tmp.to_owned();
    let missing = NEEDED.into_iter().filter(move |(_, place)| missing(place));
    missing.map(move |(variable, place)| (variable, tmp.join(place)))
}

/// The directory for temporary files of one agent: short, because sockets in it
/// have short names.
pub fn temporary(handle: &str) -> PathBuf {
    #[cfg(unix)]
    return Path::new("/tmp")
        .join(format!("maos-{}", user_id()))
        .join(handle);
    #[cfg(not(unix))]
    return std::env::temp_dir().join("maos").join(handle);
}

/// Where the sandbox of the system may be tried.
pub fn probe() -> PathBuf {
    let place = temporary(&format!("probe-{}", std::process::id()));
    make(&place);
    place
}

/// Makes a directory of [`temporary`]. `false` where somebody else made it, or
/// can write in it.
pub fn make(dir: &Path) -> bool {
    dir.parent().is_some_and(is_own) && is_own(dir)
}

/// Whether a directory is there, or could be made, that nobody else can use.
fn is_own(dir: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
        let found = fs::symlink_metadata(dir).or_else(|_| {
            let _ = fs::DirBuilder::new().mode(0o700).create(dir);
            fs::symlink_metadata(dir)
        });
        found.is_ok_and(|meta| {
            meta.is_dir() && meta.uid() == user_id() && meta.mode().trailing_zeros() >= 6
        })
    }
    #[cfg(not(unix))]
    {
        fs::create_dir_all(dir).is_ok()
    }
}

#[cfg(unix)]
fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}
