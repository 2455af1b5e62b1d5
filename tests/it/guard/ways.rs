//! The ways in which a shell's words hide what is run: each is judged by what is executed, and what it changes comes back.

use super::bench::{Guarded, has, text};
use std::fs;

/// Everything but `in/` is a place outside.
fn with_a_place_outside() -> Guarded {
    let guarded = Guarded::new();
    fs::write(guarded.machine.path("config/agentsh/config.toml"), "guard = \"on\"\nwrite = [\"in/**\"]\n")
        .expect("settings");
    for name in ["in/a", "out/a", "out/deep/b"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    guarded
}

#[test]
fn what_is_put_together_while_it_runs_is_judged_as_it_is_executed() {
    let guarded = with_a_place_outside();
    let before = guarded.tree();
    // What is to be removed is known only then, too.
    for line in [
        "X=$(echo r)m; $X -rf $(echo o)ut; echo after $?",
        "printf 'cm0gLXJmIG91dAo=' | base64 -d | sh; echo after $?",
        "eval \"$(printf 'rm -%s o%s' rf ut)\"; echo after $?",
        "shopt -s expand_aliases\nalias tidy=\"$(echo rm) -rf\"\ntidy $(echo out); echo after $?",
        "f() { \"$@\" $(echo out); }; f $(echo rm) -rf; echo after $?",
        "cp /bin/rm in/tidy; in/tidy -rf $(echo out); echo after $?",
        "exec 3<<<\"rm -rf $(echo out)\"; . /dev/fd/3; echo after $?",
    ] {
        let output = guarded.run(line);
        let said = text(&output);
        guarded.machine.run("rm -f in/tidy");
        let mut after = guarded.tree();
        let mut expected = before.clone();
        // Its own times are those of what came and went in it.
        for tree in [&mut after, &mut expected] {
            tree.remove(std::path::Path::new("in"));
        }
        assert_eq!(after, expected, "{line}: {said}");
        assert!(said.contains("rule outside-scope"), "{line}: {said}");
        let ran = String::from_utf8_lossy(&output.stdout);
        // Either the line was not run at all, or its program failed and the rest went on.
        assert!(output.status.code() == Some(126) || ran.starts_with("after ") && ran != "after 0\n", "{line}: {said}");
    }
    let pending = text(&guarded.machine.control(&["pending"]));
    assert!(pending.contains("out"), "{pending}");
}

const SCRIPT: &str = r#"const fs = require("fs"); fs.rmSync("src", {recursive: true}); fs.writeFileSync("a.txt", "x"); fs.renameSync("b.txt", "c.txt");"#;

#[test]
fn what_tools_change_by_other_tools_is_undone() {
    let guarded = Guarded::new();
    for name in ["src/a", "src/deep/b", "a.txt", "b.txt"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    guarded.write(".git/hooks/post-commit", "#!/bin/sh\nrm -r src\necho x > a.txt\nmv b.txt c.txt\n");
    guarded.machine.run("chmod +x .git/hooks/post-commit");
    let mut lines = vec!["git commit -q --allow-empty -m x"];
    if has("make") {
        guarded.write("Makefile", "clean:\n\t@rm -r src; echo x > a.txt; mv b.txt c.txt\n");
        lines.push("make clean");
    }
    if has("node") {
        guarded.write("change.js", SCRIPT);
        lines.push("node change.js");
    }
    if has("npm") {
        guarded.write("package.json", r#"{"name": "x", "version": "1.0.0", "scripts": {"clean": "node change.js"}}"#);
        lines.push("npm run --silent --no-update-notifier clean");
    }
    if has("python3") {
        guarded.write(
            "change.py",
            "import shutil, os\nshutil.rmtree('src')\nopen('a.txt', 'w').write('x')\nos.rename('b.txt', 'c.txt')\n",
        );
        lines.push("python3 change.py");
    }
    let before = guarded.tree();
    for line in lines {
        let output = guarded.run(line);
        assert!(output.status.success(), "{line}: {}", text(&output));
        assert_eq!((guarded.exists("src"), guarded.read("a.txt").trim()), (false, "x"), "{line}: {}", text(&output));
        let undone = guarded.undo();
        assert_eq!(guarded.tree(), before, "{line}\n{undone}");
    }
}

#[test]
fn one_program_of_many_names_is_judged_by_the_name_it_is_called_by() {
    if !std::path::Path::new("/bin/busybox").exists() {
        return;
    }
    let guarded = with_a_place_outside();
    std::os::unix::fs::symlink("/bin/busybox", guarded.work().join("in/tidy")).expect("a link");
    std::os::unix::fs::symlink("/bin/busybox", guarded.work().join("in/rm")).expect("a link");
    let before = guarded.tree();
    for line in ["busybox rm -rf $(echo out)", "in/rm -rf $(echo out)", "busybox sh -c \"$(echo rm) -rf out\""] {
        let said = text(&guarded.run(line));
        assert_eq!(guarded.tree(), before, "{line}: {said}");
        assert!(said.contains("rule outside-scope"), "{line}: {said}");
    }
    for line in ["busybox rm -r in", "in/rm -r in"] {
        let output = guarded.run(line);
        assert!(!guarded.exists("in"), "{line}: {}", text(&output));
        let undone = guarded.undo();
        assert_eq!(guarded.tree(), before, "{line}\n{undone}");
    }
}
