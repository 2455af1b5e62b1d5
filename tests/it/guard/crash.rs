//! The supervisor dies at every record: nothing that was changed by then is lost.

use super::bench::{Guarded, text};
use agentsh::journal::Journal;
use std::os::unix::process::ExitStatusExt;

const LINE: &str = r#"perl -e 'unlink "src/a"; open F, ">", "a.txt"; print F "x"; close F; open F, ">>", "log"; print F "more"; close F;
rename "old", "new"; mkdir "made"; open F, ">", "made/x"; close F; chmod 0600, "mode"; unlink "src/deep/b"; rmdir "src/deep"; rename "made/x", "over";
open F, "+<", "large"; print F "changed"; close F; print "done\n"'"#;

#[test]
fn the_supervisor_killed_at_every_record_loses_nothing() {
    let mut killed = 0;
    for at in 1..60 {
        let guarded = Guarded::new();
        for name in ["src/a", "src/deep/b", "a.txt", "log", "old", "mode", "over"] {
            guarded.write(name, format!("this was {name}\n"));
        }
        guarded.write("large", vec![7; 300_000]);
        let before = guarded.tree();
        let mut command = guarded.machine.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_agentsh"), "-c", LINE]).env("CODEX_THREAD_ID", "s1");
        let output = command.env("AGENTSH_TEST_DIE_AT", at.to_string()).stdin(std::process::Stdio::null()).output();
        let output = output.expect("starts");
        let whole = text(&output).contains("done\n");
        let by = output.status.signal();
        assert!(by == Some(9) || whole, "killed at {at}: {}", text(&output));
        let said = if guarded.tree() == before { String::new() } else { guarded.undo() };
        assert_eq!(guarded.tree(), before, "killed at {at}\n{said}");
        let health = Journal::open(&guarded.machine.state()).verify().expect("a journal");
        assert!(health.breach.is_none(), "killed at {at}: {health:?}");
        if by == Some(9) {
            killed += 1;
        } else if at > killed + 4 {
            break;
        }
    }
    assert!(killed >= 12, "{killed}");
}
