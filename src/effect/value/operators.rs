//! The operators of `${name…}` that make one string from another.

use super::parameter::Got;
use super::{Aborted, Pattern, Text};
use crate::effect::state::State;
use crate::effect::walk::Evaluator;
use crate::syntax::{Operation, ReplaceKind};

/// Longest text a pattern is applied to, in bytes.
const LONGEST: usize = 4096;

impl Evaluator<'_> {
    /// Applies an operator to a value, or to each element of a list.
    pub(crate) fn transformed(&mut self, state: &mut State, operation: &Operation, got: Got) -> Result<Got, Aborted> {
        if matches!(operation, Operation::Length) {
            let length = match &got {
                Got::Unset => Some(0),
                Got::One(text) => text.exact().map(|bytes| String::from_utf8_lossy(bytes).chars().count()),
                Got::List(texts) => texts.as_ref().map(Vec::len),
            };
            return Ok(Got::One(length.map_or_else(Text::word, |length| Text::exactly(length.to_string()))));
        }
        if let Operation::Substring { offset, length } = operation {
            let offset = self.arithmetic_word(state, offset)?;
            let length = match length {
                Some(length) => self.arithmetic_word(state, length)?.map(Some),
                None => Some(None),
            };
            return Ok(substring(got, offset, length));
        }
        let change = match operation {
            Operation::RemovePrefix { longest, pattern } => {
                self.pattern_of(state, pattern)?.map(|pattern| Change::Prefix(pattern.exact_case(), *longest))
            }
            Operation::RemoveSuffix { longest, pattern } => {
                self.pattern_of(state, pattern)?.map(|pattern| Change::Suffix(pattern.exact_case(), *longest))
            }
            Operation::Replace { kind, pattern, replacement } => {
                let pattern = self.pattern_of(state, pattern)?;
                let replacement = self.text(state, replacement)?;
                match (pattern, replacement.exact()) {
                    (Some(pattern), Some(bytes)) => Some(Change::Replace(pattern, *kind, bytes.to_vec())),
                    _ => None,
                }
            }
            Operation::Case { operator, pattern } => {
                let pattern = match pattern {
                    Some(pattern) => match self.pattern_of(state, pattern)? {
                        Some(pattern) if pattern.literal().is_empty() => Some(None),
                        Some(pattern) => Some(Some(pattern)),
                        None => None,
                    },
                    None => Some(None),
                };
                pattern.map(|pattern| Change::Case(operator.clone(), pattern))
            }
            Operation::Transform(b'U') => Some(Change::Case(b"^^".to_vec(), None)),
            Operation::Transform(b'u') => Some(Change::Case(b"^".to_vec(), None)),
            Operation::Transform(b'Q') => Some(Change::Quote),
            Operation::Transform(b'L') => Some(Change::Case(b",,".to_vec(), None)),
            _ => None,
        };
        let apply = |text: Text| match (&change, text.exact()) {
            (Some(change), Some(bytes)) if bytes.len() <= LONGEST => {
                change.apply(bytes).map_or_else(Text::unknown, Text::exactly)
            }
            (Some(Change::Suffix(..)), None) => Text { plain: text.plain, ..Text::unknown() },
            _ => Text { plain: text.plain, ..Text::unknown() },
        };
        Ok(match got {
            Got::Unset => Got::Unset,
            Got::One(text) => Got::One(apply(text)),
            Got::List(texts) => Got::List(texts.map(|texts| texts.into_iter().map(apply).collect())),
        })
    }
}

fn substring(got: Got, offset: Option<i64>, length: Option<Option<i64>>) -> Got {
    let range = |total: usize| -> Option<std::ops::Range<usize>> {
        let total = i64::try_from(total).ok()?;
        let offset = offset?;
        let start = if offset < 0 { total.saturating_add(offset) } else { offset };
        if start < 0 || start > total {
            return Some(0..0);
        }
        let end = match length? {
            None => total,
            Some(length) if length < 0 => total.saturating_add(length),
            Some(length) => start.saturating_add(length).min(total),
        };
        Some(usize::try_from(start).ok()?..usize::try_from(end.max(start)).ok()?)
    };
    match got {
        Got::Unset => Got::Unset,
        Got::One(text) => match text.exact() {
            Some(bytes) if bytes.is_ascii() => match range(bytes.len()) {
                Some(range) => Got::One(Text::exactly(&bytes[range])),
                None => Got::One(Text::unknown()),
            },
            _ => Got::One(Text { plain: text.plain, ..Text::unknown() }),
        },
        Got::List(_) => Got::List(None),
    }
}

/// `${list[@]:offset:length}` of elements numbered without a gap.
pub(super) fn slice(texts: Vec<Text>, offset: i64, length: Option<i64>) -> Option<Vec<Text>> {
    let total = i64::try_from(texts.len()).ok()?;
    let start = if offset < 0 { total.saturating_add(offset) } else { offset };
    if start < 0 || start > total {
        return Some(Vec::new());
    }
    let end = match length {
        None => total,
        Some(length) if length < 0 => return None,
        Some(length) => start.saturating_add(length).min(total),
    };
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
    Some(texts.into_iter().take(end).skip(start).collect())
}

enum Change {
    Prefix(Pattern, bool),
    Suffix(Pattern, bool),
    Replace(Pattern, ReplaceKind, Vec<u8>),
    Case(Vec<u8>, Option<Pattern>),
    Quote,
}

impl Change {
    fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Change::Prefix(pattern, longest) => {
                let mut best = None;
                for length in 0..=bytes.len() {
                    if pattern.matches(&bytes[..length])? {
                        best = Some(length);
                        if !longest {
                            break;
                        }
                    }
                }
                Some(bytes[best.unwrap_or(0)..].to_vec())
            }
            Change::Suffix(pattern, longest) => {
                let mut best = None;
                for start in (0..=bytes.len()).rev() {
                    if pattern.matches(&bytes[start..])? {
                        best = Some(start);
                        if !longest {
                            break;
                        }
                    }
                }
                Some(bytes[..best.unwrap_or(bytes.len())].to_vec())
            }
            Change::Replace(pattern, kind, replacement) => replace(bytes, pattern, *kind, replacement),
            Change::Case(operator, pattern) => {
                let mut changed = bytes.to_vec();
                let all = operator.len() > 1;
                for byte in changed.iter_mut().take(if all { usize::MAX } else { 1 }) {
                    if let Some(pattern) = pattern
                        && !pattern.matches(std::slice::from_ref(byte))?
                    {
                        continue;
                    }
                    *byte = match operator.first() {
                        Some(b'^') => byte.to_ascii_uppercase(),
                        Some(b'~') if byte.is_ascii_lowercase() => byte.to_ascii_uppercase(),
                        _ => byte.to_ascii_lowercase(),
                    };
                }
                bytes.is_ascii().then_some(changed)
            }
            // Text with control characters is quoted in another way.
            Change::Quote => (!bytes.iter().any(u8::is_ascii_control)).then(|| crate::effect::walk::quoted(bytes)),
        }
    }
}

fn replace(bytes: &[u8], pattern: &Pattern, kind: ReplaceKind, replacement: &[u8]) -> Option<Vec<u8>> {
    if pattern.literal().is_empty() || replacement.contains(&b'&') {
        return (pattern.literal().is_empty()).then(|| bytes.to_vec());
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at <= bytes.len() {
        let starts = match kind {
            ReplaceKind::Prefix => at == 0,
            _ => true,
        };
        let mut longest = None;
        if starts {
            for end in (at..=bytes.len()).rev() {
                if matches!(kind, ReplaceKind::Suffix) && end != bytes.len() {
                    break;
                }
                if end > at && pattern.matches(&bytes[at..end])? {
                    longest = Some(end);
                    break;
                }
            }
        }
        match longest {
            Some(end) => {
                out.extend_from_slice(replacement);
                at = end;
                if !matches!(kind, ReplaceKind::All) {
                    break;
                }
            }
            None => {
                if let Some(byte) = bytes.get(at) {
                    out.push(*byte);
                }
                at += 1;
            }
        }
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Some(out)
}
