//! Assignments, and the builtins that declare variables.

use super::subscript_code;
use crate::effect::state::State;
use crate::effect::value::{Aborted, Field, Letters, Text, Value, Variable};
use crate::effect::walk::{Evaluator, Flow};
use crate::syntax::{ArrayElement, AssignedValue, Assignment, Word, WordPart};
use crate::text::Span;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the options of `declare` say.
#[derive(Clone, Copy, Default)]
struct Attributes {
    array: bool,
    keyed: bool,
    reference: bool,
    integer: bool,
    local: bool,
    global: bool,
    functions: bool,
    export: bool,
    changed: bool,
    letters: Option<Letters>,
}

impl Evaluator<'_> {
    /// Carries out one assignment.
    pub(crate) fn assign(&mut self, state: &mut State, assignment: &Assignment) -> Result<(), Aborted> {
        self.assigned(state, assignment)?;
        self.living_variable(state, &assignment.name, assignment.span);
        Ok(())
    }

    /// Variables that bash itself acts on when they are set, and those that programs inherit.
    fn living_variable(&mut self, state: &mut State, name: &[u8], span: Span) {
        self.word = span;
        let value = self.lookup(state, name).scalar();
        match name {
            // What the shell looks up in place of a command's name.
            b"BASH_CMDS" | b"BASH_ALIASES" => self.opaque_word(),
            // Numbers to bash: an expression is evaluated, and a subscript in it run.
            b"RANDOM" | b"OPTIND" | b"HISTCMD" | b"BASHPID" | b"EPOCHSECONDS"
                if value.as_ref().is_some_and(|value| subscript_code(value.prefix())) =>
            {
                self.hidden_code(state, &value.unwrap_or_else(Text::unknown));
            }
            // Expanded as a script's words would be, before every traced command and every prompt.
            b"PS0" | b"PS1" | b"PS2" | b"PS4"
                if value.as_ref().is_none_or(|value| value.exact().is_none_or(subscript_code)) =>
            {
                self.hidden_code(state, &value.unwrap_or_else(Text::unknown));
            }
            _ if state.options.allexport || self.world.variable(name).is_some() => {
                self.environment_code(name, value.as_ref(), span);
            }
            _ => {}
        }
    }

    fn assigned(&mut self, state: &mut State, assignment: &Assignment) -> Result<(), Aborted> {
        match &assignment.value {
            AssignedValue::Scalar(word) => {
                let text = self.assigned_text(state, word)?;
                self.store(state, &assignment.name, assignment.index.as_ref(), text, assignment.append)
            }
            AssignedValue::Array(elements) => {
                self.store_array(state, &assignment.name, elements, assignment.append, false)
            }
        }
    }

    /// The right side of an assignment: a tilde is live behind each colon too.
    fn assigned_text(&mut self, state: &mut State, word: &Word) -> Result<Text, Aborted> {
        let live = |part: &WordPart| matches!(part, WordPart::Bare(bytes) if bytes.windows(2).any(|two| two == b":~"));
        if !word.parts.iter().any(live) {
            return self.text(state, word);
        }
        let parts = self.colon_tildes(state, &word.parts, None);
        self.text(state, &Word { parts, span: word.span })
    }

    /// Sets what a word names: a variable, or with `NAME[SUBSCRIPT]` an element of one.
    pub(crate) fn set_named(&mut self, state: &mut State, named: &[u8], text: Text) {
        let Some(open) = named.iter().position(|byte| *byte == b'[') else {
            state.set(named, Value::Scalar(text));
            return;
        };
        let name = &named[..open];
        let inner = named[open + 1..].strip_suffix(b"]").unwrap_or_default();
        let simple = !inner.is_empty() && !inner.iter().any(|byte| b"$`\\'\"[]".contains(byte));
        let index = Word { parts: vec![WordPart::Quoted(inner.to_vec())], span: self.word };
        if !simple || self.store(state, name, Some(&index), text, false).is_err() {
            state.set(name, Value::Unknown);
        }
    }

    fn store(
        &mut self,
        state: &mut State,
        name: &[u8],
        index: Option<&Word>,
        text: Text,
        append: bool,
    ) -> Result<(), Aborted> {
        let before = self.lookup(state, name);
        let added = text.clone();
        let Some(index) = index else {
            let value = if append {
                let mut whole = before.scalar().unwrap_or_else(|| Text::exactly(""));
                whole.push(&text);
                Value::Scalar(whole)
            } else {
                Value::Scalar(text)
            };
            let integer = state.variables.get(name).is_some_and(|variable| variable.integer && !variable.reference);
            if integer {
                let before = if append { self.lookup(state, name).scalar() } else { None };
                let before = before.map_or(Some(0), |text| self.arithmetic(state, &text, 0));
                let number = match &value {
                    Value::Scalar(whole) if !append => self.arithmetic(state, &whole.clone(), 0),
                    _ => self.arithmetic(state, &added, 0),
                };
                let number = before.zip(number).map(|(before, number)| before.wrapping_add(number));
                let text = number.map_or_else(Text::word, |number| Text::exactly(number.to_string()));
                if let Some(variable) = Rc::make_mut(&mut state.variables).get_mut(name) {
                    variable.value = Value::Scalar(text);
                }
            } else {
                state.set(name, value);
            }
            return Ok(());
        };
        let mut text = text;
        let value = match before {
            Value::Keyed(mut elements) => match self.text(state, index)?.exact() {
                Some(key) => {
                    if append && let Some(mut whole) = elements.get(key).cloned() {
                        whole.push(&text);
                        text = whole;
                    }
                    elements.insert(key.to_vec(), text);
                    Value::Keyed(elements)
                }
                None => Value::Unknown,
            },
            before @ (Value::Indexed(_) | Value::Unset | Value::Scalar(_)) => {
                let mut elements = match before {
                    Value::Indexed(elements) => elements,
                    Value::Scalar(text) => BTreeMap::from([(0, text)]),
                    _ => BTreeMap::new(),
                };
                match self.arithmetic_word(state, index)? {
                    Some(at) if at >= 0 => {
                        if append && let Some(mut whole) = elements.get(&at).cloned() {
                            whole.push(&text);
                            text = whole;
                        }
                        elements.insert(at, text);
                        Value::Indexed(elements)
                    }
                    _ => Value::Unknown,
                }
            }
            _ => {
                self.arithmetic_word(state, index)?;
                Value::Unknown
            }
        };
        state.set(name, value);
        Ok(())
    }

    fn store_array(
        &mut self,
        state: &mut State,
        name: &[u8],
        elements: &[ArrayElement],
        append: bool,
        keyed: bool,
    ) -> Result<(), Aborted> {
        let before = self.lookup(state, name);
        if keyed || matches!(before, Value::Keyed(_)) {
            let mut pairs = match before {
                Value::Keyed(pairs) if append => pairs,
                _ => BTreeMap::new(),
            };
            let mut clear = true;
            // `(KEY VALUE KEY VALUE …)`, from bash 5.1 on.
            let paired = elements.iter().all(|element| element.index.is_none());
            for pair in elements.chunks(2).filter(|_| paired) {
                let key = self.text(state, &pair[0].value)?;
                let value = match pair.get(1) {
                    Some(element) => self.text(state, &element.value)?,
                    None => Text::exactly(""),
                };
                match key.exact() {
                    Some(key) => {
                        pairs.insert(key.to_vec(), value);
                    }
                    None => clear = false,
                }
            }
            for element in elements.iter().filter(|_| !paired) {
                let value = self.text(state, &element.value)?;
                match &element.index {
                    Some(index) => match self.text(state, index)?.exact() {
                        Some(key) => {
                            pairs.insert(key.to_vec(), value);
                        }
                        None => clear = false,
                    },
                    None => clear = false,
                }
            }
            state.set(name, if clear { Value::Keyed(pairs) } else { Value::Unknown });
            return Ok(());
        }
        let mut items = match before {
            Value::Indexed(items) if append => items,
            Value::Scalar(text) if append => BTreeMap::from([(0, text)]),
            _ => BTreeMap::new(),
        };
        let mut next = items.keys().next_back().map_or(0, |last| last.saturating_add(1));
        for element in elements {
            if let Some(index) = &element.index {
                let Some(at) = self.arithmetic_word(state, index)? else {
                    state.set(name, Value::Unknown);
                    return Ok(());
                };
                let text = self.text(state, &element.value)?;
                items.insert(at, text);
                next = at.saturating_add(1);
                continue;
            }
            let mut fields = Vec::new();
            self.word_fields(state, &element.value, &mut fields)?;
            for field in fields {
                if field.many {
                    state.set(name, Value::Unknown);
                    return Ok(());
                }
                items.insert(next, field.text);
                next = next.saturating_add(1);
            }
        }
        state.set(name, Value::Indexed(items));
        Ok(())
    }

    /// `declare`, `local`, `export`, `readonly`, whose arguments are assignments.
    pub(crate) fn declare(&mut self, mut state: State, words: &[Word], span: Span) -> Flow {
        let mut attributes = Attributes::default();
        let mut shown: Vec<Vec<u8>> = Vec::new();
        let mut runs = false;
        for (at, word) in words.iter().enumerate() {
            if at == 0 {
                let name = crate::effect::walk::literal_word(word).unwrap_or_default();
                attributes.local = name == b"local"
                    || (matches!(name.as_slice(), b"declare" | b"typeset") && !state.hidden.is_empty());
                attributes.export = name == b"export";
                shown.push(name);
                continue;
            }
            if let Some((name, append, rest)) = split_assignment(word) {
                runs |= rest.parts.iter().any(|part| matches!(part, WordPart::Command(_) | WordPart::DoubleQuoted(_)));
                if self.declared(&mut state, &name, append, &rest, attributes).is_err() {
                    return self.end_shell(state);
                }
                shown.push(name);
                continue;
            }
            let mut fields = Vec::new();
            if self.word_fields(&mut state, word, &mut fields).is_err() {
                return self.end_shell(state);
            }
            for field in fields {
                shown.push(field.shown());
                self.declared_field(&mut state, &field, &mut attributes);
            }
        }
        self.invoked(shown, span, None);
        if attributes.functions || words.len() == 1 {
            state.write(&Text::unknown());
        }
        if runs || attributes.changed { Flow::success(state) } else { Flow::either(state) }
    }

    fn declared(
        &mut self,
        state: &mut State,
        name: &[u8],
        append: bool,
        rest: &Word,
        attributes: Attributes,
    ) -> Result<(), Aborted> {
        let (name, index) = match name.iter().position(|byte| *byte == b'[') {
            Some(open) => {
                let inner = name[open + 1..].strip_suffix(b"]").unwrap_or_default().to_vec();
                (&name[..open], Some(Word { parts: vec![WordPart::Bare(inner)], span: rest.span }))
            }
            None => (name, None),
        };
        if index
            .as_ref()
            .is_some_and(|index| matches!(index.parts.as_slice(), [WordPart::Bare(bytes)] if subscript_code(bytes)))
        {
            self.opaque_word();
        }
        let array = match rest.parts.as_slice() {
            [WordPart::Array(elements)] => Some(elements.clone()),
            _ => None,
        };
        let text = if array.is_none() { Some(self.assigned_text(state, rest)?) } else { None };
        self.prepare(state, name, attributes);
        if let Some(elements) = array {
            self.store_array(state, name, &elements, append, attributes.keyed)?;
        } else if let Some(text) = text {
            if attributes.reference {
                if subscript_code(text.prefix()) {
                    self.opaque_word();
                }
                Rc::make_mut(&mut state.variables)
                    .insert(name.to_vec(), Variable { reference: true, ..Variable::plain(Value::Scalar(text)) });
            } else {
                self.environment_lasting(state, name, &text);
                let listed = attributes.array || attributes.keyed;
                if listed && index.is_none() && text.exact().is_none_or(|text| text.starts_with(b"(")) {
                    // `declare -a NAME='(…)'`: the text is read as a list.
                    state.set(name, Value::Unknown);
                } else {
                    self.store(state, name, index.as_ref(), text, append)?;
                }
            }
        }
        Ok(())
    }

    /// An exported variable that programs take code from: noted where it is set for what follows.
    fn environment_lasting(&mut self, state: &State, name: &[u8], text: &Text) {
        let span = self.word;
        self.environment_code(name, Some(text), span);
        self.environment_command(state, name, Some(text), span);
    }

    fn prepare(&mut self, state: &mut State, name: &[u8], attributes: Attributes) {
        if attributes.local && !attributes.global {
            let old = state.variables.get(name).cloned();
            if let Some(frame) = state.hidden.last_mut()
                && !frame.iter().any(|(hidden, _)| hidden == name)
            {
                frame.push((name.to_vec(), old));
                Rc::make_mut(&mut state.variables).insert(name.to_vec(), Variable::plain(Value::Unset));
            }
        }
        if attributes.integer || attributes.keyed || attributes.array || attributes.letters.is_some() {
            let before = self.lookup(state, name);
            let value = match before {
                Value::Unset if attributes.keyed => Value::Keyed(BTreeMap::new()),
                Value::Unset if attributes.array => Value::Indexed(BTreeMap::new()),
                value => value,
            };
            let letters = attributes.letters;
            let variable = Variable { integer: attributes.integer, letters, ..Variable::plain(value) };
            Rc::make_mut(&mut state.variables).insert(name.to_vec(), variable);
        }
    }

    fn declared_field(&mut self, state: &mut State, field: &Field, attributes: &mut Attributes) {
        let Some(bytes) = field.exact() else { return };
        if let Some(letters) = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")) {
            for letter in letters {
                match letter {
                    b'a' => attributes.array = true,
                    b'A' => attributes.keyed = true,
                    b'n' => attributes.reference = true,
                    b'i' => attributes.integer = true,
                    b'u' => attributes.letters = Some(Letters::Upper),
                    b'l' => attributes.letters = Some(Letters::Lower),
                    b'c' => attributes.letters = Some(Letters::Unknown),
                    b'g' => attributes.global = true,
                    b'x' => attributes.export = true,
                    b'f' | b'F' | b'p' => attributes.functions = true,
                    _ => {}
                }
            }
            return;
        }
        if attributes.functions {
            if attributes.export && !state.exported.iter().any(|name| name == bytes) {
                Rc::make_mut(&mut state.exported).push(bytes.to_vec());
            }
            return;
        }
        match bytes.iter().position(|byte| *byte == b'=') {
            Some(equals) => {
                let (name, value) = (bytes[..equals].to_vec(), bytes[equals + 1..].to_vec());
                if subscript_code(&name) {
                    self.hidden_code(state, &Text::exactly(name.clone()));
                }
                self.prepare(state, &name, *attributes);
                self.environment_code(&name, Some(&Text::exactly(value.clone())), field.span);
                self.set_named(state, &name, Text::exactly(value));
            }
            None => {
                if subscript_code(bytes) {
                    self.opaque_word();
                }
                let bytes = bytes.to_vec();
                self.prepare(state, &bytes, *attributes);
                // `export NAME`: what it was set to before is handed on from now on.
                if state.variables.contains_key(&bytes) {
                    let value = self.lookup(state, &bytes).scalar();
                    if value.is_some() {
                        self.environment_code(&bytes, value.as_ref(), field.span);
                    }
                }
            }
        }
    }

    /// The same behind `command` or `builtin`, where arguments are ordinary words.
    pub(crate) fn declare_fields(&mut self, mut state: State, name: &[u8], arguments: &[Field]) -> Flow {
        let mut attributes = Attributes { local: name == b"local", export: name == b"export", ..Attributes::default() };
        for field in arguments {
            self.declared_field(&mut state, field, &mut attributes);
        }
        Flow::either(state)
    }

    /// The array `name` without the element that `named` (`NAME[SUBSCRIPT]`) is.
    fn without_element(&mut self, state: &State, name: &[u8], named: &[u8]) -> Value {
        let key = named[name.len() + 1..].strip_suffix(b"]").unwrap_or_default();
        match self.lookup(state, name) {
            Value::Indexed(mut elements) => {
                let at = std::str::from_utf8(key).ok().and_then(|key| key.parse::<i64>().ok());
                match at.filter(|at| *at >= 0) {
                    Some(at) => {
                        elements.remove(&at);
                        Value::Indexed(elements)
                    }
                    None => Value::Unknown,
                }
            }
            Value::Keyed(mut elements) if !key.iter().any(|byte| b"$`\\'\"@*".contains(byte)) => {
                elements.remove(key);
                Value::Keyed(elements)
            }
            _ => Value::Unknown,
        }
    }

    /// `unset [-v|-f] NAME…`.
    pub(crate) fn unset(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        let functions_only = arguments.iter().any(|field| field.exact() == Some(b"-f"));
        for field in arguments {
            let Some(name) = field.exact() else { continue };
            if name.starts_with(b"-") {
                continue;
            }
            if !functions_only {
                let plain = name.split(|byte| *byte == b'[').next().unwrap_or_default();
                let value = if plain == name { Value::Unset } else { self.without_element(&state, plain, name) };
                Rc::make_mut(&mut state.variables).insert(plain.to_vec(), Variable::plain(value));
            }
            if functions_only && state.functions.contains_key(name) {
                Rc::make_mut(&mut state.functions).remove(name);
            }
        }
        Flow::success(state)
    }
}

/// `NAME=…`, `NAME+=…`, `NAME[i]=…` at the beginning of a word: the name, whether it appends, and the rest.
fn split_assignment(word: &Word) -> Option<(Vec<u8>, bool, Word)> {
    let (WordPart::Bare(bytes), rest) = word.parts.split_first()? else { return None };
    let equals = bytes.iter().position(|byte| *byte == b'=')?;
    let mut name = &bytes[..equals];
    let append = name.ends_with(b"+");
    if append {
        name = &name[..name.len() - 1];
    }
    let plain = name.split(|byte| *byte == b'[').next().unwrap_or_default();
    let valid = plain.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && plain.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if !valid {
        return None;
    }
    let mut parts = Vec::new();
    if equals + 1 < bytes.len() {
        parts.push(WordPart::Bare(bytes[equals + 1..].to_vec()));
    }
    parts.extend_from_slice(rest);
    Some((name.to_vec(), append, Word { parts, span: word.span }))
}
