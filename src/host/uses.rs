//! How often a rule that holds for a number of lines was used.

use super::state_file::{Folder, name_of};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Used {
    v: u32,
    rule: String,
    lines: u32,
}

/// Uses of counted rules, one file a rule in `<state>/uses`, changed under a lock.
#[derive(Clone, Debug)]
pub struct Uses {
    folder: Folder,
}

impl Uses {
    /// Of the state directory `state`; nothing is touched yet.
    pub fn of(state: &Path) -> Self {
        Self { folder: Folder::of(state, "uses") }
    }

    /// How many lines the rule has answered for; all there may be when the count cannot be read.
    pub fn used(&self, rule: &str) -> u32 {
        match self.read(rule) {
            Some(used) => used.lines,
            None if self.folder.is_there(&name_of(rule.as_bytes())) => u32::MAX,
            None => 0,
        }
    }

    /// Takes one use of each of the rules, given with how many lines they hold for; the name of one that has none left, and then
    /// of none.
    pub fn spend(&self, rules: &[(String, u32)]) -> io::Result<Option<String>> {
        let _lock = self.folder.lock()?;
        if let Some((rule, _)) = rules.iter().find(|(rule, times)| self.used(rule) >= *times) {
            return Ok(Some(rule.clone()));
        }
        for (rule, _) in rules {
            let lines = self.used(rule).saturating_add(1);
            self.folder.write(&name_of(rule.as_bytes()), &Used { v: 1, rule: rule.clone(), lines })?;
        }
        Ok(None)
    }

    fn read(&self, rule: &str) -> Option<Used> {
        let used: Option<Used> = self.folder.read(&name_of(rule.as_bytes()));
        used.filter(|used| used.v == 1 && used.rule == rule)
    }
}
