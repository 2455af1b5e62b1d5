//! Lists and pipelines.

use super::Aligner;
use crate::syntax::plan::{AndOrPlan, List, Mismatch, PipelinePlan};
use crate::syntax::{
    AndOr, Command, Descriptor, Joint, Pipeline, Redirection, RedirectionOperator, RedirectionTarget, Script, Word,
    WordPart,
};

impl Aligner<'_> {
    /// A list, up to the token that does not belong to it.
    pub(super) fn list(&mut self, plan: &List) -> Result<Script, Mismatch> {
        let mut items = Vec::with_capacity(plan.len());
        self.skip_lines();
        for (index, item) in plan.iter().enumerate() {
            items.push(self.and_or(item)?);
            let separated = self.separator(item.background)?;
            if !separated && index + 1 < plan.len() {
                return Err(self.here());
            }
        }
        Ok(Script { items })
    }

    /// Passes what ends an and-or list; true when something did.
    fn separator(&mut self, background: bool) -> Result<bool, Mismatch> {
        self.skip_blanks();
        let double = matches!(self.peek(1), Some(b';' | b'&'));
        let mut separated = false;
        match self.peek(0) {
            Some(b'&') if background && self.peek(1) != Some(b'&') => {
                self.at += 1;
                separated = true;
            }
            _ if background => return Err(self.here()),
            Some(b';') if !double => {
                self.at += 1;
                separated = true;
            }
            _ => {}
        }
        Ok(self.skip_lines() || separated)
    }

    fn and_or(&mut self, plan: &AndOrPlan) -> Result<AndOr, Mismatch> {
        let first = self.pipeline(&plan.first)?;
        let mut rest = Vec::with_capacity(plan.rest.len());
        for (joint, pipeline) in &plan.rest {
            self.operator(match joint {
                Joint::And => b"&&",
                Joint::Or => b"||",
            })?;
            self.skip_lines();
            rest.push((*joint, self.pipeline(pipeline)?));
        }
        Ok(AndOr { first, rest, background: plan.background })
    }

    fn pipeline(&mut self, plan: &PipelinePlan) -> Result<Pipeline, Mismatch> {
        self.skip_blanks();
        let start = self.at;
        let (mut negated, mut timed) = (false, false);
        loop {
            if self.at_word(b"!") {
                self.at += 1;
                negated = !negated;
            } else if self.at_word(b"time") {
                self.at += 4;
                timed = true;
                self.skip_blanks();
                if self.at_word(b"-p") {
                    self.at += 2;
                    self.skip_blanks();
                }
                if self.at_word(b"--") {
                    self.at += 2;
                }
            } else {
                break;
            }
            self.skip_blanks();
        }
        if plan.negated.is_some_and(|said| said != negated) || plan.timed.is_some_and(|said| said != timed) {
            return Err(Mismatch { start, end: self.at, unknown_node: false });
        }
        self.keywords = start..self.at;
        let mut stages = Vec::with_capacity(plan.stages.len());
        for (index, stage) in plan.stages.iter().enumerate() {
            if index > 0 {
                self.skip_blanks();
                if self.sees(b"||") {
                    return Err(self.here());
                }
                let from = self.at;
                self.operator(b"|")?;
                if self.peek(0) == Some(b'&') {
                    self.at += 1;
                    let last = stages.last_mut().ok_or_else(|| Mismatch::at(from))?;
                    pipe_both(last, self.span_from(from)).ok_or_else(|| Mismatch::at(from))?;
                }
                self.skip_lines();
            }
            stages.push(self.stage(stage)?);
        }
        Ok(Pipeline { negated, timed, stages, span: self.span_from(start) })
    }
}

/// `|&` is short for `2>&1 |` (bash(1), Pipelines); the redirection stands behind the command's own.
fn pipe_both(stage: &mut Command, span: crate::text::Span) -> Option<()> {
    let word = Word { parts: vec![WordPart::Bare(b"1".to_vec())], span };
    let redirection = Redirection {
        descriptor: Descriptor::Number(2),
        operator: RedirectionOperator::DuplicateOut,
        target: RedirectionTarget::Word(word),
        span,
    };
    match stage {
        Command::Simple(simple) => simple.redirections.push(redirection),
        Command::Compound(compound) => compound.redirections.push(redirection),
        Command::Function(function) => return pipe_both(&mut function.body, span),
        Command::Coproc { command, .. } => return pipe_both(command, span),
    }
    Some(())
}
