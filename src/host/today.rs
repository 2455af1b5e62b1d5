//! The day it is.

use crate::sys::clock;

/// Today in UTC, `YYYY-MM-DD`.
pub fn today() -> String {
    let seconds = clock::since_epoch().as_secs();
    day(seconds / 86_400)
}

/// The day `days` after 1970-01-01 in the Gregorian calendar.
fn day(days: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    format!("{year:04}-{:02}-{:02}", month + 1, left + 1)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days() {
        for (days, expected) in
            [(0, "1970-01-01"), (58, "1970-02-28"), (789, "1972-02-29"), (11_016, "2000-02-29"), (20_778, "2026-11-21")]
        {
            assert_eq!(day(days), expected);
        }
    }
}
