//! Constructs, functions and coprocesses.

use super::cursor::same_text;
use super::{Aligner, Hidden};
use crate::syntax::plan::{ArmPlan, CompoundPlan, List, Mismatch, StagePlan};
use crate::syntax::scan;
use crate::syntax::{CaseArm, CaseEnd, Command, Compound, CompoundCommand, FunctionDefinition, Script, Word};
use crate::text::Span;

impl Aligner<'_> {
    /// A stage of a pipeline.
    pub(super) fn stage(&mut self, plan: &StagePlan) -> Result<Command, Mismatch> {
        self.skip_blanks();
        let start = self.at;
        let hidden = self.context.hidden.iter().find(|(at, _)| *at == start);
        match hidden {
            Some((_, Hidden::Coproc(name))) if !matches!(plan, StagePlan::Coproc { .. }) => {
                return self.coproc(name.as_deref(), plan);
            }
            Some((_, Hidden::Function(name))) if !matches!(plan, StagePlan::Function { .. }) => {
                return self.function(name, plan);
            }
            _ => {}
        }
        match plan {
            StagePlan::Simple(plan) => Ok(Command::Simple(self.simple(plan)?)),
            StagePlan::Compound(plan) => {
                let kind = self.compound(plan)?;
                let redirections = self.redirections()?;
                let span = self.span_from(start);
                Ok(Command::Compound(Box::new(CompoundCommand { kind, redirections, span })))
            }
            StagePlan::Function { name, body } => self.function(name, body),
            StagePlan::Coproc { name, command } => self.coproc(name.as_deref(), command),
        }
    }

    fn coproc(&mut self, name: Option<&[u8]>, command: &StagePlan) -> Result<Command, Mismatch> {
        let start = self.at;
        self.reserved(b"coproc")?;
        self.skip_blanks();
        if let Some(name) = name {
            self.reserved(name)?;
            self.skip_blanks();
        }
        let command = Box::new(self.stage(command)?);
        Ok(Command::Coproc { name: name.map(<[u8]>::to_vec), command, span: self.span_from(start) })
    }

    fn function(&mut self, said: &[u8], body: &StagePlan) -> Result<Command, Mismatch> {
        let start = self.at;
        let keyword = self.at_word(b"function");
        if keyword {
            self.at += b"function".len();
        }
        let name = self.word()?;
        let name = self.raw(&name).to_vec();
        if !same_text(&name, said) {
            return Err(Mismatch::at(start));
        }
        self.skip_blanks();
        let parentheses =
            self.peek(0) == Some(b'(') && self.bytes.get(scan::skip_blanks(self.bytes, self.at + 1)) == Some(&b')');
        if parentheses {
            self.operator(b"(")?;
            self.operator(b")")?;
        } else if !keyword {
            return Err(self.here());
        }
        self.skip_lines();
        let body = self.stage(body)?;
        if matches!(body, Command::Simple(_)) {
            return Err(Mismatch::at(start));
        }
        let span = self.span_from(start);
        Ok(Command::Function(Box::new(FunctionDefinition { name, body, span })))
    }

    fn compound(&mut self, plan: &CompoundPlan) -> Result<Compound, Mismatch> {
        match plan {
            CompoundPlan::Subshell(list) => {
                self.operator(b"(")?;
                let body = self.list(list)?;
                self.operator(b")")?;
                Ok(Compound::Subshell(body))
            }
            CompoundPlan::Group(list) => Ok(Compound::Group(self.enclosed(b"{", list, b"}")?)),
            CompoundPlan::If { arms, otherwise } => {
                let mut done = Vec::with_capacity(arms.len());
                for (index, (condition, body)) in arms.iter().enumerate() {
                    self.reserved(if index == 0 { b"if" } else { b"elif" })?;
                    let condition = self.list(condition)?;
                    self.reserved(b"then")?;
                    done.push((condition, self.list(body)?));
                }
                let otherwise = match otherwise {
                    Some(list) => {
                        self.reserved(b"else")?;
                        Some(self.list(list)?)
                    }
                    None => None,
                };
                self.reserved(b"fi")?;
                Ok(Compound::If { arms: done, otherwise })
            }
            CompoundPlan::While { until, condition, body } => {
                self.reserved(if *until { b"until" } else { b"while" })?;
                let condition = self.list(condition)?;
                let body = self.enclosed(b"do", body, b"done")?;
                Ok(Compound::While { until: *until, condition, body })
            }
            CompoundPlan::For { select, words, body } => self.each(*select, words.as_deref(), body),
            CompoundPlan::ArithmeticFor(body) => self.arithmetic_for(body),
            CompoundPlan::Case(arms) => self.case(arms),
            CompoundPlan::Arithmetic => Ok(Compound::Arithmetic(self.double_parentheses()?)),
            CompoundPlan::Test(tokens) => {
                self.reserved(b"[[")?;
                self.test(tokens.as_deref())
            }
        }
    }

    fn enclosed(&mut self, open: &[u8], list: &List, close: &[u8]) -> Result<Script, Mismatch> {
        self.reserved(open)?;
        let body = self.list(list)?;
        self.reserved(close)?;
        Ok(body)
    }

    /// `((…))`; gives the inside.
    fn double_parentheses(&mut self) -> Result<Word, Mismatch> {
        self.operator(b"((")?;
        let start = self.at;
        self.at = scan::arithmetic(self.bytes, start, 0).ok_or_else(|| self.here())?;
        Ok(Word { parts: Vec::new(), span: Span::new(start, self.at - 2) })
    }

    fn each(&mut self, select: bool, said: Option<&[Vec<u8>]>, body: &List) -> Result<Compound, Mismatch> {
        self.reserved(if select { b"select" } else { b"for" })?;
        let variable = self.word()?;
        let variable = self.raw(&variable).to_vec();
        let before = self.at;
        self.skip_lines();
        let mut words = None;
        if self.at_word(b"in") {
            self.at += 2;
            let mut all = Vec::new();
            loop {
                self.skip_blanks();
                if self.peek(0) == Some(b'#') {
                    break;
                }
                let Some(end) = self.word_end(false)? else { break };
                all.push(Word { parts: Vec::new(), span: Span::new(self.at, end) });
                self.at = end;
            }
            if let Some(said) = said
                && (said.len() != all.len()
                    || all.iter().zip(said).any(|(word, said)| !same_text(self.raw(word), said)))
            {
                return Err(Mismatch { start: before, end: self.at, unknown_node: false });
            }
            words = Some(all);
        }
        let body = self.loop_body(body)?;
        Ok(if select { Compound::Select { variable, words, body } } else { Compound::For { variable, words, body } })
    }

    /// Passes `;` or newlines, and `do … done` or `{ … }`.
    fn loop_body(&mut self, body: &List) -> Result<Script, Mismatch> {
        self.skip_blanks();
        if self.peek(0) == Some(b';') {
            self.at += 1;
        }
        self.skip_lines();
        if self.at_word(b"{") {
            return self.enclosed(b"{", body, b"}");
        }
        self.enclosed(b"do", body, b"done")
    }

    fn arithmetic_for(&mut self, body: &List) -> Result<Compound, Mismatch> {
        self.reserved(b"for")?;
        self.skip_blanks();
        let inside = self.double_parentheses()?;
        let (start, end) = (inside.span.start as usize, inside.span.end as usize);
        let mut cuts = Vec::new();
        let mut at = start;
        while at < end {
            match self.bytes[at] {
                b';' => {
                    cuts.push(at);
                    at += 1;
                }
                b'\\' => at += 2,
                b'\'' => at = scan::single_quoted(self.bytes, at + 1).ok_or_else(|| Mismatch::at(at))?,
                b'"' => at = scan::double_quoted(self.bytes, at + 1, 0).ok_or_else(|| Mismatch::at(at))?,
                b'`' => at = scan::backquoted(self.bytes, at + 1).ok_or_else(|| Mismatch::at(at))?,
                b'$' => at = scan::dollar(self.bytes, at, false, 0).ok_or_else(|| Mismatch::at(at))?,
                _ => at += 1,
            }
        }
        let [first, second] = cuts[..] else { return Err(Mismatch::at(start)) };
        let part = |from: usize, to: usize| Word { parts: Vec::new(), span: Span::new(from, to) };
        let expressions = [part(start, first), part(first + 1, second), part(second + 1, end)];
        let body = self.loop_body(body)?;
        Ok(Compound::ArithmeticFor { expressions, body })
    }

    fn case(&mut self, plans: &[ArmPlan]) -> Result<Compound, Mismatch> {
        self.reserved(b"case")?;
        let subject = self.word()?;
        self.skip_lines();
        self.reserved(b"in")?;
        let mut arms = Vec::with_capacity(plans.len());
        for plan in plans {
            self.skip_lines();
            let patterns = self.patterns(plan)?;
            let body = self.list(&plan.body)?;
            self.skip_blanks();
            let (end, length) = if self.sees(b";;&") {
                (CaseEnd::Continue, 3)
            } else if self.sees(b";;") {
                (CaseEnd::Break, 2)
            } else if self.sees(b";&") {
                (CaseEnd::FallThrough, 2)
            } else {
                (CaseEnd::Break, 0)
            };
            self.at += length;
            if plan.end.is_some_and(|said| said != end) {
                return Err(self.here());
            }
            arms.push(CaseArm { patterns, body, end });
            if length == 0 {
                break;
            }
        }
        if arms.len() != plans.len() {
            return Err(self.here());
        }
        self.skip_lines();
        self.reserved(b"esac")?;
        Ok(Compound::Case { subject, arms })
    }

    fn patterns(&mut self, plan: &ArmPlan) -> Result<Vec<Word>, Mismatch> {
        self.skip_blanks();
        let start = self.at;
        if self.peek(0) == Some(b'(') {
            self.at += 1;
        }
        let mut patterns = Vec::new();
        loop {
            patterns.push(self.word()?);
            self.skip_blanks();
            match self.peek(0) {
                Some(b'|') => self.at += 1,
                Some(b')') => break,
                _ => return Err(self.here()),
            }
        }
        self.at += 1;
        if let Some(said) = &plan.patterns
            && (said.len() != patterns.len()
                || patterns.iter().zip(said).any(|(word, said)| !same_text(self.raw(word), said)))
        {
            return Err(Mismatch { start, end: self.at, unknown_node: false });
        }
        Ok(patterns)
    }
}
