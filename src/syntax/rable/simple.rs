//! Simple commands and redirections.

use super::unknown;
use crate::syntax::plan::{Mismatch, RedirectionPlan, SimplePlan};
use crate::syntax::text::Text;
use ::rable::{Node, NodeKind};

/// The raw text of word nodes.
pub(super) fn words(text: &Text<'_>, nodes: &[Node]) -> Result<Vec<Vec<u8>>, Mismatch> {
    nodes.iter().map(|node| word(text, node)).collect()
}

fn word(text: &Text<'_>, node: &Node) -> Result<Vec<u8>, Mismatch> {
    match &node.kind {
        NodeKind::Word { value, .. } => Ok(text.decode(value).into_owned()),
        _ => Err(unknown(text, node)),
    }
}

/// The plan of a simple command.
pub(super) fn simple(
    text: &Text<'_>,
    assignments: &[Node],
    words: &[Node],
    redirects: &[Node],
) -> Result<SimplePlan, Mismatch> {
    let mut all = self::words(text, assignments)?;
    all.extend(self::words(text, words)?);
    Ok(SimplePlan { words: Some(all), redirections: Some(redirections(text, redirects)?), extent: None })
}

/// Operators and targets. The parser rewrites the target of `>&-` and its like, so these have none.
fn redirections(text: &Text<'_>, nodes: &[Node]) -> Result<Vec<RedirectionPlan>, Mismatch> {
    nodes
        .iter()
        .map(|node| match &node.kind {
            NodeKind::Redirect { op, target, .. } => {
                let raw = word(text, target)?;
                let rewritten = op == ">&-" || op.ends_with('&') && raw.iter().all(u8::is_ascii_digit);
                Ok((op.clone().into_bytes(), (!rewritten).then_some(raw)))
            }
            NodeKind::HereDoc { delimiter, .. } => Ok((b"<<".to_vec(), Some(text.decode(delimiter).into_owned()))),
            _ => Err(unknown(text, node)),
        })
        .collect()
}
