//! Statements, lists, pipelines and simple commands.

use super::Walk;
use super::kinds::{Handling, handling};
use crate::syntax::Joint;
use crate::syntax::plan::{AndOrPlan, CompoundPlan, List, Mismatch, PipelinePlan, SimplePlan, StagePlan};
use crate::syntax::scan::DEEPEST;
use tree_sitter::Node;

/// A statement between the operators that join it to others. `a && b | c` may be grouped either way in the tree, so
/// only the order of tokens counts.
pub(super) struct Chain {
    first: PipelinePlan,
    rest: Vec<(Joint, PipelinePlan)>,
}

impl Chain {
    fn of(stage: StagePlan) -> Self {
        let first = PipelinePlan { stages: vec![stage], ..PipelinePlan::default() };
        Self { first, rest: Vec::new() }
    }

    fn last(&mut self) -> &mut PipelinePlan {
        match self.rest.last_mut() {
            Some((_, pipeline)) => pipeline,
            None => &mut self.first,
        }
    }

    fn pipe(&mut self, next: Self) {
        self.last().stages.extend(next.first.stages);
        self.rest.extend(next.rest);
    }

    fn join(&mut self, joint: Joint, next: Self) {
        self.rest.push((joint, next.first));
        self.rest.extend(next.rest);
    }

    /// Lets the last simple command reach to `end`; redirections behind a construct are the aligner's alone.
    fn extend(&mut self, start: usize, end: usize) {
        if let Some(StagePlan::Simple(SimplePlan { extent: Some(extent), .. })) = self.last().stages.last_mut() {
            extent.0 = extent.0.min(start);
            extent.1 = extent.1.max(end);
        }
    }
}

impl Walk<'_, '_> {
    /// The statements of the whole text.
    pub(super) fn program(&self, root: Node<'_>) -> Result<List, Mismatch> {
        let mut list = List::new();
        let mut cursor = root.walk();
        for child in root.children(&mut cursor) {
            self.item(child, &mut list, 0)?;
        }
        Ok(list)
    }

    /// Adds a child of a statement list: a statement, a terminator or a comment.
    pub(super) fn item(&self, node: Node<'_>, list: &mut List, depth: usize) -> Result<(), Mismatch> {
        if !node.is_named() {
            match node.kind() {
                "&" => list.last_mut().ok_or_else(|| self.unknown(node))?.background = true,
                ";" | "\n" | ";;" => {}
                _ => return Err(self.unknown(node)),
            }
            return Ok(());
        }
        if node.kind() == "comment" {
            return Ok(());
        }
        let chain = self.chain(node, depth)?;
        list.push(AndOrPlan { first: chain.first, rest: chain.rest, background: false });
        Ok(())
    }

    /// A statement.
    pub(super) fn chain(&self, node: Node<'_>, depth: usize) -> Result<Chain, Mismatch> {
        if depth > DEEPEST {
            return Err(self.unknown(node));
        }
        match node.kind() {
            "list" => self.list(node, depth),
            "pipeline" => {
                let mut whole: Option<Chain> = None;
                let mut cursor = node.walk();
                for child in node.children(&mut cursor).filter(|child| child.is_named() && !child.is_extra()) {
                    let next = self.chain(child, depth + 1)?;
                    match &mut whole {
                        None => whole = Some(next),
                        Some(whole) => whole.pipe(next),
                    }
                }
                whole.ok_or_else(|| self.unknown(node))
            }
            "negated_command" => {
                let mut cursor = node.walk();
                let inner = node.children(&mut cursor).find(|child| child.is_named() && !child.is_extra());
                self.chain(inner.ok_or_else(|| self.unknown(node))?, depth + 1)
            }
            "redirected_statement" => self.redirected(node, depth),
            "command" => {
                let mut cursor = node.walk();
                if node.children(&mut cursor).any(|child| child.kind() == "subshell") {
                    return Err(self.unknown(node));
                }
                Ok(Chain::of(self.simple(node)))
            }
            "declaration_command" | "unset_command" | "variable_assignment" | "variable_assignments" => {
                Ok(Chain::of(self.simple(node)))
            }
            "test_command" if self.source.get(node.start_byte()..).is_some_and(|rest| !rest.starts_with(b"[[")) => {
                Ok(Chain::of(self.simple(node)))
            }
            "function_definition" => Ok(Chain::of(self.function(node, depth)?)),
            kind if handling(kind) == Some(Handling::Statement) => {
                Ok(Chain::of(StagePlan::Compound(self.compound(node, depth)?)))
            }
            _ => Err(self.unknown(node)),
        }
    }

    fn simple(&self, node: Node<'_>) -> StagePlan {
        StagePlan::Simple(SimplePlan { words: None, redirections: None, extent: Some(self.extent(node)) })
    }

    /// `a && b || c`: nested to the left, so the spine is walked, not recursed.
    fn list(&self, node: Node<'_>, depth: usize) -> Result<Chain, Mismatch> {
        let mut spine = Vec::new();
        let mut at = node;
        while at.kind() == "list" {
            let mut cursor = at.walk();
            let mut children = at.children(&mut cursor).filter(|child| !child.is_extra());
            let (Some(left), Some(operator), Some(right), None) =
                (children.next(), children.next(), children.next(), children.next())
            else {
                return Err(self.unknown(at));
            };
            spine.push((self.joint(operator)?, right));
            at = left;
        }
        let mut chain = self.chain(at, depth + 1)?;
        for (joint, right) in spine.into_iter().rev() {
            chain.join(joint, self.chain(right, depth + 1)?);
        }
        Ok(chain)
    }

    fn joint(&self, operator: Node<'_>) -> Result<Joint, Mismatch> {
        match operator.kind() {
            "&&" => Ok(Joint::And),
            "||" => Ok(Joint::Or),
            _ => Err(self.unknown(operator)),
        }
    }

    /// A statement and redirections behind it; those belong to its last command, whatever the tree says.
    fn redirected(&self, node: Node<'_>, depth: usize) -> Result<Chain, Mismatch> {
        let mut chain: Option<Chain> = None;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "comment" => {}
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                    let (start, end) = self.extent(child);
                    let chain = chain.get_or_insert_with(|| {
                        let extent = Some((start, start));
                        Chain::of(StagePlan::Simple(SimplePlan { words: None, redirections: None, extent }))
                    });
                    if child.kind() == "heredoc_redirect" {
                        self.document(child, chain, depth)?;
                    } else {
                        chain.extend(start, end);
                    }
                }
                _ if chain.is_none() => chain = Some(self.chain(child, depth + 1)?),
                _ => return Err(self.unknown(child)),
            }
        }
        chain.ok_or_else(|| self.unknown(node))
    }

    /// A here-document, with the rest of its line that the grammar keeps inside it.
    fn document(&self, node: Node<'_>, chain: &mut Chain, depth: usize) -> Result<(), Mismatch> {
        let mut joint = None;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            let (start, end) = self.extent(child);
            match child.kind() {
                "file_descriptor" | "<<" | "<<-" | "heredoc_start" | "file_redirect" | "herestring_redirect" => {
                    chain.extend(start, end);
                }
                "heredoc_body" | "heredoc_end" | "\n" | "comment" => {}
                "&&" | "||" => joint = Some(self.joint(child)?),
                "pipeline" => {
                    let mut inner = child.walk();
                    let stages = child.children(&mut inner).filter(|stage| stage.is_named() && !stage.is_extra());
                    for stage in stages {
                        chain.pipe(self.chain(stage, depth + 1)?);
                    }
                }
                kind if handling(kind) == Some(Handling::Bytes) && joint.is_none() => chain.extend(start, end),
                kind if handling(kind) == Some(Handling::Statement) => {
                    let joint = joint.take().ok_or_else(|| self.unknown(child))?;
                    chain.join(joint, self.chain(child, depth + 1)?);
                }
                _ => return Err(self.unknown(child)),
            }
        }
        Ok(())
    }

    fn function(&self, node: Node<'_>, depth: usize) -> Result<StagePlan, Mismatch> {
        let name = node.child_by_field_name("name").ok_or_else(|| self.unknown(node))?;
        let body = node.child_by_field_name("body").ok_or_else(|| self.unknown(node))?;
        let (start, end) = self.extent(name);
        let name = self.text.bytes.get(start..end).unwrap_or_default().to_vec();
        let body: CompoundPlan = self.compound(body, depth + 1)?;
        Ok(StagePlan::Function { name, body: Box::new(StagePlan::Compound(body)) })
    }
}
