//! Large files that git LFS keeps outside of git's objects, in `lfs/objects/` of a
//! git directory, named by their SHA-256 (git-lfs(1)).

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::Project;
use crate::error::{Error, Result};

/// Brings over those that the repository has not. One that is not what its name
/// says stays behind.
///
/// # Errors
/// Where one can't be read or written.
pub(super) fn bring_over(project: &Project, git: &Path) -> Result<()> {
    let store = project.common_dir.join("lfs/objects");
    let mut waiting = vec![git.join("lfs/objects")];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() => one(&entry.path(), &store)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn one(from: &Path, store: &Path) -> Result<()> {
    let Some(name) = from.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    if name.len() != 64 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    let dir: PathBuf = [store, Path::new(&name[..2]), Path::new(&name[2..4])]
        .iter()
        .collect();
    let to = dir.join(name);
    if to.exists() {
        return Ok(());
    }
    fs::create_dir_all(&dir).map_err(|e| Error::io("make", &dir, e))?;
    let aside = dir.join(format!(".{name}-{}", std::process::id()));
    let copied = fs::copy(from, &aside).and_then(|_| is_named(&aside, name));
    let placed = match copied {
        Ok(true) => fs::rename(&aside, &to),
        Ok(false) => fs::remove_file(&aside),
        Err(e) => {
            let _ = fs::remove_file(&aside);
            Err(e)
        }
    };
    placed.map_err(|e| Error::io("copy", from, e))
}

fn is_named(file: &Path, name: &str) -> io::Result<bool> {
    let mut hash = Sha256::new();
    let mut file = File::open(file)?;
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => break,
            read => hash.update(&part[..read]),
        }
    }
    let digest = hash.finalize();
    let hex: String = digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat();
    Ok(hex == name)
}
