//! What `/proc/PID/stat` says about a process (proc_pid_stat(5)).

use std::io;

/// One reading of `/proc/PID/stat`. Process ids are those of our own pid namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcStat {
    /// The process.
    pub pid: i32,
    /// Its name, at most 15 bytes, as the program set it: never trust it.
    pub name: Vec<u8>,
    /// `R`, `S`, `D`, `Z` (ended, not yet waited for), `T` …
    pub state: u8,
    /// Parent; 0 when it lies outside our namespace.
    pub ppid: i32,
    /// Process group.
    pub pgrp: i32,
    /// Session.
    pub session: i32,
    /// Device number of the controlling terminal in the kernel's encoding; 0 when it has none. See [`Self::terminal`].
    pub tty_nr: u32,
    /// Foreground process group of that terminal, or -1.
    pub tpgid: i32,
    /// When it started, in clock ticks since boot: with `pid` the process's identity.
    pub start_time: u64,
    /// How it ended, as wait(2) reports it; meaningful in state `Z`, and 0 where we may not see it.
    pub exit_code: i32,
}

impl ProcStat {
    /// Reads the entry of `pid`; `NotFound` when there is no such process, `InvalidData` when the line is not as
    /// documented.
    pub fn of(pid: i32) -> io::Result<Self> {
        Self::parse(&std::fs::read(format!("/proc/{pid}/stat"))?).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Reads our own entry.
    pub fn own() -> io::Result<Self> {
        Self::of(std::process::id().cast_signed())
    }

    /// Parses the text. The name is taken between the first `(` and the last `)`, because it may hold both.
    fn parse(text: &[u8]) -> Option<Self> {
        let open = text.iter().position(|byte| *byte == b'(')?;
        let close = text.iter().rposition(|byte| *byte == b')')?;
        let pid = std::str::from_utf8(text.get(..open)?).ok()?.trim().parse().ok()?;
        let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // Field numbers of the manual page, of which the first here is 3.
        let field = |number: usize| fields.get(number - 3).copied();
        Some(Self {
            pid,
            name: text.get(open + 1..close)?.to_vec(),
            state: *field(3)?.as_bytes().first()?,
            ppid: field(4)?.parse().ok()?,
            pgrp: field(5)?.parse().ok()?,
            session: field(6)?.parse().ok()?,
            tty_nr: field(7)?.parse::<i32>().ok()?.cast_unsigned(),
            tpgid: field(8)?.parse().ok()?,
            start_time: field(22)?.parse().ok()?,
            exit_code: field(52).and_then(|text| text.parse().ok()).unwrap_or(0),
        })
    }

    /// Major and minor number of the controlling terminal, comparable with a terminal's `st_rdev`.
    pub fn terminal(&self) -> Option<(u32, u32)> {
        (self.tty_nr != 0)
            .then_some(((self.tty_nr >> 8) & 0xfff, (self.tty_nr & 0xff) | ((self.tty_nr >> 12) & 0xfff00)))
    }
}

#[cfg(test)]
mod tests {
    use super::ProcStat;

    const LINE: &[u8] = b"4242 (a ) b (c) S 1 4242 4200 34817 4300 4194304 111 0 0 0 0 0 0 0 20 0 1 0 987654 2400256 \
        180 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 9\n";

    #[test]
    fn a_name_may_hold_parentheses() {
        let stat = ProcStat::parse(LINE).expect("a documented line");
        assert_eq!(stat.name, b"a ) b (c");
        assert_eq!((stat.pid, stat.state, stat.ppid, stat.session), (4242, b'S', 1, 4200));
        assert_eq!((stat.start_time, stat.exit_code), (987_654, 9));
        assert_eq!(stat.terminal(), Some((136, 1)));
    }

    #[test]
    fn a_short_line_is_refused() {
        assert_eq!(ProcStat::parse(b"1 (x) S 0"), None);
        assert_eq!(ProcStat::parse(b""), None);
    }

    #[test]
    fn our_own_entry_is_read() {
        let stat = ProcStat::own().expect("/proc is mounted");
        assert_eq!(stat.pid.cast_unsigned(), std::process::id());
    }
}
