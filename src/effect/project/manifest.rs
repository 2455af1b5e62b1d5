//! Scripts in JSON manifests (`package.json`, `composer.json`, `deno.json`).

use serde_json::Value;

/// One command line of a script, and the name it stands under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    /// The script's name (`predeploy`).
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

fn table<'v>(value: &'v Value, key: &str) -> Option<&'v serde_json::Map<String, Value>> {
    value.get(key)?.as_object()
}

/// The scripts of `package.json` that running `name` runs, its `pre` and `post` scripts included (npm help scripts);
/// `None` when the text is no such file. Empty when there is no such script.
pub(crate) fn package_scripts(text: &[u8], name: &str) -> Option<Vec<Task>> {
    let manifest: Value = serde_json::from_slice(text).ok()?;
    let Some(scripts) = table(&manifest, "scripts") else { return Some(Vec::new()) };
    let of = |name: String| {
        let text = scripts.get(&name)?.as_str()?.to_owned();
        Some(Task { name, text })
    };
    Some([format!("pre{name}"), name.to_owned(), format!("post{name}")].into_iter().filter_map(of).collect())
}

/// The command lines of a script of `composer.json`. PHP callbacks are left out: what they do is not to be read here.
pub(crate) fn composer_scripts(text: &[u8], name: &str) -> Option<Vec<Task>> {
    let manifest: Value = serde_json::from_slice(text).ok()?;
    let Some(given) = table(&manifest, "scripts").and_then(|scripts| scripts.get(name)) else {
        return Some(Vec::new());
    };
    let lines: Vec<&str> = match given {
        Value::String(line) => vec![line],
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let shown = lines.into_iter().filter(|line| !line.contains("::")).filter_map(|line| match line.strip_prefix('@') {
        None => Some(line.to_owned()),
        Some(rest) if rest.starts_with("php ") || rest.starts_with("composer ") => Some(rest.to_owned()),
        Some(other) if !other.starts_with("putenv") => Some(format!("composer run-script {other}")),
        Some(_) => None,
    });
    Some(shown.map(|text| Task { name: name.to_owned(), text }).collect())
}

/// The command line of a task of `deno.json`.
pub(crate) fn deno_tasks(text: &[u8], name: &str) -> Option<Vec<Task>> {
    let manifest: Value = serde_json::from_slice(text).ok()?;
    let given = table(&manifest, "tasks").and_then(|tasks| tasks.get(name));
    let text = given.and_then(|given| given.as_str().or_else(|| given.get("command")?.as_str()));
    Some(text.map(|text| Task { name: name.to_owned(), text: text.to_owned() }).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{composer_scripts, deno_tasks, package_scripts};

    #[test]
    fn scripts_of_manifests() {
        let package = br#"{"scripts": {"predeploy": "a", "deploy": "b", "x": 1}}"#;
        let names = |all: Vec<super::Task>| all.into_iter().map(|task| task.text).collect::<Vec<_>>();
        assert_eq!(names(package_scripts(package, "deploy").expect("JSON")), ["a", "b"]);
        assert!(package_scripts(package, "x").expect("JSON").is_empty());
        assert!(package_scripts(b"{", "x").is_none());
        let composer = br#"{"scripts": {"t": ["@php a.php", "App\\X::y", "phpunit", "@lint"]}}"#;
        assert_eq!(
            names(composer_scripts(composer, "t").expect("JSON")),
            ["php a.php", "phpunit", "composer run-script lint"]
        );
        assert_eq!(names(deno_tasks(br#"{"tasks": {"d": {"command": "c"}}}"#, "d").expect("JSON")), ["c"]);
    }
}
