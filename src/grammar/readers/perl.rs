//! perl(1): the table, and code that only edits text.

use super::backups;
use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Grammar, Invocation};

/// Reads `perl`'s arguments. Code made only of substitutions, transliterations and printing is no deed of its own.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = from_scan(&scan, called);
    let code = ["-e", "-E"].into_iter().any(|option| scan.all(option).next().is_some());
    // Without code the first operand is the script.
    let files = scan.operands.get(usize::from(!code)..).unwrap_or_default();
    if let Some(suffix) = scan.all("-i").next_back().and_then(|given| given.argument.as_ref()) {
        backups(&mut invocation, suffix, files);
    }
    invocation.deeds.retain(|deed| {
        let code = deed.access == Access::Code;
        !(code && deed.arguments.iter().all(|argument| argument.literal().is_some_and(edits)))
    });
    invocation
}

/// True when the code is a list of `s///`, `tr///`, `y///` and `print`, perhaps with `if /…/` behind.
fn edits(code: &[u8]) -> bool {
    let Ok(code) = std::str::from_utf8(code) else { return false };
    let mut rest = code.trim();
    while !rest.is_empty() {
        let Some(left) = statement(rest) else { return false };
        rest = left.trim_start();
        if !rest.is_empty() {
            let Some(left) = rest.strip_prefix(';') else { return false };
            rest = left.trim_start();
        }
    }
    true
}

/// What follows one statement.
fn statement(code: &str) -> Option<&str> {
    let code = code.strip_prefix("$_ =~ ").unwrap_or(code);
    let mut rest = if let Some(body) = code.strip_prefix("print") {
        let body = body.trim_start();
        body.strip_prefix("$_").unwrap_or(body)
    } else {
        let (parts, transliterates, body) = if let Some(body) = code.strip_prefix("tr") {
            (2, true, body)
        } else if let Some(body) = code.strip_prefix('y') {
            (2, true, body)
        } else {
            (2, false, code.strip_prefix('s')?)
        };
        let rest = quoted(body, parts, transliterates)?;
        // `e` evaluates the replacement; `r`, `g`, `i` … do not.
        let flags = rest.len() - rest.trim_start_matches(|letter: char| "gimsxoradcl".contains(letter)).len();
        &rest[flags..]
    };
    rest = rest.trim_start();
    for word in ["if", "unless"] {
        if let Some(body) = rest.strip_prefix(word) {
            let body = body.trim_start();
            let body = body.strip_prefix('m').unwrap_or(body);
            let after = if body.starts_with('/') {
                quoted(body, 1, false)?
            } else {
                body.strip_prefix("$. ==")?.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit())
            };
            return Some(after.trim_start_matches(['i', 'x', 'm', 's']));
        }
    }
    Some(rest)
}

/// What follows a quote-like with that many parts. Text that could run code (`@{[ … ]}`, `(?{ … })`, a call in a
/// subscript) makes it none; in a transliteration nothing is interpolated.
fn quoted(body: &str, parts: usize, literal: bool) -> Option<&str> {
    let open = body.chars().next()?;
    if open.is_alphanumeric() || open.is_whitespace() || open == '\'' && parts == 1 || open == '#' {
        return None;
    }
    let close = match open {
        '{' => '}',
        '(' => ')',
        '[' => ']',
        '<' => '>',
        same => same,
    };
    let mut rest = &body[open.len_utf8()..];
    for part in 0..parts {
        let mut end = None;
        let mut escaped = false;
        let mut depth = 0;
        for (at, letter) in rest.char_indices() {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == close && depth == 0 {
                end = Some(at);
                break;
            } else if open != close && letter == open {
                depth += 1;
            } else if open != close && letter == close {
                depth -= 1;
            }
        }
        let end = end?;
        let text = &rest[..end];
        if !literal && subscripts(text) {
            return None;
        }
        if !literal && ["@{", "${", "(?{", "(??{", "->", "$#", "@_", "@$"].iter().any(|mark| text.contains(mark)) {
            return None;
        }
        rest = &rest[end + close.len_utf8()..];
        if part + 1 < parts && open != close {
            rest = rest.trim_start().strip_prefix(open)?;
        }
    }
    Some(rest)
}

/// True when a variable with a subscript is interpolated: the subscript is code.
fn subscripts(text: &str) -> bool {
    text.split(['$', '@']).skip(1).any(|part| {
        let behind = part.trim_start_matches(|letter: char| letter.is_alphanumeric() || "_:&".contains(letter));
        behind.len() < part.len() && behind.starts_with(['[', '{'])
    })
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn only_editing_is_seen_as_editing() {
        for code in [
            "s/a/b/g",
            "s|a/b|c|; s{x}{y}i",
            "tr/a-z/A-Z/",
            "s/foo/bar/ if /baz/",
            "print if /x/",
            "print",
            "",
            "s/(\\w+)/$1_x/g;",
        ] {
            assert!(edits(code.as_bytes()), "{code}");
        }
        for code in [
            "s/a/unlink $f/e",
            "system('x')",
            "s/a/b/; unlink 'x'",
            "s/a/@{[unlink 1]}/",
            "s/(?{system 1})//",
            "print `ls`",
            "s/a/b/ge",
            "s/a/b",
            "print F $_",
            "s/a/b/gee",
            "unlink if /x/",
            "print $_, system(1)",
        ] {
            assert!(!edits(code.as_bytes()), "{code}");
        }
    }
}
