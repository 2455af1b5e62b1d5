//! The configuration format of git (git-config(1), "Syntax"), read without following includes.

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// Section, in lowercase.
    pub(super) section: String,
    /// Subsection as written; empty without one.
    pub(super) subsection: String,
    /// Name, in lowercase.
    pub(super) name: String,
    /// Value; `true` when only the name is given.
    pub(super) value: String,
}

/// Every variable of a file, in order. Lines that are no configuration are left out.
pub(super) fn settings(text: &str) -> Vec<Setting> {
    let mut all = Vec::new();
    let (mut section, mut subsection) = (String::new(), String::new());
    let joined = text.replace("\r\n", "\n").replace("\\\n", "");
    for line in joined.lines() {
        let mut rest = line.trim();
        if let Some(head) = rest.strip_prefix('[') {
            let (name, behind) = header(head);
            (section, subsection) = name;
            rest = behind.trim();
        }
        if rest.is_empty() || rest.starts_with(['#', ';']) {
            continue;
        }
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name.trim(), unquoted(value)),
            None => (rest, "true".to_owned()),
        };
        let (section, subsection) = (section.clone(), subsection.clone());
        all.push(Setting { section, subsection, name: name.to_ascii_lowercase(), value });
    }
    all
}

/// Section and subsection, and what stands behind the closing bracket.
fn header(head: &str) -> ((String, String), &str) {
    let Some((section, quoted)) = head.split_once('"').filter(|(before, _)| !before.contains(']')) else {
        let (name, behind) = head.split_once(']').unwrap_or((head, ""));
        let (section, subsection) = name.split_once('.').unwrap_or((name, ""));
        return ((section.trim().to_ascii_lowercase(), subsection.to_owned()), behind);
    };
    let mut subsection = String::new();
    let mut letters = quoted.char_indices();
    let mut end = quoted.len();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                end = at + 1;
                break;
            }
            '\\' => subsection.extend(letters.next().map(|(_, letter)| letter)),
            letter => subsection.push(letter),
        }
    }
    let behind = quoted[end..].trim_start().strip_prefix(']').unwrap_or_default();
    ((section.trim().to_ascii_lowercase(), subsection), behind)
}

/// A value without quotes, escapes and trailing comment.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut letters = value.trim().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => inside = !inside,
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            '#' | ';' if !inside => break,
            letter => out.push(letter),
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn sections_values_and_comments() {
        let text = "[core] fsmonitor = ./x ; why\n\tbare\n[Alias]\nst = \"status # all\"\n[filter \"a \\\"b\"]\nclean = c \\\n -d\n#x = y\n";
        let all: Vec<String> = settings(text)
            .into_iter()
            .map(|each| format!("{}|{}|{}|{}", each.section, each.subsection, each.name, each.value))
            .collect();
        let wanted = ["core||fsmonitor|./x", "core||bare|true", "alias||st|status # all", "filter|a \"b|clean|c  -d"];
        assert_eq!(all, wanted);
    }
}
