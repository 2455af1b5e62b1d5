//! Lists and pipelines.

use super::{compound, simple, unknown};
use crate::syntax::Joint;
use crate::syntax::plan::{AndOrPlan, List, Mismatch, PipelinePlan, StagePlan};
use crate::syntax::scan::DEEPEST;
use crate::syntax::text::Text;
use ::rable::{ListOperator, Node, NodeKind, PipeSep};

/// The list a node stands for.
pub(super) fn list(text: &Text<'_>, node: &Node, depth: usize) -> Result<List, Mismatch> {
    let mut list = List::new();
    extend(text, node, &mut list, depth)?;
    Ok(list)
}

/// Adds the commands of `node` to `list`. The parser nests lists to the left, so the spine is walked, not recursed.
pub(super) fn extend(text: &Text<'_>, node: &Node, list: &mut List, depth: usize) -> Result<(), Mismatch> {
    if depth > DEEPEST {
        return Err(unknown(text, node));
    }
    let mut spine = Vec::new();
    let mut left = node;
    while let NodeKind::List { items } = &left.kind {
        let (operator, right) = match items.as_slice() {
            [only] => (only.operator, None),
            [first, second] if second.operator.is_none() => (first.operator, Some(&second.command)),
            _ => return Err(unknown(text, left)),
        };
        spine.push((operator, right));
        left = &items[0].command;
    }
    list.push(AndOrPlan { first: pipeline(text, left, depth)?, rest: Vec::new(), background: false });
    for (operator, right) in spine.into_iter().rev() {
        match (operator, right) {
            (Some(operator @ (ListOperator::And | ListOperator::Or)), Some(right)) => {
                let joint = if operator == ListOperator::And { Joint::And } else { Joint::Or };
                let last = list.last_mut().ok_or_else(|| unknown(text, node))?;
                last.rest.push((joint, pipeline(text, right, depth)?));
            }
            (Some(ListOperator::Semi), Some(right)) => extend(text, right, list, depth + 1)?,
            (Some(ListOperator::Background), right) => {
                list.last_mut().ok_or_else(|| unknown(text, node))?.background = true;
                if let Some(right) = right {
                    extend(text, right, list, depth + 1)?;
                }
            }
            _ => return Err(unknown(text, node)),
        }
    }
    Ok(())
}

/// The pipeline a node stands for.
fn pipeline(text: &Text<'_>, node: &Node, depth: usize) -> Result<PipelinePlan, Mismatch> {
    let (mut negated, mut timed) = (false, false);
    let mut inner = node;
    loop {
        match &inner.kind {
            NodeKind::Negation { pipeline } => {
                negated = !negated;
                inner = pipeline;
            }
            NodeKind::Time { pipeline, .. } => {
                timed = true;
                inner = pipeline;
            }
            _ => break,
        }
    }
    let mut stages = Vec::new();
    match &inner.kind {
        NodeKind::Pipeline { commands, separators } => {
            let mut commands = commands.iter();
            for index in 0..=separators.len() {
                let command = commands.next().ok_or_else(|| unknown(text, inner))?;
                let both = separators.get(index) == Some(&PipeSep::PipeBoth);
                stages.push(stage(text, command, both, depth + 1)?);
                // For a stage that is no simple command `|&` is a redirection node of its own.
                if both && !matches!(command.kind, NodeKind::Command { .. }) {
                    commands.next();
                }
            }
            if commands.next().is_some() {
                return Err(unknown(text, inner));
            }
        }
        NodeKind::Empty => {}
        _ => stages.push(stage(text, inner, false, depth + 1)?),
    }
    Ok(PipelinePlan { negated: Some(negated), timed: Some(timed), stages })
}

/// The stage a node stands for; with `both` its last redirection is the one `|&` added.
pub(super) fn stage(text: &Text<'_>, node: &Node, both: bool, depth: usize) -> Result<StagePlan, Mismatch> {
    if depth > DEEPEST {
        return Err(unknown(text, node));
    }
    match &node.kind {
        NodeKind::Command { assignments, words, redirects } => {
            let kept = redirects.len() - usize::from(both && !redirects.is_empty());
            simple::simple(text, assignments, words, &redirects[..kept]).map(StagePlan::Simple)
        }
        NodeKind::Function { name, body } => Ok(StagePlan::Function {
            name: text.decode(name).into_owned(),
            body: Box::new(stage(text, body, false, depth + 1)?),
        }),
        NodeKind::Coproc { name, command } => Ok(StagePlan::Coproc {
            name: name.as_ref().map(|name| text.decode(name).into_owned()),
            command: Box::new(stage(text, command, false, depth + 1)?),
        }),
        _ => compound::compound(text, node, depth).map(StagePlan::Compound),
    }
}
