//! The value of a shell variable.

use super::Text;
use std::collections::BTreeMap;

/// Most alternatives that are kept apart.
const MOST_CHOICES: usize = 8;

/// What a variable holds, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Surely not set.
    Unset,
    /// A string.
    Scalar(Text),
    /// An indexed array whose keys are known.
    Indexed(BTreeMap<i64, Text>),
    /// An associative array whose keys are known.
    Keyed(BTreeMap<Vec<u8>, Text>),
    /// An array, or nothing at all, of which nothing is known.
    Unknown,
    /// One of these (at least two; none is itself a choice).
    Choice(Vec<Value>),
}

/// A variable with the attributes that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// What it holds.
    pub(crate) value: Value,
    /// `declare -n`: it stands for another variable.
    pub(crate) reference: bool,
    /// `declare -i`: assignments are arithmetic.
    pub(crate) integer: bool,
    /// `declare -u`, `-l`, `-c`: what is assigned changes its letters.
    pub(crate) letters: Option<Letters>,
}

/// What becomes of letters that are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// `declare -u`.
    Upper,
    /// `declare -l`.
    Lower,
    /// Something else, or one of several.
    Unknown,
}

impl Letters {
    /// The text as it is kept.
    pub(crate) fn change(self, text: &Text) -> Text {
        match (self, text.exact()) {
            (Letters::Upper, Some(bytes)) if bytes.is_ascii() => Text::exactly(bytes.to_ascii_uppercase()),
            (Letters::Lower, Some(bytes)) if bytes.is_ascii() => Text::exactly(bytes.to_ascii_lowercase()),
            _ => Text { plain: text.plain, ..Text::unknown() },
        }
    }
}

impl Variable {
    /// A plain variable.
    pub(crate) fn plain(value: Value) -> Self {
        Self { value, reference: false, integer: false, letters: None }
    }

    /// The variable that is one or the other.
    pub(crate) fn join(&self, other: &Self) -> Self {
        Self {
            value: self.value.join(&other.value),
            reference: self.reference || other.reference,
            integer: self.integer || other.integer,
            letters: if self.letters == other.letters { self.letters } else { Some(Letters::Unknown) },
        }
    }
}

impl Value {
    /// A known string.
    pub(crate) fn exactly(bytes: impl Into<Vec<u8>>) -> Self {
        Value::Scalar(Text::exactly(bytes))
    }

    /// The string `$name` stands for; `None` when unset.
    pub(crate) fn scalar(&self) -> Option<Text> {
        match self {
            Value::Unset => None,
            Value::Scalar(text) => Some(text.clone()),
            Value::Indexed(elements) => elements.get(&0).cloned(),
            Value::Keyed(elements) => elements.get(b"0".as_slice()).cloned(),
            Value::Unknown => Some(Text::unknown()),
            Value::Choice(values) => {
                let mut texts = values.iter().map(|value| value.scalar().unwrap_or(Text::exactly("")));
                let first = texts.next()?;
                Some(texts.fold(first, |left, right| left.join(&right)))
            }
        }
    }

    /// All elements, for `"${name[@]}"`; `None` when they are not known.
    pub(crate) fn elements(&self) -> Option<Vec<Text>> {
        match self {
            Value::Unset => Some(Vec::new()),
            Value::Scalar(text) => Some(vec![text.clone()]),
            Value::Indexed(elements) => Some(elements.values().cloned().collect()),
            Value::Keyed(elements) => Some(elements.values().cloned().collect()),
            Value::Unknown | Value::Choice(_) => None,
        }
    }

    /// The keys, for `"${!name[@]}"`.
    pub(crate) fn keys(&self) -> Option<Vec<Vec<u8>>> {
        match self {
            Value::Unset => Some(Vec::new()),
            Value::Scalar(_) => Some(vec![b"0".to_vec()]),
            Value::Indexed(elements) => Some(elements.keys().map(|key| key.to_string().into_bytes()).collect()),
            Value::Keyed(elements) => Some(elements.keys().cloned().collect()),
            Value::Unknown | Value::Choice(_) => None,
        }
    }

    /// The value that is one or the other; small sets of values are kept apart.
    pub(crate) fn join(&self, other: &Value) -> Value {
        if self == other {
            return self.clone();
        }
        let mut all: Vec<Value> = Vec::new();
        for side in [self, other] {
            match side {
                Value::Choice(values) => all.extend(values.iter().cloned()),
                value => all.push(value.clone()),
            }
        }
        let mut kept: Vec<Value> = Vec::new();
        for value in all {
            if !kept.contains(&value) {
                kept.push(value);
            }
        }
        let distinct = |value: &Value| match value {
            Value::Unset | Value::Indexed(_) => true,
            Value::Scalar(text) => text.exact().is_some(),
            _ => false,
        };
        if kept.len() <= MOST_CHOICES && kept.iter().all(distinct) {
            return Value::Choice(kept);
        }
        Value::Choice(kept).collapsed()
    }

    /// A choice made one value of which less is known; other values unchanged.
    pub(crate) fn collapsed(self) -> Value {
        match self {
            Value::Choice(values) => {
                if values.iter().all(|value| matches!(value, Value::Scalar(_))) {
                    Value::Choice(values).scalar().map_or(Value::Unknown, Value::Scalar)
                } else {
                    Value::Unknown
                }
            }
            value => value,
        }
    }
}
