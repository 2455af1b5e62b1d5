//! Real paths: links and `..` resolved the way the kernel does, not by name.

use super::aliases::HIDDEN_LINKS;
use crate::effect::files::Change;
use crate::effect::state::State;
use crate::effect::walk::{Evaluator, exact_path, harmless_device};
use crate::effect::world::EntryKind;
use crate::effect::{Object, Reversibility, Verb};
use crate::grammar::{Access, Kind, Known};
use crate::text::Span;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// Most links followed for one path, as in the kernel.
const MOST_LINKS: u32 = 40;

impl Evaluator<'_> {
    /// The absolute path a name leads to; the last link is followed only with `follow`. What is not known stays so.
    pub(crate) fn real_path(&mut self, state: &State, name: &Known, follow: bool) -> Known {
        if state.foreign {
            return name.clone();
        }
        match name {
            Known::Nothing => Known::Nothing,
            Known::Exactly(bytes) if bytes.is_empty() => Known::Exactly(Vec::new()),
            Known::Exactly(bytes) => match absolute(state, bytes) {
                Some(path) => Known::Exactly(
                    self.resolve(state, &path, follow || ends_in_directory(bytes)).into_os_string().into_vec(),
                ),
                None => Known::Nothing,
            },
            Known::Begins(bytes) => {
                let cut = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
                let (directory, rest) = bytes.split_at(cut);
                let directory = if directory.is_empty() { b".".as_slice() } else { directory };
                let Some(path) = absolute(state, directory) else { return Known::Nothing };
                let mut real = self.resolve(state, &path, true).into_os_string().into_vec();
                match rest {
                    // `.` may go on as `./name`, or as `.name`: all of it lies in the directory.
                    b"." => {}
                    b".." => {
                        let up = self.resolve(state, &path.join(".."), true);
                        real = up.into_os_string().into_vec();
                    }
                    rest => {
                        if real != b"/" {
                            real.push(b'/');
                        }
                        real.extend_from_slice(rest);
                    }
                }
                Known::Begins(real)
            }
        }
    }

    /// Resolves an absolute path.
    pub(crate) fn resolve(&mut self, state: &State, path: &Path, follow: bool) -> PathBuf {
        if follow || !state.overlay.is_empty() {
            return self.walk_path(state, path, follow);
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return self.walk_path(state, path, follow);
        };
        if let Some(real) = self.resolved.get(parent) {
            return real.join(name);
        }
        let real = self.walk_path(state, parent, true);
        self.resolved.insert(parent.to_owned(), real.clone());
        real.join(name)
    }

    fn walk_path(&mut self, state: &State, path: &Path, follow: bool) -> PathBuf {
        let cacheable = state.overlay.is_empty();
        // `<(…)` of this line: a name that only the line itself knows.
        if !cacheable && path.starts_with("/dev/fd") && state.overlay.change(path).is_some() {
            return path.to_owned();
        }
        if cacheable
            && follow
            && let Some(real) = self.resolved.get(path)
        {
            return real.clone();
        }
        let mut real = PathBuf::from("/");
        let mut todo: Vec<OsString> = components(path);
        if cacheable
            && let (Some(parent), Some(name)) = (path.parent(), path.file_name())
            && let Some(known) = self.resolved.get(parent)
        {
            real.clone_from(known);
            todo = vec![name.to_owned()];
        }
        let mut links = 0;
        while let Some(name) = todo.pop() {
            if name == ".." {
                real.pop();
                continue;
            }
            let next = real.join(&name);
            if (!todo.is_empty() || follow)
                && links < MOST_LINKS
                && let Some(target) = self.files(state).link(&next)
            {
                links += 1;
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                todo.extend(components(&target));
                continue;
            }
            real = next;
        }
        if cacheable && follow {
            self.resolved.insert(path.to_owned(), real.clone());
        }
        real
    }

    /// Records that a path is accessed. `given` is the word, `path` what it leads to.
    #[expect(clippy::too_many_arguments, reason = "one call a site; a struct would only rename them")]
    pub(crate) fn emit_path(
        &mut self,
        state: &State,
        access: Verb,
        given: &Known,
        path: Known,
        span: Span,
        program: &str,
        mut tags: Vec<String>,
    ) {
        if matches!(given, Known::Exactly(bytes) if bytes.is_empty()) {
            return;
        }
        let mut tag = |name: &str| {
            if !tags.iter().any(|tag| tag == name) {
                tags.push(name.to_owned());
            }
        };
        let exact = exact_path(&path);
        if let Some(exact) = &exact {
            let bytes = exact.as_os_str().as_bytes();
            // What opens it changes nothing; what puts another file under its name takes it away from everybody.
            if harmless_device(bytes) && !matches!(program, "mv" | "ln" | "install") {
                return;
            }
            let changes = !super::severity::reads(access);
            if changes && bytes.starts_with(b"/dev/") && self.is_device(exact) {
                self.device_effect(Access::Format, &path, span, program);
                return;
            }
            if changes && bytes == b"/proc/sysrq-trigger" {
                let mut object = Object::unnamed(Kind::System);
                object.name = path;
                self.emit(Access::Power, object, Reversibility::Irreversible, span, program, tags);
                return;
            }
            if bytes == b"/" {
                tag("root");
            }
            if state.overlay.is_fresh(exact) {
                tag("fresh");
            }
            if changes && self.is_absent(state, exact) {
                tag("absent");
            }
            if changes && state.overlay.is_in_new_tree(exact) {
                tag("new-tree");
            }
        } else if !state.foreign {
            tag("unresolved");
        }
        if let Known::Exactly(bytes) | Known::Begins(bytes) = given
            && (bytes.starts_with(b"~") || bytes.starts_with(b"./~") || bytes.windows(2).any(|two| two == b"${"))
        {
            tag("literal-tilde");
        }
        let mut reversibility = super::severity::of(access);
        if let Some(exact) = exact.filter(|_| !super::severity::reads(access))
            && (self.through_names_of_the_line(state, access, &exact, span, program, &tags)
                || goes_through_a_doubtful_link(state, access, given, &tags))
        {
            tags.push(HIDDEN_LINKS.to_owned());
            reversibility = reversibility.max(Reversibility::Opaque);
        }
        let object = Object { kind: Kind::Path, name: path, facts: BTreeMap::new() };
        self.emit(access, object, reversibility, span, program, tags);
    }

    /// True when not even the directory `path` lies in exists, and no earlier part of the line is seen to make it: nothing is
    /// lost there, whatever is done to the name. Code of the line that is not seen may make the directory; what is then
    /// written to it is as new as the directory, and what runs later by its name alone (`~/.config/autostart`) is asked about
    /// by rules over paths, wherever it lies.
    pub(crate) fn is_absent(&self, state: &State, path: &Path) -> bool {
        let files = self.files(state);
        path.parent().is_some_and(|parent| files.presence(parent) == crate::effect::files::Presence::No)
    }

    fn is_device(&self, path: &Path) -> bool {
        if let Some(entry) = self.world.inspect(path) {
            return matches!(entry.kind, EntryKind::BlockDevice | EntryKind::CharacterDevice);
        }
        let Some(name) = path.strip_prefix("/dev").ok().map(|name| name.as_os_str().as_bytes()) else { return false };
        [
            b"sd".as_slice(),
            b"hd",
            b"vd",
            b"xvd",
            b"nvme",
            b"mmcblk",
            b"dm-",
            b"mapper/",
            b"loop",
            b"md",
            b"disk",
            b"mem",
            b"kmem",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix))
    }

    /// True for a directory that is not known to be empty.
    fn keeps_directory(&self, state: &State, path: &Path) -> bool {
        let files = self.files(state);
        files.link(path).is_none()
            && files.is_directory(path)
            && files.names(path).is_none_or(|names| !names.is_empty())
    }

    /// Notes in the overlay what an access leaves behind.
    pub(crate) fn leave_behind(&mut self, state: &mut State, access: Verb, path: &Path) {
        use crate::effect::files::Presence;
        match access {
            // rm takes no directory away, and rmdir only an empty one: both fail, and it stays.
            Access::Delete if self.keeps_directory(state, path) => {}
            Access::Delete | Access::DeleteTree | Access::Move | Access::Wipe => {
                if self.certainty == crate::effect::Certainty::Certain {
                    state.overlay.record(path, Change::Gone);
                } else {
                    state.overlay.record(path, Change::Unclear { fresh: false });
                }
            }
            Access::Create | Access::Write | Access::Append | Access::Modify | Access::WriteTree | Access::SyncTree => {
                let files = self.files(state);
                let (there, directory) = (files.presence(path), files.is_directory(path));
                let fresh = there == Presence::No || state.overlay.is_fresh(path);
                if there == Presence::Yes && access == Access::Create {
                    return;
                }
                let change = match access {
                    Access::WriteTree | Access::SyncTree if fresh => Change::Unclear { fresh: true },
                    Access::WriteTree | Access::SyncTree => Change::Mixed,
                    _ => Change::Made { directory, fresh, contents: None },
                };
                state.overlay.record(path, change);
            }
            _ => {}
        }
    }
}

/// True where a link on the way may since have been replaced by another, and lead elsewhere than it did.
fn goes_through_a_doubtful_link(state: &State, access: Verb, given: &Known, tags: &[String]) -> bool {
    let Known::Exactly(bytes) = given else { return false };
    let follows = !super::severity::of_the_name(access) && !tags.iter().any(|tag| tag == super::into::REPLACED);
    absolute(state, bytes).is_some_and(|name| state.overlay.may_be_another_link(&name, follows))
}

/// A name made absolute; `None` when it is relative to a place nobody knows.
fn absolute(state: &State, bytes: &[u8]) -> Option<PathBuf> {
    let path = Path::new(OsStr::from_bytes(bytes));
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    state.place().path.as_ref().map(|place| place.join(path))
}

/// A trailing slash or dot makes the kernel follow a link in front of it.
fn ends_in_directory(bytes: &[u8]) -> bool {
    bytes.ends_with(b"/") || bytes.ends_with(b"/.") || bytes.ends_with(b"/..") || bytes == b"." || bytes == b".."
}

/// Components in reverse, `.` left out.
fn components(path: &Path) -> Vec<OsString> {
    let mut all: Vec<OsString> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect();
    all.reverse();
    all
}
