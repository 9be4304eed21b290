//! Registration: what `init` writes, and that `uninstall` takes out exactly that.
#![expect(clippy::unwrap_used, reason = "a test that can not be set up fails")]

mod client;
mod command;
mod desk;
mod doctor;
mod doubles;
mod files;
mod init;
mod linked;
mod plugin;
mod twins;
mod uninstall;
