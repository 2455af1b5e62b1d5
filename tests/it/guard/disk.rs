//! Disks that are full, and one that dies: a small file system of the test's own, in a mount namespace of its own.

use super::bench::{Guarded, text};
use std::io::Write;
use std::process::{Output, Stdio};

/// Everything about the files in the work tree that an undo gives back.
const LOOK: &str = r"look() { find . -path ./.git -prune -o -type d -printf '%p %m\n' -o -printf '%p %m %s %T@ %l\n' -exec sha256sum {} + | LC_ALL=C sort; }";

/// True where this process may mount in a namespace of its own.
fn may_mount(guarded: &Guarded) -> bool {
    let status = guarded.machine.command("unshare").args(["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"]).status();
    let may = status.is_ok_and(|status| status.success());
    if !may {
        skipped("no mounts in a namespace of one's own");
    }
    may
}

fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Runs a script with home, state and work tree on a file system that `mount` mounts on `$disk`; `$disk/work` is the
/// directory it begins in.
fn on_disk(guarded: &Guarded, unshare: &str, mount: &str, script: &str) -> Output {
    let top = guarded.machine.path("");
    let text = format!(
        "set -e\ntop='{}'; disk=$top/disk; mkdir \"$disk\"\n{mount}\ncp -a \"$top/work\" \"$top/home\" \"$disk\"\n\
         export HOME=\"$disk/home\" XDG_STATE_HOME=\"$disk/state\" CODEX_THREAD_ID=s1\nmkdir \"$disk/state\"\ncd \"$disk/work\"\n{LOOK}\n{script}",
        top.display()
    );
    std::fs::write(guarded.machine.path("script"), text).expect("a script");
    let mut command = guarded.machine.command("setsid");
    command.args(["--wait", "unshare", unshare, "--propagation", "private", "/bin/bash"]);
    command.arg(guarded.machine.path("script")).stdin(Stdio::null()).output().expect("runs")
}

fn with_files(count: usize, size: usize) -> Guarded {
    let guarded = Guarded::new();
    for number in 0..count {
        guarded.write(&format!("f{number}"), format!("{number} ").repeat(size / 4));
    }
    guarded
}

#[test]
fn what_a_full_store_cannot_keep_is_not_lost() {
    let guarded = with_files(60, 80_000);
    if !may_mount(&guarded) {
        return;
    }
    // Written over in place, with as many bytes: only keeping them takes room.
    let script = r#"
look > ../before
# Room for some of them: what is left is what stays free of a small disk, and a little more.
free=$(($(stat -f -c '%a * %S' .))); all=$(($(stat -f -c '%b * %S' .)))
head -c $((free - all / 10 - 600000)) /dev/zero > ../ballast
agentsh -c 'perl -e "\$refused = 0; for (0..59) { if (open F, q(+<), qq(f\$_)) { print F q(x) x 2000; close F; \$kept++ } else { \$refused++ } } print qq(kept \$kept refused \$refused\n)"'
head -c 9999999 /dev/zero >> ../ballast 2>/dev/null || echo full
agentshctl undo -y && echo undone at once
rm ../ballast
agentshctl undo -y || :
look > ../after
cmp ../before ../after && echo same
"#;
    let output = on_disk(&guarded, "-Urm", "mount -t tmpfs -o size=12m none \"$disk\"", script);
    let said = text(&output);
    let kept: Vec<usize> = said
        .lines()
        .find_map(|line| line.strip_prefix("kept "))
        .map(|line| line.split(" refused ").filter_map(|word| word.parse().ok()).collect())
        .unwrap_or_default();
    assert!(kept.len() == 2 && kept[0] > 2 && kept[1] > 2, "{said}");
    assert_eq!(said.matches("rule not-kept").count(), 1, "it is said once: {said}");
    assert!(said.contains("\nfull\n") && said.contains("\nsame\n"), "{said}");
}

#[test]
fn a_full_tree_stops_the_line_and_not_its_undo() {
    let guarded = with_files(3, 2_000_000);
    if !may_mount(&guarded) {
        return;
    }
    let script = r#"
look > ../before
head -c 300000 /dev/zero > ../ballast
agentsh -c 'perl -e 1; cp f0 copy; cp f1 second; cp f2 third; mv f0 f1; echo more >> f2' || echo failed
look > ../between
cmp -s ../before ../between || echo changed
# The undo's own records need some room.
rm ../ballast
agentshctl undo -y
look > ../after
cmp ../before ../after && echo same
"#;
    let output = on_disk(&guarded, "-Urm", "mount -t tmpfs -o size=5m none \"$disk\"", script);
    let said = text(&output);
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("changed\n") && said.contains("\nsame\n"), "{said}");
}

#[test]
fn a_file_system_that_dies_under_a_line_keeps_what_the_step_claims() {
    if !nix::unistd::geteuid().is_root() {
        skipped("needs root");
        return;
    }
    let guarded = with_files(200, 3000);
    let mount = r#"head -c 64M /dev/zero > "$top/image"; PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q "$top/image" || { echo skipped; exit 0; }
mount -o loop "$top/image" "$disk" || { echo skipped; exit 0; }"#;
    // Each name is changed in one of four ways. Half of them a moment before the file system is shut down without writing its
    // journal (EXT4_IOC_SHUTDOWN, flag 2), as when the power goes; the others are tried after it.
    let script = r#"
chmod 700 "$disk"; look > ../before; sync
cat > "$top/line.pl" <<'END'
sub change {
    my ($n, $way) = ($_[0], $_[0] % 4);
    if ($way == 0) { unlink "f$n" or die "no more\n" }
    elsif ($way == 1) { open F, ">", "f$n" or die "no more\n"; print F "new $n\n"; close F }
    elsif ($way == 2) { open F, ">", "new$n" or die "no more\n"; print F "other\n"; close F; rename "new$n", "f$n" or die "no more\n" }
    else { chmod 0600, "f$n" or die "no more\n" }
}
change $_ for 0..99;
mkdir "$ARGV[0]/half";
select undef, undef, undef, 0.01 until -d "$ARGV[0]/dead";
change $_ for 100..199;
END
perl -e 'select undef, undef, undef, 0.01 until -d "$ARGV[1]/half"; select undef, undef, undef, 0.5; open my $d, "<", $ARGV[0];
my $f = pack("L", 2); ioctl $d, 0x8004587D, $f or print "no shutdown: $!\n"; mkdir "$ARGV[1]/dead"' "$disk" "$top" &
agentsh -c "perl '$top/line.pl' '$top'" || echo "ended by $?"
wait
cd "$top"; umount "$disk" 2>/dev/null || umount -l "$disk"
mount -o loop "$top/image" "$disk"; cd "$disk/work"
look > ../between
cmp -s ../before ../between || echo changed
agentshctl undo -y
look > ../after
diff ../before ../after && echo same
"#;
    let output = on_disk(&guarded, "-m", mount, script);
    let said = text(&output);
    if said.contains("skipped") || said.contains("no shutdown") {
        skipped("no loop devices, or no shutdown of ext4");
        return;
    }
    assert!(said.contains("ended by") && said.contains("\nsame\n"), "{said}");
}
