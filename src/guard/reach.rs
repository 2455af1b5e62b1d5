//! A call by which a process reaches other ends: what it says is read once, and can be carried out as it was read.

use super::call::Call;
use super::network::{Way, queried_name, socket_of};
use super::process::Process;
use crate::sys::{self, Answer};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

/// Most bytes of one message that are read, and most messages of a call: what the kernel takes in one datagram and call.
const MOST_BYTES: usize = 1 << 20;
const MOST_PARTS: u64 = 1024;
/// Sizes of `struct msghdr`, `struct mmsghdr` and `struct iovec` on architectures of 64 bits.
const HEADER: usize = 56;
const HEADERS: u64 = 64;
const PART: usize = 16;

/// A call that reaches other ends.
#[derive(Debug)]
pub(super) struct Reach {
    process: Process,
    socket: i32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// The address as it was passed.
    Connect(Vec<u8>),
    /// The messages, with the flags of send(2). A single one is answered with its length, several with their number.
    Send { messages: Vec<Message>, flags: i32, many: bool },
}

#[derive(Debug, Default)]
struct Message {
    address: Vec<u8>,
    payload: Vec<u8>,
    control: Vec<u8>,
    /// Where the number of bytes sent is to be written, for one of several.
    length_at: u64,
}

impl Reach {
    /// Reads the call; `None` for any other. An error means that its memory could not be read.
    pub(super) fn of(process: Process, call: &Call) -> io::Result<Option<Self>> {
        let (socket, kind) = match *call {
            Call::Connect { socket, address, length } => (socket, Kind::Connect(bytes(process, address, length)?)),
            Call::SendTo { socket, payload, flags, address } => {
                let message = Message {
                    address: bytes(process, address.0, address.1)?,
                    payload: bytes(process, payload.0, payload.1)?,
                    ..Message::default()
                };
                (socket, Kind::Send { messages: vec![message], flags, many: false })
            }
            Call::SendMessage { socket, header, flags } => {
                (socket, Kind::Send { messages: vec![message(process, header)?], flags, many: false })
            }
            Call::SendMessages { socket, headers, count, flags } => {
                let read = |index: u64| {
                    let header = headers + index * HEADERS;
                    message(process, header).map(|read| Message { length_at: header + HEADER as u64, ..read })
                };
                let messages = (0..count.min(MOST_PARTS)).map(read).collect::<io::Result<Vec<_>>>()?;
                (socket, Kind::Send { messages, flags, many: true })
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { process, socket, kind }))
    }

    /// How it reaches them.
    pub(super) fn way(&self) -> Way {
        if matches!(self.kind, Kind::Connect(_)) { Way::Connect } else { Way::Send }
    }

    /// The ends in the internet that it names.
    pub(super) fn ends(&self) -> Vec<SocketAddr> {
        match &self.kind {
            Kind::Connect(address) => sys::internet_address(address, false).into_iter().collect(),
            Kind::Send { messages, .. } => {
                messages.iter().filter_map(|message| sys::internet_address(&message.address, true)).collect()
            }
        }
    }

    /// The names it asks a name server for.
    pub(super) fn lookups(&self) -> Vec<String> {
        let Kind::Send { messages, .. } = &self.kind else { return Vec::new() };
        let mut names: Vec<String> = messages.iter().filter_map(|message| queried_name(&message.payload)).collect();
        names.dedup();
        let asks_a_server = || {
            let named = self.ends();
            let peer = || self.socket().ok().and_then(|socket| sys::internet_peer(&socket));
            named.first().copied().or_else(peer).is_some_and(|end| end.port() == 53)
        };
        if names.is_empty() || !asks_a_server() { Vec::new() } else { names }
    }

    /// The socket.
    pub(super) fn socket(&self) -> io::Result<OwnedFd> {
        socket_of(self.process, self.socket)
    }

    /// Carries the call out on the socket, with what was read.
    pub(super) fn carry_out(&self, socket: &OwnedFd) -> Answer {
        let failed = |error: io::Error| Answer::Fail(error.raw_os_error().unwrap_or(libc::EIO));
        match &self.kind {
            Kind::Connect(address) => sys::connect_to(socket, address).map_or_else(failed, |()| Answer::Give(0)),
            Kind::Send { messages, flags, many } => {
                let mut sent = 0;
                for message in messages {
                    let result = sys::send_to(socket, &message.address, &message.payload, &message.control, *flags);
                    match result {
                        Ok(count) if !many => return Answer::Give(count as i64),
                        Ok(count) => {
                            let length = (count as u32).to_ne_bytes();
                            let _ = sys::write_memory(self.process.thread, message.length_at, &length);
                            sent += 1;
                        }
                        Err(error) if sent == 0 => return failed(error),
                        Err(_) => break,
                    }
                }
                Answer::Give(sent)
            }
        }
    }
}

fn bytes(process: Process, address: u64, length: usize) -> io::Result<Vec<u8>> {
    if length > MOST_BYTES {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    let mut bytes = vec![0; if address == 0 { 0 } else { length }];
    let mut read = 0;
    while read < bytes.len() {
        read += sys::read_memory(process.thread, address + read as u64, &mut bytes[read..])?;
    }
    Ok(bytes)
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map_or(0, u64::from_ne_bytes)
}

/// The message that a `struct msghdr` describes.
fn message(process: Process, header: u64) -> io::Result<Message> {
    let fields = bytes(process, header, HEADER)?;
    // The length of the name has 32 bits, and padding behind it.
    let name_length = (word(&fields, 8) as u32 as usize).min(sys::LONGEST_ADDRESS);
    let count = word(&fields, 24);
    if count > MOST_PARTS {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    let address = bytes(process, word(&fields, 0), name_length)?;
    let mut message = Message { address, ..Message::default() };
    let parts = bytes(process, word(&fields, 16), count as usize * PART)?;
    // What a Unix socket passes on is not looked at, nor what a stream does behind its first bytes.
    let most = if sys::internet_address(&message.address, true).is_some() { MOST_BYTES } else { 512 };
    for part in parts.chunks_exact(PART) {
        let length = (word(part, 8) as usize).min(most - message.payload.len());
        message.payload.extend(bytes(process, word(part, 0), length)?);
    }
    if most == MOST_BYTES {
        message.control = bytes(process, word(&fields, 32), word(&fields, 40) as usize)?;
    }
    Ok(message)
}
