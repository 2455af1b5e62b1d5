//! Words to fields.

use super::brace::{Braces, braces};
use super::glob::Matches;
use super::{Field, Pattern, Piece, Text, Value, splitting};
use crate::effect::state::State;
use crate::effect::walk::Evaluator;
use crate::syntax::{Word, WordPart};
use crate::text::Span;

/// Most fields of one command that are kept apart.
const MOST_FIELDS: usize = 4096;

/// The expansion failed so that the shell ends here (`${x:?}`, an unset variable under `set -u`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aborted;

impl Evaluator<'_> {
    /// The fields of a list of words.
    pub(crate) fn fields(&mut self, state: &mut State, words: &[Word]) -> Result<Vec<Field>, Aborted> {
        let mut fields = Vec::with_capacity(words.len());
        for word in words {
            self.word_fields(state, word, &mut fields)?;
            if fields.len() > MOST_FIELDS {
                fields.truncate(MOST_FIELDS);
                fields.push(Field::many(word.span));
            }
        }
        Ok(fields)
    }

    /// The fields of one word, appended to `fields`.
    pub(crate) fn word_fields(
        &mut self,
        state: &mut State,
        word: &Word,
        fields: &mut Vec<Field>,
    ) -> Result<(), Aborted> {
        self.word = word.span;
        if let [WordPart::Bare(bytes)] = word.parts.as_slice()
            && !bytes.iter().any(|byte| matches!(byte, b'~' | b'{' | b'*' | b'?' | b'[' | b'(' | b'\\'))
        {
            fields.push(Field::exactly(bytes.clone(), word.span));
            return Ok(());
        }
        match braces(&word.parts) {
            Braces::None => self.parts_fields(state, &word.parts, word.span, fields),
            Braces::TooMany => {
                fields.push(Field::many(word.span));
                Ok(())
            }
            Braces::Words(words) => {
                for parts in words {
                    self.parts_fields(state, &parts, word.span, fields)?;
                }
                Ok(())
            }
        }
    }

    fn parts_fields(
        &mut self,
        state: &mut State,
        parts: &[WordPart],
        span: Span,
        fields: &mut Vec<Field>,
    ) -> Result<(), Aborted> {
        let assigned;
        let parts = match assignment_head(parts) {
            // A word that looks like an assignment: a tilde is live behind the `=` and behind each colon (not in POSIX mode).
            Some(equals) if !state.options.posix => {
                assigned = self.colon_tildes(state, parts, Some(equals + 1));
                &assigned
            }
            _ => parts,
        };
        let mut pieces = Vec::new();
        let rest = self.tilde(state, parts, &mut pieces);
        self.pieces(state, rest, false, &mut pieces)?;
        for group in pieces.split(|piece| *piece == Piece::Break) {
            self.finish(state, group, span, fields);
        }
        Ok(())
    }

    /// Expands a leading `~`; the parts that remain.
    fn tilde<'p>(&mut self, state: &State, parts: &'p [WordPart], pieces: &mut Vec<Piece>) -> &'p [WordPart] {
        let Some((WordPart::Bare(bytes), rest)) = parts.split_first() else { return parts };
        if bytes.first() != Some(&b'~') {
            return parts;
        }
        let slash = bytes.iter().position(|byte| *byte == b'/');
        if slash.is_none() && !rest.is_empty() {
            return parts;
        }
        let end = slash.unwrap_or(bytes.len());
        match self.tilde_value(state, &bytes[1..end]) {
            Some(home) => {
                match home.exact() {
                    Some(home) => pieces.push(Piece::Known { bytes: home.to_vec(), quoted: true }),
                    None => pieces.push(Piece::Unknown { quoted: true, plain: true, stem: false, fetched: false }),
                }
                if slash.is_some() {
                    pieces.push(Piece::Known { bytes: bytes[end..].to_vec(), quoted: false });
                }
                rest
            }
            None => parts,
        }
    }

    /// Parts with the tildes expanded that stand at `from` or behind a colon after it, as in the right side of an
    /// assignment. A tilde at the very beginning of a word is left to [`Self::tilde`].
    pub(crate) fn colon_tildes(&mut self, state: &State, parts: &[WordPart], from: Option<usize>) -> Vec<WordPart> {
        let mut out = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let WordPart::Bare(bytes) = part else {
                out.push(part.clone());
                continue;
            };
            let (mut done, mut at) = (0, if index == 0 { from.unwrap_or(0) } else { 0 });
            while let Some(tilde) = (at..bytes.len()).find(|at| bytes[*at] == b'~') {
                at = tilde + 1;
                let live = tilde > 0 && (bytes[tilde - 1] == b':' || index == 0 && Some(tilde) == from);
                let end = bytes[at..].iter().position(|byte| matches!(byte, b'/' | b':')).map(|end| at + end);
                if !live || end.is_none() && index + 1 < parts.len() {
                    continue;
                }
                let end = end.unwrap_or(bytes.len());
                let home = self.tilde_value(state, &bytes[at..end]);
                let Some(home) = home.as_ref().and_then(Text::exact) else { continue };
                out.push(WordPart::Bare(bytes[done..tilde].to_vec()));
                out.push(WordPart::Quoted(home.to_vec()));
                (done, at) = (end, end);
            }
            if done < bytes.len() || bytes.is_empty() {
                out.push(WordPart::Bare(bytes[done..].to_vec()));
            }
        }
        out
    }

    /// The directory `~NAME` stands for; `None` when it stays as it is.
    pub(crate) fn tilde_value(&mut self, state: &State, name: &[u8]) -> Option<Text> {
        use std::os::unix::ffi::OsStrExt;
        match name {
            b"" => match self.lookup(state, b"HOME").scalar() {
                Some(home) => Some(home),
                None => self.world.home(None).map(|home| Text::exactly(home.as_os_str().as_bytes())),
            },
            b"+" => Some(state.place_text()),
            b"-" => Some(self.lookup(state, b"OLDPWD").scalar().unwrap_or_else(Text::word)),
            _ if state.foreign => Some(Text::word()),
            user => self.world.home(Some(user)).map(|home| Text::exactly(home.as_os_str().as_bytes())),
        }
    }

    /// Expands parts into pieces.
    pub(crate) fn pieces(
        &mut self,
        state: &mut State,
        parts: &[WordPart],
        quoted: bool,
        out: &mut Vec<Piece>,
    ) -> Result<(), Aborted> {
        for part in parts {
            match part {
                WordPart::Bare(bytes) => out.push(Piece::Known { bytes: bytes.clone(), quoted }),
                WordPart::Quoted(bytes) => out.push(Piece::Known { bytes: bytes.clone(), quoted: true }),
                WordPart::DoubleQuoted(parts) => {
                    // `""` is a field, but `"$@"` without arguments is none.
                    let only_lists = !parts.is_empty()
                        && parts
                            .iter()
                            .all(|part| matches!(part, WordPart::Parameter(each) if super::parameter::lists(each)));
                    if !only_lists {
                        out.push(Piece::Known { bytes: Vec::new(), quoted: true });
                    }
                    self.pieces(state, parts, true, out)?;
                }
                WordPart::Parameter(parameter) => self.parameter(state, parameter, quoted, out)?,
                WordPart::Command(substitution) => {
                    let text = self.substitute(state, &substitution.script);
                    self.emit_text(state, &text, quoted, out);
                }
                WordPart::Arithmetic(word) => {
                    let number = self.arithmetic_word(state, word)?;
                    let text = number.map_or_else(Text::word, |number| Text::exactly(number.to_string()));
                    self.emit_text(state, &text, true, out);
                }
                WordPart::Process { output, script, span } => {
                    let name = self.process_substitution(state, script, *output, *span);
                    out.push(Piece::Known { bytes: name, quoted: true });
                }
                WordPart::Array(elements) => {
                    for element in elements {
                        if let Some(index) = &element.index {
                            self.text(state, index)?;
                        }
                        self.text(state, &element.value)?;
                    }
                    out.push(Piece::Unknown { quoted: true, plain: false, stem: false, fetched: false });
                }
                WordPart::Opaque(_) => {
                    self.opaque_word();
                    out.push(Piece::Unknown { quoted, plain: false, stem: false, fetched: false });
                }
            }
        }
        Ok(())
    }

    /// A value becomes pieces: split at `IFS` unless quoted.
    pub(crate) fn emit_text(&mut self, state: &State, text: &Text, quoted: bool, out: &mut Vec<Piece>) {
        let known = text.prefix();
        if quoted {
            out.push(Piece::Known { bytes: known.to_vec(), quoted: true });
        } else if !known.is_empty() {
            self.split(state, known, out);
        }
        if text.exact().is_none() {
            out.push(Piece::Unknown { quoted, plain: text.plain, stem: text.stem, fetched: text.fetched });
        }
    }

    /// `IFS` as the line has left it; `None` when it is not known.
    pub(crate) fn separators(&self, state: &State) -> Option<Vec<u8>> {
        match state.variables.get(b"IFS".as_slice()).map(|variable| &variable.value) {
            None | Some(Value::Unset) => Some(splitting::DEFAULT.to_vec()),
            Some(value) => value.scalar()?.exact().map(<[u8]>::to_vec),
        }
    }

    fn split(&mut self, state: &State, bytes: &[u8], out: &mut Vec<Piece>) {
        let Some(ifs) = self.separators(state) else {
            out.push(Piece::Many);
            return;
        };
        let mut rest = splitting::without_blanks(bytes, &ifs);
        if rest.len() < bytes.len() {
            out.push(Piece::Break);
        }
        while !rest.is_empty() {
            let cut = splitting::cut(rest, &ifs);
            if !cut.field.is_empty() {
                out.push(Piece::Known { bytes: cut.field.to_vec(), quoted: false });
            } else if cut.hard {
                out.push(Piece::Known { bytes: Vec::new(), quoted: true });
            }
            if cut.ended {
                out.push(Piece::Break);
            }
            rest = cut.rest;
        }
    }

    /// One group of pieces becomes fields; what came from another machine stays marked.
    fn finish(&mut self, state: &State, group: &[Piece], span: Span, fields: &mut Vec<Field>) {
        let before = fields.len();
        self.fields_of(state, group, span, fields);
        if group.iter().any(|piece| matches!(piece, Piece::Unknown { fetched: true, .. })) {
            for field in &mut fields[before..] {
                field.text.fetched = true;
            }
        }
    }

    /// One group of pieces becomes fields: joined, or matched against the file system.
    fn fields_of(&mut self, state: &State, group: &[Piece], span: Span, fields: &mut Vec<Field>) {
        if group.is_empty() {
            return;
        }
        let mut pattern = Pattern::default();
        let (mut prefix, mut unknown, mut many, mut plain) = (Vec::new(), false, false, true);
        for piece in group {
            match piece {
                Piece::Known { bytes, quoted } => {
                    if !unknown {
                        prefix.extend_from_slice(bytes);
                    }
                    pattern.push(bytes, *quoted);
                }
                Piece::Unknown { quoted, plain: without_space, .. } => {
                    unknown = true;
                    plain &= without_space;
                    many |= !quoted && !without_space;
                }
                Piece::Many => {
                    unknown = true;
                    many = true;
                }
                Piece::Break => {}
            }
        }
        let live = !state.options.noglob && pattern.is_live();
        if !unknown && !live {
            fields.push(Field::exactly(prefix, span));
            return;
        }
        if !unknown {
            match self.glob(state, &pattern) {
                Matches::Names(names) if names.is_empty() => {
                    if !state.options.nullglob {
                        fields.push(Field::exactly(prefix, span));
                    }
                }
                Matches::Names(names) => fields.extend(names.into_iter().map(|name| Field::exactly(name, span))),
                Matches::Unknown(prefix) => {
                    fields.push(Field { text: Text::begins(prefix, false), many: true, span });
                }
            }
            return;
        }
        // A list of names may be empty, and then what is written behind it stands alone.
        let hollow = group.iter().enumerate().any(|(at, piece)| {
            matches!(piece, Piece::Unknown { stem: true, .. })
                && group[at + 1..].iter().any(|piece| !matches!(piece, Piece::Known { bytes, .. } if bytes.is_empty()))
        });
        if hollow {
            fields.push(Field { text: Text::unknown(), many, span });
            return;
        }
        if live {
            // What stands before the first live character is known all the same.
            let known =
                pattern.components().iter().take_while(|part| !part.is_live()).fold(Vec::new(), |mut all, part| {
                    all.extend_from_slice(part.literal());
                    all.push(b'/');
                    all
                });
            let common = prefix.iter().zip(&known).take_while(|(left, right)| left == right).count();
            fields.push(Field { text: Text::begins(&prefix[..common], false), many: true, span });
            return;
        }
        if let [Piece::Known { .. }, Piece::Unknown { stem: true, .. }] = group {
            fields.push(Field { text: Text::begins(prefix, false), many: true, span });
            return;
        }
        let text = Text::begins(prefix, plain);
        if many && !text.prefix().is_empty() {
            fields.push(Field { text, many: false, span });
            fields.push(Field::many(span));
        } else {
            fields.push(Field { text, many, span });
        }
    }

    /// The text of a word where neither splitting nor globbing happens (assignments, here-documents, `case`).
    pub(crate) fn text(&mut self, state: &mut State, word: &Word) -> Result<Text, Aborted> {
        if let [WordPart::Bare(bytes) | WordPart::Quoted(bytes)] = word.parts.as_slice()
            && !bytes.contains(&b'~')
        {
            return Ok(Text::exactly(bytes.clone()));
        }
        self.word = word.span;
        let mut pieces = Vec::new();
        let rest = self.tilde(state, &word.parts, &mut pieces);
        self.pieces(state, rest, true, &mut pieces)?;
        Ok(Self::joined(&pieces))
    }

    /// Pieces as one text; fields of a list are joined by a space.
    pub(crate) fn joined(pieces: &[Piece]) -> Text {
        Self::joined_by(pieces, &Text::exactly(" "))
    }

    /// Pieces as one text; fields of a list are joined by `separator`.
    pub(crate) fn joined_by(pieces: &[Piece], separator: &Text) -> Text {
        let mut text = Text::exactly("");
        for piece in pieces {
            match piece {
                Piece::Known { bytes, .. } => text.push(&Text::exactly(bytes.clone())),
                Piece::Unknown { plain, fetched, .. } => {
                    text.push(&Text { plain: *plain, fetched: *fetched, ..Text::unknown() });
                }
                Piece::Many => text.push(&Text::unknown()),
                Piece::Break => text.push(separator),
            }
        }
        text
    }

    /// The pattern a word is; `None` when it is not wholly known.
    pub(crate) fn pattern_of(&mut self, state: &mut State, word: &Word) -> Result<Option<Pattern>, Aborted> {
        let mut pieces = Vec::new();
        let rest = self.tilde(state, &word.parts, &mut pieces);
        for part in rest {
            // Expansions stay live in a pattern unless quoted, but nothing is split.
            let live = matches!(part, WordPart::Bare(_));
            let mut own = Vec::new();
            self.pieces(state, std::slice::from_ref(part), true, &mut own)?;
            let quoted = !live && !matches!(part, WordPart::Parameter(_) | WordPart::Command(_));
            for piece in own {
                pieces.push(match piece {
                    Piece::Known { bytes, .. } => Piece::Known { bytes, quoted },
                    other => other,
                });
            }
        }
        let mut pattern = Pattern::default();
        for piece in &pieces {
            match piece {
                Piece::Known { bytes, quoted } => pattern.push(bytes, *quoted),
                Piece::Break => pattern.push(b" ", true),
                _ => return Ok(None),
            }
        }
        pattern.fold_case(state.options.nocasematch);
        Ok(Some(pattern))
    }
}

/// Where the `=` of a word is that begins like an assignment.
fn assignment_head(parts: &[WordPart]) -> Option<usize> {
    let Some(WordPart::Bare(bytes)) = parts.first() else { return None };
    if !bytes.contains(&b'~') {
        return None;
    }
    let equals = bytes.iter().position(|byte| *byte == b'=')?;
    let (name, first) = (&bytes[..equals], bytes.first()?);
    let valid = (first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    valid.then_some(equals)
}
