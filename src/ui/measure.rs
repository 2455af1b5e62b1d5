//! Sizes and times for people.

/// `512 bytes`, `4.2 KiB`, `1.0 GiB`.
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" });
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// How long ago, from milliseconds: `12s`, `5m`, `3h`, `8d`.
pub fn since_text(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A time as `2026-11-21 08:15:02Z`, from milliseconds since 1970 UTC (days to date by the proleptic Gregorian calendar).
pub fn time_text(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of the year 0, so that the leap day comes last.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::{bytes_text, since_text, time_text};

    #[test]
    fn sizes_and_times() {
        assert_eq!(
            [0, 1, 1023, 1024, 1_048_575, 5 << 30].map(bytes_text).join(", "),
            "0 bytes, 1 byte, 1023 bytes, 1.0 KiB, 1.0 MiB, 5.0 GiB"
        );
        assert_eq!([900, 59_999, 60_000, 7_200_000, 172_800_000].map(since_text).join(" "), "0s 59s 1m 2h 2d");
        assert_eq!(time_text(951_827_696_000), "2000-02-29 12:34:56Z");
        assert_eq!(time_text(0), "1970-01-01 00:00:00Z");
    }
}
