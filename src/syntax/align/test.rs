//! `[[ … ]]`.

use super::Aligner;
use super::cursor::same_text;
use crate::syntax::plan::Mismatch;
use crate::syntax::scan::{self, WordRules};
use crate::syntax::{Compound, TestToken, Word};
use crate::text::Span;

/// The binary operators that are words.
const BINARY: [&[u8]; 14] =
    [b"==", b"!=", b"=~", b"=", b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge", b"-nt", b"-ot", b"-ef", b"<"];

impl Aligner<'_> {
    /// The inside of `[[ … ]]`, up to and with its `]]`, compared with the tokens the parser says.
    pub(super) fn test(&mut self, said: Option<&[Vec<u8>]>) -> Result<Compound, Mismatch> {
        let start = self.at;
        let mut tokens = Vec::new();
        self.either(&mut tokens, 0)?;
        self.skip_lines();
        self.reserved(b"]]")?;
        if let Some(said) = said {
            let ours: Vec<&[u8]> = tokens.iter().map(|token| self.token_text(token)).collect();
            let ours: Vec<&[u8]> = ours.into_iter().filter(|text| *text != b"-n").collect();
            let said: Vec<&[u8]> = said.iter().map(Vec::as_slice).filter(|text| *text != b"-n").collect();
            if ours.len() != said.len() || ours.iter().zip(&said).any(|(ours, said)| !same_text(ours, said)) {
                return Err(Mismatch { start, end: self.at, unknown_node: false });
            }
        }
        Ok(Compound::Test(tokens))
    }

    fn token_text<'t>(&'t self, token: &'t TestToken) -> &'t [u8] {
        match token {
            TestToken::Operator(text) => text,
            TestToken::Operand(word) => self.raw(word),
        }
    }

    fn either(&mut self, tokens: &mut Vec<TestToken>, depth: usize) -> Result<(), Mismatch> {
        if depth > scan::DEEPEST {
            return Err(self.here());
        }
        loop {
            self.primary(tokens, depth)?;
            self.skip_lines();
            let operator: &[u8] = if self.sees(b"&&") {
                b"&&"
            } else if self.sees(b"||") {
                b"||"
            } else {
                return Ok(());
            };
            self.at += 2;
            tokens.push(TestToken::Operator(operator.to_vec()));
        }
    }

    fn primary(&mut self, tokens: &mut Vec<TestToken>, depth: usize) -> Result<(), Mismatch> {
        self.skip_lines();
        while self.at_word(b"!") {
            self.at += 1;
            tokens.push(TestToken::Operator(b"!".to_vec()));
            self.skip_lines();
        }
        if self.peek(0) == Some(b'(') {
            self.at += 1;
            tokens.push(TestToken::Operator(b"(".to_vec()));
            self.either(tokens, depth + 1)?;
            self.skip_lines();
            self.operator(b")")?;
            tokens.push(TestToken::Operator(b")".to_vec()));
            return Ok(());
        }
        let first = self.operand(false)?;
        let text = self.raw(&first).to_vec();
        if text == b"]]" {
            return Err(self.here());
        }
        let unary = text.len() == 2 && text[0] == b'-' && text[1].is_ascii_alphabetic();
        self.skip_blanks();
        if unary && self.operand_follows() {
            tokens.push(TestToken::Operator(text));
            tokens.push(TestToken::Operand(self.operand(false)?));
            return Ok(());
        }
        tokens.push(TestToken::Operand(first));
        if let Some(operator) = self.binary() {
            self.at += operator.len();
            let regex = operator == b"=~";
            tokens.push(TestToken::Operator(operator.to_vec()));
            self.skip_blanks();
            let operand = self.operand(regex)?;
            tokens.push(TestToken::Operand(operand));
        }
        Ok(())
    }

    /// True when a word other than a binary operator or the end follows.
    fn operand_follows(&self) -> bool {
        !self.at_word(b"]]")
            && self.binary().is_none_or(|operator| operator == b"=" || operator == b"==" || operator == b"!=")
            && matches!(self.operand_end(false), Some(end) if end > self.at)
    }

    /// The binary operator at the cursor.
    fn binary(&self) -> Option<&'static [u8]> {
        if self.peek(0) == Some(b'>') && self.peek(1) != Some(b'(') {
            return Some(b">");
        }
        if self.peek(0) == Some(b'<') && self.peek(1) != Some(b'(') {
            return Some(b"<");
        }
        BINARY.into_iter().find(|operator| self.at_word(operator))
    }

    fn operand_end(&self, regex: bool) -> Option<usize> {
        scan::word(self.bytes, self.at, WordRules { assignment: false, extglob: true, regex }, 0)
    }

    fn operand(&mut self, regex: bool) -> Result<Word, Mismatch> {
        let end = self.operand_end(regex).filter(|end| *end > self.at).ok_or_else(|| self.here())?;
        let span = Span::new(self.at, end);
        self.at = end;
        Ok(Word { parts: Vec::new(), span })
    }
}
