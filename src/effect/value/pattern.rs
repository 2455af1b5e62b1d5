//! Shell patterns (POSIX XCU 2.13, bash's extended ones) matched against bytes.

/// Most steps of one match; beyond, the match is undecided.
const MOST_STEPS: u32 = 20_000;
/// How deeply stars and groups may be tried in each other: each takes room on the stack.
const DEEPEST: u32 = 400;

/// What matching has taken so far.
#[derive(Default)]
struct Effort {
    steps: u32,
    depth: u32,
}

/// A pattern: bytes, and for each whether it is live (unquoted).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    bytes: Vec<u8>,
    live: Vec<bool>,
    /// Letters match whatever their case (`nocasematch`, `nocaseglob`).
    fold: bool,
}

impl Pattern {
    /// Appends text.
    pub(crate) fn push(&mut self, bytes: &[u8], quoted: bool) {
        let mut escaped = false;
        for byte in bytes {
            if !quoted && !escaped && *byte == b'\\' {
                escaped = true;
                continue;
            }
            self.bytes.push(*byte);
            self.live.push(!quoted && !escaped);
            escaped = false;
        }
    }

    /// True when it holds a live glob character.
    pub(crate) fn is_live(&self) -> bool {
        (0..self.bytes.len()).any(|at| {
            self.live[at] && (matches!(self.bytes[at], b'*' | b'?') || self.opens_class(at) || self.extended(at))
        })
    }

    /// True where a bracket expression begins: a `[` that nothing closes, as in the command `[`, is a letter like others.
    fn opens_class(&self, at: usize) -> bool {
        self.bytes[at] == b'[' && self.class(at, self.bytes.len()).is_some()
    }

    /// Letters match whatever their case from now on, when `fold`.
    pub(crate) fn fold_case(&mut self, fold: bool) {
        self.fold = fold;
    }

    /// The same with letters matched as they are.
    #[must_use]
    pub(crate) fn exact_case(mut self) -> Self {
        self.fold = false;
        self
    }

    /// The text without regard to what is live.
    pub(crate) fn literal(&self) -> &[u8] {
        &self.bytes
    }

    /// The components between slashes.
    pub(crate) fn components(&self) -> Vec<Pattern> {
        let empty = || Pattern { fold: self.fold, ..Pattern::default() };
        let mut all = vec![empty()];
        for at in 0..self.bytes.len() {
            if self.bytes[at] == b'/' {
                all.push(empty());
            } else if let Some(last) = all.last_mut() {
                last.bytes.push(self.bytes[at]);
                last.live.push(self.live[at]);
            }
        }
        all
    }

    fn extended(&self, at: usize) -> bool {
        self.live[at]
            && matches!(self.bytes[at], b'@' | b'+' | b'!' | b'*' | b'?')
            && self.bytes.get(at + 1) == Some(&b'(')
            && self.live[at + 1]
    }

    /// True when the whole of `text` matches; `None` when that took too long to find out.
    pub(crate) fn matches(&self, text: &[u8]) -> Option<bool> {
        if self.fold {
            // Classes of letters by case mean something else then, and other alphabets are not folded here.
            let cased = |name: &[u8]| self.bytes.windows(name.len()).any(|part| part == name);
            if !self.bytes.is_ascii() || !text.is_ascii() || cased(b"[:upper:]") || cased(b"[:lower:]") {
                return None;
            }
            let lowered = Pattern { bytes: self.bytes.to_ascii_lowercase(), live: self.live.clone(), fold: false };
            return lowered.matches(&text.to_ascii_lowercase());
        }
        let mut effort = Effort::default();
        let found = self.run(0, self.bytes.len(), text, &mut effort);
        (effort.steps < MOST_STEPS).then_some(found)
    }

    fn run(&self, at: usize, end: usize, text: &[u8], effort: &mut Effort) -> bool {
        effort.depth += 1;
        if effort.depth > DEEPEST {
            effort.steps = MOST_STEPS;
        }
        let found = self.from(at, end, text, effort);
        effort.depth -= 1;
        found
    }

    fn from(&self, mut at: usize, end: usize, mut text: &[u8], effort: &mut Effort) -> bool {
        loop {
            effort.steps += 1;
            if effort.steps >= MOST_STEPS {
                return false;
            }
            if at >= end {
                return text.is_empty();
            }
            if self.extended(at)
                && let Some(close) = self.closing(at + 1, end)
            {
                return self.group(at, close, end, text, effort);
            }
            let Some((first, rest)) = text.split_first() else {
                // Only stars match nothing.
                if self.live[at] && self.bytes[at] == b'*' {
                    at += 1;
                    continue;
                }
                return false;
            };
            let mut next = at + 1;
            let fits = match self.bytes[at] {
                b'*' if self.live[at] => {
                    // Several are as one, unless the last of them begins a group.
                    let star = |at: usize| self.bytes[at] == b'*' && self.live[at] && !self.extended(at);
                    while next < end && star(next) {
                        next += 1;
                    }
                    return (0..=text.len()).any(|skip| self.run(next, end, &text[skip..], effort));
                }
                b'?' if self.live[at] => true,
                b'[' if self.live[at] => match self.class(at, end) {
                    Some((behind, negated, set)) => {
                        next = behind;
                        self.in_class(set, *first) != negated
                    }
                    None => *first == b'[',
                },
                byte => *first == byte,
            };
            if !fits {
                return false;
            }
            at = next;
            text = rest;
        }
    }

    fn closing(&self, open: usize, end: usize) -> Option<usize> {
        let mut depth = 0;
        for at in open..end {
            if self.live[at] && self.bytes[at] == b'(' {
                depth += 1;
            } else if self.live[at] && self.bytes[at] == b')' {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        None
    }

    fn group(&self, at: usize, close: usize, end: usize, text: &[u8], effort: &mut Effort) -> bool {
        let mut alternatives = Vec::new();
        let (mut from, mut depth) = (at + 2, 0);
        for here in at + 2..=close {
            match self.bytes[here] {
                b'(' if self.live[here] => depth += 1,
                b')' if self.live[here] && here != close => depth -= 1,
                b'|' | b')' if self.live[here] && depth == 0 => {
                    alternatives.push((from, here));
                    from = here + 1;
                }
                _ => {}
            }
        }
        let kind = self.bytes[at];
        let any = |me: &Self, part: &[u8], effort: &mut Effort| {
            alternatives.iter().any(|(start, stop)| me.run(*start, *stop, part, effort))
        };
        if matches!(kind, b'?' | b'*') && self.run(close + 1, end, text, effort) {
            return true;
        }
        for length in 0..=text.len() {
            let (head, tail) = text.split_at(length);
            let good = match kind {
                b'!' => !any(self, head, effort),
                _ => any(self, head, effort),
            };
            if !good {
                continue;
            }
            if self.run(close + 1, end, tail, effort) {
                return true;
            }
            if matches!(kind, b'+' | b'*') && length > 0 {
                // One more round: as if the group stood there again.
                if self.again(at, close, end, tail, effort) {
                    return true;
                }
            }
        }
        false
    }

    fn again(&self, at: usize, close: usize, end: usize, text: &[u8], effort: &mut Effort) -> bool {
        effort.depth += 1;
        if effort.depth > DEEPEST {
            effort.steps = MOST_STEPS;
        }
        let found = effort.steps < MOST_STEPS && self.group(at, close, end, text, effort);
        effort.depth -= 1;
        found
    }

    /// A bracket expression at `at`: where it ends, whether it is negated, and the range of its members.
    fn class(&self, at: usize, end: usize) -> Option<(usize, bool, (usize, usize))> {
        let mut here = at + 1;
        let negated = matches!(self.bytes.get(here), Some(b'!' | b'^'));
        if negated {
            here += 1;
        }
        let start = here;
        while here < end {
            if self.bytes[here] == b']' && self.live[here] && here > start {
                return Some((here + 1, negated, (start, here)));
            }
            if self.bytes[here] == b'['
                && matches!(self.bytes.get(here + 1), Some(b':' | b'.' | b'='))
                && let Some(stop) = (here + 2..end.saturating_sub(1))
                    .find(|spot| self.bytes[*spot] == self.bytes[here + 1] && self.bytes[*spot + 1] == b']')
            {
                here = stop + 2;
                continue;
            }
            here += 1;
        }
        None
    }

    fn in_class(&self, (start, stop): (usize, usize), byte: u8) -> bool {
        let mut here = start;
        while here < stop {
            if self.bytes[here] == b'[' && self.bytes.get(here + 1) == Some(&b':') {
                let rest = &self.bytes[here + 2..stop];
                if let Some(length) = rest.windows(2).position(|pair| pair == b":]") {
                    if named(&rest[..length], byte) {
                        return true;
                    }
                    here += length + 4;
                    continue;
                }
            }
            if here + 2 < stop && self.bytes[here + 1] == b'-' && self.live[here + 1] {
                if (self.bytes[here]..=self.bytes[here + 2]).contains(&byte) {
                    return true;
                }
                here += 3;
                continue;
            }
            if self.bytes[here] == byte {
                return true;
            }
            here += 1;
        }
        false
    }
}

fn named(class: &[u8], byte: u8) -> bool {
    match class {
        b"alpha" => byte.is_ascii_alphabetic(),
        b"digit" => byte.is_ascii_digit(),
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"upper" => byte.is_ascii_uppercase(),
        b"lower" => byte.is_ascii_lowercase(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"punct" => byte.is_ascii_punctuation(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        b"word" => byte.is_ascii_alphanumeric() || byte == b'_',
        b"print" => (0x20..0x7f).contains(&byte),
        b"graph" => (0x21..0x7f).contains(&byte),
        b"cntrl" => byte.is_ascii_control(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &str, text: &str) -> bool {
        let mut built = Pattern::default();
        built.push(pattern.as_bytes(), false);
        built.matches(text.as_bytes()).expect("short")
    }

    #[test]
    fn patterns_match_as_in_bash() {
        for (pattern, text, expected) in [
            ("*.o", "a.o", true),
            ("*.o", "a.c", false),
            ("[a-c]?", "bz", true),
            ("[!a-c]?", "bz", false),
            ("[[:digit:]]*", "1x", true),
            ("@(a|b)c", "bc", true),
            ("!(a|b)", "c", true),
            ("!(a|b)", "a", false),
            ("+(ab)", "abab", true),
            ("?(x)y", "y", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("[]]", "]", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
    }

    #[test]
    fn stars_and_groups_without_end_take_little_of_the_stack() {
        let long = "a".repeat(20_000);
        let cases = [
            ("*".repeat(20_000), "a".to_owned(), Some(true)),
            ("*?".repeat(5_000), long.clone(), None),
            ("+(a)b".to_owned(), long.clone(), None),
            ("*(?)b".to_owned(), long, None),
            ("***(a)**".to_owned(), "aab".to_owned(), Some(true)),
        ];
        let work = move || {
            for (pattern, text, expected) in cases {
                let mut built = Pattern::default();
                built.push(pattern.as_bytes(), false);
                assert_eq!(built.matches(text.as_bytes()), expected, "{:.10}", pattern);
            }
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work).expect("starts");
        assert!(thread.join().is_ok());
    }

    #[test]
    fn a_costly_pattern_is_undecided() {
        let mut built = Pattern::default();
        built.push(b"*a*a*a*a*a*a*a*a*a*a*b", false);
        assert_eq!(built.matches(&[b'a'; 60]), None);
    }
}
