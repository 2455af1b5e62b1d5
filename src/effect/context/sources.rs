//! Where context is read from: variables and files, as the line has left them.

use super::data;
use crate::effect::state::State;
use crate::effect::value::Value;
use crate::effect::walk::Evaluator;
use crate::grammar::Known;
use serde_json::Value as Data;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 512 * 1024;
/// How many directories above the working directory are searched.
const HIGHEST: usize = 12;
/// Longest value that is shown, in bytes.
const LONGEST: usize = 200;

/// What is known of an object, by name.
pub(super) type Facts = BTreeMap<String, String>;

/// A value that decides cannot be told: what would follow from its absence does not hold.
#[derive(Debug)]
pub(super) struct Unclear;

/// The variables and files a deed's tool would find.
pub(super) struct Sources<'e, 'w> {
    pub(super) evaluator: &'e mut Evaluator<'w>,
    pub(super) state: &'e State,
}

impl Sources<'_, '_> {
    /// A variable of the environment the tool gets; an empty one counts as not set.
    pub(super) fn variable(&mut self, name: &str) -> Result<Option<String>, Unclear> {
        match self.evaluator.lookup(self.state, name.as_bytes()) {
            Value::Unset => Ok(None),
            Value::Scalar(text) => {
                let bytes = text.exact().ok_or(Unclear)?;
                let text = std::str::from_utf8(bytes).map_err(|_| Unclear)?;
                Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
            }
            _ => Err(Unclear),
        }
    }

    /// The first of several variables that is set.
    pub(super) fn first_variable(&mut self, names: &[&str]) -> Result<Option<String>, Unclear> {
        for name in names {
            if let Some(value) = self.variable(name)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The directory the tool runs in.
    pub(super) fn place(&self) -> Result<PathBuf, Unclear> {
        self.state.place().path.clone().ok_or(Unclear)
    }

    /// A path as the tool would be given it: `~` and relative ones resolved.
    pub(super) fn path(&self, written: &str) -> Result<PathBuf, Unclear> {
        match written.strip_prefix("~/") {
            Some(rest) => self.in_home(rest),
            None => Ok(self.place()?.join(written)),
        }
    }

    /// A path below the home directory the tool sees.
    pub(super) fn in_home(&self, rest: &str) -> Result<PathBuf, Unclear> {
        let stated = self.state.variables.get(b"HOME".as_slice()).map(|home| home.value.scalar());
        match stated {
            Some(Some(text)) => text.exact().map(|home| Path::new(OsStr::from_bytes(home)).join(rest)).ok_or(Unclear),
            Some(None) => Err(Unclear),
            None => self.evaluator.world.home(None).map(|home| home.join(rest)).ok_or(Unclear),
        }
    }

    /// A path in a directory that a variable names, else in one below the home directory.
    pub(super) fn in_configuration(
        &mut self,
        variable: &str,
        below_home: &str,
        rest: &str,
    ) -> Result<PathBuf, Unclear> {
        match self.variable(variable)? {
            Some(directory) => Ok(self.path(&directory)?.join(rest)),
            None => self.in_home(&format!("{below_home}/{rest}")),
        }
    }

    /// The text of a small file.
    pub(super) fn text(&self, path: &Path) -> Option<String> {
        let text = self.evaluator.files(self.state).contents(path, LARGEST)?;
        let text = std::str::from_utf8(text.exact()?).ok()?;
        Some(text.trim_start_matches('\u{feff}').to_owned())
    }

    /// A file of the working directory, or of the nearest directory above it that has one.
    pub(super) fn nearest(&self, names: &[&str]) -> Option<(PathBuf, String)> {
        let place = self.place().ok()?;
        let directories = place.ancestors().take(HIGHEST);
        directories.flat_map(|directory| names.iter().map(|name| directory.join(name))).find_map(|path| {
            let text = self.text(&path)?;
            Some((path, text))
        })
    }

    /// A JSON file.
    pub(super) fn json(&self, path: &Path) -> Option<Data> {
        data::json(&self.text(path)?)
    }

    /// Names in a directory.
    pub(super) fn names(&self, directory: &Path) -> Vec<String> {
        let names = self.evaluator.files(self.state).names(directory).unwrap_or_default();
        names.into_iter().filter_map(|name| String::from_utf8(name).ok()).collect()
    }

    /// The real path, links resolved, for comparison with what a tool wrote down.
    pub(super) fn real(&mut self, path: &Path) -> PathBuf {
        let name = Known::Exactly(path.as_os_str().as_bytes().to_vec());
        match self.evaluator.real_path(self.state, &name, true) {
            Known::Exactly(bytes) => PathBuf::from(OsStr::from_bytes(&bytes)),
            _ => path.to_owned(),
        }
    }
}

/// Adds a fact unless the line gave it, or the value says nothing.
pub(super) fn add(facts: &mut Facts, name: &str, value: Option<impl Into<String>>) {
    let Some(value) = value.map(Into::into) else { return };
    let value = value.trim();
    let tells = !value.is_empty() && value.len() <= LONGEST && !value.contains(char::is_control);
    if tells && !facts.contains_key(name) {
        facts.insert(name.to_owned(), value.to_owned());
    }
}

/// A fact the line gave: `Err` when it is given and not wholly known.
pub(super) fn given(facts: &Facts, name: &str) -> Result<Option<String>, Unclear> {
    match facts.get(name) {
        Some(value) if value.ends_with('…') => Err(Unclear),
        Some(value) => Ok(Some(value.clone())),
        None => Ok(None),
    }
}
