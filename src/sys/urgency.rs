//! What the scheduler is told about a thread that others wait for (sched_setattr(2), sched(7)).

use nix::errno::Errno;

/// Time at a stretch that such a thread asks for, in nanoseconds: the least there is.
const SLICE: u64 = 100_000;
/// By how much it is preferred, where that is permitted (setpriority(2)).
const PREFERENCE: i32 = 10;

/// Asks that the calling thread, which answers in some microseconds and then waits, may finish that: a thread it has woken
/// would otherwise often take its processor first, find it still wanted, and move to a colder one. It asks for short slices
/// (Linux 6.12; earlier kernels let it be) and, where it may and nobody has said otherwise, for a higher priority. What it starts
/// begins as usual. Nothing depends on it but time.
pub fn answer_promptly() {
    let size = size_of::<libc::sched_attr>() as u32;
    let mut wanted = libc::sched_attr {
        size,
        sched_policy: 0,
        sched_flags: 0,
        sched_nice: 0,
        sched_priority: 0,
        sched_runtime: 0,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the kernel writes at most `size` bytes, which is the size of the structure.
    #[expect(unsafe_code, reason = "no safe wrapper exists for this call")]
    let read = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut wanted, size, 0) };
    if read != 0 || wanted.sched_policy != libc::SCHED_OTHER.cast_unsigned() {
        return;
    }
    wanted.sched_flags = libc::SCHED_FLAG_RESET_ON_FORK as u64;
    wanted.sched_runtime = SLICE;
    let usual = wanted.sched_nice;
    if usual == 0 {
        wanted.sched_nice -= PREFERENCE;
    }
    if let Err(Errno::EPERM | Errno::EACCES) = set(&wanted) {
        wanted.sched_nice = usual;
        let _nothing_depends_on_it = set(&wanted);
    }
}

fn set(wanted: &libc::sched_attr) -> Result<(), Errno> {
    // SAFETY: the kernel reads `size` bytes of the structure, which is its size.
    #[expect(unsafe_code, reason = "no safe wrapper exists for this call")]
    let result = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const *wanted, 0) };
    Errno::result(result).map(drop)
}

#[cfg(test)]
mod tests {
    use super::answer_promptly;

    /// The scheduling policy and nice value of the calling thread.
    fn policy() -> (String, String) {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("an entry");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        (fields[38].to_owned(), fields[16].to_owned())
    }

    #[test]
    fn what_a_prompt_thread_starts_begins_as_usual() {
        let before = policy();
        std::thread::spawn(move || {
            answer_promptly();
            let there = std::thread::spawn(policy).join().expect("a policy");
            assert_eq!(there, before);
            assert_eq!(policy().0, before.0);
        })
        .join()
        .expect("no panic");
    }
}
