//! Operands dealt out to the synopsis.

use crate::grammar::model::{Arity, Kind, OperandSpec};
use crate::grammar::{Argument, Known};

/// Which arguments an operand of the synopsis got.
#[derive(Clone, Debug, Default)]
pub(super) struct Dealt {
    /// One list an operand, in the synopsis' order.
    pub groups: Vec<Vec<Argument>>,
    /// What no operand took.
    pub extra: Vec<Argument>,
    /// Which argument went where is not certain.
    pub uncertain: bool,
    /// A required operand is missing: the tool prints its usage.
    pub short: bool,
}

/// As [`deal`]; but when `specs` hold the operand `--` and that word stands behind `dashes` arguments, those before it
/// go to the operands before it and the others to those behind it.
pub(super) fn deal_around(specs: &[OperandSpec], args: &[Argument], dashes: Option<usize>) -> Dealt {
    let Some(at) = specs.iter().position(|spec| spec.name == "--") else { return deal(specs, args) };
    // Where the first operand ends the options, the word itself is still among the operands.
    let typed = args.iter().position(|argument| argument.literal() == Some(b"--"));
    let Some(count) = dashes.or(typed) else {
        let named: Vec<OperandSpec> = specs.iter().filter(|spec| spec.name != "--").cloned().collect();
        let mut dealt = deal(&named, args);
        dealt.groups.insert(at, Vec::new());
        return dealt;
    };
    let (before, behind) = args.split_at(count.min(args.len()));
    let behind = if dashes.is_none() { &behind[1..] } else { behind };
    let (mut dealt, late) = (deal(&specs[..at], before), deal(&specs[at + 1..], behind));
    dealt.groups.push(Vec::new());
    dealt.groups.extend(late.groups);
    dealt.extra.extend(late.extra);
    dealt.uncertain |= late.uncertain;
    dealt.short |= late.short;
    dealt
}

/// Deals `args` out to `specs` as a manual's synopsis means it: fixed operands first, a run in the middle takes the rest.
/// An argument that may be several, or none, goes to every operand it could reach.
fn deal(specs: &[OperandSpec], args: &[Argument]) -> Dealt {
    let mut dealt = Dealt { groups: vec![Vec::new(); specs.len()], ..Dealt::default() };
    let mut rest: Vec<&Argument> = Vec::new();
    let variables = specs.iter().position(|spec| spec.kind == Kind::Variable);
    let leading = specs.iter().any(|spec| spec.kind == Kind::Command);
    let mut open = true;
    for argument in args {
        match variables {
            Some(at) if (open || !leading) && is_variable(argument) => dealt.groups[at].push(argument.clone()),
            _ => {
                open = false;
                rest.push(argument);
            }
        }
    }
    let places: Vec<usize> = (0..specs.len()).filter(|at| specs[*at].kind != Kind::Variable).collect();
    match rest.iter().position(|argument| argument.many) {
        None => deal_counted(specs, &places, &rest, &mut dealt),
        Some(first) => {
            let last = rest.iter().rposition(|argument| argument.many).unwrap_or(first);
            deal_uncounted(specs, &places, (&rest[..first], &rest[first..=last], &rest[last + 1..]), &mut dealt);
        }
    }
    dealt
}

fn deal_counted(specs: &[OperandSpec], places: &[usize], args: &[&Argument], dealt: &mut Dealt) {
    let required = places.iter().filter(|at| matches!(arity(&specs[**at]), Arity::One | Arity::Some)).count();
    dealt.short = args.len() < required;
    let mut surplus = args.len().saturating_sub(required);
    let mut left = args.iter();
    for at in places {
        let fixed = usize::from(matches!(arity(&specs[*at]), Arity::One | Arity::Some));
        let more = match arity(&specs[*at]) {
            Arity::One => 0,
            Arity::Optional => surplus.min(1),
            Arity::Any | Arity::Some => surplus,
        };
        surplus -= more;
        dealt.groups[*at].extend(left.by_ref().take(fixed + more).map(|argument| (*argument).clone()));
    }
    dealt.extra = left.map(|argument| (*argument).clone()).collect();
}

/// `parts`: the arguments before the first that may be many, from it to the last such, and behind that.
fn deal_uncounted(
    specs: &[OperandSpec],
    places: &[usize],
    parts: (&[&Argument], &[&Argument], &[&Argument]),
    dealt: &mut Dealt,
) {
    let (before, middle, behind) = parts;
    dealt.uncertain = true;
    let mut low = 0;
    let mut middle: Vec<&Argument> = middle.to_vec();
    let mut early = Vec::new();
    for (count, argument) in before.iter().enumerate() {
        match places.get(low).map(|at| (*at, arity(&specs[*at]))) {
            Some((at, Arity::One)) => {
                dealt.groups[at].push((*argument).clone());
                low += 1;
            }
            _ => {
                early = before[count..].to_vec();
                break;
            }
        }
    }
    let mut high = places.len();
    let mut late = Vec::new();
    for (count, argument) in behind.iter().rev().enumerate() {
        match high.checked_sub(1).filter(|at| *at >= low).map(|at| (places[at], arity(&specs[places[at]]))) {
            Some((at, Arity::One)) => {
                dealt.groups[at].push((*argument).clone());
                high -= 1;
            }
            _ => {
                late = behind[..behind.len() - count].to_vec();
                break;
            }
        }
    }
    middle.splice(0..0, early);
    middle.extend(late);
    let reachable = &places[low..high];
    dealt.uncertain = reachable.len() > 1;
    if reachable.is_empty() {
        dealt.extra = middle.into_iter().cloned().collect();
        return;
    }
    for at in reachable {
        dealt.groups[*at].extend(middle.iter().map(|argument| (*argument).clone()));
    }
}

/// How many arguments the operand takes; a command line always takes all that follow.
fn arity(spec: &OperandSpec) -> Arity {
    match (spec.kind, spec.arity) {
        (Kind::Command, Arity::One) => Arity::Some,
        (Kind::Command, Arity::Optional) => Arity::Any,
        (_, arity) => arity,
    }
}

/// True when the argument is `NAME=…`.
pub(in crate::grammar) fn is_variable(argument: &Argument) -> bool {
    let (Known::Exactly(bytes) | Known::Begins(bytes)) = &argument.value else { return false };
    let Some(at) = bytes.iter().position(|byte| *byte == b'=') else { return false };
    let name = bytes[..at].strip_suffix(b"+").or_else(|| bytes[..at].strip_suffix(b":")).unwrap_or(&bytes[..at]);
    if name.starts_with(b"BASH_FUNC_") && name.ends_with(b"%%") {
        return true;
    }
    name.first().is_some_and(|first| !first.is_ascii_digit())
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte))
}
