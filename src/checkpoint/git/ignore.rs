//! Directories that are ignored beyond doubt.
//!
//! Only literal patterns make a directory count as ignored (`target`, `/dist/`, `node_modules/`, `build/out`): what a
//! pattern with a wildcard may cover is kept rather than lost. A later pattern that takes an exception (`!…`) and could
//! mean the directory lifts it (gitignore(5): the last pattern that matches decides).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The patterns of the ignore lists read so far, those that decide last at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignored {
    patterns: Vec<Pattern>,
    /// Folders whose lists were read.
    read: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// The folder it is about.
    base: PathBuf,
    negated: bool,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// A name at any depth below the base.
    Name(Vec<u8>),
    /// One path.
    Path(PathBuf),
    /// With a wildcard: what the last name of a path it covers begins and ends with.
    Wild(Vec<u8>, Vec<u8>),
}

impl Ignored {
    /// Adds the list of one folder, once. A missing or unreadable list adds nothing.
    pub(super) fn add_folder(&mut self, folder: &Path) {
        if !self.read.iter().any(|known| known == folder) {
            self.read.push(folder.to_owned());
            self.add(&folder.join(".gitignore"), folder);
        }
    }

    /// Adds the list `file`, whose patterns are relative to `base`. git reads no list behind a link.
    pub(super) fn add(&mut self, file: &Path, base: &Path) {
        if !file.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return;
        }
        let Ok(bytes) = std::fs::read(file) else { return };
        let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        self.patterns.extend(lines.filter_map(|line| Pattern::read(line, base)));
    }

    /// True when the directory `path` is ignored.
    pub(super) fn covers(&self, path: &Path) -> bool {
        let about = |pattern: &&Pattern| match &pattern.form {
            Form::Wild(..) => pattern.negated && pattern.matches(path),
            _ => pattern.matches(path),
        };
        self.patterns.iter().rev().find(about).is_some_and(|pattern| !pattern.negated)
    }
}

impl Pattern {
    fn read(line: &[u8], base: &Path) -> Option<Self> {
        let (negated, pattern) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let pattern = pattern.strip_suffix(b"/").unwrap_or(pattern);
        if pattern.is_empty() || line.starts_with(b"#") {
            return None;
        }
        let is_wild = |byte: &u8| b"*?[]\\".contains(byte);
        let form = if pattern.iter().any(is_wild) {
            let last = pattern.rsplit(|byte| *byte == b'/').next().unwrap_or(pattern);
            let head = last.split(is_wild).next().unwrap_or_default();
            let tail = last.rsplit(is_wild).next().unwrap_or_default();
            // A backslash only quotes what follows it: nothing is known of such a name.
            if pattern.contains(&b'\\') {
                Form::Wild(Vec::new(), Vec::new())
            } else {
                Form::Wild(head.to_vec(), tail.to_vec())
            }
        } else if pattern.contains(&b'/') {
            let pattern = pattern.strip_prefix(b"/").unwrap_or(pattern);
            Form::Path(base.join(OsStr::from_bytes(pattern)))
        } else {
            Form::Name(pattern.to_vec())
        };
        Some(Self { base: base.to_owned(), negated, form })
    }

    fn matches(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_bytes();
        match &self.form {
            Form::Name(pattern) => pattern == name && path.starts_with(&self.base),
            Form::Path(ignored) => path == ignored,
            Form::Wild(head, tail) => name.starts_with(head) && name.ends_with(tail) && path.starts_with(&self.base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ignored;
    use std::path::Path;

    #[test]
    fn the_last_pattern_that_may_mean_a_directory_decides() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path();
        let list = "# target\n*.log\nnode_modules/\n/dist\nbuild/out\nkept\n!.env.*\n!*.keep\n!kept\ncache*\n!\\odd\n";
        std::fs::write(root.join(".gitignore"), list).expect("write");
        let mut ignored = Ignored::default();
        ignored.add_folder(root);
        let covers = |name: &str| ignored.covers(&root.join(name));
        // `!\odd` might mean anything that comes before it in the list.
        assert!(!covers("node_modules"));
        std::fs::write(root.join(".gitignore"), list.replace("!\\odd\n", "")).expect("write");
        let mut ignored = Ignored::default();
        ignored.add_folder(root);
        let covers = |name: &str| ignored.covers(&root.join(name));
        for name in ["node_modules", "a/node_modules", "dist", "build/out"] {
            assert!(covers(name), "{name}");
        }
        for name in ["a/dist", "kept", "cache1", "x.log", "target", "a/build/out"] {
            assert!(!covers(name), "{name}");
        }
        std::fs::create_dir(root.join("a")).expect("mkdir");
        std::fs::write(root.join("a/.gitignore"), "!node_modules\n").expect("write");
        ignored.add_folder(&root.join("a"));
        assert!(!ignored.covers(&root.join("a/node_modules")) && ignored.covers(&root.join("node_modules")));
        assert!(!ignored.covers(Path::new("/elsewhere/node_modules")));
    }
}
