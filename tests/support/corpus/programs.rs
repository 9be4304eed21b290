//! The programs of this machine that cases need.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

/// `PATH`, with the real Python and Rust in front: what stands there may choose a
/// version by the home directory, and the home of a test is not the user's.
pub fn path() -> OsString {
    static PATH: LazyLock<OsString> = LazyLock::new(|| {
        let own = std::env::var_os("PATH").unwrap_or_default();
        let asked = [
            ("python3", ["-c", "import sys; print(sys.executable)"]),
            ("rustc", ["--print", "sysroot"]),
        ];
        let mut dirs: Vec<PathBuf> = Vec::new();
        for (program, args) in asked {
            let output = Command::new(program).args(args).output();
            let Some(output) = output.ok().filter(|o| o.status.success()) else {
                continue;
            };
            let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            dirs.push(match program {
                "rustc" => Path::new(&said).join("bin"),
                _ => Path::new(&said).parent().expect("a directory").to_owned(),
            });
        }
        dirs.extend(std::env::split_paths(&own));
        std::env::join_paths(dirs).expect("a PATH")
    });
    PATH.clone()
}

/// Whether this machine has a program, or is what a case asks for: `root`,
/// `python3:<module>`.
pub fn has(need: &str) -> bool {
    static KNOWN: Mutex<BTreeMap<String, bool>> = Mutex::new(BTreeMap::new());
    if let Some(known) = KNOWN.lock().expect("no panic").get(need) {
        return *known;
    }
    let found = match need.split_once(':') {
        Some((program, module)) => {
            let mut command = Command::new(program);
            command
                .env("PATH", path())
                .args(["-c", &format!("import {module}")]);
            command.output().is_ok_and(|o| o.status.success())
        }
        None if need == "root" => rustix::process::geteuid().is_root(),
        None => in_path(need),
    };
    KNOWN
        .lock()
        .expect("no panic")
        .insert(need.to_owned(), found);
    found
}

fn in_path(name: &str) -> bool {
    std::env::split_paths(&path()).any(|dir| {
        let meta = std::fs::metadata(dir.join(name));
        meta.is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    })
}
