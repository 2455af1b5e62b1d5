//! Shell arithmetic over known values.

use super::{Aborted, Text, Value};
use crate::effect::state::State;
use crate::effect::walk::Evaluator;
use crate::syntax::Word;

/// Deepest nesting of parentheses and of variables that name variables.
const DEEPEST: usize = 32;

impl Evaluator<'_> {
    /// The number an expression comes to; `None` when that is not known.
    pub(crate) fn arithmetic_word(&mut self, state: &mut State, word: &Word) -> Result<Option<i64>, Aborted> {
        let text = self.text(state, word)?;
        Ok(self.arithmetic(state, &text, 0))
    }

    /// The number a text comes to. Code in a subscript is run by the shell, which is noted as opaque.
    pub(crate) fn arithmetic(&mut self, state: &mut State, text: &Text, depth: usize) -> Option<i64> {
        if has_code(text.prefix()) {
            self.hidden_code(state, text);
            return None;
        }
        let Some(bytes) = text.exact() else {
            assigned_names(text.prefix()).for_each(|name| state.set(&name, Value::Scalar(Text::word())));
            return None;
        };
        let bytes = bytes.to_vec();
        let mut parser = Parser { bytes: &bytes, at: 0, depth, evaluator: self, state, skip: 0 };
        let number = parser.comma();
        parser.space();
        let whole = parser.at >= bytes.len();
        if number.is_none() || !whole {
            for name in assigned_names(&bytes) {
                state.set(&name, Value::Scalar(Text::word()));
            }
            return None;
        }
        number
    }
}

/// True when text holds a command substitution that evaluating it would run.
pub(crate) fn has_code(bytes: &[u8]) -> bool {
    bytes.contains(&b'`') || bytes.windows(2).any(|pair| matches!(pair, b"$(" | b"<(" | b">("))
}

/// Names that an expression which could not be evaluated may assign to.
fn assigned_names(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    bytes
        .split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
        .filter(|name| name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_'))
        .filter(move |_| bytes.contains(&b'=') || bytes.windows(2).any(|pair| matches!(pair, b"++" | b"--")))
        .map(<[u8]>::to_vec)
}

/// What a name in an expression stands for: a variable, or an element of one.
struct Target {
    name: Vec<u8>,
    key: Option<Vec<u8>>,
}

struct Parser<'p, 'e, 'w> {
    bytes: &'p [u8],
    at: usize,
    depth: usize,
    evaluator: &'e mut Evaluator<'w>,
    state: &'e mut State,
    /// Above zero in the part of `&&`, `||` and `?:` that is not evaluated.
    skip: usize,
}

/// Binary operators by rising strength.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_, '_, '_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.bytes[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn comma(&mut self) -> Option<i64> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Some(value)
    }

    fn assignment(&mut self) -> Option<i64> {
        self.space();
        let start = self.at;
        if let Some(name) = self.name() {
            self.space();
            let rest = &self.bytes[self.at..];
            let operators = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="];
            let found = operators.iter().find(|operator| rest.starts_with(operator.as_bytes()));
            if let Some(operator) = found
                && !(*operator == "=" && rest.starts_with(b"=="))
            {
                self.at += operator.len();
                let right = self.assignment()?;
                let value = match operator.strip_suffix('=') {
                    None | Some("") => right,
                    Some(binary) => apply(binary, self.variable(&name)?, right)?,
                };
                self.assign(&name, value)?;
                return Some(value);
            }
        }
        self.at = start;
        self.conditional()
    }

    fn conditional(&mut self) -> Option<i64> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let dead = usize::from(condition == 0);
        self.skip += dead;
        let yes = self.comma();
        self.skip -= dead;
        let yes = yes?;
        if !self.take(":") {
            return None;
        }
        self.skip += 1 - dead;
        let no = self.conditional();
        self.skip -= 1 - dead;
        let no = no?;
        Some(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.space();
            let rest = &self.bytes[self.at..];
            let found = operators
                .iter()
                .find(|operator| rest.starts_with(operator.as_bytes()) && !longer(operator, &rest[operator.len()..]));
            let Some(operator) = found else { return Some(left) };
            self.at += operator.len();
            let dead = usize::from((*operator == "&&" && left == 0) || (*operator == "||" && left != 0));
            self.skip += dead;
            let right = self.binary(level + 1);
            self.skip -= dead;
            let right = right?;
            left = apply(operator, left, right)?;
        }
    }

    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if !self.take("**") {
            return Some(base);
        }
        let exponent = self.power()?;
        Some(base.wrapping_pow(u32::try_from(exponent).ok()?))
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        let value = self.unary_inner();
        self.depth -= 1;
        value
    }

    fn unary_inner(&mut self) -> Option<i64> {
        if self.depth > DEEPEST {
            return None;
        }
        for (step, sign) in [("++", 1), ("--", -1)] {
            if self.take(step) {
                self.space();
                let name = self.name()?;
                let value = self.variable(&name)?.wrapping_add(sign);
                self.assign(&name, value)?;
                return Some(value);
            }
        }
        if self.take("!") {
            return Some(i64::from(self.unary()? == 0));
        }
        if self.take("~") {
            return Some(!self.unary()?);
        }
        if self.take("-") {
            return Some(self.unary()?.wrapping_neg());
        }
        if self.take("+") {
            return self.unary();
        }
        if self.take("(") {
            let value = self.comma()?;
            return self.take(")").then_some(value);
        }
        if let Some(name) = self.name() {
            let value = self.variable(&name)?;
            for (step, sign) in [("++", 1), ("--", -1)] {
                if self.take(step) {
                    self.assign(&name, value.wrapping_add(sign))?;
                }
            }
            return Some(value);
        }
        self.number()
    }

    fn number(&mut self) -> Option<i64> {
        self.space();
        let start = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'@' | b'_'))
        {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        if let Some((base, digits)) = text.split_once('#') {
            let base: u32 = base.parse().ok()?;
            return (2..=36).contains(&base).then(|| i64::from_str_radix(digits, base).ok())?;
        }
        if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return i64::from_str_radix(hex, 16).ok();
        }
        if text.len() > 1 && text.starts_with('0') {
            return i64::from_str_radix(text, 8).ok();
        }
        text.parse().ok()
    }

    fn name(&mut self) -> Option<Target> {
        let start = self.at;
        if !self.bytes.get(start).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
            return None;
        }
        let mut end = start;
        while self.bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            end += 1;
        }
        let name = self.bytes[start..end].to_vec();
        let mut key = None;
        if self.bytes.get(end) == Some(&b'[') {
            let mut depth = 0;
            let close = (end..self.bytes.len()).find(|at| {
                depth += match self.bytes[*at] {
                    b'[' => 1,
                    b']' => -1,
                    _ => 0,
                };
                depth == 0
            })?;
            key = Some(self.bytes[end + 1..close].to_vec());
            end = close + 1;
        }
        self.at = end;
        Some(Target { name, key })
    }

    /// The number of an element of an indexed array: its subscript is an expression too.
    fn index(&mut self, key: &[u8]) -> Option<i64> {
        if self.depth > DEEPEST {
            return None;
        }
        self.evaluator.arithmetic(self.state, &Text::exactly(key), self.depth + 4)
    }

    fn variable(&mut self, target: &Target) -> Option<i64> {
        if self.skip > 0 {
            return Some(0);
        }
        let value = self.evaluator.lookup(self.state, &target.name);
        let found = match (&target.key, &value) {
            (None, value) => value.scalar(),
            (Some(key), Value::Keyed(elements)) => elements.get(key).cloned(),
            (Some(key), Value::Indexed(elements)) => {
                let at = self.index(key)?;
                if at < 0 {
                    return None;
                }
                elements.get(&at).cloned()
            }
            (Some(key), Value::Scalar(text)) => (self.index(key)? == 0).then(|| text.clone()),
            (Some(_), Value::Unset) => None,
            (Some(_), Value::Unknown | Value::Choice(_)) => return None,
        };
        let Some(text) = found else { return Some(0) };
        if text.exact().is_some_and(<[u8]>::is_empty) {
            return Some(0);
        }
        if self.depth > DEEPEST {
            return None;
        }
        self.evaluator.arithmetic(self.state, &text, self.depth + 4)
    }

    /// Sets a variable or an element; `None` when it cannot be told which.
    fn assign(&mut self, target: &Target, number: i64) -> Option<()> {
        if self.skip > 0 {
            return Some(());
        }
        let text = Text::exactly(number.to_string());
        let Some(key) = &target.key else {
            self.state.set(&target.name, Value::Scalar(text));
            return Some(());
        };
        let value = match self.evaluator.lookup(self.state, &target.name) {
            Value::Keyed(mut elements) => {
                elements.insert(key.clone(), text);
                Value::Keyed(elements)
            }
            Value::Indexed(mut elements) => {
                elements.insert(self.index(key)?, text);
                Value::Indexed(elements)
            }
            _ => Value::Unknown,
        };
        self.state.set(&target.name, value);
        Some(())
    }
}

/// True when what looked like `operator` is the beginning of a longer one.
fn longer(operator: &str, rest: &[u8]) -> bool {
    match operator {
        "|" | "&" | "<" | ">" => rest.first() == Some(&operator.as_bytes()[0]) || rest.first() == Some(&b'='),
        "*" => matches!(rest.first(), Some(b'*' | b'=')),
        "+" | "-" | "/" | "%" | "^" | "<<" | ">>" => rest.first() == Some(&b'='),
        _ => false,
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    Some(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.wrapping_shl(u32::try_from(right).ok()?),
        ">>" => left.wrapping_shr(u32::try_from(right).ok()?),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right)?,
        "%" => left.checked_rem(right)?,
        _ => return None,
    })
}
