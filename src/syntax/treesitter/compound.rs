//! Constructs.

use super::Walk;
use crate::syntax::CaseEnd;
use crate::syntax::plan::{ArmPlan, CompoundPlan, List, Mismatch};
use tree_sitter::Node;

impl Walk<'_, '_> {
    /// The construct a node stands for.
    pub(super) fn compound(&self, node: Node<'_>, depth: usize) -> Result<CompoundPlan, Mismatch> {
        let first = node.child(0).ok_or_else(|| self.unknown(node))?;
        match (node.kind(), first.kind()) {
            ("subshell", "(") => Ok(CompoundPlan::Subshell(self.between(node, "(", ")", depth)?)),
            ("compound_statement", "{") => Ok(CompoundPlan::Group(self.between(node, "{", "}", depth)?)),
            ("compound_statement", "((") => Ok(CompoundPlan::Arithmetic),
            ("test_command", "[[") => Ok(CompoundPlan::Test(None)),
            ("for_statement", keyword) => {
                Ok(CompoundPlan::For { select: keyword == "select", words: None, body: self.body(node, depth)? })
            }
            ("c_style_for_statement", _) => Ok(CompoundPlan::ArithmeticFor(self.body(node, depth)?)),
            ("while_statement", keyword) => {
                let mut condition = List::new();
                let mut cursor = node.walk();
                for child in node.children(&mut cursor) {
                    if !matches!(child.kind(), "while" | "until" | "do_group") {
                        self.item(child, &mut condition, depth + 1)?;
                    }
                }
                Ok(CompoundPlan::While { until: keyword == "until", condition, body: self.body(node, depth)? })
            }
            ("if_statement", _) => self.conditional(node, depth),
            ("case_statement", _) => self.case(node, depth),
            _ => Err(self.unknown(node)),
        }
    }

    /// The statements between two tokens of a node.
    fn between(&self, node: Node<'_>, open: &str, close: &str, depth: usize) -> Result<List, Mismatch> {
        let mut list = List::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if !(child.kind() == open || child.kind() == close) {
                self.item(child, &mut list, depth + 1)?;
            }
        }
        Ok(list)
    }

    /// The loop body: a `do_group`, or a group where the grammar allows one.
    fn body(&self, node: Node<'_>, depth: usize) -> Result<List, Mismatch> {
        let body = node.child_by_field_name("body").ok_or_else(|| self.unknown(node))?;
        match body.kind() {
            "do_group" => self.between(body, "do", "done", depth),
            "compound_statement" => self.between(body, "{", "}", depth),
            _ => Err(self.unknown(body)),
        }
    }

    fn conditional(&self, node: Node<'_>, depth: usize) -> Result<CompoundPlan, Mismatch> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        let (mut condition, mut body, mut then) = (List::new(), List::new(), false);
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "if" | "fi" => {}
                "then" => then = true,
                "elif_clause" | "else_clause" => {
                    if then {
                        arms.push((std::mem::take(&mut condition), std::mem::take(&mut body)));
                        then = false;
                    }
                    if child.kind() == "else_clause" {
                        otherwise = Some(self.between(child, "else", "else", depth)?);
                    } else {
                        arms.push(self.arm(child, depth)?);
                    }
                }
                _ => self.item(child, if then { &mut body } else { &mut condition }, depth + 1)?,
            }
        }
        if then {
            arms.push((condition, body));
        }
        Ok(CompoundPlan::If { arms, otherwise })
    }

    fn arm(&self, node: Node<'_>, depth: usize) -> Result<(List, List), Mismatch> {
        let (mut condition, mut body, mut then) = (List::new(), List::new(), false);
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "elif" => {}
                "then" => then = true,
                _ => self.item(child, if then { &mut body } else { &mut condition }, depth + 1)?,
            }
        }
        Ok((condition, body))
    }

    fn case(&self, node: Node<'_>, depth: usize) -> Result<CompoundPlan, Mismatch> {
        let mut arms: Vec<ArmPlan> = Vec::new();
        let mut cursor = node.walk();
        for item in node.children(&mut cursor).filter(|child| child.kind() == "case_item") {
            let mut body = List::new();
            let mut end = Some(CaseEnd::Break);
            let mut inside = false;
            let mut inner = item.walk();
            for child in item.children(&mut inner) {
                match child.kind() {
                    ")" if !inside => inside = true,
                    _ if !inside => {}
                    ";;" => {}
                    ";&" => end = Some(CaseEnd::FallThrough),
                    ";;&" => end = Some(CaseEnd::Continue),
                    _ => self.item(child, &mut body, depth + 1)?,
                }
            }
            arms.push(ArmPlan { patterns: None, body, end });
        }
        // The grammar has no `;&` for the last arm, and the text given to it says `;;` there.
        if let Some(last) = arms.last_mut() {
            last.end = None;
        }
        Ok(CompoundPlan::Case(arms))
    }
}
