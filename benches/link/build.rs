//! Lays the functions of the hook's fast path side by side in the binary.
//!
//! Spread over the whole text they cost a page fault each; together they fit in
//! a few pages, which is worth a tenth of the hook's time. `order.txt` names
//! them as the linker does; names that it does not find are passed over, so that
//! an outdated file costs time and nothing else. `record` makes it anew. Where
//! the linker does not know the option, the binary is linked as ever.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads cargo's variables and runs the compiler"
)]

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn main() {
    println!("cargo:rerun-if-changed=benches/link/build.rs");
    println!("cargo:rerun-if-changed=benches/link/order.txt");
    let wanted = env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu")
        && env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let Some(order) = env::var_os("CARGO_MANIFEST_DIR")
        .map(|dir| PathBuf::from(dir).join("benches/link/order.txt"))
        .filter(|file| wanted && file.exists())
    else {
        return;
    };
    let args = arguments(&order);
    if linker_takes(&args) {
        for arg in args {
            println!("cargo:rustc-link-arg-bins={arg}");
        }
    }
}

fn arguments(order: &Path) -> [String; 4] {
    [
        "-Xlinker".to_owned(),
        format!("--symbol-ordering-file={}", order.display()),
        "-Xlinker".to_owned(),
        "--no-warn-symbol-ordering".to_owned(),
    ]
}

/// Links an empty program with the arguments, as cargo would link ours.
fn linker_takes(args: &[String]) -> bool {
    let (Some(rustc), Some(out), Ok(target)) = (
        env::var_os("RUSTC"),
        env::var_os("OUT_DIR"),
        env::var("TARGET"),
    ) else {
        return false;
    };
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut command = Command::new(rustc);
    command
        .args([
            "--crate-name",
            "probe",
            "--edition",
            "2024",
            "--target",
            &target,
        ])
        .args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()))
        .arg("-o")
        .arg(PathBuf::from(out).join("probe"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut arg = std::ffi::OsString::from("linker=");
        arg.push(linker);
        command.arg("-C").arg(arg);
    }
    for arg in args {
        command.arg("-C").arg(format!("link-arg={arg}"));
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut stdin) = child.stdin.take() {
        // A compiler that reads nothing says so by its exit code.
        let _ = stdin.write_all(b"fn main() {}");
    }
    child.wait().is_ok_and(|status| status.success())
}
