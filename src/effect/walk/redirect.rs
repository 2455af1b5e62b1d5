//! Redirections: files opened, and where a command's input and output go.

use super::Evaluator;
use crate::effect::files::{Change, Presence};
use crate::effect::state::{Input, State};
use crate::effect::value::{Aborted, Text, Value};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind, Known};
use crate::syntax::{Descriptor, Redirection, RedirectionOperator, RedirectionTarget};
use crate::text::Span;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What redirections change for the command they stand with.
#[derive(Debug, Default)]
pub(crate) struct Redirected {
    /// Standard input, when redirected.
    pub(crate) input: Option<Input>,
    /// Standard output does not go where the shell's goes.
    pub(crate) away: bool,
    /// The file standard output goes to.
    pub(crate) file: Option<PathBuf>,
    /// The connection that takes standard output or standard error, and where it is named.
    pub(crate) connection: Option<(Vec<u8>, Span)>,
    append: bool,
}

impl Redirected {
    /// Puts them in force; the file whose contents are being written, if any.
    pub(crate) fn apply(self, state: &mut State) -> Option<PathBuf> {
        if let Some(input) = self.input {
            state.input = input;
        }
        if !self.away {
            return None;
        }
        state.output = match &self.file {
            None => None,
            Some(_) if !self.append => Some(Text::exactly("")),
            Some(path) => match state.overlay.change(path) {
                Some(Change::Made { contents: Some(text), .. }) => Some(text.clone()),
                Some(Change::Made { fresh: true, .. }) | None => Some(Text::unknown()),
                _ => Some(Text::unknown()),
            },
        };
        self.file
    }
}

/// Records what a command wrote to a file.
pub(crate) fn written(state: &mut State, path: &Path, text: Option<Text>) {
    if let Some(Change::Made { fresh, .. }) = state.overlay.change(path) {
        let fresh = *fresh;
        state.overlay.record(path, Change::Made { directory: false, fresh, contents: text });
    }
}

/// What a name below `/dev` stands for.
enum Device {
    Harmless,
    Connection(Vec<u8>),
    File,
}

impl Evaluator<'_> {
    /// Opens what redirections name, whether the command behind them exists or not.
    pub(crate) fn redirections(
        &mut self,
        state: &mut State,
        redirections: &[Redirection],
    ) -> Result<Redirected, Aborted> {
        let mut redirected = Redirected::default();
        for redirection in redirections {
            self.redirection(state, redirection, &mut redirected)?;
        }
        Ok(redirected)
    }

    fn redirection(
        &mut self,
        state: &mut State,
        redirection: &Redirection,
        out: &mut Redirected,
    ) -> Result<(), Aborted> {
        use RedirectionOperator as Op;
        let number = match &redirection.descriptor {
            Descriptor::Default => match redirection.operator {
                Op::Read
                | Op::ReadWrite
                | Op::DuplicateIn
                | Op::HereDocument
                | Op::HereDocumentStripped
                | Op::HereString => 0,
                _ => 1,
            },
            Descriptor::Number(number) => *number,
            Descriptor::Variable(name) => {
                if crate::effect::builtin::subscript_code(name) {
                    self.opaque_word();
                }
                state.set(name, Value::Scalar(Text::word()));
                99
            }
        };
        let word = match &redirection.target {
            RedirectionTarget::HereDocument(document) => {
                let text = if document.quoted { literal(&document.body) } else { self.text(state, &document.body)? };
                if number == 0 {
                    out.input = Some(Input::Text(text));
                }
                return Ok(());
            }
            RedirectionTarget::Word(word) => word,
        };
        if redirection.operator == Op::HereString {
            let mut text = self.text(state, word)?;
            text.push(&Text::exactly("\n"));
            if number == 0 {
                out.input = Some(Input::Text(text));
            }
            return Ok(());
        }
        let mut fields = Vec::new();
        self.word_fields(state, word, &mut fields)?;
        let target = match fields.as_slice() {
            [field] if !field.many => field.text.clone(),
            _ => Text::unknown(),
        };
        let span = redirection.span;
        match redirection.operator {
            Op::DuplicateIn => {
                if number == 0 {
                    out.input = Some(Input::Text(Text::unknown()));
                }
                return Ok(());
            }
            Op::DuplicateOut => match target.exact() {
                Some(b"1") => return Ok(()),
                Some(name)
                    if name == b"-" || name.strip_suffix(b"-").unwrap_or(name).iter().all(u8::is_ascii_digit) =>
                {
                    if number == 1 {
                        (out.away, out.file) = (true, None);
                    }
                    return Ok(());
                }
                _ => {}
            },
            _ => {}
        }
        match device(&target) {
            Device::Harmless => {
                if number == 0 {
                    out.input = Some(Input::Text(match target.exact() {
                        Some(b"/dev/null") => Text::exactly(""),
                        Some(name) => match self.files(state).contents(Path::new(OsStr::from_bytes(name)), 0) {
                            Some(text) => text,
                            None if name == b"/dev/stdin" => return Ok(()),
                            None => Text::unknown(),
                        },
                        None => Text::unknown(),
                    }));
                } else if number == 1 && target.exact() != Some(b"/dev/stdout") {
                    (out.away, out.file) = (true, None);
                }
                return Ok(());
            }
            Device::Connection(host) => {
                self.connect(&host, span);
                if number == 0 {
                    out.input = Some(Input::Text(Text::unknown()));
                } else {
                    out.away = true;
                    if matches!(number, 1 | 2) {
                        out.connection = Some((host, span));
                    }
                }
                return Ok(());
            }
            Device::File => {}
        }
        let access = match redirection.operator {
            Op::Read => Access::Read,
            Op::ReadWrite => Access::Modify,
            Op::Append | Op::AppendBoth => Access::Append,
            Op::Write | Op::WriteBoth if state.options.noclobber => Access::Create,
            _ => Access::Write,
        };
        if access != Access::Read && target.exact() == Some(b"") {
            // A variable that is empty here may be set where the line is meant to run: a write all the same.
            let object = Object::unnamed(Kind::Path);
            let tags = vec!["unset-variable".to_owned()];
            self.emit(access, object, Reversibility::Opaque, span, "redirection", tags);
            return Ok(());
        }
        let path = self.real_path(state, &target.known, true);
        if access == Access::Read {
            if number == 0 {
                out.input = Some(Input::File(path.clone()));
            }
        } else if number == 1 || matches!(redirection.operator, Op::WriteBoth | Op::AppendBoth) {
            out.away = true;
            out.append = access == Access::Append;
            out.file = exact_path(&path);
        }
        let missing = match exact_path(&path) {
            Some(exact) if access != Access::Read => self.files(state).presence(&exact) == Presence::No,
            _ => false,
        };
        self.emit_path(state, access, &target.known, path.clone(), span, "redirection", Vec::new());
        if access != Access::Read
            && let Some(exact) = exact_path(&path)
        {
            let fresh = missing || state.overlay.is_fresh(&exact);
            state.overlay.record(&exact, Change::Made { directory: false, fresh, contents: None });
        }
        Ok(())
    }

    /// Standard input as text, a file's contents read when they can be told.
    pub(crate) fn input_text(&mut self, state: &State) -> Text {
        match &state.input {
            Input::Inherited => Text::unknown(),
            Input::Text(text) => text.clone(),
            Input::File(path) => match exact_path(path) {
                Some(path) => {
                    self.files(state).contents(&path, super::nested::LONGEST_SCRIPT).unwrap_or_else(Text::unknown)
                }
                None => Text::unknown(),
            },
        }
    }

    /// Records an effect of reversibility by its verb.
    pub(crate) fn device_effect(&mut self, access: Access, path: &Known, span: Span, program: &str) {
        let mut object = crate::effect::Object::unnamed(crate::grammar::Kind::Device);
        object.name = path.clone();
        self.emit(access, object, Reversibility::Irreversible, span, program, Vec::new());
    }
}

/// The path, when wholly known.
pub(crate) fn exact_path(known: &Known) -> Option<PathBuf> {
    match known {
        Known::Exactly(bytes) if !bytes.is_empty() => Some(PathBuf::from(OsStr::from_bytes(bytes))),
        _ => None,
    }
}

fn literal(word: &crate::syntax::Word) -> Text {
    use crate::syntax::WordPart;
    let mut text = Text::exactly("");
    for part in &word.parts {
        match part {
            WordPart::Bare(bytes) | WordPart::Quoted(bytes) => text.push(&Text::exactly(bytes.clone())),
            _ => text.push(&Text::unknown()),
        }
    }
    text
}

fn device(target: &Text) -> Device {
    let Some(name) = target.exact() else { return Device::File };
    for protocol in [b"/dev/tcp/".as_slice(), b"/dev/udp/"] {
        if let Some(rest) = name.strip_prefix(protocol) {
            let mut host = rest.to_vec();
            for byte in &mut host {
                if *byte == b'/' {
                    *byte = b':';
                }
            }
            return Device::Connection(host);
        }
    }
    if harmless_device(name) { Device::Harmless } else { Device::File }
}

/// True for names that are no file: the null device, standard streams, the terminal.
pub(crate) fn harmless_device(name: &[u8]) -> bool {
    matches!(
        name,
        b"/dev/null"
            | b"/dev/stdin"
            | b"/dev/stdout"
            | b"/dev/stderr"
            | b"/dev/tty"
            | b"/dev/full"
            | b"/dev/zero"
            | b"/dev/random"
            | b"/dev/urandom"
            | b"/dev/ptmx"
    ) || name.starts_with(b"/dev/fd/")
        || name.starts_with(b"/proc/self/fd/")
        || name.starts_with(b"/dev/pts/")
}
