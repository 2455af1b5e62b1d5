//! Any text is a rule file, a settings file, or a complaint about one.
#![no_main]

use agentsh::policy::{Layer, Policy, RuleText, Settings};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let settings = Settings::parse("settings.toml", text).unwrap_or_default();
    let rules = [RuleText { layer: Layer::Checkout, file: "rules.toml".into(), text: text.into() }];
    let _ = Policy::build(&rules, settings);
});
