//! What is left of a session's budgets, in words.

use crate::policy::{AMOUNTS, Amounts};
use crate::ui::bytes_text;

/// One amount by its place in [`AMOUNTS`].
pub fn amount_text(index: usize, amount: f64) -> String {
    let amount = amount.round() as u64;
    if AMOUNTS[index] == "written" { bytes_text(amount) } else { amount.to_string() }
}

/// All amounts: `deleted 249999, written 63.9 GiB, outward 1000, …`.
pub fn left_text(left: Amounts) -> String {
    let each = AMOUNTS.iter().enumerate();
    each.map(|(index, name)| format!("{name} {}", amount_text(index, left.0[index]))).collect::<Vec<_>>().join(", ")
}
