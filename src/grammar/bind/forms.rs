//! Which of a grammar's readings may hold.

use super::scan::{Given, Scan};
use crate::grammar::condition::{Atom, Condition};
use crate::grammar::model::{EffectSpec, Form, Grammar, OperandSpec};
use crate::grammar::spelling::matches;
use crate::grammar::{Argument, Known};

/// A way the operands and effects may be meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'g> {
    /// The operands.
    pub operands: &'g [OperandSpec],
    /// The effects.
    pub effects: &'g [EffectSpec],
    /// Labels.
    pub tags: &'g [String],
}

/// Yes, no, or it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    Maybe,
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// The readings that may hold: at least one; only one when everything is known.
pub(super) fn readings<'g>(scan: &Scan<'g>, called: &[u8]) -> Vec<Reading<'g>> {
    let grammar = scan.deepest();
    let mut readings = Vec::new();
    for form in &grammar.forms {
        let holds = form.when.iter().map(|atom| truth(atom, scan, called)).min().unwrap_or(Truth::No);
        if holds != Truth::No {
            let operands = form.operands.as_ref().unwrap_or(&grammar.operands);
            readings.push(Reading { operands, effects: &form.effects, tags: &form.tags });
        }
        if holds == Truth::Yes {
            return readings;
        }
    }
    readings.push(Reading { operands: &grammar.operands, effects: &grammar.effects, tags: &[] });
    readings
}

/// True when an option could choose a form that does more than the operands and effects that stand outside forms.
pub(super) fn options_matter(grammar: &Grammar) -> bool {
    let base = stated(&grammar.operands, &grammar.effects);
    grammar.forms.iter().any(|form: &Form| {
        let by_option = form.when.iter().any(|atom| {
            matches!(
                Condition::parse(atom),
                Some(Condition { atom: Atom::Given(_) | Atom::GivenWith(..) | Atom::OnceWith(..), .. })
            )
        });
        let operands = form.operands.as_ref().unwrap_or(&grammar.operands);
        by_option
            && (!form.tags.is_empty()
                || stated(operands, &form.effects)
                    .iter()
                    .any(|access| !super::deeds::harmless(*access) && !base.contains(access)))
    })
}

fn stated(operands: &[OperandSpec], effects: &[EffectSpec]) -> Vec<crate::grammar::Access> {
    let of_operands = operands.iter().flat_map(|operand| operand.access.iter().copied());
    of_operands.chain(effects.iter().map(|effect| effect.access)).collect()
}

fn truth(text: &str, scan: &Scan<'_>, called: &[u8]) -> Truth {
    let Some(condition) = Condition::parse(text) else { return Truth::Maybe };
    let holds = match condition.atom {
        Atom::Given("--") => scan.dashes.is_some().into(),
        Atom::Given(option) => scan.all(option).map(|given| certain(given, Truth::Yes)).max().unwrap_or(Truth::No),
        Atom::GivenWith(option, values) => match scan.all(option).next_back() {
            None => Truth::No,
            Some(given) => match &given.argument {
                None => certain(given, values.split('|').any(str::is_empty).into()),
                Some(argument) => certain(given, one_of(argument, values, true)),
            },
        },
        Atom::OnceWith(option, values) => {
            let arguments = scan.all(option).filter_map(|given| Some((given, given.argument.as_ref()?)));
            arguments.map(|(given, argument)| certain(given, one_of(argument, values, true))).max().unwrap_or(Truth::No)
        }
        Atom::More(number) => more_than(scan, number),
        Atom::Fewer(number) => number.checked_sub(1).map_or(Truth::No, |number| more_than(scan, number).not()),
        Atom::Operand(place, values) => {
            let before = scan.operands.iter().take(place).any(|argument| argument.many);
            match scan.operands.get(place - 1) {
                _ if before => Truth::Maybe,
                None => Truth::No,
                Some(argument) => one_of(argument, values, false),
            }
        }
        Atom::AnyOperand(values) => {
            scan.operands.iter().map(|operand| one_of(operand, values, false)).max().unwrap_or(Truth::No)
        }
        Atom::Called(values) => values.split('|').any(|value| matches(value.as_bytes(), called, false)).into(),
    };
    if condition.negated { holds.not() } else { holds }
}

/// What an option says when it is one.
fn certain(given: &Given<'_>, truth: Truth) -> Truth {
    if given.doubtful { Truth::Maybe } else { truth }
}

fn more_than(scan: &Scan<'_>, number: usize) -> Truth {
    let certain = scan.operands.iter().filter(|argument| !argument.many).count();
    if certain > number {
        Truth::Yes
    } else if certain < scan.operands.len() {
        Truth::Maybe
    } else {
        Truth::No
    }
}

/// Whether the argument is one of the alternatives in `values`.
fn one_of(argument: &Argument, values: &str, fold_case: bool) -> Truth {
    let mut alternatives = values.split('|');
    match &argument.value {
        _ if argument.many => Truth::Maybe,
        Known::Exactly(bytes) => alternatives.any(|value| matches(value.as_bytes(), bytes, fold_case)).into(),
        Known::Begins(start) => {
            let could = |value: &str| {
                let fixed = value.split('*').next().unwrap_or_default().as_bytes();
                let common = fixed.len().min(start.len());
                fixed[..common].eq_ignore_ascii_case(&start[..common])
                    && (value.contains('*') || fixed.len() >= start.len())
            };
            if alternatives.any(could) { Truth::Maybe } else { Truth::No }
        }
        Known::Nothing => Truth::Maybe,
    }
}
