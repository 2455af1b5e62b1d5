//! `cd`, `pushd`, `popd`.

use crate::effect::state::{Place, State};
use crate::effect::value::{Field, Text, Value};
use crate::effect::walk::{Evaluator, Flow};
use crate::grammar::Known;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

impl Evaluator<'_> {
    /// `cd [-L|-P] [DIR]`.
    pub(crate) fn cd(&mut self, state: State, arguments: &[Field]) -> Flow {
        let mut physical = false;
        let mut operand = None;
        let mut options = true;
        for field in arguments {
            match field.exact() {
                Some(b"--") if options => options = false,
                Some(word)
                    if options
                        && word.len() > 1
                        && word[0] == b'-'
                        && word[1..].iter().all(|byte| b"LPe@".contains(byte)) =>
                {
                    physical = word.contains(&b'P');
                }
                _ if operand.is_none() => operand = Some(field.clone()),
                _ if field.many => {}
                _ => return Flow::failure(state),
            }
        }
        let text = match operand {
            None => match self.lookup(&state, b"HOME").scalar().or_else(|| self.tilde_value(&state, b"")) {
                Some(home) => home,
                None => return Flow::failure(state),
            },
            Some(field) if field.many => Text::unknown(),
            Some(field) => field.text,
        };
        let text = match text.exact() {
            Some(b"-") => self.lookup(&state, b"OLDPWD").scalar().unwrap_or_else(Text::unknown),
            _ => text,
        };
        self.enter(state, &text, physical)
    }

    /// Goes to a directory: surely, or perhaps.
    fn enter(&mut self, state: State, text: &Text, physical: bool) -> Flow {
        if text.exact() == Some(b"") {
            return Flow::success(state);
        }
        let old = self.lookup(&state, b"PWD").scalar().unwrap_or_else(Text::unknown);
        let target = self.target(&state, text, physical);
        let sure = target.as_ref().is_some_and(|path| !state.foreign && self.files(&state).is_directory(path));
        let mut moved = state.clone();
        moved.set(b"OLDPWD", Value::Scalar(old));
        // A value it was given ends here.
        Rc::make_mut(&mut moved.variables).remove(b"PWD".as_slice());
        moved.places = vec![Place { path: target, meant: true }];
        if sure {
            return Flow::success(moved);
        }
        let mut stayed = state;
        for place in &mut stayed.places {
            place.meant = false;
        }
        Flow::of(Some(moved), Some(stayed))
    }

    fn target(&mut self, state: &State, text: &Text, physical: bool) -> Option<PathBuf> {
        let bytes = text.exact()?;
        let path = Path::new(OsStr::from_bytes(bytes));
        let absolute = if path.is_absolute() {
            path.to_owned()
        } else {
            let found = if bytes.starts_with(b".") { None } else { self.on_cdpath(state, path) };
            match found {
                Some(found) => found,
                None => state.place().path.as_ref()?.join(path),
            }
        };
        if physical {
            let bytes = absolute.as_os_str().as_bytes().to_vec();
            return match self.real_path(state, &Known::Exactly(bytes), true) {
                Known::Exactly(real) => Some(PathBuf::from(OsStr::from_bytes(&real))),
                _ => None,
            };
        }
        Some(normalized(&absolute))
    }

    fn on_cdpath(&mut self, state: &State, path: &Path) -> Option<PathBuf> {
        let list = self.lookup(state, b"CDPATH").scalar()?;
        let list = list.exact()?.to_vec();
        let place = state.place().path.clone()?;
        list.split(|byte| *byte == b':')
            .map(|entry| place.join(OsStr::from_bytes(entry)).join(path))
            .find(|candidate| self.files(state).is_directory(candidate))
    }

    /// `pushd [DIR]`.
    pub(crate) fn pushd(&mut self, state: State, arguments: &[Field]) -> Flow {
        let here = state.place().path.clone();
        let operand = arguments.iter().find(|field| !matches!(field.exact(), Some(b"-n" | b"--")));
        let target = match operand {
            None => match state.stack.last() {
                Some(top) => place_text(top.as_deref()),
                None => return Flow::failure(state),
            },
            Some(field) if field.many || matches!(field.text.prefix().first(), Some(b'+' | b'-')) => Text::unknown(),
            Some(field) => field.text.clone(),
        };
        let swap = operand.is_none();
        let (ok, bad) = self.enter(state, &target, false).split();
        let ok = ok.map(|mut state| {
            if swap {
                state.stack.pop();
            }
            state.stack.push(here);
            state.write(&Text::unknown());
            state
        });
        Flow::of(ok, bad)
    }

    /// `popd`.
    pub(crate) fn popd(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        if !arguments.is_empty() {
            return self.enter(state, &Text::unknown(), false);
        }
        let Some(top) = state.stack.pop() else { return Flow::failure(state) };
        state.write(&Text::unknown());
        self.enter(state, &place_text(top.as_deref()), false)
    }
}

fn place_text(path: Option<&Path>) -> Text {
    path.map_or_else(Text::unknown, |path| Text::exactly(path.as_os_str().as_bytes()))
}

/// `.` and `..` taken away by name, as `cd -L` does.
fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}
