//! The awk language, as far as finding what a program reads, writes and runs (gawk manual, "Redirecting Output of
//! print and printf", "Explicit Input with getline", "Input/Output Functions").

use crate::grammar::Known;

/// Something a program does beyond printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// `print > FILE`.
    Write(Known),
    /// `print >> FILE`.
    Append(Known),
    /// `getline < FILE`.
    Read(Known),
    /// `system(…)`, `print | …`, `… | getline`, `… |& getline`.
    Run(Known),
    /// `/inet/tcp/…` as a file.
    Connect(Known),
}

/// What the program does; `None` when it is not understood.
pub(super) fn actions(program: &[u8]) -> Option<Vec<Action>> {
    let tokens = tokens(program)?;
    let mut found = Vec::new();
    // In `print` or `printf`: the depth of brackets it stands at.
    let mut printing: Option<usize> = None;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let behind = &tokens[at + 1..];
        match token {
            Token::Name(name) => match name.as_slice() {
                b"print" | b"printf" => printing = Some(depth),
                b"system" => found.push(Action::Run(argument(behind)?)),
                _ => {}
            },
            Token::Sign(b"@") => return None,
            Token::Sign(b"(" | b"[") => depth += 1,
            Token::Sign(b")" | b"]") => depth = depth.checked_sub(1)?,
            Token::Sign(b";" | b"{" | b"}" | b"\n") => printing = None,
            Token::Sign(sign @ (b">" | b">>")) if printing == Some(depth) => {
                let target = operand(behind);
                found.push(if *sign == b">>" { opened(target, Action::Append) } else { opened(target, Action::Write) });
            }
            Token::Sign(b"|" | b"|&") => {
                if matches!(behind.first(), Some(Token::Name(name)) if name == b"getline") {
                    found.push(opened(command_before(&tokens[..at]), Action::Run));
                } else {
                    found.push(opened(operand(behind), Action::Run));
                }
            }
            Token::Sign(b"<") if reads(&tokens[..at]) => found.push(opened(operand(behind), Action::Read)),
            _ => {}
        }
    }
    (depth == 0).then_some(found)
}

/// gawk's special files are connections.
fn opened(target: Known, otherwise: fn(Known) -> Action) -> Action {
    match &target {
        Known::Exactly(name) | Known::Begins(name) if name.starts_with(b"/inet") => Action::Connect(target),
        _ => otherwise(target),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Name(Vec<u8>),
    Text(Vec<u8>),
    Other,
    Sign(&'static [u8]),
}

/// Signs that matter, longest first.
const SIGNS: &[&[u8]] = &[
    b"|&", b"||", b">>", b">=", b"<=", b"(", b")", b"[", b"]", b"{", b"}", b";", b"\n", b">", b"<", b"|", b"@", b",",
    b"?", b":",
];

/// The call's only argument, when it is one string.
fn argument(tokens: &[Token]) -> Option<Known> {
    match tokens {
        [Token::Sign(b"("), Token::Text(text), Token::Sign(b")"), ..] => Some(Known::Exactly(text.clone())),
        [Token::Sign(b"("), Token::Text(text), ..] => Some(Known::Begins(text.clone())),
        [Token::Sign(b"("), ..] => Some(Known::Nothing),
        _ => None,
    }
}

/// What follows a redirection: a string when nothing is joined to it.
fn operand(tokens: &[Token]) -> Known {
    let ends = |token: Option<&Token>| {
        matches!(token, None | Some(Token::Sign(b";" | b"}" | b"\n" | b")" | b"|" | b"|&" | b"," | b"?" | b":")))
            || matches!(token, Some(Token::Sign(b"||" | b">=" | b"<=")))
    };
    match tokens {
        [Token::Text(text), rest @ ..] if ends(rest.first()) => Known::Exactly(text.clone()),
        [Token::Text(text), ..] => Known::Begins(text.clone()),
        [Token::Sign(b"("), Token::Text(text), Token::Sign(b")"), rest @ ..] if ends(rest.first()) => {
            Known::Exactly(text.clone())
        }
        [Token::Sign(b"("), Token::Text(text), ..] => Known::Begins(text.clone()),
        _ => Known::Nothing,
    }
}

/// The command before `| getline`: a string when nothing is joined to it.
fn command_before(tokens: &[Token]) -> Known {
    match tokens {
        [.., Token::Sign(b"{" | b";" | b"\n" | b"(" | b"}"), Token::Text(text)] | [Token::Text(text)] => {
            Known::Exactly(text.clone())
        }
        [.., Token::Sign(b"("), Token::Text(text), Token::Sign(b")")] => {
            let before = tokens.len().checked_sub(4).and_then(|at| tokens.get(at));
            match before {
                None | Some(Token::Sign(b"{" | b";" | b"\n" | b"(")) => Known::Exactly(text.clone()),
                _ => Known::Nothing,
            }
        }
        _ => Known::Nothing,
    }
}

/// True when `<` behind these tokens is that of `getline`: right behind it or behind its variable.
fn reads(tokens: &[Token]) -> bool {
    let is = |token: &Token| matches!(token, Token::Name(name) if name == b"getline");
    let tail =
        tokens.iter().rev().take_while(|token| !matches!(token, Token::Sign(b";" | b"{" | b"}" | b"\n" | b"||")));
    tail.take(8).any(is)
}

fn tokens(program: &[u8]) -> Option<Vec<Token>> {
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(byte) = program.get(at).copied() {
        let rest = &program[at..];
        match byte {
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if rest.get(1) == Some(&b'\n') => at += 2,
            b'#' => at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'"' => {
                let (text, length) = string(rest)?;
                found.push(Token::Text(text));
                at += length;
            }
            b'/' if !ends_operand(found.last()) => {
                at += expression(rest)?;
                found.push(Token::Other);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte == b':')
                    .count();
                found.push(Token::Name(rest[..length].to_vec()));
                at += length;
            }
            b'0'..=b'9' => {
                at += rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
                found.push(Token::Other);
            }
            b'+' | b'-' if rest.get(1) == Some(&byte) => {
                // `x++ / y` divides; `++` before a name does not end an operand, but no expression follows it either.
                found.push(Token::Other);
                at += 2;
            }
            b'$' => at += 1,
            _ => match SIGNS.iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => {
                    found.push(Token::Sign(sign));
                    at += sign.len();
                }
                None => {
                    found.push(Token::Sign(b"other"));
                    at += 1;
                }
            },
        }
    }
    Some(found)
}

/// True when a `/` behind the token divides.
fn ends_operand(token: Option<&Token>) -> bool {
    match token {
        Some(Token::Name(name)) => {
            !matches!(name.as_slice(), b"print" | b"printf" | b"return" | b"in" | b"case" | b"else" | b"do" | b"exit")
        }
        Some(Token::Text(_) | Token::Other | Token::Sign(b")" | b"]")) => true,
        _ => false,
    }
}

/// A string constant and its length with quotes; `None` when it does not end, or says a byte by its number.
fn string(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut text = Vec::new();
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            b'"' => return Some((text, at + 1)),
            b'\n' => return None,
            b'\\' => {
                at += 1;
                match *rest.get(at)? {
                    b'n' => text.push(b'\n'),
                    b't' => text.push(b'\t'),
                    b'r' => text.push(b'\r'),
                    b'\n' => {}
                    byte @ (b'"' | b'\\' | b'/') => text.push(byte),
                    b'0'..=b'7' => {
                        let digits = rest[at..].iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                        let value =
                            rest[at..at + digits].iter().fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
                        text.push(u8::try_from(value & 0xff).unwrap_or_default());
                        at += digits - 1;
                    }
                    b'x' => {
                        let digits = rest[at + 1..].iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
                        let hex = std::str::from_utf8(&rest[at + 1..at + 1 + digits]).ok()?;
                        text.push(u8::from_str_radix(hex, 16).ok()?);
                        at += digits;
                    }
                    byte => text.extend([b'\\', byte]),
                }
            }
            byte => text.push(byte),
        }
        at += 1;
    }
}

/// Length of a regular expression with its slashes; one inside brackets does not end it (gawk), and where awks differ
/// about that the program is not understood.
fn expression(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    let mut bracket: Option<usize> = None;
    loop {
        match *rest.get(at)? {
            b'\n' => return None,
            b'\\' => at += 1,
            b'[' if bracket.is_none() => bracket = Some(at + 1 + usize::from(rest.get(at + 1) == Some(&b'^'))),
            b']' if bracket.is_some_and(|start| at > start) => bracket = None,
            b'/' if bracket.is_some() => return None,
            b'/' => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str) -> Known {
        Known::Exactly(text.as_bytes().to_vec())
    }

    #[test]
    fn printing_and_counting_do_nothing_else() {
        for program in [
            "{print $1}",
            "NR>1 && $3 > 5 {print}",
            "{ if ($1 > $2) print \"a > b\" }",
            "/a|b>c/ {s += $2 / 3} END {print s/NR}",
            "BEGIN { FS = \"|\" } # system(\"x\")\n{ print (a > b), \"system(1)\" }",
            "!seen[$0]++",
            "$1 ~ /^#/ || /x/ { n++ }",
            "{ printf \"%s\\n\", ($1>2 ? \"y\" : \"n\") }",
            "{while ((getline line) > 0) n++}",
            "{x = a / b; y = c / d}",
            "",
            "{ gsub(/[\"]/, \"\"); print }",
        ] {
            assert_eq!(actions(program.as_bytes()), Some(vec![]), "{program}");
        }
    }

    #[test]
    fn files_and_commands_are_found() {
        let cases: &[(&str, Action)] = &[
            ("{print > \"out\"}", Action::Write(exactly("out"))),
            ("{print $1 >> \"log\"; x}", Action::Append(exactly("log"))),
            ("{print > $1\".txt\"}", Action::Write(Known::Nothing)),
            ("{print > \"d/\" $1}", Action::Write(Known::Begins(b"d/".to_vec()))),
            ("{print(\"x\") > \"out\"}", Action::Write(exactly("out"))),
            ("BEGIN{system(\"rm -rf x\")}", Action::Run(exactly("rm -rf x"))),
            ("{system(\"rm \" $1)}", Action::Run(Known::Begins(b"rm ".to_vec()))),
            ("{print | \"sort -u\"}", Action::Run(exactly("sort -u"))),
            ("BEGIN{\"date\" | getline d}", Action::Run(exactly("date"))),
            ("{cmd = \"ls\"; cmd | getline x}", Action::Run(Known::Nothing)),
            ("BEGIN{while ((getline l < \"in\") > 0) n++}", Action::Read(exactly("in"))),
            ("BEGIN{print \"\\162m x\" | \"sh\"}", Action::Run(exactly("sh"))),
            ("BEGIN{print 1 |& \"/inet/tcp/0/h/80\"}", Action::Connect(exactly("/inet/tcp/0/h/80"))),
        ];
        for (program, action) in cases {
            assert_eq!(actions(program.as_bytes()).as_deref(), Some(std::slice::from_ref(action)), "{program}");
        }
    }

    #[test]
    fn what_may_hide_something_is_not_understood() {
        for program in ["@load \"filefuncs\"", "{print \"a}", "{ f = \"system\"; @f(\"rm\") }", "{print", "/a[/]b/"] {
            let found = actions(program.as_bytes());
            assert!(found.is_none() || program == "{print", "{program}: {found:?}");
        }
    }
}
