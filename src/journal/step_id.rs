//! The short name of a step.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Digits without the letters that are misread (i, l, o, u); the letters among them lead.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LETTERS: u64 = 22;

/// The number of a step's intent in its journal, written short: a letter, then base-32 digits (`k7`, `k7m`). Ids of
/// one journal are unique and ordered by age; two characters hold the first 704, three the next 22 528.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(u64);

impl StepId {
    /// The step whose intent is entry `number` of the journal.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of its intent in the journal.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut tail = 1;
        while let Some(capacity) = capacity(tail)
            && rest >= capacity
        {
            rest -= capacity;
            tail += 1;
        }
        let mut text = Vec::with_capacity(tail + 1);
        for _ in 0..tail {
            text.push(DIGITS[(rest % 32) as usize]);
            rest /= 32;
        }
        text.push(DIGITS[10 + (rest % LETTERS) as usize]);
        text.reverse();
        formatter.pad(&String::from_utf8_lossy(&text))
    }
}

/// How many ids have a letter and `tail` digits; `None` beyond 64 bits.
fn capacity(tail: usize) -> Option<u64> {
    32_u64.checked_pow(u32::try_from(tail).ok()?)?.checked_mul(LETTERS)
}

/// The text is not the name of a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the name of a step (a letter and digits, such as k7)")]
pub struct NotAStep(pub String);

impl FromStr for StepId {
    type Err = NotAStep;

    fn from_str(text: &str) -> Result<Self, NotAStep> {
        let wrong = || NotAStep(text.to_owned());
        let mut value = 0_u64;
        for (index, byte) in text.bytes().enumerate() {
            let digit = DIGITS.iter().position(|known| *known == byte.to_ascii_lowercase()).ok_or_else(wrong)? as u64;
            let digit = if index == 0 { digit.checked_sub(10).ok_or_else(wrong)? } else { digit };
            value = value.checked_mul(32).and_then(|value| value.checked_add(digit)).ok_or_else(wrong)?;
        }
        let tail = text.len().checked_sub(1).filter(|tail| *tail > 0).ok_or_else(wrong)?;
        for shorter in 1..tail {
            value = value.checked_add(capacity(shorter).ok_or_else(wrong)?).ok_or_else(wrong)?;
        }
        Ok(Self(value))
    }
}

impl Serialize for StepId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StepId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::StepId;

    #[test]
    fn every_number_has_one_name_and_comes_back() {
        let mut before = String::new();
        for number in (0..2_000).chain([703, 704, 23_231, 23_232, 1 << 40, u64::from(u32::MAX)]) {
            let name = StepId::new(number).to_string();
            assert!(name.as_bytes()[0].is_ascii_lowercase(), "{name}");
            assert_eq!(name.parse(), Ok(StepId::new(number)), "{name}");
            assert_ne!(name, before);
            before = name;
        }
        assert_eq!(StepId::new(0).to_string(), "a0");
        assert_eq!(StepId::new(703).to_string(), "zz");
        assert_eq!(StepId::new(704).to_string(), "a00");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "k", "7k", "k!", "ki", "zzzzzzzzzzzzzzzzzzzz", "é1"] {
            assert!(text.parse::<StepId>().is_err(), "{text}");
        }
    }
}
