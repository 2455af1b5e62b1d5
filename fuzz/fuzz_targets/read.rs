//! Any bytes are read without a panic and in time; a complete reading is one script, and every span lies in the line.
#![no_main]

use agentsh::syntax::{ReadOptions, read};
use agentsh::text::Span;
use agentsh_fuzz::within;
use std::time::Duration;

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    let whole = Span::new(0, line.len() + 1);
    for options in [
        ReadOptions::default(),
        ReadOptions { posix: true, ..ReadOptions::default() },
        ReadOptions { extglob: true, ..ReadOptions::default() },
    ] {
        let reading = within(Duration::from_millis(25), || read(line, &options));
        assert!(!reading.complete() || reading.scripts.len() == 1);
        assert!(reading.gaps.iter().all(|gap| whole.contains(gap.span)), "{:?}", reading.gaps);
        for script in &reading.scripts {
            script.visit(&mut |command, _| {
                assert!(whole.contains(command.span), "{command:?}");
                assert!(command.words.iter().all(|word| whole.contains(word.span)), "{command:?}");
            });
        }
    }
});
