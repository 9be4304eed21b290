//! The help of every subcommand, as people see it.
//!
//! A change on purpose: `INSTA_UPDATE=always cargo test help`.
#![expect(
    clippy::disallowed_methods,
    reason = "the test starts the binary itself"
)]

use std::process::Command;

fn help(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maos"))
        .args(args)
        .arg("--help")
        .env_clear()
        .output()
        .expect("maos starts");
    assert_eq!(output.status.code(), Some(0), "{args:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn help_of_every_command() {
    insta::assert_snapshot!("maos", help(&[]));
    for command in maos::cli::command().get_subcommands() {
        let name = command.get_name();
        insta::assert_snapshot!(name, help(&[name]));
    }
}
