//! The atoms of a form's `when`. Compiled into `build.rs` too, so it names no other module.

/// One condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// It holds when the atom does not (`!-i`).
    pub negated: bool,
    /// What is asked.
    pub atom: Atom<'a>,
}

/// What a condition asks, before it is turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom<'a> {
    /// The option is given.
    Given(&'a str),
    /// The option is given, last with one of these arguments.
    GivenWith(&'a str, &'a str),
    /// The option is given at least once with one of these arguments.
    OnceWith(&'a str, &'a str),
    /// There are more operands than this.
    More(usize),
    /// There are fewer operands than this.
    Fewer(usize),
    /// The operand at this place (from 1) is one of these.
    Operand(usize, &'a str),
    /// One of the operands is one of these.
    AnyOperand(&'a str),
    /// The program is called by one of these names.
    Called(&'a str),
}

impl<'a> Condition<'a> {
    /// Reads an atom as [`super::Form::when`](super) describes it; `None` when it is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        Some(Self { negated, atom: Atom::parse(text)? })
    }
}

impl<'a> Atom<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with(['-', '+']) {
            return match text.split_once('=') {
                Some((option, values)) if option.len() > 1 => Some(match values.strip_prefix('=') {
                    Some(values) => Self::OnceWith(option, values),
                    None => Self::GivenWith(option, values),
                }),
                None if text.len() > 1 => Some(Self::Given(text)),
                _ => None,
            };
        }
        match text {
            "operands" => return Some(Self::More(0)),
            "no-operands" => return Some(Self::Fewer(1)),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("operands>") {
            return number.parse().ok().map(Self::More);
        }
        if let Some(number) = text.strip_prefix("operands<") {
            return number.parse().ok().map(Self::Fewer);
        }
        let (what, values) = text.split_once('=')?;
        if what == "called" {
            return Some(Self::Called(values));
        }
        if what == "operands" {
            return Some(Self::AnyOperand(values));
        }
        what.parse().ok().filter(|place| *place > 0).map(|place| Self::Operand(place, values))
    }
}
