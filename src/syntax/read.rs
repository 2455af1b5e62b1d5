//! From a line to a reading.

use super::limits::{self, Size};
use super::positions::Positions;
use super::session::{Lane, Session};
use super::{Gap, GapReason, ReadOptions, Reading, Script};
use crate::text::{Source, Span};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// The stack for large input; only touched pages cost memory.
const STACK: usize = 256 << 20;
/// How long large input may take. The limits keep the work small (some 0.5 µs a byte), so this only stops what they do
/// not foresee; it is wall time and therefore generous, as a loaded machine must not make a script unreadable.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads `line` with both readers.
///
/// Never fails: what was not understood is a gap. One script when the readers agree; both when they differ; none when
/// neither could read any of it. Where bash would refuse a later line, the script holds the lines before it, because bash
/// runs those. NUL bytes are dropped, as bash drops them. Bounded by limits on size, nesting and density; never
/// panics and never recurses deeper than they allow.
pub fn read(line: &[u8], options: &ReadOptions) -> Reading {
    let source = Source::new(line);
    let (scripts, gaps) = match limits::measure(line) {
        Err(gap) => (Vec::new(), vec![gap]),
        Ok(Size::Small) => scripts(line, options),
        Ok(Size::Large) => apart(source.clone(), *options),
    };
    Reading { source, scripts, gaps }
}

/// Reads on a thread with a large stack; a thread that takes too long is left behind.
fn apart(source: Source, options: ReadOptions) -> (Vec<Script>, Vec<Gap>) {
    let whole = Span::new(0, source.bytes().len());
    let gap = |reason| (Vec::new(), vec![Gap { span: whole, reason }]);
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        // The receiver is gone when the time is over.
        let _ = sender.send(scripts(source.bytes(), &options));
    };
    match std::thread::Builder::new().name("agentsh-read".into()).stack_size(STACK).spawn(work) {
        Ok(_) => receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| gap(GapReason::OutOfTime)),
        Err(_) => gap(GapReason::OverLimit),
    }
}

fn scripts(line: &[u8], options: &ReadOptions) -> (Vec<Script>, Vec<Gap>) {
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
    let mut first = Session::new(bytes, options, Lane::First);
    let mut scripts: Vec<Script> = first.line(bytes, &positions).into_iter().collect();
    if first.diverged {
        let mut second = Session::new(bytes, options, Lane::Second);
        scripts.extend(second.line(bytes, &positions).filter(|script| !scripts.contains(script)));
    }
    (scripts, first.gaps)
}
