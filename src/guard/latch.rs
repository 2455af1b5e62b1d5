//! Lets a program start that was judged, and makes sure that it is the one.
//!
//! Between the judgement and the kernel's own reading of path and argv another thread could write others there. A start that a
//! person or the line's clearance allowed is therefore held before its first instruction, compared, and killed when it is not
//! what was allowed (ptrace(2), `PTRACE_EVENT_EXEC`).

use super::programs::Expected;
use super::record::Record;
use crate::sys::{self, Answer, Listener, Notification, Stat, Stop, Tracee};
use std::path::Path;
use std::time::{Duration, Instant};

/// A start takes milliseconds; what takes longer hangs on something else.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a shell does instead of a text that is refused.
const TURNED_AWAY: &[u8] = b"exit 126\0";
/// Between two looks.
const PAUSE: Duration = Duration::from_micros(40);

/// Lets the call go on and sees it through. Where the process cannot be held (a debugger has it, or the system's settings
/// forbid it) it starts unseen, and the journal says so.
pub(super) fn start(listener: &Listener, call: &Notification, expected: &Expected, record: &Record) {
    let mut tracee = match Tracee::seize(call.thread) {
        Ok(tracee) => tracee,
        Err(error) => {
            // A child of ours is not held, and known not to be; all else is worth a word.
            if error.raw_os_error() != Some(libc::EBUSY) {
                record.note(format!("process {} started unseen: it cannot be held: {error}", call.thread));
            }
            let allowed = if listener.is_waiting(call) { Answer::Continue } else { Answer::Fail(libc::EACCES) };
            let _ = listener.answer(call, allowed);
            return;
        }
    };
    if !listener.is_waiting(call) || listener.answer(call, Answer::Continue).is_err() || tracee.interrupt().is_err() {
        return;
    }
    let until = Instant::now() + PATIENCE;
    loop {
        match tracee.look() {
            Ok(Some(Stop::Started(process))) => {
                if !is_expected(process, expected) {
                    sys::send_signal(process, libc::SIGKILL);
                    record.note(format!("process {process} was killed: it became another program than was allowed"));
                }
                return;
            }
            Ok(Some(Stop::Stayed(_) | Stop::Ended)) | Err(_) => return,
            Ok(None) if Instant::now() > until => {
                sys::send_signal(call.thread, libc::SIGKILL);
                return;
            }
            Ok(None) => std::thread::sleep(PAUSE),
        }
    }
}

/// Lets a shell start that is refused its text, with `exit 126` in the text's place: whoever started it sees a shell that ran
/// nothing and ended as one of ours does, not a program that could not be started. Where that cannot be done it does not start.
pub(super) fn turn_away(listener: &Listener, call: &Notification, expected: &Expected, text: usize) {
    let refuse = || {
        let _ = listener.answer(call, Answer::Fail(libc::EACCES));
    };
    let Ok(mut tracee) = Tracee::seize(call.thread) else { return refuse() };
    if !listener.is_waiting(call) {
        return refuse();
    }
    // Whatever happens from here on, it must not get to its text.
    if tracee.interrupt().is_err() {
        return refuse();
    }
    if listener.answer(call, Answer::Continue).is_err() {
        return;
    }
    let until = Instant::now() + PATIENCE;
    loop {
        match tracee.look() {
            Ok(Some(Stop::Started(process))) => {
                if !is_expected(process, expected) || put_text(process, expected, text).is_err() {
                    sys::send_signal(process, libc::SIGKILL);
                }
                return;
            }
            Ok(Some(Stop::Stayed(_) | Stop::Ended)) => return,
            Ok(None) if Instant::now() > until => break,
            Ok(None) => std::thread::sleep(PAUSE),
            Err(_) => break,
        }
    }
    sys::send_signal(call.thread, libc::SIGKILL);
}

/// Writes `exit 126` over the text, and what is behind it, in a program that has not begun. The strings of argv and, behind
/// them, of the environment lie in one piece (proc_pid_stat(5), fields 48 and 51).
fn put_text(process: i32, expected: &Expected, text: usize) -> std::io::Result<()> {
    let lacks = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').ok_or_else(lacks)?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // The first field behind the name is the third.
    let field = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<u64>().ok());
    let (start, end) = field(48).zip(field(51)).ok_or_else(lacks)?;
    let before: usize = expected.argv.iter().take(text).map(|word| word.len() + 1).sum();
    let at = start + before as u64;
    if start == 0 || at + TURNED_AWAY.len() as u64 > end {
        return Err(lacks());
    }
    sys::write_memory(process, at, TURNED_AWAY)
}

fn is_expected(process: i32, expected: &Expected) -> bool {
    let file = |name: &str| Stat::target_of(Path::new(&format!("/proc/{process}/{name}"))).ok();
    let given = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let given = given.strip_suffix(b"\0").unwrap_or(&given);
    let same = |path: &Path, stat: &Stat| Stat::target_of(path).is_ok_and(|found| found.same_file(stat));
    let argv = expected.argv.join(&0);
    match &expected.interpreter {
        None => file("exe").is_some_and(|exe| exe.same_file(&expected.stat)) && given == argv.as_slice(),
        // The kernel has put the interpreter and the script's path in the place of argv[0].
        Some(interpreter) => {
            let rest = expected.argv.get(1..).unwrap_or_default().join(&0);
            let ends = rest.is_empty() || given.ends_with(&[b"\0", rest.as_slice()].concat());
            ends && file("exe").is_some_and(|exe| same(interpreter, &exe)) && same(&expected.file, &expected.stat)
        }
    }
}
