//! The person's place: a terminal out of the agent's reach.

use super::lineage::{Above, above, agent_above_us};
use crate::sys::{ProcStat, Tty};
use std::fs;

/// A terminal on which a person, and not an agent, types.
#[derive(Debug)]
pub(super) struct Seat {
    /// The terminal.
    pub(super) tty: Tty,
    /// Its path for the journal (`/dev/pts/3`).
    pub(super) name: String,
    /// The leader of its session.
    leader: i32,
}

/// Why nobody can be asked here, as a lowercase fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSeat {
    /// No controlling terminal.
    #[error("this process has no terminal of its own")]
    NoTerminal,
    /// In raw mode: a full-screen program, or somebody's line editor, has the terminal.
    #[error("another program has the terminal")]
    Busy,
    /// Our process group is not the terminal's foreground group.
    #[error("this process is in the background")]
    Background,
    /// The session's leader cannot be seen, or is this very process.
    #[error("the terminal was opened for this command alone")]
    Leader,
    /// The session's leader, or one of its ancestors, is an agent.
    #[error("the terminal belongs to an agent ({0})")]
    Agent(String),
}

impl Seat {
    /// The person's seat, if this process's controlling terminal is one. Descriptors 0 to 2 are no evidence (an agent
    /// may have put a terminal there) and are not looked at. The rules:
    ///
    /// * there is a controlling terminal, in cooked mode, and we are in its foreground;
    /// * the leader of its session is another process, and neither it nor any process above it is an agent: such a
    ///   terminal was made by or for the agent, which can type into it. An agent *below* the leader is no obstacle: it was
    ///   started at the terminal and did not make it.
    pub(super) fn take() -> Result<Self, NoSeat> {
        let seat = Self::here()?;
        let own = std::process::id().cast_signed();
        if seat.leader == own || same_program(seat.leader) {
            return Err(NoSeat::Leader);
        }
        seat.cooked()
    }

    fn cooked(self) -> Result<Self, NoSeat> {
        if self.tty.is_cooked().unwrap_or(false) { Ok(self) } else { Err(NoSeat::Busy) }
    }

    /// The seat of somebody who gives an order (`agentshctl approve`): no agent at all is above us. Then a terminal that
    /// was opened for this command, such as a popup, is a person's too.
    pub(super) fn of_order() -> Result<Self, NoSeat> {
        Self::of_desk()?.cooked()
    }

    /// As [`Seat::of_order`] for whoever has the terminal in its own mode already, such as the desk.
    pub(super) fn of_desk() -> Result<Self, NoSeat> {
        match agent_above_us() {
            Some(agent) => Err(NoSeat::Agent(agent)),
            None => Self::here(),
        }
    }

    fn here() -> Result<Self, NoSeat> {
        let tty = Tty::controlling().map_err(|_| NoSeat::NoTerminal)?;
        if !tty.is_ours_to_read() {
            return Err(NoSeat::Background);
        }
        let leader = tty.session().map_err(|_| NoSeat::Leader)?;
        led_by_a_person(leader)?;
        let name = name_of(tty.device().ok());
        Ok(Self { tty, name, leader })
    }
}

/// The terminal of another process, if it is a seat by the rules of [`Seat::of_desk`].
pub(super) fn seat_of(pid: i32) -> Result<String, NoSeat> {
    let stat = ProcStat::of(pid).map_err(|_| NoSeat::NoTerminal)?;
    let device = stat.terminal().ok_or(NoSeat::NoTerminal)?;
    if let Above::Agent(agent) = above(pid) {
        return Err(NoSeat::Agent(agent));
    }
    led_by_a_person(stat.session)?;
    Ok(name_of(Some(device)))
}

/// That neither the leader of a terminal's session nor anything above it is an agent.
fn led_by_a_person(leader: i32) -> Result<(), NoSeat> {
    match above(leader) {
        Above::Clear if leader > 0 => Ok(()),
        Above::Clear => Err(NoSeat::Leader),
        Above::Nothing => Err(NoSeat::Leader),
        Above::Agent(agent) => Err(NoSeat::Agent(agent)),
    }
}

/// True when `pid` runs this program: a terminal whose session agentsh leads was opened for one command.
fn same_program(pid: i32) -> bool {
    let exe = |pid: &str| fs::metadata(format!("/proc/{pid}/exe"));
    match (exe("self"), exe(&pid.to_string())) {
        (Ok(own), Ok(other)) => {
            use std::os::unix::fs::MetadataExt;
            (own.dev(), own.ino()) == (other.dev(), other.ino())
        }
        _ => false,
    }
}

/// `/dev/pts/N` by the device number, else `/dev/tty`.
fn name_of(device: Option<(u32, u32)>) -> String {
    match device {
        Some((major, minor)) if (136..144).contains(&major) => format!("/dev/pts/{}", (major - 136) * 256 + minor),
        _ => "/dev/tty".to_owned(),
    }
}
