//! Any text is a settings file, a rule file, a grammar file, or a complaint about one.
#![no_main]

use agentsh::grammar::Catalog;
use agentsh::policy::{Layer, Policy, RuleText, Settings};
use agentsh_fuzz::within;
use std::time::Duration;

libfuzzer_sys::fuzz_target!(|text: &str| {
    within(Duration::from_millis(100), || {
        let settings = Settings::parse("settings.toml", text).unwrap_or_default();
        let rules = [RuleText { layer: Layer::Checkout, file: "rules.toml".into(), text: text.into() }];
        let _ = Policy::build(&rules, settings);
        let _ = Catalog::shipped().with_user(&[("program.toml".into(), text.to_owned())]);
    });
});
