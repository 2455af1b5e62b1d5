//! Effects in words.

use crate::effect::Effect;
use serde::Serialize;

/// The name a unit variant has in JSON and in files (`delete-tree`).
pub fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// An effect as a refusal or a tree names it: `push origin (branch main, url …)`, `delete-tree /p/build`.
pub fn deed(effect: &Effect) -> String {
    let mut text = format!("{} {}", name_of(&effect.verb), effect.object.display_name());
    let facts: Vec<String> = effect.object.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    if !facts.is_empty() {
        text.push_str(&format!(" ({})", facts.join(", ")));
    }
    text
}
