//! A last look at a path below a directory, taken by the kernel in one step
//! (openat2(2)): a walk by names may be overtaken by whoever exchanges a
//! directory for a link meanwhile, and does not see what is mounted on the way.
//!
//! Where the kernel has no such call, nothing is known and the walk counts alone.

use std::path::Path;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Something that no link and no mount leads to.
    There,
    /// Nothing.
    Absent,
    /// Something else, in words.
    Elsewhere(&'static str),
    /// This system can't tell.
    Unknown,
}

/// Looks at `rest` below `top`.
#[cfg(target_os = "linux")]
pub fn look(top: &Path, rest: &Path) -> Look {
    use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
    use rustix::io::Errno;
    const TRIES: u32 = 32;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    let only = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let top = match open(top, flags | only, Mode::empty()) {
        Ok(top) => top,
        Err(Errno::NOENT) => return Look::Absent,
        Err(_) => return Look::Elsewhere("its top has become a link"),
    };
    let rest = if rest == Path::new("") {
        Path::new(".")
    } else {
        rest
    };
    let mut tried = 0;
    loop {
        tried += 1;
        return match openat2(&top, rest, flags, Mode::empty(), resolve) {
            Ok(_) => Look::There,
            Err(Errno::NOENT) => Look::Absent,
            Err(Errno::AGAIN | Errno::INTR) if tried < TRIES => continue,
            Err(Errno::NOSYS | Errno::PERM) => Look::Unknown,
            Err(Errno::XDEV) => Look::Elsewhere("another file system is mounted on the way"),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                Look::Elsewhere("a directory on the way has become a link")
            }
            Err(_) => Look::Elsewhere("it can't be looked at"),
        };
    }
}

/// Looks at `rest` below `top`.
#[cfg(not(target_os = "linux"))]
pub fn look(_: &Path, _: &Path) -> Look {
    Look::Unknown
}

/// Why a path can't be taken for one below `top`: the nearest of it and the
/// directories above it that is there lies elsewhere. `None` where it can, and
/// where `top` itself is gone.
pub fn leads_out(top: &Path, rest: &Path, there: bool) -> Option<&'static str> {
    let mut at = Some(rest);
    if !there {
        at = rest.parent();
    }
    while let Some(rest) = at {
        match look(top, rest) {
            Look::There | Look::Unknown => return None,
            Look::Elsewhere(why) => return Some(why),
            Look::Absent => at = rest.parent(),
        }
    }
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_is_never_followed() {
        let dir = tempfile::TempDir::new().unwrap();
        let top = dir.path().join("top");
        std::fs::create_dir_all(top.join("a/b")).unwrap();
        std::fs::write(top.join("a/b/f"), "x").unwrap();
        symlink(top.join("a"), top.join("abs")).unwrap();
        symlink("a", top.join("rel")).unwrap();
        symlink("/proc/self/cwd", top.join("magic")).unwrap();
        assert_eq!(look(&top, Path::new("a/b/f")), Look::There);
        assert_eq!(look(&top, Path::new("")), Look::There);
        assert_eq!(look(&top, Path::new("a/b/g")), Look::Absent);
        for out in [
            "abs/b/f",
            "rel/b/f",
            "rel",
            "magic/x",
            "a/../../x",
            "a/b/f/g",
            "abs/new",
        ] {
            let found = look(&top, Path::new(out));
            assert!(matches!(found, Look::Elsewhere(_)), "{out}: {found:?}");
        }
        assert_eq!(leads_out(&top, Path::new("a/new/x"), false), None);
        assert!(leads_out(&top, Path::new("rel/new/x"), false).is_some());
        let link = dir.path().join("link");
        symlink(&top, &link).unwrap();
        assert!(matches!(look(&link, Path::new("a")), Look::Elsewhere(_)));
    }

    /// A mount of this system that is no link's doing.
    #[test]
    fn a_mount_is_never_entered() {
        for mount in ["proc/version", "dev/null", "sys/kernel"] {
            if Path::new("/").join(mount).exists() {
                let found = look(Path::new("/"), Path::new(mount));
                assert!(matches!(found, Look::Elsewhere(_)), "{mount}: {found:?}");
            }
        }
    }
}
