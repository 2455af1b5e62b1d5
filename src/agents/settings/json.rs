//! Changing JSON without touching what else is in the file.

use super::{Edit, SettingsError, is_ours};
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::Value;

/// The text with every edit made.
pub(super) fn with(before: Option<&str>, edits: &[Edit]) -> Result<String, SettingsError> {
    let before = before.unwrap_or_default();
    let (root, top) = read(if before.trim().is_empty() { "{}\n" } else { before })?;
    for edit in edits {
        match edit {
            Edit::Set(path, value) | Edit::Default(path, value) => {
                let (object, name) = parent(&top, path)?;
                match (object.get(name), edit) {
                    (Some(_), Edit::Default(..)) => {}
                    (Some(member), _) if holds(member.value().as_ref(), value) => {}
                    (Some(member), _) => member.set_value(input(value)),
                    (None, _) => drop(object.append(name, input(value))),
                }
            }
            Edit::Add(path, value) => {
                let array = array(&top, path)?;
                if !array.elements().iter().any(|element| is_ours(&element.to_string())) {
                    array.append(input(value));
                }
            }
        }
    }
    Ok(root.to_string())
}

/// The text without what the edits put in; `None` when nothing else is left.
pub(super) fn without(now: &str, edits: &[Edit]) -> Result<Option<String>, SettingsError> {
    let (root, top) = read(now)?;
    for edit in edits {
        match edit {
            Edit::Set(path, value) => {
                let (object, name) = parent(&top, path)?;
                if let Some(member) = object.get(name).filter(|member| holds(member.value().as_ref(), value)) {
                    member.remove();
                }
            }
            Edit::Default(..) => {}
            Edit::Add(path, _) => {
                let ours = array(&top, path)?.elements().into_iter().filter(|element| is_ours(&element.to_string()));
                ours.for_each(CstNode::remove);
            }
        }
        let (Edit::Set(path, _) | Edit::Default(path, _) | Edit::Add(path, _)) = edit;
        remove_empty(&top, path);
    }
    let rest: Vec<String> = top.properties().iter().filter_map(|member| member.decoded_name()).collect();
    let only_defaults = edits.iter().any(|edit| matches!(edit, Edit::Default(path, _) if rest == [path[0]]));
    Ok(if rest.is_empty() || only_defaults { None } else { Some(root.to_string()) })
}

fn read(text: &str) -> Result<(CstRootNode, CstObject), SettingsError> {
    let root = CstRootNode::parse(text, &ParseOptions::default())
        .map_err(|error| SettingsError::NotJson(error.to_string()))?;
    let top = root.object_value_or_create().ok_or_else(|| SettingsError::NotJson("no object at the top".to_owned()))?;
    Ok((root, top))
}

/// The object that holds the last name of `path`, made where it is missing.
fn parent<'a>(top: &CstObject, path: &[&'a str]) -> Result<(CstObject, &'a str), SettingsError> {
    let (last, above) = path.split_last().expect("a path has a last name");
    let mut object = top.clone();
    for name in above {
        object = object.object_value_or_create(name).ok_or_else(|| SettingsError::Other((*name).to_owned()))?;
    }
    Ok((object, last))
}

fn array(top: &CstObject, path: &[&str]) -> Result<CstArray, SettingsError> {
    let (object, name) = parent(top, path)?;
    object.array_value_or_create(name).ok_or_else(|| SettingsError::Other(path.join(".")))
}

/// Removes what is left empty on the way to a member.
fn remove_empty(top: &CstObject, path: &[&str]) {
    for length in (1..=path.len()).rev() {
        let mut object = Some(top.clone());
        for name in &path[..length - 1] {
            object = object.and_then(|object| object.object_value(name));
        }
        let Some(member) = object.and_then(|object| object.get(path[length - 1])) else { continue };
        let empty = member.array_value().is_some_and(|array| array.elements().is_empty())
            || member.object_value().is_some_and(|object| object.properties().is_empty());
        if empty {
            member.remove();
        }
    }
}

/// True when the node says `value`.
fn holds(node: Option<&CstNode>, value: &Value) -> bool {
    node.is_some_and(|node| serde_json::from_str::<Value>(&node.to_string()).is_ok_and(|found| found == *value))
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(yes) => CstInputValue::Bool(*yes),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(input).collect()),
        Value::Object(members) => {
            CstInputValue::Object(members.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Programs, Settings};

    const PROGRAMS: Programs<'static> = Programs { bash: "/o/lib/agentsh/bash", control: "/o/bin/agentshctl" };

    #[test]
    fn what_is_there_stays_as_it_is() {
        let before = "{\n    // mine\n    \"env\": { \"A\": \"1\" },\n    \"hooks\": {\n        \"PreToolUse\": [\n            { \"matcher\": \"Bash\", \"hooks\": [] }\n        ]\n    },\n    \"model\":   \"x\"\n}\n";
        let file = &Settings::find("claude-code").expect("known").files[0];
        let after = file.with_ours(Some(before), &PROGRAMS).expect("JSON");
        for kept in
            ["    // mine\n", "\"A\": \"1\"", "{ \"matcher\": \"Bash\", \"hooks\": [] }", "\"model\":   \"x\"\n"]
        {
            assert!(after.contains(kept), "{after}");
        }
        assert!(after.contains("\"CLAUDE_CODE_SHELL\": \"/o/lib/agentsh/bash\""), "{after}");
        assert_eq!(file.with_ours(Some(&after), &PROGRAMS).expect("JSON"), after);
        let back = file.without_ours(&after, &PROGRAMS).expect("JSON").expect("something is left");
        assert!(!back.contains("agentsh") && back.contains("// mine") && back.contains("\"A\": \"1\""), "{back}");
        assert!(!back.contains("UserPromptSubmit"), "{back}");
    }

    #[test]
    fn files_that_hold_only_ours_go_again() {
        for settings in super::super::SETTINGS {
            for file in settings.files {
                let made = file.with_ours(None, &PROGRAMS).expect("can be made");
                assert_eq!(file.without_ours(&made, &PROGRAMS).expect("can be taken out"), None, "{}", settings.agent);
                assert_eq!(file.with_ours(Some(&made), &PROGRAMS).expect("is in place"), made);
            }
        }
    }

    #[test]
    fn what_is_in_the_way_is_left_alone() {
        let file = &Settings::find("claude-code").expect("known").files[0];
        for text in ["{ \"hooks\": 1 }", "[]", "{ \"env\"", "{ \"hooks\": { \"PreToolUse\": {} } }"] {
            assert!(file.with_ours(Some(text), &PROGRAMS).is_err(), "{text}");
        }
        let script = &Settings::find("cline").expect("known").files[0];
        assert!(script.with_ours(Some("#!/bin/sh\nexit 0\n"), &PROGRAMS).is_err());
        let yaml = &Settings::find("aider").expect("known").files[0];
        assert!(yaml.with_ours(Some("set-env:\n  - A=1\n"), &PROGRAMS).is_err());
        assert_eq!(yaml.with_ours(Some("dark-mode: true"), &PROGRAMS).expect("room").lines().count(), 3);
    }
}
