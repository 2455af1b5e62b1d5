//! `mktemp`: files and directories under names that were not there before the line and are not known before it has run.

use super::Evaluator;
use super::output::line;
use crate::effect::files::Change;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::grammar::{Access, Known};
use crate::text::Span;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Label of a path whose last name is a template of `mktemp`: what stands before the last X's of it is all that is known of
/// the name that appears.
pub const TEMPLATE: &str = "template";

/// What `mktemp` is told.
#[derive(Default)]
struct Asked {
    directory: bool,
    /// Prints a name and makes nothing.
    dry: bool,
    /// `-t`: the template is a name in the directory for temporary files.
    in_temporary: bool,
    /// `-p` and `--tmpdir`; `Some(None)` where that directory is the one for temporary files.
    base: Option<Option<Text>>,
    template: Option<Text>,
}

impl Asked {
    /// Reads the words of a command that its grammar understands; `None` where one of them may be any option.
    fn of(words: &[Field]) -> Option<Self> {
        let mut asked = Self::default();
        let mut words = words.iter();
        let mut operands = false;
        while let Some(field) = words.next() {
            let prefix = field.text.prefix();
            if field.many || (prefix.is_empty() && field.exact().is_none()) {
                return None;
            }
            match prefix {
                _ if operands || !prefix.starts_with(b"-") => asked.template = Some(field.text.clone()),
                b"--" => operands = true,
                long if long.starts_with(b"--") => {
                    let (name, value) = match long.iter().position(|byte| *byte == b'=') {
                        Some(at) => (&long[2..at], Some(rest(field, at + 1))),
                        None => (field.exact()?.strip_prefix(b"--")?, None),
                    };
                    match name {
                        _ if name.starts_with(b"t") => asked.base = Some(value),
                        _ if name.starts_with(b"s") && value.is_none() => drop(words.next()),
                        _ if name.starts_with(b"dr") => asked.dry = true,
                        _ if name.starts_with(b"di") => asked.directory = true,
                        _ => {}
                    }
                }
                letters => {
                    for (at, letter) in letters.iter().enumerate().skip(1) {
                        match letter {
                            b'd' => asked.directory = true,
                            b'u' => asked.dry = true,
                            b't' => asked.in_temporary = true,
                            b'p' => {
                                let attached = Some(rest(field, at + 1)).filter(|text| !is_empty(text));
                                asked.base = Some(attached.or_else(|| words.next().map(|next| next.text.clone())));
                                break;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        asked.base = asked.base.map(|base| base.filter(|text| !is_empty(text)));
        Some(asked)
    }

    /// The path that is made, its X's as they stand.
    fn name(&self, temporary: Text) -> Text {
        let base = match (&self.template, &self.base) {
            (Some(template), None) if !self.in_temporary => return template.clone(),
            (_, Some(Some(base))) => base.clone(),
            _ => temporary,
        };
        let mut name = base;
        if name.exact().is_some_and(|base| !base.ends_with(b"/")) {
            name.push(&Text::exactly("/"));
        }
        name.push(self.template.as_ref().unwrap_or(&Text::exactly("tmp.XXXXXXXXXX")));
        name
    }
}

/// What stands behind the first `at` bytes of a field.
fn rest(field: &Field, at: usize) -> Text {
    match field.exact() {
        Some(word) => Text::exactly(&word[at..]),
        None => Text::begins(&field.text.prefix()[at..], field.text.plain),
    }
}

fn is_empty(text: &Text) -> bool {
    text.exact().is_some_and(<[u8]>::is_empty)
}

impl Evaluator<'_> {
    /// Makes a name that was not there before the line; what is printed.
    pub(crate) fn mktemp(&mut self, state: &mut State, fields: &[Field], span: Span) -> Text {
        let Some(asked) = Asked::of(&fields[1..]) else {
            return self.made_somewhere(state, Known::Nothing, span);
        };
        let temporary = self.lookup(state, b"TMPDIR").scalar();
        let temporary = temporary.filter(|text| !is_empty(text)).unwrap_or_else(|| Text::exactly("/tmp"));
        let whole = asked.name(temporary);
        let Some(template) = whole.exact().map(<[u8]>::to_vec) else {
            return if asked.dry { Text::word() } else { self.made_somewhere(state, whole.known, span) };
        };
        // Each has a name of its own in the line, though their templates are alike.
        self.made += 1;
        let mut name = template.clone();
        if self.made > 1
            && let Some(last) = name.iter().rposition(|byte| *byte == b'X')
        {
            name[last] = b'A' + u8::try_from(self.made % 20).unwrap_or(0);
        }
        if state.foreign || asked.dry {
            return line(name);
        }
        if let Known::Exactly(path) = self.real_path(state, &Known::Exactly(name.clone()), false) {
            let path = PathBuf::from(OsStr::from_bytes(&path));
            let contents = (!asked.directory).then(|| Text::exactly(""));
            state.overlay.record(&path, Change::Made { directory: asked.directory, fresh: true, contents });
            let given = Known::Exactly(template.clone());
            let real = path.with_file_name(Path::new(OsStr::from_bytes(&template)).file_name().unwrap_or_default());
            let real = Known::Exactly(real.into_os_string().into_encoded_bytes());
            self.emit_path(state, Access::Create, &given, real, span, "mktemp", vec![TEMPLATE.to_owned()]);
        }
        line(name)
    }

    /// Something new in a directory that is not known.
    fn made_somewhere(&mut self, state: &State, name: Known, span: Span) -> Text {
        let path = self.real_path(state, &name, false);
        self.emit_path(state, Access::Create, &name, path, span, "mktemp", Vec::new());
        match name {
            Known::Begins(prefix) => Text::begins(prefix, false),
            _ => Text::unknown(),
        }
    }
}
