//! The one entry: a reading to an assessment.

use super::{Assessment, Start, World, walk};
use crate::grammar::Catalog;
use crate::syntax::Reading;

/// What the scripts of a reading would do, started as `start` says on the machine `world` shows. Never fails and never
/// runs anything; what cannot be told is an effect of the verb `unknown`, and bounded budgets end in an incomplete
/// assessment rather than in a long wait.
pub fn assess(reading: &Reading, catalog: &Catalog, world: &dyn World, start: &Start) -> Assessment {
    walk::assess_reading(reading, catalog, world, start)
}
