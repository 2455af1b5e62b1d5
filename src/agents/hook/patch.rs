//! Patches in the form of `apply_patch`.

use super::HookError;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// The files that a patch adds, changes, moves or deletes. The patch is the text of `input`, `patch` or `command`, the last
/// perhaps as the second word of an argv.
pub(super) fn files(input: &Map<String, Value>) -> Result<Vec<PathBuf>, HookError> {
    let text = ["input", "patch", "command"].iter().find_map(|name| match input.get(*name) {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(Value::Array(words)) => words.last().and_then(Value::as_str),
        _ => None,
    });
    let text = text.ok_or(HookError::Lacks("input"))?;
    let marks = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];
    let named =
        |line: &str| marks.iter().find_map(|mark| line.strip_prefix(mark)).map(|name| PathBuf::from(name.trim_end()));
    let files: Vec<PathBuf> = text.lines().filter_map(named).collect();
    // A patch of which no file is known is not one we could keep anything of.
    if files.is_empty() { Err(HookError::Lacks("input")) } else { Ok(files) }
}
