//! Shapes of lines: fixed text with holes, and how a line is held against one.

use super::quoted::{json, literal, plain};
use super::{Trust, Wrapped};
use crate::syntax::{self, ReadOptions};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// A shape that one or several versions of an agent write.
pub(super) struct Form {
    /// The agent.
    pub(super) agent: &'static str,
    /// The line from its first byte to its last.
    pub(super) pieces: &'static [Piece],
    /// The agent may have put `< /dev/null` behind the first command of a pipeline.
    pub(super) splices: bool,
    /// A command that the wrapper runs among those of the line.
    pub(super) own_command: &'static [&'static str],
    /// What the shell does behind the line and in its surroundings: judged with it, so that a line that redefines a command
    /// of the wrapper is seen to.
    pub(super) tail: &'static str,
}

/// A piece of a shape.
pub(super) enum Piece {
    /// These bytes.
    Text(&'static str),
    /// One of these, the first that fits.
    Choice(&'static [&'static [Piece]]),
    /// These pieces, when the first of them fits.
    Maybe(&'static [Piece]),
    /// These pieces any number of times.
    Any(&'static [Piece]),
    /// A word that names a file which the wrapper runs, in this folder below the home directory.
    Sourced(&'static str),
    /// The line, as one literal word.
    Line,
    /// Blank-separated text that `eval` adds to the line.
    Added(&'static str),
    /// The line, as JSON quotes it; the shell expands it once more, so it is judged as it stands, behind this text.
    JsonLine(&'static str),
    /// The line, as it is, up to this text, which ends the whole.
    RawUntil(&'static str),
    /// `export NAME=word` any number of times, a line each: in force for the line.
    Exports,
    /// A shell variable's name.
    Name,
    /// A plain absolute path that the wrapper writes to; its end is these two texts with a name between.
    Written(&'static str, &'static str),
}

/// Where a match stands.
struct Reader<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
    found: Wrapped,
    exports: Vec<u8>,
    added: &'static str,
}

/// What `line` is as an instance of `form`; `None` when it is none.
pub(super) fn parse(form: &Form, line: &[u8]) -> Option<Wrapped> {
    let mut reader = Reader { whole: line, rest: line, found: Wrapped::default(), exports: Vec::new(), added: "" };
    let fits = reader.all(form.pieces) && reader.rest.is_empty();
    let Reader { mut found, exports, added, .. } = reader;
    let inner = found.inner.as_ref().filter(|_| fits)?;
    found.agent = form.agent;
    found.own_command = form.own_command;
    if found.text.is_empty() {
        found.place = Some(exports.len()..exports.len() + inner.len());
        found.text = [&exports, inner, added.as_bytes()].concat();
        if !form.tail.is_empty() {
            // Two line ends: the line may end in a backslash.
            found.text.extend_from_slice(b"\n\n");
            found.text.extend_from_slice(form.tail.as_bytes());
        }
    }
    if form.splices && added.is_empty() {
        found.inner = found.inner.map(|inner| without_spliced(&inner));
    }
    Some(found)
}

/// The line before `< /dev/null` was put behind its first command.
fn without_spliced(line: &[u8]) -> Vec<u8> {
    let (spliced, pipe) = (b" < /dev/null | ", b" | ");
    match line.windows(spliced.len()).position(|window| window == spliced) {
        Some(at) => [&line[..at], pipe, &line[at + spliced.len()..]].concat(),
        None => line.to_vec(),
    }
}

impl<'a> Reader<'a> {
    fn all(&mut self, pieces: &[Piece]) -> bool {
        pieces.iter().all(|piece| self.piece(piece))
    }

    /// True when `pieces` follow; else nothing is taken.
    fn attempt(&mut self, pieces: &[Piece]) -> bool {
        let (rest, trusts, exports) = (self.rest, self.found.trusts.len(), self.exports.len());
        let fits = self.all(pieces);
        if !fits {
            self.rest = rest;
            self.found.trusts.truncate(trusts);
            self.exports.truncate(exports);
        }
        fits
    }

    fn text(&mut self, text: &str) -> bool {
        let behind = self.rest.strip_prefix(text.as_bytes());
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn piece(&mut self, piece: &Piece) -> bool {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Choice(choices) => choices.iter().any(|pieces| self.attempt(pieces)),
            Piece::Maybe(pieces) => {
                self.attempt(pieces);
                true
            }
            Piece::Any(pieces) => {
                while self.attempt(pieces) {}
                true
            }
            Piece::Sourced(folder) => self.sourced(folder),
            Piece::Line => {
                let Some((value, rest)) = literal(self.rest) else { return false };
                self.rest = rest;
                self.found.inner = Some(value);
                true
            }
            Piece::Added(text) => {
                self.added = text;
                true
            }
            Piece::JsonLine(before) => {
                let Some((value, rest)) = json(self.rest) else { return false };
                let quoted = &self.rest[..self.rest.len() - rest.len()];
                self.found.text = [before.as_bytes(), quoted].concat();
                self.rest = rest;
                self.found.inner = Some(value);
                true
            }
            Piece::RawUntil(end) => self.raw_until(end),
            Piece::Exports => self.exports(),
            Piece::Name => !self.name().is_empty(),
            Piece::Written(before, after) => self.written(before, after),
        }
    }

    fn name(&mut self) -> &'a [u8] {
        let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = match self.rest.first() {
            Some(first) if !first.is_ascii_digit() => self.rest.iter().take_while(inside).count(),
            _ => 0,
        };
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        name
    }

    fn sourced(&mut self, folder: &'static str) -> bool {
        let Some((value, rest)) = literal(self.rest) else { return false };
        let file = Path::new(OsStr::from_bytes(&value));
        let parent = file.parent().is_some_and(|parent| parent.ends_with(folder));
        let straight = file.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        if !file.is_absolute() || !parent || !straight {
            return false;
        }
        self.rest = rest;
        self.found.trusts.push(Trust::Sources(file.to_owned(), folder));
        true
    }

    fn raw_until(&mut self, end: &str) -> bool {
        let Some(inner) = self.rest.strip_suffix(end.as_bytes()) else { return false };
        // Lines that are whole by themselves do not reach into what stands around them.
        if !syntax::read(inner, &ReadOptions::default()).complete() {
            return false;
        }
        let offset = self.whole.len() - self.rest.len();
        self.found.inner = Some(inner.to_vec());
        self.found.text = self.whole.to_vec();
        self.found.place = Some(offset..offset + inner.len());
        self.rest = b"";
        true
    }

    fn exports(&mut self) -> bool {
        let begun = self.rest;
        loop {
            let line = self.rest;
            let one = self.text("export ") && !self.name().is_empty() && self.text("=");
            let value = if one { literal(self.rest) } else { None };
            match value {
                Some((_, rest)) if rest.starts_with(b"\n") => self.rest = &rest[1..],
                _ => {
                    self.rest = line;
                    break;
                }
            }
        }
        let taken = begun.len() - self.rest.len();
        self.exports.extend_from_slice(&begun[..taken]);
        taken > 0
    }

    fn written(&mut self, before: &str, after: &str) -> bool {
        let length = self.rest.iter().take_while(|byte| plain(**byte)).count();
        let (path, rest) = self.rest.split_at(length);
        let Some(front) = path.strip_suffix(after.as_bytes()).filter(|_| path.starts_with(b"/")) else { return false };
        let before = before.as_bytes();
        let Some(at) = front.windows(before.len()).rposition(|window| window == before) else { return false };
        let name = &front[at + before.len()..];
        if name.is_empty() || name.contains(&b'/') || path.windows(2).any(|pair| pair == b"..") {
            return false;
        }
        self.rest = rest;
        let file = Path::new(OsStr::from_bytes(path)).to_owned();
        self.found.own_file = Some(file.clone());
        self.found.trusts.push(Trust::Overwrites(file));
        true
    }
}
