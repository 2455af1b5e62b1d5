//! `$name` and `${name…}`.

use super::{Aborted, Piece, Text, Value};
use crate::effect::state::State;
use crate::effect::walk::Evaluator;
use crate::syntax::{Operation, Parameter, Word, WordPart};

/// What a parameter stands for.
pub(crate) enum Got {
    /// Surely not set.
    Unset,
    /// One string.
    One(Text),
    /// A list (`$@`, `${a[*]}`); `None` when its length is not known.
    List(Option<Vec<Text>>),
}

/// True for `"$@"` and its like: a list that may be no field at all.
pub(super) fn lists(parameter: &Parameter) -> bool {
    parameter.name == b"@" || parameter.index.as_ref().is_some_and(|index| is_all(index) == Some(b'@'))
}

fn is_all(index: &Word) -> Option<u8> {
    match index.parts.as_slice() {
        [WordPart::Bare(bytes) | WordPart::Quoted(bytes)] if bytes == b"@" || bytes == b"*" => bytes.first().copied(),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// Expands a parameter into pieces.
    pub(crate) fn parameter(
        &mut self,
        state: &mut State,
        parameter: &Parameter,
        quoted: bool,
        out: &mut Vec<Piece>,
    ) -> Result<(), Aborted> {
        if matches!(parameter.operation, Operation::Names) {
            out.push(Piece::Many);
            return Ok(());
        }
        let got = self.got(state, parameter)?;
        let star = parameter.name == b"*" || parameter.index.as_ref().is_some_and(|index| is_all(index) == Some(b'*'));
        let before = out.len();
        self.operate(state, parameter, got, quoted, out)?;
        if star && quoted {
            let separator = match self.separators(state) {
                Some(ifs) => Text::exactly(ifs.get(..1).unwrap_or_default()),
                None => Text::unknown(),
            };
            let joined = Self::joined_by(&out[before..], &separator);
            out.truncate(before);
            self.emit_text(state, &joined, true, out);
        }
        Ok(())
    }

    /// The value a parameter has before its operator is applied.
    fn got(&mut self, state: &mut State, parameter: &Parameter) -> Result<Got, Aborted> {
        let mut name = parameter.name.clone();
        let mut index = parameter.index.clone();
        if parameter.indirect && !matches!(parameter.operation, Operation::Keys) {
            let target = self.lookup_special(state, &name).unwrap_or_else(|| self.lookup(state, &name));
            if let Some(index) = index.as_ref().filter(|index| is_all(index).is_none()) {
                self.arithmetic_word(state, index)?;
            }
            let Some(target) = target.scalar() else { return Ok(Got::Unset) };
            let Some(bytes) = target.exact() else {
                if super::arithmetic::has_code(target.prefix()) {
                    self.opaque_word();
                }
                return Ok(Got::One(Text::unknown()));
            };
            if super::arithmetic::has_code(bytes) {
                self.hidden_code(state, &target);
                return Ok(Got::One(Text::unknown()));
            }
            match bytes.iter().position(|byte| *byte == b'[') {
                Some(open) => {
                    let inner = bytes[open + 1..].strip_suffix(b"]").unwrap_or_default().to_vec();
                    name = bytes[..open].to_vec();
                    index = Some(Word { parts: vec![WordPart::Bare(inner)], span: parameter.span });
                }
                None => {
                    name = bytes.to_vec();
                    index = None;
                }
            }
        }
        if matches!(name.as_slice(), b"@" | b"*") {
            return Ok(Got::List(state.positional.clone()));
        }
        if let Some(value) = self.lookup_special(state, &name) {
            return Ok(value.scalar().map_or(Got::Unset, Got::One));
        }
        let value = self.lookup(state, &name);
        let Some(index) = index else {
            return Ok(value.scalar().map_or(Got::Unset, Got::One));
        };
        if is_all(&index).is_some() {
            return Ok(Got::List(value.elements()));
        }
        self.element(state, &value, &index)
    }

    /// The elements of a list by their numbers, from 0 without a gap; `$0` is the first positional parameter here.
    fn numbered(&mut self, state: &State, parameter: &Parameter, got: Got) -> Option<Vec<Text>> {
        let Got::List(Some(texts)) = got else { return None };
        if matches!(parameter.name.as_slice(), b"@" | b"*") {
            return Some(std::iter::once(state.zero.clone()).chain(texts).collect());
        }
        let keys = self.lookup(state, &parameter.name).keys()?;
        keys.iter().enumerate().all(|(at, key)| *key == at.to_string().into_bytes()).then_some(texts)
    }

    fn element(&mut self, state: &mut State, value: &Value, index: &Word) -> Result<Got, Aborted> {
        Ok(match value {
            Value::Keyed(elements) => match self.text(state, index)?.exact() {
                Some(key) => elements.get(key).cloned().map_or(Got::Unset, Got::One),
                None => Got::One(Text::unknown()),
            },
            Value::Indexed(elements) => match self.arithmetic_word(state, index)? {
                Some(mut at) => {
                    if at < 0 {
                        at = at.saturating_add(elements.keys().next_back().map_or(0, |last| last.saturating_add(1)));
                    }
                    elements.get(&at).cloned().map_or(Got::Unset, Got::One)
                }
                None => Got::One(Text::unknown()),
            },
            Value::Unset => {
                self.arithmetic_word(state, index)?;
                Got::Unset
            }
            Value::Scalar(text) => match self.arithmetic_word(state, index)? {
                Some(0 | -1) => Got::One(text.clone()),
                Some(_) => Got::Unset,
                None => Got::One(Text::unknown()),
            },
            Value::Unknown | Value::Choice(_) => {
                self.arithmetic_word(state, index)?;
                Got::One(Text::unknown())
            }
        })
    }

    fn operate(
        &mut self,
        state: &mut State,
        parameter: &Parameter,
        got: Got,
        quoted: bool,
        out: &mut Vec<Piece>,
    ) -> Result<(), Aborted> {
        match &parameter.operation {
            Operation::Value => {
                if matches!(got, Got::Unset) {
                    self.unset_used(state)?;
                }
                self.emit_got(state, &got, quoted, out);
            }
            Operation::Default { colon, word } => match Self::is_set(&got, *colon) {
                Some(true) => self.emit_got(state, &got, quoted, out),
                Some(false) => self.operand(state, word, quoted, out)?,
                None => {
                    let other = self.text(state, word)?;
                    let joined = Self::one(&got).join(&other);
                    self.emit_text(state, &joined, quoted, out);
                }
            },
            Operation::Assign { colon, word } => match Self::is_set(&got, *colon) {
                Some(true) => self.emit_got(state, &got, quoted, out),
                set => {
                    let mut text = self.text(state, word)?;
                    if set.is_none() {
                        text = Self::one(&got).join(&text);
                    }
                    state.set(&parameter.name, Value::Scalar(text.clone()));
                    self.emit_text(state, &text, quoted, out);
                }
            },
            Operation::Error { colon, word } => match Self::is_set(&got, *colon) {
                Some(false) => {
                    self.text(state, word)?;
                    return Err(Aborted);
                }
                _ => self.emit_got(state, &got, quoted, out),
            },
            Operation::Alternative { colon, word } => match Self::is_set(&got, *colon) {
                Some(true) => self.operand(state, word, quoted, out)?,
                Some(false) => {}
                None => {
                    let text = self.text(state, word)?.join(&Text::exactly(""));
                    self.emit_text(state, &text, quoted, out);
                }
            },
            Operation::Keys => {
                let keys = self.lookup(state, &parameter.name).keys();
                let keys = keys.map(|keys| keys.into_iter().map(Text::exactly).collect());
                self.emit_got(state, &Got::List(keys), quoted, out);
            }
            Operation::Names => out.push(Piece::Many),
            Operation::Transform(b'P') => {
                if !matches!(Self::one(&got).exact(), Some(bytes) if !super::arithmetic::has_code(bytes)) {
                    let text = Self::one(&got);
                    self.hidden_code(state, &text);
                }
                self.emit_text(state, &Text::unknown(), quoted, out);
            }
            Operation::Substring { offset, length } if matches!(got, Got::List(_)) => {
                let offset = self.arithmetic_word(state, offset)?;
                let length = match length {
                    Some(length) => self.arithmetic_word(state, length)?.map(Some),
                    None => Some(None),
                };
                let slice = match (self.numbered(state, parameter, got), offset, length) {
                    (Some(texts), Some(offset), Some(length)) => super::operators::slice(texts, offset, length),
                    _ => None,
                };
                self.emit_got(state, &Got::List(slice), quoted, out);
            }
            operation => {
                if matches!(got, Got::Unset) && !matches!(operation, Operation::Length) {
                    self.unset_used(state)?;
                }
                let got = self.transformed(state, operation, got)?;
                self.emit_got(state, &got, quoted, out);
            }
        }
        Ok(())
    }

    /// The word of `${name:-word}`: quoted as the whole, else split and globbed like any.
    fn operand(&mut self, state: &mut State, word: &Word, quoted: bool, out: &mut Vec<Piece>) -> Result<(), Aborted> {
        if quoted {
            let text = self.text(state, word)?;
            self.emit_text(state, &text, true, out);
            return Ok(());
        }
        let mut pieces = Vec::new();
        self.pieces(state, &word.parts, false, &mut pieces)?;
        for piece in pieces {
            match piece {
                Piece::Known { bytes, quoted: false } => {
                    self.emit_text(state, &Text::exactly(bytes), false, out);
                }
                piece => out.push(piece),
            }
        }
        Ok(())
    }

    fn emit_got(&mut self, state: &State, got: &Got, quoted: bool, out: &mut Vec<Piece>) {
        match got {
            Got::Unset => {}
            Got::One(text) => self.emit_text(state, text, quoted, out),
            Got::List(None) => out.push(Piece::Many),
            Got::List(Some(texts)) => {
                for (at, text) in texts.iter().enumerate() {
                    if at > 0 {
                        out.push(Piece::Break);
                    }
                    self.emit_text(state, text, quoted, out);
                }
            }
        }
    }

    /// Whether the value counts as set; `None` when that is not known.
    fn is_set(got: &Got, colon: bool) -> Option<bool> {
        match got {
            Got::Unset => Some(false),
            Got::One(text) if text.prefix().is_empty() => match text.exact() {
                Some(_) => Some(!colon),
                None => (!colon).then_some(true),
            },
            Got::One(_) => Some(true),
            Got::List(Some(texts)) => Some(!texts.is_empty()),
            Got::List(None) => None,
        }
    }

    fn one(got: &Got) -> Text {
        match got {
            Got::Unset => Text::exactly(""),
            Got::One(text) => text.clone(),
            Got::List(Some(texts)) => {
                let mut joined = Text::exactly("");
                for (at, text) in texts.iter().enumerate() {
                    if at > 0 {
                        joined.push(&Text::exactly(" "));
                    }
                    joined.push(text);
                }
                joined
            }
            Got::List(None) => Text::unknown(),
        }
    }

    fn unset_used(&mut self, state: &State) -> Result<(), Aborted> {
        if state.options.nounset {
            return Err(Aborted);
        }
        self.note("unset-variable");
        Ok(())
    }

    /// The value of a variable, from the line or the environment.
    pub(crate) fn lookup(&mut self, state: &State, name: &[u8]) -> Value {
        let mut name = name.to_vec();
        for _ in 0..8 {
            match state.variables.get(&name) {
                Some(variable) if variable.reference => match variable.value.scalar() {
                    Some(target) => match target.exact() {
                        Some(bytes) => name = bytes.to_vec(),
                        None => return Value::Unknown,
                    },
                    None => return Value::Unset,
                },
                Some(variable) => return variable.value.clone(),
                None => return self.inherited(state, &name),
            }
        }
        Value::Unknown
    }

    fn inherited(&mut self, state: &State, name: &[u8]) -> Value {
        match name {
            b"PWD" => return Value::Scalar(state.place_text()),
            b"PPID" => {
                self.note("parent-process");
                return Value::Scalar(Text::word());
            }
            b"BASH" if !state.options.posix && !state.foreign => {
                let path = self.world.variable(b"PATH").unwrap_or_else(|| b"/usr/bin:/bin".to_vec());
                if let Some(bash) = self.world.program(&path, b"bash") {
                    return Value::exactly(std::os::unix::ffi::OsStringExt::into_vec(bash.into_os_string()));
                }
                return Value::Scalar(Text::word());
            }
            b"RANDOM" | b"SECONDS" | b"LINENO" | b"EPOCHSECONDS" | b"EPOCHREALTIME" | b"SRANDOM" | b"BASHPID"
            | b"UID" | b"EUID" | b"OPTIND" | b"SHLVL" | b"BASH_SUBSHELL" | b"HOSTNAME" | b"HOSTTYPE" | b"MACHTYPE"
            | b"OSTYPE" | b"BASH_VERSION" | b"BASHOPTS" | b"SHELLOPTS" | b"BASH" => {
                return Value::Scalar(Text::word());
            }
            b"IFS" => return Value::exactly(" \t\n"),
            // In a function the file it was defined in, which is not followed.
            b"BASH_SOURCE" if state.hidden.is_empty() && !state.foreign => {
                return match &state.source {
                    Some(source) => Value::Indexed(std::collections::BTreeMap::from([(0, source.clone())])),
                    None => Value::Unset,
                };
            }
            b"PIPESTATUS"
            | b"FUNCNAME"
            | b"BASH_SOURCE"
            | b"BASH_LINENO"
            | b"GROUPS"
            | b"DIRSTACK"
            | b"BASH_REMATCH"
            | b"BASH_ARGV"
            | b"BASH_ARGC"
            | b"BASH_CMDS"
            | b"BASH_ALIASES"
            | b"BASH_VERSINFO"
            | b"COMP_WORDS"
            | b"BASH_COMMAND"
            | b"BASH_EXECUTION_STRING"
            | b"BASH_ARGV0"
            | b"_" => return Value::Unknown,
            _ => {}
        }
        if state.foreign {
            return Value::Scalar(Text::unknown());
        }
        self.world.variable(name).map_or(Value::Unset, Value::exactly)
    }

    /// The value of a special or positional parameter; `None` when `name` is a variable's.
    pub(crate) fn lookup_special(&mut self, state: &State, name: &[u8]) -> Option<Value> {
        if name.first().is_some_and(u8::is_ascii_digit) {
            let at: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
            return Some(match (at, &state.positional) {
                (0, _) => Value::Scalar(state.zero.clone()),
                (at, Some(texts)) => texts.get(at - 1).cloned().map_or(Value::Unset, Value::Scalar),
                (_, None) => Value::Scalar(Text::unknown()),
            });
        }
        Some(match name {
            b"#" => match &state.positional {
                Some(texts) => Value::exactly(texts.len().to_string()),
                None => Value::Scalar(Text::word()),
            },
            b"!" => {
                self.note("own-job");
                Value::Scalar(Text::word())
            }
            b"$" => state.pid.map_or_else(|| Value::Scalar(Text::word()), |pid| Value::exactly(pid.to_string())),
            b"?" | b"-" => Value::Scalar(Text::word()),
            b"@" | b"*" => Value::Scalar(Self::one(&Got::List(state.positional.clone()))),
            _ => return None,
        })
    }
}
