//! Constructs.

use super::list::list;
use super::simple::words;
use super::unknown;
use crate::syntax::CaseEnd;
use crate::syntax::plan::{ArmPlan, CompoundPlan, Mismatch};
use crate::syntax::text::Text;
use ::rable::{Node, NodeKind};

/// The construct a node stands for.
pub(super) fn compound(text: &Text<'_>, node: &Node, depth: usize) -> Result<CompoundPlan, Mismatch> {
    let inner = |node: &Node| list(text, node, depth + 1);
    Ok(match &node.kind {
        NodeKind::Subshell { body, .. } => CompoundPlan::Subshell(inner(body)?),
        NodeKind::BraceGroup { body, .. } => CompoundPlan::Group(inner(body)?),
        NodeKind::If { .. } => conditional(text, node, depth)?,
        NodeKind::While { condition, body, .. } => {
            CompoundPlan::While { until: false, condition: inner(condition)?, body: inner(body)? }
        }
        NodeKind::Until { condition, body, .. } => {
            CompoundPlan::While { until: true, condition: inner(condition)?, body: inner(body)? }
        }
        NodeKind::For { words: items, body, .. } | NodeKind::Select { words: items, body, .. } => CompoundPlan::For {
            select: matches!(node.kind, NodeKind::Select { .. }),
            words: items.as_ref().map(|items| words(text, items)).transpose()?,
            body: inner(body)?,
        },
        NodeKind::ForArith { body, .. } => CompoundPlan::ArithmeticFor(inner(body)?),
        NodeKind::Case { patterns, .. } => {
            let mut arms = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                arms.push(ArmPlan {
                    patterns: Some(words(text, &pattern.patterns)?),
                    body: pattern.body.as_ref().map(inner).transpose()?.unwrap_or_default(),
                    end: Some(match pattern.terminator.as_str() {
                        ";;" => CaseEnd::Break,
                        ";&" => CaseEnd::FallThrough,
                        ";;&" => CaseEnd::Continue,
                        _ => return Err(unknown(text, node)),
                    }),
                });
            }
            CompoundPlan::Case(arms)
        }
        NodeKind::ArithmeticCommand { .. } => CompoundPlan::Arithmetic,
        NodeKind::ConditionalExpr { body, .. } => {
            let mut tokens = Vec::new();
            test(text, body, &mut tokens)?;
            CompoundPlan::Test(Some(tokens))
        }
        _ => return Err(unknown(text, node)),
    })
}

/// `elif` arms are nested `if` nodes in the place of `else`; a real `if` inside `else` has a span that begins with `if`.
fn conditional(text: &Text<'_>, node: &Node, depth: usize) -> Result<CompoundPlan, Mismatch> {
    let mut arms = Vec::new();
    let mut at = node;
    loop {
        let NodeKind::If { condition, then_body, else_body, .. } = &at.kind else {
            return Ok(CompoundPlan::If { arms, otherwise: Some(list(text, at, depth + 1)?) });
        };
        if !arms.is_empty() && !text.starting_at(at.span.start).starts_with("elif") {
            return Ok(CompoundPlan::If { arms, otherwise: Some(list(text, at, depth + 1)?) });
        }
        arms.push((list(text, condition, depth + 1)?, list(text, then_body, depth + 1)?));
        match else_body {
            Some(next) => at = next,
            None => return Ok(CompoundPlan::If { arms, otherwise: None }),
        }
    }
}

/// The tokens of `[[ … ]]` in order.
fn test(text: &Text<'_>, node: &Node, tokens: &mut Vec<Vec<u8>>) -> Result<(), Mismatch> {
    let term = |node: &Node| match &node.kind {
        NodeKind::CondTerm { value, .. } => Ok(text.decode(value).into_owned()),
        _ => Err(unknown(text, node)),
    };
    match &node.kind {
        NodeKind::UnaryTest { op, operand } => {
            tokens.push(op.clone().into_bytes());
            tokens.push(term(operand)?);
        }
        NodeKind::BinaryTest { op, left, right } => {
            tokens.push(term(left)?);
            tokens.push(op.clone().into_bytes());
            tokens.push(term(right)?);
        }
        NodeKind::CondAnd { left, right } | NodeKind::CondOr { left, right } => {
            test(text, left, tokens)?;
            let and = matches!(node.kind, NodeKind::CondAnd { .. });
            tokens.push(if and { b"&&".to_vec() } else { b"||".to_vec() });
            test(text, right, tokens)?;
        }
        NodeKind::CondNot { operand } => {
            tokens.push(b"!".to_vec());
            test(text, operand, tokens)?;
        }
        NodeKind::CondParen { inner } => {
            tokens.push(b"(".to_vec());
            test(text, inner, tokens)?;
            tokens.push(b")".to_vec());
        }
        _ => return Err(unknown(text, node)),
    }
    Ok(())
}
