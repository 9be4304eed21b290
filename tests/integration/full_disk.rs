//! A full disk and a read-only one, mounted over `.maos`: refused with the reason,
//! the old state stands, and what only looks still works.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::event::SESSION;
use crate::support::{Actor, Event, Sandbox};

/// Runs a script with `.maos` on a file system of its own, prepared by `mount`;
/// `None` where the system does not let us.
fn mounted(sandbox: &Sandbox, mount: &str, script: &str) -> Option<PathBuf> {
    let mut probe = sandbox.command("unshare", &sandbox.repo);
    let probe = probe.args(["-rm", "mount", "-t", "tmpfs", "none", "src"]);
    if !probe
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
    {
        return None;
    }
    let out = sandbox.top().join("out");
    fs::create_dir_all(&out).unwrap();
    let text = format!(
        "set -e; {mount}; set +e; exec > {}/log 2>&1; {script}",
        out.display()
    );
    let mut run = sandbox.command("unshare", &sandbox.repo);
    let run = run.env("MAOS", env!("CARGO_BIN_EXE_maos")).env("OUT", &out);
    let run = run.args(["-rm", "sh", "-c", &text]).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    Some(out)
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    let sandbox = Sandbox::new();
    sandbox.hook(&Event::new("SessionStart")).success();
    let agent = Actor::new(&sandbox, "a1", "coder");
    agent.start();
    agent.write("x.txt", "x\n");
    let write = json!({"file_path": sandbox.path("n.txt"), "content": "x"});
    let events = sandbox.top().join("events");
    fs::create_dir(&events).unwrap();
    for (name, event) in [
        ("new", Event::pre("Write", write.clone()).of("a9", "coder")),
        ("old", Event::pre("Write", write).of("a1", "coder")),
        (
            "main",
            Event::pre("Read", json!({"file_path": sandbox.path("p.txt")})),
        ),
        ("start", Event::new("SessionStart")),
        ("stop", Event::new("SubagentStop").of("a1", "coder")),
    ] {
        fs::write(events.join(name), event.json(&sandbox)).unwrap();
    }
    let full = "cp -a .maos ../kept; mount -t tmpfs -o size=400k none .maos; cp -a ../kept/. .maos; \
                dd if=/dev/zero of=.maos/fill bs=4k 2>/dev/null || true";
    let read_only = "mount --bind .maos .maos; mount -o remount,ro,bind .maos";
    let script = "for e in main start new old stop; do $MAOS hook < ../events/$e > $OUT/$e 2> $OUT/$e.err; echo $? > $OUT/$e.code; done; \
                  $MAOS status > $OUT/status; echo $? > $OUT/status.code; $MAOS cleanup --all --force > $OUT/cleanup 2>&1; \
                  echo $? > $OUT/cleanup.code; cp -a .maos/sessions $OUT/";
    let before = fs::read(sandbox.session_dir(SESSION).join("session.json")).unwrap();
    for mount in [read_only, full] {
        let Some(out) = mounted(&sandbox, mount, script) else {
            return;
        };
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        let code = |name: &str| read(&format!("{name}.code")).trim().to_owned();
        assert_eq!(
            (code("main"), read("main")),
            ("0".to_owned(), String::new()),
            "{mount}"
        );
        assert_eq!(code("start"), "0", "{mount}");
        let refused = code("new") == "2" || read("new").contains("\"deny\"");
        assert!(refused, "{mount}: {} {}", read("new"), read("new.err"));
        let why = read("new") + &read("new.err");
        let said = why.contains("o space left") || why.contains("ead-only file system");
        assert!(said, "{mount}: {why}");
        assert_eq!(code("status"), "0", "{mount}");
        assert!(
            read("status").contains(&agent.handle()),
            "{mount}: {}",
            read("status")
        );
        let after = fs::read(out.join("sessions").join(SESSION).join("session.json")).unwrap();
        serde_json::from_slice::<Value>(&after).expect("whole");
        assert!(mount == full || after == before, "{mount}");
        assert!(agent.workspace().join("x.txt").exists(), "{mount}");
        assert_ne!(code("cleanup"), "0", "{mount}: {}", read("cleanup"));
        fs::remove_dir_all(&out).unwrap();
    }
}
