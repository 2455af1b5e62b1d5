//! Commands for programs that are given their orders as lines of words: editors, debuggers, Tcl, Emacs.
//!
//! Only what plainly leaves the program is found: a shell command, a file that is deleted, code in a language that is
//! looked at elsewhere.

use super::what::{Hint, Target, Wanted};
use crate::effect::value::Text;
use crate::grammar::Access;

/// Most hints of one text.
const MOST: usize = 64;

/// What commands in `language` may do; `None` for a language that is not written as commands. Code in another language
/// within them is answered by `inner`.
pub(super) fn hints(language: &str, code: &[u8], inner: &dyn Fn(&str, &[u8]) -> Vec<Hint>) -> Option<Vec<Hint>> {
    let mut found = Vec::new();
    match language {
        "vim" | "ed" => {
            for line in code.split(|byte| *byte == b'\n') {
                editor(line, inner, &mut found);
            }
        }
        "gdb" => {
            for line in code.split(|byte| *byte == b'\n') {
                debugger(line.trim_ascii(), inner, &mut found);
            }
        }
        "tcl" => {
            for command in code.split(|byte| matches!(byte, b'\n' | b';' | b'[' | b'{')) {
                tcl(command, &mut found);
            }
        }
        "elisp" => elisp(code, &mut found),
        _ => return None,
    }
    found.truncate(MOST);
    Some(found)
}

fn shell(text: &[u8], call: &str) -> Hint {
    let wanted = Wanted::Shell(Some(Text::exactly(text.trim_ascii())));
    Hint { wanted, call: call.to_owned(), outermost: true }
}

/// The word a text begins with, and what stands behind it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-').unwrap_or(text.len());
    text.split_at(end)
}

/// The commands on a line of vim or ed, between bars.
fn editor(line: &[u8], inner: &dyn Fn(&str, &[u8]) -> Vec<Hint>, found: &mut Vec<Hint>) {
    let mut rest = Some(line);
    while let Some(commands) = rest.filter(|_| found.len() < MOST) {
        rest = editor_command(commands, inner, found);
    }
}

/// One command: a range, modifiers, then the command (vim, ":help :!", ":help :range!"; ed(1)). Answers what stands
/// behind its bar; a shell command takes the bars that follow.
fn editor_command<'l>(
    line: &'l [u8],
    inner: &dyn Fn(&str, &[u8]) -> Vec<Hint>,
    found: &mut Vec<Hint>,
) -> Option<&'l [u8]> {
    let mut rest = line;
    loop {
        let ranged = |byte: &u8| b": \t%,.$0123456789+-;'<>".contains(byte);
        rest = &rest[rest.iter().position(|byte| !ranged(byte)).unwrap_or(rest.len())..];
        let (name, behind) = word(rest);
        let banged = behind.strip_prefix(b"!").unwrap_or(behind);
        match name {
            b"sil" | b"silent" | b"noautocmd" | b"noa" | b"keepjumps" | b"verbose" | b"sandbox" | b"bufdo"
            | b"argdo" | b"windo" => rest = banged,
            b"exe" | b"exec" | b"execute" => {
                let text = behind.trim_ascii();
                let quotes = |quote: u8| text.len() > 1 && text[0] == quote && text.last() == Some(&quote);
                if !quotes(b'"') && !quotes(b'\'') {
                    break;
                }
                rest = &text[1..text.len() - 1];
            }
            b"r" | b"read" | b"w" | b"write" if behind.trim_ascii_start().starts_with(b"!") => {
                found.push(shell(&behind.trim_ascii_start()[1..], ":w !"));
                return None;
            }
            b"terminal" | b"term" | b"ter" => {
                found.push(shell(banged, ":terminal"));
                return None;
            }
            b"lua" => {
                found.extend(inner("lua", behind));
                return None;
            }
            b"py" | b"py3" | b"python" | b"python3" | b"pyx" => {
                found.extend(inner("python", behind));
                return None;
            }
            b"" if rest.first() == Some(&b'!') => {
                found.push(shell(&rest[1..], ":!"));
                return None;
            }
            _ => break,
        }
    }
    for (function, call) in [(b"system(".as_slice(), "system"), (b"systemlist(", "systemlist"), (b"delete(", "delete")]
    {
        let Some(at) = rest.windows(function.len()).position(|part| part == function) else { continue };
        let Some((text, _)) = quoted(&rest[at + function.len()..]) else { continue };
        found.push(match call {
            "delete" => deletes(text, Access::Delete, call),
            _ => shell(&text, call),
        });
    }
    rest.iter().position(|byte| *byte == b'|').map(|bar| &rest[bar + 1..])
}

/// A string in quotes of either kind, and what stands behind it.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let text = text.trim_ascii_start();
    let quote = *text.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let mut out = Vec::new();
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quote == b'"' => {
                out.extend(text.get(at + 1));
                at += 1;
            }
            _ if *byte == quote => return Some((out, &text[at + 1..])),
            _ => out.push(*byte),
        }
        at += 1;
    }
    None
}

fn deletes(name: Vec<u8>, access: Access, call: &str) -> Hint {
    let wanted = Wanted::File(access, Target::Named(Text::exactly(name)));
    Hint { wanted, call: call.to_owned(), outermost: true }
}

/// A command of gdb or lldb (gdb, "Shell Commands"; lldb, "platform shell").
fn debugger(line: &[u8], inner: &dyn Fn(&str, &[u8]) -> Vec<Hint>, found: &mut Vec<Hint>) {
    let (name, behind) = word(line);
    match name {
        b"" if line.first() == Some(&b'!') => found.push(shell(&line[1..], "shell")),
        b"shell" | b"make" => found.push(shell(behind, "shell")),
        b"platform" if word(behind).0 == b"shell" => found.push(shell(word(behind).1, "platform shell")),
        b"pipe" => {
            if let Some(at) = behind.iter().position(|byte| *byte == b'|') {
                found.push(shell(&behind[at + 1..], "pipe"));
            }
        }
        b"python" | b"py" | b"pi" | b"script" => found.extend(inner("python", behind)),
        _ => {}
    }
}

/// A command of Tcl or Expect (exec(n), file(n); expect(1), "spawn", "system").
fn tcl(command: &[u8], found: &mut Vec<Hint>) {
    let (name, behind) = word(command);
    match name {
        b"exec" | b"spawn" | b"system" | b"overlay" => {
            let mut text = behind.trim_ascii();
            while let Some((b"-ignorestderr" | b"-keepnewline" | b"-noecho" | b"--", rest)) =
                text.iter().position(u8::is_ascii_whitespace).map(|end| (&text[..end], &text[end..]))
            {
                text = rest.trim_ascii();
            }
            found.push(shell(unclosed(text), "exec"));
        }
        b"file" if word(behind).0 == b"delete" => {
            for name in word(behind).1.split(u8::is_ascii_whitespace) {
                let name = unclosed(name);
                if !name.is_empty() && !name.starts_with(b"-") && !name.contains(&b'$') {
                    found.push(deletes(name.to_vec(), Access::DeleteTree, "file delete"));
                }
            }
        }
        _ => {}
    }
}

/// A text without the brackets that close behind it.
fn unclosed(text: &[u8]) -> &[u8] {
    let kept = text.iter().rposition(|byte| !matches!(byte, b']' | b'}' | b' ')).map_or(0, |at| at + 1);
    &text[..kept]
}

/// Calls of Emacs Lisp (elisp, "Synchronous Processes", "Changing Files").
fn elisp(code: &[u8], found: &mut Vec<Hint>) {
    for (at, _) in code.iter().enumerate().filter(|(_, byte)| **byte == b'(') {
        let (name, behind) = word(&code[at + 1..]);
        let Some((first, mut rest)) = quoted(behind) else { continue };
        match name {
            b"shell-command" | b"shell-command-to-string" | b"async-shell-command" | b"compile" => {
                found.push(shell(&first, "shell-command"));
            }
            b"delete-file" => found.push(deletes(first, Access::Delete, "delete-file")),
            b"delete-directory" => found.push(deletes(first, Access::DeleteTree, "delete-directory")),
            b"call-process" | b"start-process" => {
                let mut words = if name == b"call-process" { vec![first] } else { Vec::new() };
                while let Some(next) = rest.iter().position(|byte| matches!(byte, b'"' | b')')) {
                    let Some((text, more)) = quoted(&rest[next..]) else { break };
                    words.push(text);
                    rest = more;
                }
                let words = words.into_iter().map(|word| Some(Text::exactly(word))).collect();
                found.push(Hint { wanted: Wanted::Program(words), call: "call-process".to_owned(), outermost: true });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shells(language: &str, code: &str) -> Vec<String> {
        let hints = hints(language, code.as_bytes(), &|_, _| Vec::new()).expect("a known language");
        let text = |hint: Hint| match hint.wanted {
            Wanted::Shell(Some(text)) => String::from_utf8_lossy(text.prefix()).into_owned(),
            Wanted::File(access, Target::Named(text)) => {
                format!("{access:?} {}", String::from_utf8_lossy(text.prefix()))
            }
            Wanted::Program(words) => {
                let words = words.iter().flatten().map(|word| String::from_utf8_lossy(word.prefix()).into_owned());
                words.collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        };
        hints.into_iter().map(text).collect()
    }

    #[test]
    fn a_shell_command_of_an_editor_is_found_behind_ranges_and_modifiers() {
        for code in
            ["!rm a", ":!rm a", "silent! !rm a", ":%!rm a", "1,$ w !rm a", "r !rm a", "exe '!rm a'", "%s/a/b/ | !rm a"]
        {
            assert_eq!(shells("vim", code), ["rm a"], "{code}");
        }
        assert_eq!(shells("vim", "call system(\"rm a\")"), ["rm a"]);
        assert!(shells("vim", "%s/a!/b/ | wq!").is_empty());
        assert_eq!(shells("ed", "a\nx\n.\n!rm a\nw"), ["rm a"]);
    }

    #[test]
    fn commands_of_debuggers_tcl_and_emacs_are_found() {
        assert_eq!(shells("gdb", "shell rm a"), ["rm a"]);
        assert_eq!(shells("gdb", "platform shell rm a"), ["rm a"]);
        assert!(shells("gdb", "break main").is_empty());
        assert_eq!(shells("tcl", "puts a; set b [exec rm a]; spawn rm b"), ["rm a", "rm b"]);
        assert_eq!(shells("tcl", "file delete -force a b"), ["DeleteTree a", "DeleteTree b"]);
        assert_eq!(shells("elisp", "(progn (shell-command \"rm a\") (delete-file \"b\"))"), ["rm a", "Delete b"]);
        assert_eq!(shells("elisp", "(call-process \"rm\" nil nil nil \"-r\" \"a\")"), ["rm -r a"]);
    }
}
