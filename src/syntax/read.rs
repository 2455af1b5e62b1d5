//! From a line to a reading.

use super::positions::Positions;
use super::session::{Lane, Session};
use super::{Gap, ReadOptions, Reading};
use crate::text::Source;

/// Reads `line` with both readers.
///
/// Never fails: what was not understood is a gap. One script when the readers agree; both when they differ; none when
/// neither could read any of it. Positional facts (which bytes) are in the gaps' spans. Bounded by the limits on size
/// and nesting; never panics and never follows input deeper than they allow.
pub fn read(line: &[u8], options: &ReadOptions) -> Reading {
    let source = Source::new(line);
    let positions = Positions::From(0);
    let mut session = Session::new(line, options, Lane::First);
    let mut scripts: Vec<_> = session.script(line, &positions, 0).into_iter().collect();
    if session.diverged {
        let mut other = Session::new(line, options, Lane::Second);
        scripts.extend(other.script(line, &positions, 0).filter(|script| !scripts.contains(script)));
    }
    let gaps: Vec<Gap> = session.gaps;
    Reading { source, scripts, gaps }
}
