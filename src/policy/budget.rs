//! What a session may do before a person looks: amounts that only shrink.
//!
//! A session starts with all of it. Every use takes from it and time lets it decay (it halves every `half_life` hours);
//! it never grows by itself. When an amount is spent, what would be allowed is asked about.

use super::rule::CHANGES;
use super::verdict::Verdict;
use crate::effect::{Effect, Reversibility};
use crate::grammar::{Access, Kind};
use serde::{Deserialize, Serialize};

/// Names of the amounts, in the order they are shown.
pub const AMOUNTS: [&str; 5] = ["deleted", "written", "outward", "opaque", "outside"];

/// Amounts, in the order of [`AMOUNTS`]: files deleted, bytes written, outward acts, runs of code that the line does not
/// show, paths outside the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Amounts(pub [f64; 5]);

/// What a session starts with; what is not set has the default its comment says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Files deleted; 250 000 (a few trees of dependencies).
    pub deleted: Option<u64>,
    /// Bytes written; 64 GiB.
    pub written: Option<u64>,
    /// Outward acts that nothing asks about; 1 000.
    pub outward: Option<u64>,
    /// Runs of code that the line does not show; 5 000.
    pub opaque: Option<u64>,
    /// Paths changed outside the scope that nothing asks about; 1 000.
    pub outside: Option<u64>,
    /// Hours after which half of what is left is gone; 24. With 0 time takes nothing.
    pub half_life: Option<u64>,
}

impl Budget {
    /// What a session starts with.
    pub fn start(&self) -> Amounts {
        let set = [
            self.deleted.unwrap_or(250_000),
            self.written.unwrap_or(64 << 30),
            self.outward.unwrap_or(1_000),
            self.opaque.unwrap_or(5_000),
            self.outside.unwrap_or(1_000),
        ];
        Amounts(set.map(|amount| amount as f64))
    }

    /// Milliseconds after which half is gone; `None`: never.
    pub fn half_life(&self) -> Option<u64> {
        Some(self.half_life.unwrap_or(24)).filter(|hours| *hours > 0).map(|hours| hours.saturating_mul(3_600_000))
    }

    /// This budget with what one nearer to the person sets laid over it.
    pub(crate) fn under(self, nearer: Self) -> Self {
        Self {
            deleted: nearer.deleted.or(self.deleted),
            written: nearer.written.or(self.written),
            outward: nearer.outward.or(self.outward),
            opaque: nearer.opaque.or(self.opaque),
            outside: nearer.outside.or(self.outside),
            half_life: nearer.half_life.or(self.half_life),
        }
    }
}

impl Amounts {
    /// What a line takes, as far as it is known before it runs. A tree counts as one name, and bytes that are not known
    /// yet as none: the rest is taken when the line has ended.
    pub fn of(verdict: &Verdict) -> Self {
        let mut cost = Self::default();
        for effect in &verdict.effects {
            let [deleted, _, outward, opaque, outside] = &mut cost.0;
            let path = effect.object.kind == Kind::Path;
            if path && matches!(effect.verb, Access::Delete | Access::DeleteTree) {
                *deleted += 1.0;
            }
            if is_outward(effect) {
                *outward += 1.0;
            }
            if effect.reversibility == Reversibility::Opaque && !CHANGES.contains(&effect.verb) && !is_outward(effect) {
                *opaque += 1.0;
            }
            let absent = effect.tags.iter().any(|tag| tag == "absent");
            if path && CHANGES.contains(&effect.verb) && (absent || effect.reversibility == Reversibility::Irreversible)
            {
                *outside += 1.0;
            }
        }
        let understood = verdict.reversibility != Reversibility::Opaque || cost.0[3] > 0.0;
        if !understood {
            cost.0[3] = 1.0;
        }
        cost
    }

    /// Some of these many names and bytes.
    pub fn of_changes(deleted: u64, written: u64) -> Self {
        Self([deleted as f64, written as f64, 0.0, 0.0, 0.0])
    }

    /// What is left after `elapsed` milliseconds.
    #[must_use]
    pub fn decayed(self, elapsed: u64, half_life: Option<u64>) -> Self {
        let Some(half_life) = half_life else { return self };
        let factor = 0.5_f64.powf(elapsed as f64 / half_life as f64);
        Self(self.0.map(|amount| amount * factor))
    }

    /// What is left when `cost` is taken; never less than nothing.
    #[must_use]
    pub fn less(self, cost: Self) -> Self {
        let mut left = self.0;
        left.iter_mut().zip(cost.0).for_each(|(left, cost)| *left = (*left - cost.max(0.0)).max(0.0));
        Self(left)
    }

    /// The names of the amounts that `cost` exceeds. Parts of one that time has taken are still one. `writes`: bytes will
    /// be written, not known how many.
    pub fn exceeded(self, cost: Self, writes: bool) -> Vec<&'static str> {
        let least = |index: usize| if writes && index == 1 { cost.0[1].max(1.0) } else { cost.0[index] };
        (0..AMOUNTS.len()).filter(|index| least(*index) > self.0[*index].round()).map(|index| AMOUNTS[index]).collect()
    }

    /// True when nothing is taken.
    pub fn is_nothing(self) -> bool {
        self.0.iter().all(|amount| *amount <= 0.0)
    }

    /// The smaller of each.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        let mut least = self.0;
        least.iter_mut().zip(other.0).for_each(|(one, other)| *one = one.min(other));
        Self(least)
    }
}

fn is_outward(effect: &Effect) -> bool {
    let outward = matches!(
        effect.verb,
        Access::Connect | Access::Send | Access::Push | Access::Publish | Access::Deploy | Access::Remote
    ) || matches!(effect.verb, Access::CreateResource | Access::ChangeResource | Access::DeleteResource);
    outward && effect.reversibility > Reversibility::ReadOnly && !super::consequence::is_loopback(&effect.object)
}

#[cfg(test)]
mod tests {
    use super::{Amounts, Budget};

    #[test]
    fn amounts_shrink_with_use_and_time_and_never_grow() {
        let budget = Budget { deleted: Some(4), half_life: Some(2), ..Budget::default() };
        let start = budget.start();
        let later = start.decayed(2 * 3_600_000, budget.half_life());
        assert_eq!(later.0[0], 2.0);
        assert_eq!(start.decayed(0, budget.half_life()), start);
        let one = Amounts::of_changes(1, 0);
        assert!(later.exceeded(one, false).is_empty());
        let none = later.less(one).less(one).less(one);
        assert_eq!(none.0[0], 0.0);
        assert_eq!(none.exceeded(one, false), ["deleted"]);
        assert!(none.exceeded(Amounts::default(), false).is_empty());
        // A few seconds of decay do not take a whole one.
        let moment = start.decayed(5_000, budget.half_life());
        assert!(moment.exceeded(Amounts::of_changes(4, 0), false).is_empty());
        assert_eq!(Amounts::default().exceeded(Amounts::default(), true), ["written"]);
    }
}
