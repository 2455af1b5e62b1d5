//! Configuration formats, read leniently: what is malformed is nothing.

use crate::syntax::shielded;
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Deepest nesting that is read.
const DEEPEST: usize = 48;
/// Most values that are read from one YAML file.
const MOST_VALUES: usize = 50_000;

/// JSON.
pub(super) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// TOML.
pub(super) fn toml(text: &str) -> Option<Value> {
    toml::from_str(text).ok()
}

/// The first document of a YAML text. Aliases and merge keys stay out: they are rare where context is kept.
pub(super) fn yaml(text: &str) -> Option<Value> {
    // The parser is another's; a panic of it must cost no more than the context.
    shielded(|| read_yaml(text)).flatten()
}

/// A list or a mapping that is being read, and the key its next value belongs to.
enum Open {
    List(Vec<Value>),
    Table(Map<String, Value>, Option<String>),
}

fn read_yaml(text: &str) -> Option<Value> {
    let mut open: Vec<Open> = Vec::new();
    for (count, event) in Parser::new_from_str(text).enumerate() {
        let (event, _) = event.ok()?;
        if count > MOST_VALUES || open.len() > DEEPEST {
            return None;
        }
        let done = match event {
            Event::MappingStart(..) => {
                open.push(Open::Table(Map::new(), None));
                continue;
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::Alias(_) => Value::Null,
            Event::MappingEnd | Event::SequenceEnd => match open.pop()? {
                Open::Table(table, _) => Value::Object(table),
                Open::List(list) => Value::Array(list),
            },
            _ => continue,
        };
        match open.last_mut() {
            None => return Some(done),
            Some(Open::List(list)) => list.push(done),
            Some(Open::Table(table, key)) => match key.take() {
                Some(key) => {
                    table.insert(key, done);
                }
                None => *key = Some(done.as_str().unwrap_or_default().to_owned()),
            },
        }
    }
    None
}

/// The text at a path of keys; numbers and truth values as they are written.
pub(super) fn at(value: &Value, keys: &[&str]) -> Option<String> {
    let found = keys.iter().try_fold(value, |value, key| value.get(key))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Keys of an INI file by section; those before any section are in the one without name. The first value wins.
pub(super) struct Ini(BTreeMap<(String, String), String>);

impl Ini {
    /// Reads `[section]`, `key = value`, `#` and `;`.
    pub(super) fn read(text: &str) -> Self {
        let mut all = BTreeMap::new();
        let mut section = String::new();
        for line in text.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.trim().to_owned();
            } else if !line.starts_with(['#', ';'])
                && let Some((key, value)) = line.split_once('=')
            {
                let value = unquoted(value.trim()).to_owned();
                all.entry((section.clone(), key.trim().to_owned())).or_insert(value);
            }
        }
        Self(all)
    }

    /// The value of a key.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<String> {
        self.0.get(&(section.to_owned(), key.to_owned())).cloned()
    }
}

/// Variables of a `.env` file, by name; the last one wins, as in most readers of the format.
pub(super) fn dotenv(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        if !line.starts_with('#')
            && let Some((name, value)) = line.split_once('=')
        {
            all.insert(name.trim().to_owned(), unquoted(value.trim()).to_owned());
        }
    }
    all
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{Ini, at, dotenv, yaml};

    #[test]
    fn yaml_is_read_and_what_is_malformed_is_nothing() {
        let text = "a: &x {b: 'c'}\nlist:\n- context:\n    namespace: web\n  name: \"n:1\"\n# d: e\nf: 2\n";
        let read = yaml(text).expect("it is YAML");
        assert_eq!(at(&read, &["a", "b"]).as_deref(), Some("c"));
        assert_eq!(at(&read["list"][0], &["context", "namespace"]).as_deref(), Some("web"));
        assert_eq!(at(&read["list"][0], &["name"]).as_deref(), Some("n:1"));
        assert_eq!(at(&read, &["f"]).as_deref(), Some("2"));
        for text in ["", "a: [b", "\t: :", "a: *nowhere", "{", "%YAML 9\n---\n", &"[".repeat(100_000)] {
            assert!(yaml(text).is_none_or(|value| at(&value, &["a"]).is_none()), "{text:.20}");
        }
    }

    #[test]
    fn ini_and_dotenv_are_read() {
        let ini = Ini::read("top=1\n[a b]\n x = y # z\n;x = 2\nx = 3\nbroken\n");
        assert_eq!(ini.get("", "top").as_deref(), Some("1"));
        assert_eq!(ini.get("a b", "x").as_deref(), Some("y # z"));
        assert_eq!(ini.get("a", "x"), None);
        let all = dotenv("# A=1\nexport B='x y'\nB2 = \"z\"\n=\nC\n");
        assert_eq!(all.get("B").map(String::as_str), Some("x y"));
        assert_eq!(all.get("B2").map(String::as_str), Some("z"));
        assert!(!all.contains_key("A") && !all.contains_key("C"));
    }
}
