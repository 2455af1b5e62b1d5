//! Path patterns of rules and settings, matched over bytes without compiling anything.
//!
//! `*` is any run of bytes within one name, `?` one byte, `**` (a whole name) any number of names, none included, so
//! `a/**` is `a` and everything below. A pattern begins with `/`, `~`, `{home}`, `{scope}`, `{temp}`, `{cache}` or `{agentsh}`;
//! any other is relative to the scope's root. There are no brackets and no escapes: both are literal.

use serde::{Deserialize, Serialize};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Where a pattern begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `/`.
    Root,
    /// `~` or `{home}`: the person's home directory.
    Home,
    /// `{scope}` or nothing: the scope's root.
    Scope,
    /// `{temp}`: the directories for temporary files.
    Temp,
    /// `{cache}`: the directories for caches.
    Cache,
    /// `{agentsh}`: where agentsh keeps its settings, state and programs.
    Agentsh,
}

/// The directories patterns begin at; `policy::Scope` is one.
pub trait Directories {
    /// The directories a base stands for, absolute and without a trailing slash; none when it is not known.
    fn of(&self, base: Base) -> &[PathBuf];
}

/// A path pattern, known to be well formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob {
    text: String,
    base: Base,
    /// Where the part behind the base begins in `text`, without its slash.
    rest: usize,
    /// Where its names without wildcards end, without the slash: nearly every path is told apart by these.
    literal: usize,
    /// Where its last name begins, if that has no wildcards: what does not end like it is told apart at once.
    last: usize,
    /// It names a hidden file anywhere below its base: a path without one is told apart at once.
    hidden: bool,
}

impl TryFrom<String> for Glob {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let head = text.split('/').next().unwrap_or_default();
        let (base, rest) = match head {
            "" if text.is_empty() => return Err("empty pattern, expected a path".to_owned()),
            "" => (Base::Root, 1),
            "~" | "{home}" => (Base::Home, head.len() + 1),
            "{scope}" => (Base::Scope, head.len() + 1),
            "{temp}" => (Base::Temp, head.len() + 1),
            "{cache}" => (Base::Cache, head.len() + 1),
            "{agentsh}" => (Base::Agentsh, head.len() + 1),
            _ if head.starts_with('{') && head.ends_with('}') => {
                return Err(format!(
                    "unknown place `{head}`, expected {{scope}}, {{home}}, {{temp}}, {{cache}} or {{agentsh}}"
                ));
            }
            _ if head.starts_with('~') => {
                return Err(format!("`{head}` is not known, expected ~/ or an absolute path"));
            }
            _ => (Base::Scope, 0),
        };
        if text.split('/').any(|name| name == "." || name == "..") {
            return Err(format!("`.` or `..` in the pattern `{text}`, expected plain names"));
        }
        if text.split('/').any(|name| name.contains("**") && name != "**") {
            return Err(format!("`**` beside other letters in `{text}`, expected it to be a whole name"));
        }
        let rest = rest.min(text.len());
        let wildcard = text[rest..].find(['*', '?']).map(|at| text[rest..rest + at].rfind('/').unwrap_or(0));
        let literal = rest + wildcard.unwrap_or_else(|| text[rest..].trim_end_matches('/').len());
        let hidden = text[rest..].starts_with("**/.");
        let end = text[rest..].rfind('/').map_or(rest, |slash| rest + slash + 1);
        let last = if text[end..].contains(['*', '?']) { text.len() } else { end };
        Ok(Self { text, base, rest, literal, last, hidden })
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.text
    }
}

impl Glob {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The paths the pattern begins at: its base with the names before the first wildcard.
    pub fn roots(&self, directories: &impl Directories) -> Vec<PathBuf> {
        let literal = &self.text[self.rest..self.literal];
        match self.base {
            Base::Root => vec![PathBuf::from("/").join(literal)],
            base => directories.of(base).iter().map(|directory| directory.join(literal)).collect(),
        }
    }

    /// True when the pattern matches the absolute path, whose slashes are single ones.
    pub fn matches(&self, path: &[u8], directories: &impl Directories) -> bool {
        self.matches_with(path, has_hidden(path), directories)
    }

    /// The same for a path of which is known whether it [`has_hidden`] names.
    pub(crate) fn matches_with(&self, path: &[u8], hidden: bool, directories: &impl Directories) -> bool {
        if self.hidden && !hidden || !trimmed(path).ends_with(&self.text.as_bytes()[self.last..]) {
            return false;
        }
        match self.base {
            Base::Root => self.matches_rest(path),
            base => directories.of(base).iter().any(|directory| {
                strip(path, directory.as_os_str().as_bytes()).is_some_and(|rest| self.matches_rest(rest))
            }),
        }
    }

    fn matches_rest(&self, path: &[u8]) -> bool {
        let pattern = self.text.as_bytes();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        match path.strip_prefix(&pattern[self.rest..self.literal]) {
            Some(behind) if behind.is_empty() || behind[0] == b'/' || self.literal == self.rest => {
                names_match(&pattern[self.literal..], behind)
            }
            _ => false,
        }
    }

    /// True when every path that begins with these bytes is matched: the pattern ends in `**` and has already matched.
    pub fn matches_all_beginning(&self, prefix: &[u8], directories: &impl Directories) -> bool {
        let directory = prefix.iter().rposition(|&byte| byte == b'/').map_or(&prefix[..0], |slash| &prefix[..slash]);
        self.text.ends_with("/**") && self.matches(directory, directories)
    }

    /// True when what the pattern names lies below the path, as far as its names before the first wildcard tell.
    pub fn lies_below(&self, path: &[u8], directories: &impl Directories) -> bool {
        let literal = || Names(self.names()).take_while(|name| !name.iter().any(|byte| b"*?".contains(byte)));
        match self.base {
            Base::Root => self.literal > self.rest && leads_to(path, literal()),
            base => directories
                .of(base)
                .iter()
                .any(|directory| leads_to(path, Names(directory.as_os_str().as_bytes()).chain(literal()))),
        }
    }

    /// True when it begins at the person's home directory, or at agentsh's own.
    pub fn is_personal(&self) -> bool {
        matches!(self.base, Base::Home | Base::Agentsh)
    }

    fn names(&self) -> &[u8] {
        &self.text.as_bytes()[self.rest..]
    }
}

/// The path without slashes at its end.
fn trimmed(path: &[u8]) -> &[u8] {
    &path[..path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1)]
}

/// The names of a path; empty ones (doubled slashes) left out.
#[derive(Clone, Copy)]
struct Names<'a>(&'a [u8]);

impl<'a> Iterator for Names<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.0.iter().position(|&byte| byte != b'/')?;
        let rest = &self.0[start..];
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        self.0 = &rest[end..];
        Some(&rest[..end])
    }
}

/// True when the names of the path are the first of those given, and not all.
fn leads_to<'a>(path: &[u8], mut names: impl Iterator<Item = &'a [u8]>) -> bool {
    Names(path).all(|name| names.next() == Some(name)) && names.next().is_some()
}

/// True when a name of the path begins with a dot. Many patterns ask for such a name, and few paths have one.
pub(crate) fn has_hidden(path: &[u8]) -> bool {
    path.contains(&b'.') && path.windows(2).any(|two| two == b"/.")
}

/// What remains of `path` behind `directory`, when it is that directory or lies below.
pub(crate) fn strip<'a>(path: &'a [u8], directory: &[u8]) -> Option<&'a [u8]> {
    let rest = path.strip_prefix(directory)?;
    (rest.is_empty() || rest[0] == b'/' || directory.ends_with(b"/")).then_some(rest)
}

/// Names against names, `**` standing for any number of them. The last `**` is the only one worth going back to.
fn names_match(pattern: &[u8], path: &[u8]) -> bool {
    let (mut wanted, mut found) = (Names(pattern), Names(path));
    let mut back: Option<(Names<'_>, Names<'_>)> = None;
    loop {
        let (before, here) = (found, found.next());
        match (wanted.next(), here) {
            (Some(b"**"), _) => {
                back = Some((wanted, before));
                found = before;
            }
            (Some(name), Some(other)) if text_matches(name, other) => {}
            (None, None) => return true,
            _ => {
                // One more name for the last `**`.
                let Some((behind, mut from)) = back else { return false };
                if from.next().is_none() {
                    return false;
                }
                back = Some((behind, from));
                (wanted, found) = (behind, from);
            }
        }
    }
}

/// Bytes against bytes: `*` any run, `?` any one.
pub fn text_matches(pattern: &[u8], text: &[u8]) -> bool {
    wild(pattern, text, |&byte| byte == b'*', |&byte, &other| byte == b'?' || byte == other)
}

/// The same, letters in either case: for names that are no paths (hosts, branches, configuration keys).
pub fn name_matches(pattern: &str, text: &[u8]) -> bool {
    let same = |&byte: &u8, other: &u8| byte == b'?' || byte.eq_ignore_ascii_case(other);
    wild(pattern.as_bytes(), text, |&byte| byte == b'*', same)
}

/// Wildcard matching in one pass with one point to go back to; quadratic at worst.
fn wild<P, T>(pattern: &[P], text: &[T], is_star: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut reached, mut back) = (0, 0, None);
    while reached < text.len() {
        if pattern.get(at).is_some_and(&is_star) {
            back = Some((at, reached));
            at += 1;
        } else if pattern.get(at).is_some_and(|item| same(item, &text[reached])) {
            at += 1;
            reached += 1;
        } else if let Some((star, from)) = back {
            back = Some((star, from + 1));
            at = star + 1;
            reached = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(is_star)
}

#[cfg(test)]
mod tests {
    use super::{Base, Directories, Glob, name_matches, text_matches};
    use std::path::PathBuf;

    struct Fixed(Vec<PathBuf>, Vec<PathBuf>, Vec<PathBuf>);

    impl Directories for Fixed {
        fn of(&self, base: Base) -> &[PathBuf] {
            match base {
                Base::Scope => &self.0,
                Base::Home => &self.1,
                Base::Temp => &self.2,
                Base::Root | Base::Cache | Base::Agentsh => &[],
            }
        }
    }

    fn fixed() -> Fixed {
        Fixed(vec!["/p".into()], vec!["/home/u".into()], vec!["/tmp".into(), "/var/tmp".into()])
    }

    fn glob(text: &str) -> Glob {
        Glob::try_from(text.to_owned()).expect("a good pattern")
    }

    #[test]
    fn paths() {
        for (pattern, path, expected) in [
            ("/etc/*", "/etc/passwd", true),
            ("/etc/*", "/etc/ssl/certs", false),
            ("/etc/**", "/etc", true),
            ("/etc/**", "/etcetera", false),
            ("/etc/**/x", "/etc/x", true),
            ("/etc/**/x", "/etc/a/b/x", true),
            ("/etc/**/x", "/etc/a/b/y", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("src/**", "/p/src/a.rs", true),
            ("src/**", "/q/src/a.rs", false),
            ("**/.env", "/p/.env", true),
            ("**/.env", "/p/a/b/.env", true),
            ("/**/.env", "/srv/.env", true),
            ("/**/.env", "/srv/.env/", true),
            ("/**/.env", "/srv/x.env", false),
            ("~", "/home/u", true),
            ("~/.ssh/**", "/home/u/.ssh/id", true),
            ("~/.ssh/**", "/home/user/.ssh/id", false),
            ("{temp}/x?", "/var/tmp/x1", true),
            ("{scope}", "/p", true),
            ("{scope}/*.t*t", "/p/a.txt", true),
            ("*", "/p/a/b", false),
            ("/a/[b]", "/a/b", false),
        ] {
            assert_eq!(glob(pattern).matches(path.as_bytes(), &fixed()), expected, "{pattern} against {path}");
        }
    }

    #[test]
    fn beginnings_match_only_what_every_continuation_matches() {
        assert!(glob("~/.ssh/**").matches_all_beginning(b"/home/u/.ssh/id_", &fixed()));
        assert!(!glob("~/.ssh/**").matches_all_beginning(b"/home/u/.ss", &fixed()));
        assert!(!glob("~/.ssh/*").matches_all_beginning(b"/home/u/.ssh/id_", &fixed()));
    }

    #[test]
    fn a_tree_holds_what_is_named_below_it() {
        assert!(glob(".git/hooks/**").lies_below(b"/p/.git", &fixed()));
        assert!(glob(".git/hooks/**").lies_below(b"/", &fixed()));
        assert!(!glob(".git/hooks/**").lies_below(b"/p/.git/hooks", &fixed()));
        assert!(!glob("**/.env").lies_below(b"/p", &fixed()));
        assert!(!glob("/**/.env").lies_below(b"/", &fixed()));
        assert!(!glob("src/a").lies_below(b"/p/sr", &fixed()));
    }

    #[test]
    fn malformed_patterns_say_what_was_expected() {
        for bad in ["", "{scpoe}/x", "~bob/x", "a/../b", "a/**b"] {
            assert!(Glob::try_from(bad.to_owned()).expect_err(bad).contains("expected"), "{bad}");
        }
    }

    #[test]
    fn texts_and_names() {
        assert!(text_matches(b"a*b*c", b"axxbyyc"));
        assert!(!text_matches(b"a*b*c", b"axxbyy"));
        assert!(text_matches(b"*", b""));
        assert!(name_matches("core.HooksPath", b"core.hookspath"));
        assert!(name_matches("alias.*", b"alias.x/y"));
    }
}
