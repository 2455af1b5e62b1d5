//! Field splitting (bash(1), "Word Splitting"): text is cut at the characters of `IFS`.

/// The default `IFS`.
pub(crate) const DEFAULT: &[u8] = b" \t\n";

/// One step of splitting: a field, how many bytes it and the delimiter behind it take, and whether a delimiter that is
/// no white space ended it (an empty field then counts).
pub(crate) struct Cut<'t> {
    /// The field's text.
    pub(crate) field: &'t [u8],
    /// What remains behind the delimiter.
    pub(crate) rest: &'t [u8],
    /// A delimiter followed.
    pub(crate) ended: bool,
    /// That delimiter held a character that is no white space.
    pub(crate) hard: bool,
}

/// True for characters of `ifs` that are white space: any number of them is one delimiter.
pub(crate) fn is_blank(ifs: &[u8], byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n') && ifs.contains(&byte)
}

/// `text` without the white space of `ifs` at its beginning.
pub(crate) fn without_blanks<'t>(text: &'t [u8], ifs: &[u8]) -> &'t [u8] {
    let start = text.iter().position(|byte| !is_blank(ifs, *byte)).unwrap_or(text.len());
    &text[start..]
}

/// Cuts the first field off a text that begins with no white space of `ifs`.
pub(crate) fn cut<'t>(text: &'t [u8], ifs: &[u8]) -> Cut<'t> {
    let end = text.iter().position(|byte| ifs.contains(byte)).unwrap_or(text.len());
    let (field, mut rest) = text.split_at(end);
    let ended = !rest.is_empty();
    rest = without_blanks(rest, ifs);
    let hard = rest.first().is_some_and(|byte| ifs.contains(byte));
    if hard {
        rest = without_blanks(&rest[1..], ifs);
    }
    Cut { field, rest, ended, hard }
}

/// All fields of a text.
pub(crate) fn split(text: &[u8], ifs: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Vec::new();
    let mut rest = without_blanks(text, ifs);
    while !rest.is_empty() {
        let cut = cut(rest, ifs);
        fields.push(cut.field.to_vec());
        rest = cut.rest;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn white_space_and_other_delimiters() {
        let fields = |text: &str, ifs: &str| {
            let all = split(text.as_bytes(), ifs.as_bytes());
            all.into_iter().map(|field| String::from_utf8(field).expect("text")).collect::<Vec<_>>()
        };
        assert_eq!(fields(" a , b,c ", " ,"), ["a", "b", "c"]);
        assert_eq!(fields("a,b c,,d", ","), ["a", "b c", "", "d"]);
        assert_eq!(fields(",a", ","), ["", "a"]);
        assert_eq!(fields("a b\t c\n", " \t\n"), ["a", "b", "c"]);
        assert_eq!(fields("a b", ""), ["a b"]);
    }
}
