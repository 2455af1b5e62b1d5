//! What would pass the guard by is refused, and without its supervisor nothing is done.

use super::bench::{Guarded, has, text};
use std::os::unix::process::ExitStatusExt;

#[test]
fn without_the_supervisor_nothing_is_done() {
    let guarded = Guarded::new();
    guarded.write("victim", "precious\n");
    guarded.write("other", "precious\n");
    let line = "perl -e 1; (read -t 0.3 x <>fifo; : >victim; rm other) & perl -e 'kill 9, shift' $PPID; rm victim";
    guarded.machine.run("mkfifo fifo");
    let status = guarded.run(line).status;
    assert_eq!(status.signal(), Some(9));
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert_eq!((guarded.read("victim").as_str(), guarded.read("other").as_str()), ("precious\n", "precious\n"));
}

#[test]
fn the_shell_holds_nothing_of_the_guards() {
    let guarded = Guarded::new();
    let output = guarded.run(
        "perl -e 1; ls -l /proc/$$/fd; perl -e 'open F, q(<), qq(/proc/$ARGV[0]/mem) or print qq(closed\\n)' $PPID",
    );
    let said = text(&output);
    assert!(!said.contains("seccomp") && !said.contains("socket:"), "{said}");
    if !nix::unistd::geteuid().is_root() {
        assert!(said.contains("closed\n"), "{said}");
    }
}

const PROGRAM: &str = r#"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    static char params[512];
#ifdef __x86_64__
    long answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    printf("i386 %ld\n", answer);
    errno = 0;
    long x32 = syscall(0x40000000 | SYS_getpid);
    printf("x32 %ld %d\n", x32, errno == ENOSYS);
#endif
    long ring = syscall(SYS_io_uring_setup, 4, params);
    printf("ring %ld %d\n", ring, errno == EPERM);
    char byte = 'y';
    int typed = ioctl(0, TIOCSTI, &byte);
    printf("typed %d %d\n", typed, errno == EPERM);
    int unreadable = unlink((char *)8);
    printf("unreadable %d %d\n", unreadable, errno == EFAULT);
    return 0;
}
"#;

#[test]
fn ways_around_the_filter_are_closed() {
    if !has("cc") {
        return;
    }
    let guarded = Guarded::new();
    guarded.write("around.c", PROGRAM);
    guarded.machine.run("cc -o around around.c");
    let output = guarded.run("./around");
    let said = text(&output);
    if cfg!(target_arch = "x86_64") {
        assert!(said.contains("i386 -38\n") && said.contains("x32 -1 1\n"), "{said}");
    }
    assert!(said.contains("ring -1 1\n") && said.contains("typed -1 1\n"), "{said}");
    assert!(said.contains("unreadable -1 1\n"), "{said}");
}

#[test]
fn calls_are_handed_over_quickly_and_only_death_breaks_them_off() {
    use std::os::fd::AsRawFd;
    assert_eq!(libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 1 << 5);
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let child = agentsh::sys::fork_child(|| match agentsh::sys::install_filter() {
        Ok(fd) => {
            let offered = agentsh::sys::offer_descriptor(&theirs, 0, Some(fd.as_raw_fd()));
            std::mem::forget(fd);
            // Lives until the listener has been looked at.
            let _ = std::io::Read::read(&mut &theirs, &mut [0]);
            i32::from(offered.is_err())
        }
        Err(error) => error.raw_os_error().unwrap_or(1),
    })
    .expect("a child");
    drop(theirs);
    let (_, fd) = agentsh::sys::fetch_descriptor(&ours, child).expect("the filter");
    let listener = agentsh::sys::Listener::new(fd.expect("a listener"));
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let mut numbers = release.split(['.', '-', '+']).filter_map(|part| part.trim().parse::<u32>().ok());
    let since = |wanted: (u32, u32)| (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= wanted;
    assert_eq!(listener.is_quick(), { since }((6, 6)), "{release}");
    std::io::Write::write_all(&mut &ours, b"x").expect("it waits");
    assert_eq!(agentsh::sys::wait_for_child(child).expect("its end"), 0);
}

#[test]
fn where_no_guard_works_the_step_says_so_or_the_line_is_asked_about() {
    let guarded = Guarded::new();
    guarded.run("perl -e 1");
    let probe = guarded.machine.state().join("guard-probe");
    let known = std::fs::read_to_string(&probe).expect("what was found");
    std::fs::write(&probe, format!("{} no listener here\n", known.trim())).expect("a memory");
    let output = guarded.run("perl -e 1");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(126), "{said}");
    assert!(said.contains("rule unwatched: ") && said.contains("no listener here"), "{said}");
    assert!(guarded.run("echo x > file").status.success(), "what the line shows is kept without a guard");
    std::fs::write(guarded.machine.path("config/agentsh/config.toml"), "guard = \"auto\"\n").expect("a setting");
    assert!(guarded.run("perl -e 1").status.success());
    assert_eq!(guarded.intents().pop().map(|intent| intent.guard), Some("none: no listener here".to_owned()));
    let doctor = text(&guarded.machine.control(&["doctor"]));
    assert!(doctor.contains("does not work here (no listener here)"), "{doctor}");
}
