//! A directory as it was at one moment, and the way back to that: only what was
//! changed since is put back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub struct Kept {
    copy: TempDir,
    /// What is in the copy, by relative path; a directory before what is in it.
    entries: BTreeMap<PathBuf, Metadata>,
    /// By what an unchanged file is known: nothing sets the time of its last
    /// change back.
    marks: BTreeMap<PathBuf, (u64, i64, i64)>,
}

impl Kept {
    pub fn of(top: &Path) -> Self {
        let copy = TempDir::new_in(top.parent().expect("a parent")).expect("a directory");
        let status = Command::new("cp")
            .args(["-a", "--"])
            .args([top.join("."), copy.path().to_owned()])
            .status();
        assert!(status.is_ok_and(|s| s.success()), "cp -a {}", top.display());
        let mut entries = BTreeMap::new();
        list(copy.path(), Path::new(""), &mut entries);
        let mut kept = Self {
            copy,
            entries,
            marks: BTreeMap::new(),
        };
        for name in kept.entries.keys() {
            let meta = fs::symlink_metadata(top.join(name)).expect("as copied");
            kept.marks.insert(name.clone(), mark(&meta));
        }
        kept
    }

    /// Makes the directory what it was.
    pub fn restore(&mut self, top: &Path) {
        self.remove_new(top, Path::new(""));
        let names: Vec<PathBuf> = self.entries.keys().cloned().collect();
        for name in &names {
            self.put_back(top, name);
        }
        // The times of directories last: what is done in them changes those.
        for name in names.iter().rev() {
            let meta = &self.entries[name];
            if meta.is_dir() {
                let at = top.join(name);
                let now = fs::metadata(&at).expect("a directory");
                if (now.mtime(), now.mtime_nsec()) != (meta.mtime(), meta.mtime_nsec()) {
                    set_time(&at, meta);
                }
            }
        }
    }

    fn remove_new(&self, top: &Path, below: &Path) {
        let at = top.join(below);
        let read = fs::read_dir(&at).or_else(|_| {
            let _ = fs::set_permissions(&at, Permissions::from_mode(0o755));
            fs::read_dir(&at)
        });
        for entry in read.into_iter().flatten().flatten() {
            let name = below.join(entry.file_name());
            let Ok(now) = entry.metadata() else { continue };
            match self.entries.get(&name) {
                Some(meta) if meta.is_dir() && now.is_dir() => self.remove_new(top, &name),
                Some(meta) if !meta.is_dir() && self.marks.get(&name) == Some(&mark(&now)) => {}
                _ => remove(&entry.path()),
            }
        }
    }

    fn put_back(&mut self, top: &Path, name: &Path) {
        let (from, to) = (self.copy.path().join(name), top.join(name));
        let meta = &self.entries[name];
        let there = fs::symlink_metadata(&to).ok();
        if let Some(now) = &there {
            if meta.is_dir()
                && (now.mode(), now.uid(), now.gid()) != (meta.mode(), meta.uid(), meta.gid())
            {
                let _ = chown(&to, Some(meta.uid()), Some(meta.gid()));
                let _ = fs::set_permissions(&to, meta.permissions());
            }
            return;
        }
        if meta.is_dir() {
            fs::create_dir(&to).expect("a directory");
            fs::set_permissions(&to, meta.permissions()).expect("its mode");
        } else if meta.is_symlink() {
            symlink(fs::read_link(&from).expect("a link"), &to).expect("a link");
        } else {
            fs::copy(&from, &to).expect("a file");
            set_time(&to, meta);
        }
        let now = fs::symlink_metadata(&to).expect("as made");
        self.marks.insert(name.to_owned(), mark(&now));
    }
}

fn list(top: &Path, below: &Path, found: &mut BTreeMap<PathBuf, Metadata>) {
    let entries: BTreeSet<_> = fs::read_dir(top.join(below))
        .expect("a directory")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    for entry in entries {
        let name = below.join(entry);
        let meta = fs::symlink_metadata(top.join(&name)).expect("its metadata");
        let is_dir = meta.is_dir();
        found.insert(name.clone(), meta);
        if is_dir {
            list(top, &name, found);
        }
    }
}

fn mark(meta: &Metadata) -> (u64, i64, i64) {
    (meta.ino(), meta.ctime(), meta.ctime_nsec())
}

fn set_time(path: &Path, meta: &Metadata) {
    let time = meta.modified().expect("a time");
    let done = File::open(path).and_then(|f| f.set_times(FileTimes::new().set_modified(time)));
    done.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

fn remove(path: &Path) {
    let once = || match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    for _ in 0..50 {
        if once().is_ok() {
            return;
        }
        let _ = Command::new("chmod")
            .args(["-R", "u+rwX"])
            .arg(path)
            .status();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    once().unwrap_or_else(|e| panic!("{} can't be removed: {e}", path.display()));
}
