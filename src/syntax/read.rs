//! From a line to a reading.

use super::apart::{Unfinished, apart};
use super::budget::Budget;
use super::limits::{self, Size};
use super::positions::Positions;
use super::session::{Lane, Session};
use super::shield::shielded;
use super::{Gap, GapReason, ReadOptions, Reading, Script};
use crate::text::{Source, Span};
use std::sync::Arc;

/// Of a line that is too much, whole lines up to this many bytes are read all the same, for bash runs them first; fewer
/// where they are dense.
const HEADS: [usize; 4] = [4 * 1024, 1024, 256, 64];

/// Longest text that is read a second time without `\⏎`.
const MOST_JOINED: usize = 1024;

/// Reads `line` with both readers.
///
/// Never fails: what was not understood is a gap. One script when the readers agree; both when they differ; none when
/// neither could read any of it. Where bash would refuse a later line, the script holds the lines before it, because bash
/// runs those; of text over the limits it holds the first few lines. NUL bytes are dropped, as bash drops them. Bounded by
/// limits on size, nesting and density and to 25 ms of processor time; never panics and never recurses deeper than
/// the limits allow.
pub fn read(line: &[u8], options: &ReadOptions) -> Reading {
    let source = Source::new(line);
    let whole = Span::new(0, line.len());
    let (scripts, gaps) = match limits::measure(line) {
        Err(gap) => head(line, options, gap),
        Ok(Size::Small) => scripts(line, options, Budget::of_line()),
        Ok(Size::Large) => {
            let (source, own) = (source.clone(), *options);
            apart(move || scripts(source.bytes(), &own, Budget::of_line())).unwrap_or_else(|unfinished| {
                let reason = match unfinished {
                    Unfinished::Late => GapReason::OutOfTime,
                    Unfinished::NoThread => GapReason::OverLimit,
                };
                head(line, options, Gap { span: whole, reason })
            })
        }
    };
    Reading { source, scripts, gaps }
}

/// What the first lines of a line with `gap` say, as far as they can be read alone.
fn head(line: &[u8], options: &ReadOptions, gap: Gap) -> (Vec<Script>, Vec<Gap>) {
    let mut read = (Vec::new(), Vec::new());
    for most in HEADS {
        let most = &line[..line.len().min(most)];
        let end = most.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        if end > 0 && limits::measure(&line[..end]) == Ok(Size::Small) {
            read = scripts(&line[..end], options, Budget::of_head());
            break;
        }
    }
    read.1.push(gap);
    read
}

/// Reads on this stack.
fn scripts(line: &[u8], options: &ReadOptions, budget: Budget) -> (Vec<Script>, Vec<Gap>) {
    shielded(|| both_lanes(line, options, budget)).unwrap_or_else(|| {
        let span = Span::new(0, line.len());
        (Vec::new(), vec![Gap { span, reason: GapReason::Refused }])
    })
}

/// `bytes` without `\⏎`, which a shell takes away before it looks for tokens (so `i\⏎f` is `if`), where nothing in the text
/// can protect it: no quotes, comments or here-documents.
fn joined(bytes: &[u8], positions: &Positions) -> Option<(Vec<u8>, Positions)> {
    let protects = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b'#');
    if bytes.len() > MOST_JOINED || bytes.iter().any(protects) || !bytes.windows(2).any(|pair| pair == b"\\\n") {
        return None;
    }
    let (mut text, mut table) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1));
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let escaped = bytes.get(at + 1).copied().filter(|_| byte == b'\\');
        let length = if escaped.is_some() { 2 } else { 1 };
        if escaped != Some(b'\n') {
            text.extend_from_slice(&bytes[at..at + length]);
            table.extend((at..at + length).map(|at| positions.span(at, at).start));
        }
        at += length;
    }
    table.push(positions.span(bytes.len(), bytes.len()).start);
    let documents = text.windows(2).any(|pair| pair == b"<<");
    (!documents).then(|| (text, Positions::Table(Arc::from(table), 0)))
}

fn both_lanes(line: &[u8], options: &ReadOptions, budget: Budget) -> (Vec<Script>, Vec<Gap>) {
    let mut kept = Vec::new();
    let mut positions = Positions::From(0);
    let mut bytes = line;
    if line.contains(&0) {
        let mut table: Vec<u32> = Vec::with_capacity(line.len() + 1);
        for (at, byte) in line.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            kept.push(*byte);
            table.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        table.push(u32::try_from(line.len()).unwrap_or(u32::MAX));
        positions = Positions::Table(Arc::from(table), 0);
        bytes = &kept;
    }
    let mut first = Session::new(bytes, options, Lane::First, budget);
    let mut scripts: Vec<Script> = first.line(bytes, &positions).into_iter().collect();
    if !first.gaps.is_empty()
        && let Some((joined, positions)) = joined(bytes, &positions)
    {
        let mut again = Session::new(&joined, options, Lane::First, budget);
        let read: Vec<Script> = again.line(&joined, &positions).into_iter().collect();
        if again.gaps.is_empty() {
            return (read, again.gaps);
        }
    }
    if first.diverged {
        let mut second = Session::new(bytes, options, Lane::Second, budget);
        scripts.extend(second.line(bytes, &positions).filter(|script| !scripts.contains(script)));
    }
    (scripts, first.gaps)
}
