//! The seals that chain entries together.
//!
//! A line is `{"v":1,"at":…,"entry":{…},"n":N,"seal":"…"}`; its seal is the BLAKE3 hash of the seal before it (32 bytes,
//! zero for the first) followed by the line up to and without `,"seal"`. The number and the seal stand last, so that an
//! appender needs no more than the file's last bytes.

use super::{Bytes, Entry, Record};
use serde::{Deserialize, Serialize};

/// Version of the line format. A reader keeps to the chain of versions it does not know and skips what they say.
pub(super) const VERSION: u32 = 1;
/// `,"seal":"` + 64 digits + `"}` + newline.
const SEAL_LENGTH: usize = 9 + 64 + 2 + 1;
/// More than the number and the seal of any line take.
pub(super) const TAIL: usize = SEAL_LENGTH + 32;

/// A seal.
pub(super) type Seal = [u8; 32];

/// Where the chain stands: the next entry's number and the seal before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) next: u64,
    pub(super) seal: Seal,
}

/// What [`super::Journal::verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Entries whose seal is right.
    pub entries: u64,
    /// Lines that a crash cut short and a later append sealed over.
    pub torn: u64,
    /// The last line is cut short; the next append will seal over it.
    pub torn_tail: bool,
    /// The first place where the chain does not hold.
    pub breach: Option<Breach>,
}

/// A place where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of {file}: {what} (the last entry that holds is number {last})", last = .after.map_or("none".to_owned(), |after| after.to_string()))]
pub struct Breach {
    /// The file.
    pub file: String,
    /// One-based line in it.
    pub line: usize,
    /// The last entry before it that holds.
    pub after: Option<u64>,
    /// What is wrong, as a lowercase fragment.
    pub what: &'static str,
}

#[derive(Serialize)]
struct Head<'a> {
    v: u32,
    at: u64,
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Line {
    v: u32,
    at: u64,
    #[serde(default)]
    entry: serde_json::Value,
    n: u64,
}

/// What a torn line is followed by: it names the bytes that were cut short.
#[derive(Serialize)]
struct Torn<'a> {
    v: u32,
    at: u64,
    torn: &'a Bytes,
}

impl Link {
    /// Appends the sealed line of `entry` to `out` and moves on.
    pub(super) fn add(&mut self, time: u64, entry: &Entry, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let start = out.len();
        serde_json::to_writer(&mut *out, &Head { v: VERSION, at: time, entry })?;
        self.close(start, out);
        Ok(())
    }

    /// Appends a line that says that the bytes before it were cut short: a newline to end them, their hash.
    pub(super) fn add_torn(&mut self, time: u64, torn: &[u8], out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.push(b'\n');
        let start = out.len();
        let hash = Bytes(blake3::hash(torn).to_hex().as_bytes().to_vec());
        serde_json::to_writer(&mut *out, &Torn { v: VERSION, at: time, torn: &hash })?;
        self.close(start, out);
        Ok(())
    }

    fn close(&mut self, start: usize, out: &mut Vec<u8>) {
        out.pop();
        out.extend_from_slice(format!(",\"n\":{}", self.next).as_bytes());
        let seal = seal(&self.seal, &out[start..]);
        out.extend_from_slice(b",\"seal\":\"");
        out.extend_from_slice(blake3::Hash::from_bytes(seal).to_hex().as_bytes());
        out.extend_from_slice(b"\"}\n");
        *self = Self { next: self.next + 1, seal };
    }

    /// Where the chain stands after a line, from its last bytes (newline included); `None` when it is no whole line.
    pub(super) fn after(tail: &[u8]) -> Option<Self> {
        let (before, seal) = split_seal(tail)?;
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let number = before.len() - digits;
        if digits == 0 || !before[..number].ends_with(b",\"n\":") {
            return None;
        }
        let number: u64 = std::str::from_utf8(&before[number..]).ok()?.parse().ok()?;
        Some(Self { next: number.checked_add(1)?, seal })
    }

    /// Checks that `line` (newline included) follows, moves on, and gives what it says.
    pub(super) fn follow(&mut self, line: &[u8]) -> Result<Followed, &'static str> {
        let (body, given) = split_seal(line).ok_or("the line has no seal")?;
        if seal(&self.seal, body) != given {
            return Err("the seal does not match: this entry or one before it was changed, added or taken away");
        }
        let parsed: Line = serde_json::from_slice(line).map_err(|_| "the line is not JSON")?;
        if parsed.n != self.next {
            return Err("the number is not the next one");
        }
        *self = Self { next: parsed.n + 1, seal: given };
        let object: Option<TornLine> = parsed.entry.is_null().then(|| serde_json::from_slice(line).ok()).flatten();
        if let Some(torn) = object {
            return Ok(Followed::Torn(torn.torn));
        }
        let entry = (parsed.v <= VERSION).then(|| serde_json::from_value(parsed.entry).ok()).flatten();
        Ok(Followed::Record(Box::new(Record { number: parsed.n, time: parsed.at, entry })))
    }
}

#[derive(Deserialize)]
struct TornLine {
    torn: String,
}

/// A line that follows in the chain.
pub(super) enum Followed {
    Record(Box<Record>),
    /// The line before was cut short; the hash of its bytes.
    Torn(String),
}

fn seal(before: &Seal, body: &[u8]) -> Seal {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before);
    hasher.update(body);
    *hasher.finalize().as_bytes()
}

/// Splits the end of a line into what stands before `,"seal"` and the seal.
fn split_seal(line: &[u8]) -> Option<(&[u8], Seal)> {
    let at = line.len().checked_sub(SEAL_LENGTH)?;
    let hex = line[at..].strip_prefix(b",\"seal\":\"")?.strip_suffix(b"\"}\n")?;
    Some((&line[..at], *blake3::Hash::from_hex(hex).ok()?.as_bytes()))
}

/// True when the line ends in something of a seal's form, whether it holds or not.
pub(super) fn sealed(line: &[u8]) -> bool {
    split_seal(line).is_some()
}
