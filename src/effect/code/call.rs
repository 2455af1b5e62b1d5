//! Calls among tokens: what is called, on what, with which arguments.

use super::token::{Language, Token};
use crate::effect::Table;
use crate::effect::value::Text;

/// A call.
pub(super) struct Call<'t> {
    /// The last part of the name (`rmtree`).
    pub(super) name: &'t [u8],
    /// The part before it (`shutil`), empty without one.
    pub(super) owner: &'t [u8],
    /// The text given to what stands before the name (`Path("x").unlink()`).
    pub(super) receiver: Option<Text>,
    /// The arguments.
    pub(super) arguments: Vec<&'t [(Token, usize)]>,
    /// How deep it is nested.
    pub(super) depth: usize,
}

/// Names that are given a string once and nothing else.
pub(super) type Constants = Table<Vec<u8>, Option<Text>>;

/// Finds the constants.
pub(super) fn constants(tokens: &[(Token, usize)]) -> Constants {
    let mut all = Constants::default();
    for (at, (token, _)) in tokens.iter().enumerate() {
        let (Token::Name(name), Some((Token::Sign(b'='), _))) = (token, tokens.get(at + 1)) else { continue };
        let sign = |at: usize| match tokens.get(at) {
            Some((Token::Sign(sign), _)) => *sign,
            _ => 0,
        };
        if sign(at + 2) == b'=' || sign(at + 2) == b'>' {
            continue;
        }
        let ends = matches!(tokens.get(at + 3), None | Some((Token::Line | Token::Sign(b';'), _)));
        let value = match tokens.get(at + 2) {
            Some((Token::Text(text), _)) if ends => Some(text.clone()),
            _ => None,
        };
        let again = all.contains_key(name);
        all.insert(name.clone(), value.filter(|_| !again));
    }
    all
}

/// The calls, in order. In ruby and perl a call needs no brackets.
pub(super) fn calls(language: Language, tokens: &[(Token, usize)]) -> Vec<Call<'_>> {
    let mut all = Vec::new();
    for (at, (token, depth)) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(|(token, _)| token);
        if matches!(before(1), Some(Token::Name(word)) if matches!(word.as_slice(), b"def" | b"function" | b"sub" | b"class"))
        {
            continue;
        }
        let bracketed = matches!(tokens.get(at + 1), Some((Token::Sign(b'('), _)));
        let bare = !bracketed
            && matches!(language, Language::Ruby | Language::Perl | Language::Lua)
            && matches!(tokens.get(at + 1), Some((Token::Text(_), _)));
        if !bracketed && !bare {
            continue;
        }
        let end = if bracketed { closing(tokens, at + 1) } else { end_of_statement(tokens, at + 1) };
        let inside = &tokens[at + if bracketed { 2 } else { 1 }..end];
        let dotted = |token: Option<&Token>| matches!(token, Some(Token::Sign(b'.' | b':' | b'>')));
        let joined = match language {
            // `A::b` and `$a->b` are two signs.
            Language::Ruby | Language::Perl | Language::Php if matches!(before(1), Some(Token::Sign(b':' | b'>'))) => 2,
            _ => usize::from(dotted(before(1))),
        };
        let owner = match before(joined + 1) {
            Some(Token::Name(owner)) if joined > 0 => owner.as_slice(),
            _ => b"",
        };
        let receiver = match (before(joined + 1), before(joined + 2), before(joined + 3)) {
            (Some(Token::Sign(b')')), Some(Token::Text(text)), Some(Token::Sign(b'('))) if joined > 0 => {
                Some(text.clone())
            }
            _ => None,
        };
        // `require("fs").rmSync`, `Path("x").unlink`: the name before the bracket owns it.
        let owner = match (&receiver, before(joined + 4)) {
            (Some(_), Some(Token::Name(name))) => name.as_slice(),
            _ => owner,
        };
        all.push(Call { name, owner, receiver, arguments: split(inside), depth: *depth });
    }
    all
}

/// Where the bracket opened at `open` closes, or the end.
fn closing(tokens: &[(Token, usize)], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, (token, _)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => depth += 1,
            Token::Sign(b')' | b']' | b'}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn end_of_statement(tokens: &[(Token, usize)], from: usize) -> usize {
    let ends = |token: &Token| match token {
        Token::Line | Token::Sign(b';' | b'}' | b')') => true,
        Token::Name(name) => matches!(name.as_slice(), b"or" | b"and" | b"if" | b"unless" | b"do" | b"while"),
        _ => false,
    };
    tokens[from..].iter().position(|(token, _)| ends(token)).map_or(tokens.len(), |at| from + at)
}

/// Arguments between commas.
pub(super) fn split(tokens: &[(Token, usize)]) -> Vec<&[(Token, usize)]> {
    let (mut all, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, (token, _)) in tokens.iter().enumerate() {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => depth += 1,
            Token::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Token::Sign(b',') if depth == 0 => {
                all.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = &tokens[start..];
    if last.iter().any(|(token, _)| *token != Token::Line) {
        all.push(last);
    }
    all
}

/// The string an argument is, as far as it is known; `None` when nothing is. A `~` is only kept as one where the code has
/// it replaced by the home directory.
pub(super) fn text(argument: &[(Token, usize)], constants: &Constants) -> Option<Text> {
    let tokens: Vec<&Token> = argument.iter().map(|(token, _)| token).filter(|token| **token != Token::Line).collect();
    match tokens.as_slice() {
        [Token::Text(text)] => Some(text.clone()),
        [Token::Text(one), Token::Text(other)] => {
            let mut whole = one.clone();
            whole.push(other);
            Some(whole)
        }
        [Token::Name(name)] => constants.get(name).cloned().flatten(),
        [Token::Text(text), Token::Sign(b'+' | b'.' | b'/'), ..] if !text.prefix().is_empty() => {
            Some(Text::begins(text.prefix().to_vec(), false))
        }
        // `Path("x")`, `pathlib.Path("x")`, `String.raw("x")`.
        [.., Token::Name(name), Token::Sign(b'('), Token::Text(text), Token::Sign(b')')]
            if matches!(name.as_slice(), b"Path" | b"PurePath" | b"str" | b"String") =>
        {
            Some(text.clone())
        }
        _ => None,
    }
}

/// True for an argument that is the home directory, or the name of something in it when `rest` is not empty.
pub(super) fn at_home(argument: &[(Token, usize)]) -> Option<Vec<u8>> {
    let tokens: Vec<&Token> = argument.iter().map(|(token, _)| token).filter(|token| **token != Token::Line).collect();
    let named = |wanted: &[&[u8]]| {
        tokens.iter().any(|token| matches!(token, Token::Name(name) if wanted.contains(&name.as_slice())))
    };
    if named(&[b"expanduser"]) {
        return tokens.iter().find_map(|token| match token {
            Token::Text(text) => text.exact()?.strip_prefix(b"~").map(<[u8]>::to_vec),
            _ => None,
        });
    }
    let home = named(&[b"home", b"homedir"]) && named(&[b"Path", b"os", b"Dir"])
        || named(&[b"environ", b"getenv", b"env", b"ENV"])
            && tokens.iter().any(|token| match token {
                Token::Text(text) => text.exact() == Some(b"HOME"),
                Token::Name(name) => name == b"HOME",
                _ => false,
            });
    // Anything joined to it is some other name.
    (home && tokens.len() <= 7 && !tokens.iter().any(|token| matches!(token, Token::Sign(b'+' | b'/')))).then(Vec::new)
}
