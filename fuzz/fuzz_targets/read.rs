//! Any bytes are read without a panic, and a complete reading is one script.
#![no_main]

use agentsh::syntax::{ReadOptions, read};

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    for posix in [false, true] {
        let reading = read(line, &ReadOptions { posix, ..ReadOptions::default() });
        assert!(!reading.complete() || reading.scripts.len() == 1);
    }
});
