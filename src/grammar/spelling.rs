//! How a grammar file spells an option. Compiled into `build.rs` too, so it names no other module.

/// Whether an option takes an option-argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    /// None: `-v`.
    Nothing,
    /// Digits that are attached, if any: `-l[NUM]` (perl's `-l0`).
    Digits,
    /// One that is attached, if any: `--color[=WHEN]`.
    Optional,
    /// One, attached or the next word: `--width=COLS`.
    Required,
}

/// One spelling of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelling<'a> {
    /// As it is typed, dashes included: `-o`, `--output`. `-NUM` stands for a dash and digits, `-NAME` for a dash and
    /// capital letters or digits.
    pub text: &'a str,
    /// Whether it takes an option-argument.
    pub takes: Takes,
    /// It was written with `*` at its end: anything may follow (`-X*`).
    pub open: bool,
}

impl<'a> Spelling<'a> {
    /// Reads one token. `None` when it does not begin with `-` or `+`, or is not formed as [`Takes`] says.
    pub fn parse(token: &'a str) -> Option<Self> {
        if !token.starts_with(['-', '+']) || token.len() < 2 {
            return None;
        }
        if let Some(head) = token.strip_suffix("[NUM]") {
            return Some(Self { text: head, takes: Takes::Digits, open: false });
        }
        let (text, takes) = if let Some(at) = token.find("[=") {
            if !token.ends_with(']') {
                return None;
            }
            (&token[..at], Takes::Optional)
        } else if let Some(at) = token.find('=') {
            if at + 1 == token.len() {
                return None;
            }
            (&token[..at], Takes::Required)
        } else {
            (token, Takes::Nothing)
        };
        let (text, open) = text.strip_suffix('*').map_or((text, false), |head| (head, true));
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"[],".contains(&byte));
        (plain && text.len() >= 2).then_some(Self { text, takes, open })
    }
}

/// The spellings in a `flags` string, each with its own [`Takes`].
pub fn in_flags(flags: &str) -> impl Iterator<Item = (&str, Option<Spelling<'_>>)> {
    flags.split_ascii_whitespace().map(|token| (token, Spelling::parse(token)))
}

/// The spellings in a key of `options`: separated by commas; an option-argument given to one is every one's, as in a
/// manual (`-o, --output=FILE`).
pub fn in_key(key: &str) -> impl Iterator<Item = (&str, Option<Spelling<'_>>)> {
    let strongest = tokens(key).filter_map(Spelling::parse).map(|spelling| spelling.takes).max();
    tokens(key).map(move |token| {
        let spelling =
            Spelling::parse(token).map(|found| Spelling { takes: strongest.unwrap_or(found.takes), ..found });
        (token, spelling)
    })
}

/// True when a key of `options` lists the spelling. Asked of every key for every option of a line, so it goes over bytes:
/// searching for text takes longer to set up than a key is long.
pub fn lists(key: &str, text: &str) -> bool {
    let mut tokens = key.as_bytes().split(|byte| *byte == b',');
    tokens.any(|token| is_spelled(token.trim_ascii_start(), text.as_bytes()))
}

/// The token of a `flags` string that spells `text`.
pub fn token_in_flags<'f>(flags: &'f str, text: &str) -> Option<&'f str> {
    let (bytes, text) = (flags.as_bytes(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().position(|byte| *byte <= b' ').unwrap_or(bytes.len() - at);
        let token = &bytes[at..at + length];
        if is_spelled(token, text) {
            return flags.get(at..at + length);
        }
        at += length + 1;
    }
    None
}

/// True when the token is the spelling, perhaps with an option-argument.
fn is_spelled(token: &[u8], text: &[u8]) -> bool {
    // The last byte tells most apart, and calls nothing.
    if text.len() > token.len() || text.last().is_some_and(|last| token[text.len() - 1] != *last) {
        return false;
    }
    let Some(rest) = token.strip_prefix(text) else { return false };
    let rest = rest.trim_ascii_end();
    rest.is_empty() || rest.starts_with(b"=") || rest.starts_with(b"*") || rest.starts_with(b"[=") || rest == b"[NUM]"
}

/// The parts of a key.
fn tokens(key: &str) -> impl Iterator<Item = &str> {
    key.split(',').map(str::trim)
}

/// True when `pattern` matches `text`; `*` stands for any text, `?` for one byte, no other character is special.
pub fn matches(pattern: &[u8], text: &[u8], fold_case: bool) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((b'*', rest)), _) => (0..=text.len()).any(|from| matches(rest, &text[from..], fold_case)),
        (Some((b'?', rest)), Some((_, behind))) => matches(rest, behind, fold_case),
        (Some((byte, rest)), Some((first, behind))) => {
            (byte == first || fold_case && byte.eq_ignore_ascii_case(first)) && matches(rest, behind, fold_case)
        }
        (Some(_), None) => false,
    }
}
