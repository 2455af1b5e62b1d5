//! Words that say, of a program nothing else is known of, that it takes something away for good or sends it out.

use crate::effect::value::Field;

/// What such subcommands are called (`projects delete`, `delete-job`, `apps:destroy`, `drop_db`).
const VERBS: [&[u8]; 18] = [
    b"delete",
    b"destroy",
    b"purge",
    b"drop",
    b"wipe",
    b"erase",
    b"terminate",
    b"truncate",
    b"nuke",
    b"teardown",
    b"unregister",
    b"deregister",
    b"revoke",
    b"decommission",
    b"deploy",
    b"publish",
    b"upload",
    b"push",
];
/// How many operands may name the subcommand.
const DEEPEST: usize = 3;

/// The label of a command line whose words say so.
pub(crate) const GRAVE_WORD: &str = "grave-word";

/// True when a subcommand or a long option of the command line is one of those words, or begins or ends with one.
pub(crate) fn says_grave(fields: &[Field]) -> bool {
    let words = fields.iter().skip(1).map_while(Field::exact).take_while(|word| *word != b"--");
    let mut operands = 0;
    for word in words {
        let name = match word.strip_prefix(b"--") {
            Some(option) => option.split(|byte| *byte == b'=').next().unwrap_or_default(),
            None if word.first() == Some(&b'-') => continue,
            None => {
                operands += 1;
                word
            }
        };
        if operands > DEEPEST {
            return false;
        }
        if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(byte)) {
            continue;
        }
        let mut parts = name.split(|byte| b"-_:".contains(byte)).filter(|part| !part.is_empty());
        let known = |part: &[u8]| VERBS.iter().any(|verb| part.eq_ignore_ascii_case(verb));
        let first = parts.next().unwrap_or_default();
        if first != b"no" && (known(first) || parts.next_back().is_some_and(known)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::says_grave;
    use crate::effect::value::Field;
    use crate::text::Span;

    #[test]
    fn the_word_is_a_subcommand_or_an_option() {
        let says = |line: &str| {
            let fields: Vec<Field> = line.split(' ').map(|word| Field::exactly(word, Span::default())).collect();
            says_grave(&fields)
        };
        for line in [
            "x delete",
            "x --url u projects delete 3",
            "x apps:destroy",
            "x delete-job j",
            "x t --delete-all",
            "x deploy:web",
        ] {
            assert!(says(line), "{line}");
        }
        for line in [
            "x",
            "x get a b c delete",
            "x undelete",
            "x -- delete",
            "x --no-delete",
            "x deleted.txt",
            "x drop.sql",
            "x pushed",
        ] {
            assert!(!says(line), "{line}");
        }
    }
}
