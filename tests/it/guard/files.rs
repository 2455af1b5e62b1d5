//! What programs change is kept first, and comes back.

use super::bench::{Guarded, has, text, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const PERL: &str = r#"perl -e 'unlink "src/a", "src/deep/b"; rmdir "src/deep"; open F, ">", "a.txt"; print F "x"; close F;
open F, ">>", "log"; print F "more"; close F; rename "old", "new"; symlink "a.txt", "to"; mkdir "made"; open F, ">", "made/x"; close F;
chmod 0600, "mode"; utime 1, 1, "time"; link "a.txt", "hard"; truncate "cut", 2; rename "made/x", "over"'"#;

fn furnish(guarded: &Guarded) {
    for name in ["src/a", "src/deep/b", "a.txt", "log", "old", "mode", "time", "cut", "over"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    guarded.write("large", vec![7; 300_000]);
    std::os::unix::fs::symlink("log", guarded.work().join("link")).expect("a link");
}

#[test]
fn what_an_interpreter_changes_is_undone_exactly() {
    let guarded = Guarded::new();
    furnish(&guarded);
    let before = guarded.tree();
    let mut lines = vec![
        PERL.to_owned(),
        "eval 'rm -r src; : > a.txt; echo y >> link; mv old over; ln -sf x link'".to_owned(),
        r#"X=$(echo r)m; $X -r src; printf 'echo z > log; rm large' | base64 | base64 -d | sh"#.to_owned(),
        "cp /bin/rm ./copied; ./copied -r src a.txt; ./copied copied".to_owned(),
        "sh -c 'mv src moved; echo changed > moved/a; echo more >> large'".to_owned(),
        "find . -path ./.git -prune -o -type f -exec chmod 0700 {} +".to_owned(),
        "sed -i s/this/that/ a.txt log; touch -d @5 cut; ls | tee over".to_owned(),
    ];
    if has("python3") {
        let line = r#"python3 -c 'import shutil, os; shutil.rmtree("src"); open("a.txt", "w").write("x"); os.truncate("large", 5)'"#;
        lines.push(line.to_owned());
    }
    for line in lines {
        let output = guarded.run(&line);
        assert!(output.status.success(), "{line}: {}", text(&output));
        assert_ne!(guarded.tree(), before, "{line}");
        let last = guarded.intents().pop().expect("a step");
        assert_eq!((last.guard.as_str(), last.coverage.as_str()), ("full", "full"), "{line}");
        let undone = guarded.undo();
        assert_eq!(guarded.tree(), before, "{line}\n{undone}");
    }
}

#[test]
fn a_file_moved_and_then_written_in_place_is_kept_as_it_was() {
    let guarded = Guarded::new();
    guarded.write("dir/large", vec![b'a'; 200_000]);
    let before = guarded.tree();
    let line = r#"perl -e 'rename "dir", "else"; open F, "+<", "else/large"; print F "bbb"; close F'"#;
    let output = guarded.run(line);
    assert!(output.status.success() && guarded.exists("else/large"), "{}", text(&output));
    let undone = guarded.undo();
    assert_eq!(guarded.tree(), before, "{undone}");
}

#[test]
fn agentshs_own_state_is_out_of_reach() {
    let guarded = Guarded::new();
    guarded.run("perl -e 1");
    let journal = guarded.machine.state().join("journal/journal.jsonl");
    let length = fs::metadata(&journal).expect("a journal").len();
    let link = guarded.work().join("way");
    std::os::unix::fs::symlink(guarded.machine.state(), &link).expect("a link");
    for path in [journal.display().to_string(), "way/journal/journal.jsonl".to_owned()] {
        let output = guarded.run(&format!(
            "perl -e 'unlink shift or print qq(no: $!\\n); open F, q(>), shift or print qq(no\\n)' {path} {path}"
        ));
        assert!(
            text(&output).contains("no: Permission denied\n") && text(&output).contains("agentsh: not done: "),
            "{}",
            text(&output)
        );
    }
    assert!(fs::metadata(&journal).expect("a journal").len() > length, "it only grows");
    let settings = guarded.machine.path("config/agentsh/config.toml");
    let output = guarded.run(&format!("perl -e 'open F, q(>), shift or exit 9' {}", settings.display()));
    assert_eq!(output.status.code(), Some(9), "{}", text(&output));
}

#[test]
fn a_daemon_prolongs_nothing_and_its_later_changes_are_kept() {
    let guarded = Guarded::new();
    guarded.write("victim", "precious\n");
    let line = "perl -e 'unlink q(gone)'; (perl -e 'sleep 1 until -e q(go); unlink q(victim); open F, q(>), q(done)' >/dev/null 2>&1 &) ; echo started";
    let output = guarded.run(line);
    assert_eq!(text(&output), "started\n");
    assert!(guarded.exists("victim"));
    guarded.write("go", "");
    until("the daemon's deed", || guarded.exists("done"));
    until("its end", || guarded.intents().len() == 2 && guards(&guarded) == 0);
    assert!(!guarded.exists("victim"));
    let undone = guarded.undo();
    assert_eq!(guarded.read("victim"), "precious\n", "{undone}");
}

fn guards(guarded: &Guarded) -> usize {
    fs::read_dir(guarded.machine.state().join("guards")).map_or(0, |found| found.count())
}

#[test]
fn output_ends_with_the_line() {
    let guarded = Guarded::new();
    let started = std::time::Instant::now();
    // The daemon holds neither stdout nor stderr; the supervisor must not either.
    let mut child = guarded.start("perl -e 1; (sleep 30 >/dev/null 2>&1 </dev/null & echo $! >pid); echo out");
    let mut out = String::new();
    use std::io::Read;
    child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
    assert_eq!(out, "out\n");
    assert!(guarded.finish(child).status.success());
    assert!(started.elapsed() < std::time::Duration::from_secs(25), "it waited for the daemon");
    let pid: i32 = guarded.read("pid").trim().parse().expect("a pid");
    agentsh::sys::send_signal(pid, libc::SIGKILL);
}

#[test]
fn many_at_once_lose_nothing() {
    let guarded = Guarded::new();
    for number in 0..20 {
        guarded.write(&format!("d{number}/f"), format!("content {number}\n"));
    }
    let before = guarded.tree();
    let children: Vec<_> = (0..20)
        .map(|number| {
            guarded.start(&format!("perl -e 'unlink q(d{number}/f); rmdir q(d{number})'; echo {number} > n{number}"))
        })
        .collect();
    for child in children {
        let output = guarded.finish(child);
        assert!(output.status.success(), "{}", text(&output));
    }
    let health = agentsh::journal::Journal::open(&guarded.machine.state()).verify().expect("a journal");
    assert!(health.breach.is_none(), "{health:?}");
    for _ in 0..20 {
        guarded.undo();
    }
    let (mut after, mut before) = (guarded.tree(), before);
    // The work tree itself has no row; directories' own times come back only as far as steps did not overlap.
    for tree in [&mut after, &mut before] {
        tree.retain(|path, _| path.extension().is_none() && path.ends_with("f"));
    }
    assert_eq!(after, before);
    assert!((0..20).all(|number| !guarded.exists(&format!("n{number}"))));
}

#[test]
fn an_ordinary_user_is_guarded_too() {
    if !nix::unistd::geteuid().is_root() {
        return; // The other tests are this one then.
    }
    let folder = tempfile::tempdir().expect("a directory");
    let path = |name: &str| folder.path().join(name);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    for name in ["home/.config/agentsh", "work"] {
        fs::create_dir_all(path(name)).expect("a folder");
    }
    for name in ["agentsh", "agentshctl"] {
        let built = std::path::Path::new(env!("CARGO_BIN_EXE_agentsh")).with_file_name(name);
        fs::copy(built, path(name)).expect("a copy");
    }
    fs::write(path("home/.config/agentsh/config.toml"), "guard = \"on\"\n").expect("a setting");
    fs::write(path("work/file"), "precious\n").expect("a file");
    for name in
        ["home", "home/.config", "home/.config/agentsh", "home/.config/agentsh/config.toml", "work", "work/file"]
    {
        std::os::unix::fs::chown(path(name), Some(65534), Some(65534)).expect("an owner");
    }
    let run = |program: &str, arguments: &[&str]| {
        use std::os::unix::process::CommandExt;
        let mut command = std::process::Command::new(path(program));
        command.args(arguments).current_dir(path("work")).env_clear().env("HOME", path("home"));
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").uid(65534).gid(65534).stdin(std::process::Stdio::null());
        command.output().expect("runs")
    };
    let line = "perl -e 'unlink q(file) or die'; grep NoNewPrivs /proc/self/status";
    let output = run("agentsh", &["-c", line]);
    assert_eq!(text(&output), "NoNewPrivs:\t1\n");
    assert!(!path("work/file").exists());
    // A program that gains privileges cannot be watched without privilege: a person decides.
    fs::copy("/bin/true", path("work/raise")).expect("a copy");
    fs::set_permissions(path("work/raise"), fs::Permissions::from_mode(0o4755)).expect("a mode");
    let output = run("agentsh", &["-c", "./raise; perl -e 1"]);
    assert_eq!(output.status.code(), Some(126), "{}", text(&output));
    assert!(text(&output).contains("gains privileges"), "{}", text(&output));
    let output = run("agentshctl", &["undo", "-y"]);
    assert_eq!(fs::read_to_string(path("work/file")).unwrap_or_default(), "precious\n", "{}", text(&output));
}
