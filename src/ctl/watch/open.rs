//! The desk from its opening to its end.

use super::super::failure::{Failure, Result};
use super::answers::Next;
use super::keys::typed;
use super::model::{Mode, Model};
use super::notify::Notifier;
use super::screen::draw;
use crate::approval::Order;
use crate::host::{self, Places};
use crate::sys::{self, Tty};
use crate::ui::Style;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use std::io::IsTerminal;
use std::os::fd::AsFd;

/// Most milliseconds until the screen is looked at again.
const TICK: u16 = 250;

/// Opens the desk on this terminal and leaves it as it was.
pub(in super::super) fn open(order: Order) -> Result {
    on_own_terminal()?;
    let mut ending = SigSet::empty();
    [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT]
        .into_iter()
        .for_each(|signal| ending.add(signal));
    let cannot = |error: &dyn std::fmt::Display| Failure::plain(format!("cannot use the terminal: {error}"));
    ending.thread_block().map_err(|error| cannot(&error))?;
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let signals = SignalFd::with_flags(&ending, flags).map_err(|error| cannot(&error))?;
    let places = Places::find();
    let settings =
        host::load(&places, &std::env::current_dir().unwrap_or_else(|_| "/".into())).policy.settings().clone();
    let mut model = Model::new(order, settings.budget)?;
    let mut notifier = Notifier::new(settings);
    let mut terminal = Screen::take().map_err(|error| cannot(&error))?;
    let ended = run(&mut model, &mut terminal, &signals, &mut notifier);
    drop(terminal);
    drop(model);
    match ended.map_err(|error| cannot(&error))? {
        Some(signal) => {
            sys::die_of(signal as i32);
            Ok(128 + signal as u8)
        }
        None => Ok(0),
    }
}

/// Standard input and output are this process's controlling terminal: keys from elsewhere are not the person's.
fn on_own_terminal() -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let here = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let device = Tty::controlling().and_then(|tty| tty.device());
    let input = std::fs::metadata("/proc/self/fd/0").map(|found| found.rdev());
    let number = |rdev: u64| (((rdev >> 8) & 0xfff) as u32, ((rdev & 0xff) | ((rdev >> 12) & 0xfff00)) as u32);
    let same = matches!((device, input), (Ok(device), Ok(rdev)) if device == number(rdev));
    if here && same {
        return Ok(());
    }
    Err(Failure::plain("standard input and output are not this process's own terminal").status(3))
}

fn run(
    model: &mut Model,
    screen: &mut Screen,
    signals: &SignalFd,
    notifier: &mut Notifier,
) -> std::io::Result<Option<Signal>> {
    let coloured = Style::detect(true).coloured();
    let mut first = true;
    loop {
        let new = model.refresh();
        // What waited before the desk was opened is on the screen, and no news.
        new.iter().filter(|_| !first).for_each(|request| notifier.tell(request));
        first = false;
        if std::mem::take(&mut model.stale) {
            screen.terminal.draw(|frame| draw(model, coloured, frame))?;
        }
        // Before any key is read: the library that reads them would read the end of a lost terminal for ever.
        if pause(model, signals) == Still::Gone {
            return Ok(Some(Signal::SIGHUP));
        }
        if let Ok(Some(info)) = signals.read_signal()
            && let Ok(signal) = Signal::try_from(info.ssi_signo.cast_signed())
        {
            return Ok(if signal == Signal::SIGINT { None } else { Some(signal) });
        }
        let entering = matches!(model.mode, Mode::Typing(_) | Mode::Filter);
        for input in typed(entering)? {
            if model.act(input) == Next::Leave {
                return Ok(None);
            }
        }
    }
}

/// Whether the person's terminal is there.
#[derive(PartialEq, Eq)]
enum Still {
    There,
    Gone,
}

/// Waits until something happens, or the screen's clock moves on.
fn pause(model: &Model, signals: &SignalFd) -> Still {
    let input = std::io::stdin();
    let mut slots = vec![
        PollFd::new(input.as_fd(), PollFlags::POLLIN),
        PollFd::new(signals.as_fd(), PollFlags::POLLIN),
        PollFd::new(model.socket.as_fd(), PollFlags::POLLIN),
    ];
    slots.extend(model.everybody().map(|caller| PollFd::new(caller.as_fd(), PollFlags::POLLIN)));
    match nix::poll::poll(&mut slots, PollTimeout::from(TICK)) {
        // A change of size interrupts, and is read as an event.
        Ok(_) | Err(Errno::EINTR) => {}
        Err(_) => std::thread::sleep(std::time::Duration::from_millis(u64::from(TICK))),
    }
    let lost = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    let gone = slots.first().and_then(PollFd::revents).is_some_and(|found| found.intersects(lost));
    if gone { Still::Gone } else { Still::There }
}

/// The terminal in the desk's own mode; put back when this goes, and before the message of a panic.
struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    fn take() -> std::io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = execute!(std::io::stdout(), DisableBracketedPaste);
            before(info);
        }));
        let terminal = ratatui::try_init()?;
        execute!(std::io::stdout(), EnableBracketedPaste)?;
        Ok(Self { terminal })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = execute!(std::io::stdout(), DisableBracketedPaste);
        let _ = self.terminal.show_cursor();
        ratatui::restore();
    }
}
