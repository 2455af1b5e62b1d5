//! Asking on a terminal.

use super::interrupts::Interrupts;
use super::seat::Seat;
use super::{Card, Depth};
use crate::policy::Confirm;
use crate::sys::Tty;
use crate::ui::{Style, visible};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A person said yes.
    Yes,
    /// A person said no.
    No,
    /// Ctrl-C, or another signal that ends a program.
    Interrupted(Signal),
    /// Nobody answered in time.
    Silence,
    /// The terminal went away or could not be set up.
    Gone,
}

/// What ends a program and would leave the terminal's modes changed.
const ENDING: [Signal; 5] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGTSTP];

/// Puts `card` on the seat's terminal and waits for an answer, no longer than `patience`. What was typed before the
/// question stood there is thrown away, so nothing pasted can answer it; the terminal's modes are put back in any case,
/// also when a signal arrives.
pub(super) fn ask(seat: &Seat, card: &Card, patience: Option<Duration>) -> Reply {
    let Some(interrupts) = Interrupts::take(&ENDING) else { return Reply::Gone };
    let tty = &seat.tty;
    let Ok(modes) = tty.single_keys() else { return Reply::Gone };
    let deadline = patience.map(|patience| Instant::now() + patience);
    let mut desk = Desk { tty, signals: interrupts, deadline, style: Style::detect(true) };
    let reply = desk.converse(card);
    // What was typed behind the answer does not go to whatever reads the terminal next.
    let _ = tty.discard_input();
    let _ = tty.restore(&modes);
    reply
}

struct Desk<'a> {
    tty: &'a Tty,
    signals: Interrupts,
    deadline: Option<Instant>,
    style: Style,
}

/// One thing that happened.
enum Event {
    Keys(Vec<u8>),
    End(Reply),
}

impl Desk<'_> {
    fn converse(&mut self, card: &Card) -> Reply {
        let typed = card.confirm == Some(Confirm::Type);
        let _ = self.tty.discard_input();
        self.say(&format!("\n{}", card.text(Depth::Brief, self.style)));
        self.question(card);
        let mut entry: Vec<u8> = Vec::new();
        loop {
            let keys = match self.next() {
                Event::Keys(keys) => keys,
                Event::End(reply) => {
                    self.say("\n");
                    return reply;
                }
            };
            if typed {
                for key in keys {
                    match key {
                        b'\r' | b'\n' => {
                            self.say("\n");
                            return if !entry.is_empty() && entry == card.target.as_bytes() {
                                Reply::Yes
                            } else {
                                Reply::No
                            };
                        }
                        4 if entry.is_empty() => {
                            self.say("\n");
                            return Reply::No;
                        }
                        8 | 127 => {
                            while entry.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                            self.redraw(card, &entry);
                        }
                        0x15 => {
                            entry.clear();
                            self.redraw(card, &entry);
                        }
                        0x20.. => {
                            entry.push(key);
                            self.redraw(card, &entry);
                        }
                        _ => {}
                    }
                }
                continue;
            }
            // A key is one byte; more at once were pasted, or are an escape sequence.
            match keys.as_slice() {
                [b'y' | b'Y'] => {
                    self.say("yes\n");
                    return Reply::Yes;
                }
                [b'n' | b'N' | b'\r' | b'\n' | 4] => {
                    self.say("no\n");
                    return Reply::No;
                }
                [_, _, ..] if keys[0] != 0x1b => {
                    self.say("\n(several keys at once are taken for pasted text and answer nothing)\n");
                    self.question(card);
                }
                [b'v' | b'V'] => {
                    self.say(&format!("view\n\n{}", card.text(Depth::Whole, self.style)));
                    self.question(card);
                }
                _ => {}
            }
        }
    }

    fn question(&self, card: &Card) {
        let text = if card.confirm == Some(Confirm::Type) {
            self.typed_question(card)
        } else {
            let (what, once) = if card.allows.is_empty() { ("Run", " once") } else { ("Allow", "") };
            format!(
                "{what} it? {}{once}, {} (default), {} view: ",
                self.style.strong("y"),
                self.style.strong("n"),
                self.style.strong("v")
            )
        };
        self.say(&text);
    }

    fn typed_question(&self, card: &Card) -> String {
        let what = if card.allows.is_empty() { "run" } else { "allow" };
        format!("Type {} to {what} it, or only Enter to refuse: ", self.style.strong(&visible(&card.target)))
    }

    fn redraw(&self, card: &Card, entry: &[u8]) {
        let entry = String::from_utf8_lossy(entry);
        self.say(&format!("\r\x1b[K{}{}", self.typed_question(card), visible(&entry)));
    }

    fn say(&self, text: &str) {
        let _ = self.tty.file().write_all(text.as_bytes());
    }

    /// Waits for keys, a signal, the deadline or the terminal's end.
    fn next(&mut self) -> Event {
        loop {
            let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Event::End(Reply::Silence);
            }
            let timeout = left.map_or(PollTimeout::NONE, |left| {
                PollTimeout::try_from(left.as_millis().clamp(1, 60_000) as i32).unwrap_or(PollTimeout::MAX)
            });
            let mut slots = [
                PollFd::new(self.tty.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            ];
            match nix::poll::poll(&mut slots, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return Event::End(Reply::Gone),
            }
            let ready = slots[0].revents().unwrap_or(PollFlags::empty());
            if let Some(signal) = self.signals.next() {
                // Ctrl-Z: a question has nothing to suspend.
                if signal == Signal::SIGTSTP {
                    continue;
                }
                return Event::End(Reply::Interrupted(signal));
            }
            if ready.contains(PollFlags::POLLIN) {
                let mut keys = [0; 256];
                match self.tty.file().read(&mut keys) {
                    Ok(0) => return Event::End(Reply::Gone),
                    Ok(count) => return Event::Keys(keys[..count].to_vec()),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => return Event::End(Reply::Gone),
                }
            } else if ready.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL) {
                return Event::End(Reply::Gone);
            }
        }
    }
}
