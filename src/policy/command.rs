//! Whether the words of a command are those a rule names.

use super::glob::name_matches;

/// Stands for any more words at the end.
const MORE: &str = "...";

/// True when the words fit the patterns. Options, which are words that begin with a dash, may stand in any order, but each
/// pattern of one must be met and every option must meet one; the other words are met in order.
pub(crate) fn fits(patterns: &[String], words: &[Vec<u8>]) -> bool {
    let is_option = |word: &[u8]| word.first() == Some(&b'-') && word.len() > 1;
    let (options, plain): (Vec<&String>, Vec<&String>) =
        patterns.iter().partition(|pattern| is_option(pattern.as_bytes()));
    let (given, operands): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) = words.iter().partition(|word| is_option(word));
    // What is not wholly known ends in an ellipsis and meets only a star that says so.
    let meets =
        |pattern: &str, word: &[u8]| name_matches(pattern, word) && (!is_unknown(word) || pattern.ends_with('*'));
    let listed = given.iter().all(|word| options.iter().any(|option| meets(option, word)));
    let there = options.iter().all(|option| option.as_str() == "-*" || given.iter().any(|word| meets(option, word)));
    let (plain, open) = match plain.split_last() {
        Some((last, rest)) if last.as_str() == MORE => (rest, true),
        _ => (plain.as_slice(), false),
    };
    let enough = operands.len() == plain.len() || open && operands.len() > plain.len();
    listed && there && enough && plain.iter().zip(&operands).all(|(pattern, word)| meets(pattern, word))
}

fn is_unknown(word: &[u8]) -> bool {
    word.ends_with("…".as_bytes())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn words_and_options() {
        let check = |pattern: &str, line: &str| {
            let patterns: Vec<String> = pattern.split(' ').map(str::to_owned).collect();
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            fits(&patterns, &words)
        };
        for (pattern, line) in [
            ("git push origin main", "git push origin main"),
            ("git push -u ...", "git push -u origin main"),
            ("git push -u ...", "git push origin -u main"),
            ("git push -* ...", "git push --force origin main"),
            ("git push -* ...", "git push"),
            ("git push origin agent/*", "git push origin agent/x"),
        ] {
            assert!(check(pattern, line), "{pattern}: {line}");
        }
        for (pattern, line) in [
            ("git push origin main", "git push origin main --force"),
            ("git push origin main", "git push origin"),
            ("git push origin main", "git push origin main x"),
            ("git push -u ...", "git push origin main"),
            ("git push -u ...", "git push -u -f origin"),
            ("git push ...", "git push --force"),
            ("git push origin main", "git push origin …"),
            ("git push -* ...", "git pull"),
        ] {
            assert!(!check(pattern, line), "{pattern}: {line}");
        }
    }
}
