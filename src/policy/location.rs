//! Where the object of an effect lies, worked out once an effect.

use super::glob::{Glob, has_hidden, strip};
use super::rule::{CHANGES, Place};
use super::scope::Scope;
use super::settings::Settings;
use super::tool_state::shipped_tool_state;
use crate::effect::{Effect, Object, Verb};
use crate::grammar::{Kind, Known};
use std::os::unix::ffi::OsStrExt;

/// The label of what a running program was seen to be about to do, and no line said.
pub const OBSERVED: &str = "observed";

/// Where an object lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Where, settings for `deny` and `protect` not considered. None: not on a file system.
    pub place: Option<Place>,
    /// Named by `deny`.
    pub denied: bool,
    /// Named by `protect`.
    pub protected: bool,
    /// When only the beginning is known: the directory in the scope (below its root) that everything it can be lies in.
    pub within: Option<Vec<u8>>,
    /// A change of it loses nothing and lasts nowhere: `/dev/null` and the like, an agent's own note of the directory.
    pub sink: bool,
    /// It is wholly known, and has a hidden name in it.
    pub hidden: bool,
}

impl Location {
    /// Finds it.
    pub fn of(effect: &Effect, scope: &Scope, settings: &Settings) -> Self {
        let object = &effect.object;
        let hidden = matches!(&object.name, Known::Exactly(path) if has_hidden(path));
        let mut location = Self { place: None, denied: false, protected: false, within: None, sink: false, hidden };
        if !matches!(object.kind, Kind::Path | Kind::Git) {
            return location;
        }
        let labelled = |label: &str| effect.tags.iter().any(|tag| tag == label);
        if labelled("remote") || labelled("container") {
            location.place = labelled("remote").then_some(Place::Remote);
            return location;
        }
        location.place = Some(match &object.name {
            Known::Exactly(path) if path.first() != Some(&b'/') => Place::Unknown,
            Known::Exactly(path) => {
                location.sink = is_sink(path, scope);
                exactly(effect.verb, object, path, scope)
            }
            Known::Begins(prefix) if prefix.first() == Some(&b'/') => {
                let (place, within) = beginning(effect.verb, prefix, scope);
                location.within = within;
                place
            }
            Known::Begins(_) => Place::Unknown,
            Known::Nothing if object.kind == Kind::Git && !scope.git.is_empty() => Place::Scope,
            Known::Nothing => Place::Unknown,
        });
        // `mkdir -p` names every directory on its way; those above the scope are there already.
        location.sink |= effect.verb == Verb::Create && location.place == Some(Place::Above);
        if CHANGES.contains(&effect.verb) && !location.sink {
            location.consider(effect, scope, settings);
            if labelled(OBSERVED) {
                location.of_running_program(effect, scope, settings);
            }
        }
        location
    }

    /// A program that runs may change its caches and its own state, and what git keeps of the checkout elsewhere.
    fn of_running_program(&mut self, effect: &Effect, scope: &Scope, settings: &Settings) {
        let hidden = self.hidden;
        let named = |globs: &[Glob]| globs.iter().any(|glob| glob_matches_itself(glob, effect, hidden, scope));
        let Known::Exactly(path) = &effect.object.name else { return };
        if matches!(self.place, Some(Place::Outside | Place::Above)) {
            let of_checkout = scope.git.iter().any(|git| strip(path, git.as_os_str().as_bytes()).is_some());
            if of_checkout {
                self.place = Some(Place::Scope);
            } else if named(&settings.tool_state) || named(shipped_tool_state()) {
                self.place = Some(Place::Tools);
            }
        }
    }

    /// Applies `write`, `deny` and `protect`.
    fn consider(&mut self, effect: &Effect, scope: &Scope, settings: &Settings) {
        let found = &*self;
        let named = |globs: &[Glob]| globs.iter().any(|glob| glob_matches(glob, effect, found, scope));
        let (denied, protected) = (named(&settings.deny), named(&settings.protect));
        // What only holds something that may be written to may not.
        let hidden = self.hidden;
        let written = |glob: &Glob| glob_matches_itself(glob, effect, hidden, scope);
        let narrowed =
            !settings.write.is_empty() && effect.object.kind == Kind::Path && self.place == Some(Place::Scope);
        (self.denied, self.protected) = (denied, protected);
        if narrowed && !settings.write.iter().any(written) {
            self.place = Some(Place::Outside);
            self.within = None;
        }
    }

    /// True when `place` is among where it lies.
    pub fn is_in(&self, place: Place) -> bool {
        match place {
            Place::Denied => self.denied,
            Place::Protected => self.protected,
            place => self.place == Some(place),
        }
    }
}

/// True when what the effect changes is, or as a tree holds, what the pattern names.
pub(crate) fn glob_matches(glob: &Glob, effect: &Effect, location: &Location, scope: &Scope) -> bool {
    let tree = match effect.verb {
        Verb::DeleteTree | Verb::Move | Verb::SyncTree | Verb::MetadataTree | Verb::Wipe => true,
        // What is installed or unpacked in the project is the project's; elsewhere it may replace what is the person's.
        Verb::WriteTree => glob.is_personal() && location.place != Some(Place::Root),
        _ => false,
    };
    let holds = |path: &[u8]| tree && glob.lies_below(path, scope);
    glob_matches_itself(glob, effect, location.hidden, scope)
        || matches!(&effect.object.name, Known::Exactly(path) if holds(path))
}

/// True when what the effect changes is what the pattern names, and not only holds it.
pub(crate) fn glob_matches_itself(glob: &Glob, effect: &Effect, hidden: bool, scope: &Scope) -> bool {
    match &effect.object.name {
        Known::Exactly(path) => glob.matches_with(path, hidden, scope),
        Known::Begins(prefix) => glob.matches_all_beginning(prefix, scope),
        Known::Nothing => false,
    }
}

/// Makes the slashes of a path single ones, which patterns rely on.
pub(crate) fn tidy(name: &mut Known) {
    let (Known::Exactly(path) | Known::Begins(path)) = name else { return };
    if path.windows(2).any(|two| two == b"//") {
        let mut last = 0;
        path.retain(|&byte| {
            let doubled = byte == b'/' && last == b'/';
            last = byte;
            !doubled
        });
    }
    if let Known::Exactly(path) = name
        && path.len() > 1
        && path.last() == Some(&b'/')
    {
        path.pop();
    }
}

/// Where a wholly known path lies. Coming into being in a directory for temporary files is ordinary.
fn exactly(verb: Verb, object: &Object, path: &[u8], scope: &Scope) -> Place {
    if object.kind == Kind::Git {
        return scope.locate_git(path);
    }
    let temporary = scope.temporary.iter().any(|directory| directory.as_os_str().as_bytes() == path);
    if temporary && matches!(verb, Verb::Create | Verb::WriteTree | Verb::Link) {
        return Place::Temporary;
    }
    scope.locate(path)
}

/// Where a path lies of which only the beginning is known, and what can be captured for it. That the unknown rest
/// climbs out again through `..` is not considered: such a line is opaque anyway, and watched.
fn beginning(verb: Verb, prefix: &[u8], scope: &Scope) -> (Place, Option<Vec<u8>>) {
    let slash = prefix.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    let (directory, name) = (&prefix[..slash.max(1)], &prefix[slash + 1..]);
    match scope.locate(directory) {
        _ if scope.temporary.iter().any(|temporary| temporary.as_os_str().as_bytes() == directory) => {
            (if name.is_empty() { Place::Unknown } else { Place::Temporary }, None)
        }
        place @ (Place::Scope | Place::Temporary) => (place, Some(directory.to_vec())),
        Place::Above if directory == b"/" => (Place::Outside, None),
        // What is taken away can be kept by second names even for the whole project, and `find . -name … -delete` is
        // ordinary work; copying the whole project is not worth one unknown file.
        Place::Root if matches!(verb, Verb::Delete | Verb::DeleteTree | Verb::Move) => {
            (Place::Scope, Some(directory.to_vec()))
        }
        Place::Root if !matches!(verb, Verb::SyncTree | Verb::Wipe) => (Place::Scope, None),
        Place::Above | Place::Root => (Place::Unknown, None),
        place => (place, None),
    }
}

/// Device nodes that swallow what is written, descriptors of the line itself, and the files in which agents' harnesses
/// note the directory a line ended in (they append `pwd >| /tmp/claude-…-cwd` to every line).
fn is_sink(path: &[u8], scope: &Scope) -> bool {
    const NODES: [&[u8]; 8] = [b"null", b"zero", b"full", b"tty", b"stdin", b"stdout", b"stderr", b"ptmx"];
    if let Some(name) = path.strip_prefix(b"/dev/") {
        return NODES.contains(&name) || name.starts_with(b"fd/");
    }
    if path.starts_with(b"/proc/self/fd/") {
        return true;
    }
    scope.temporary.iter().any(|directory| {
        let name = path.strip_prefix(directory.as_os_str().as_bytes()).and_then(|rest| rest.strip_prefix(b"/"));
        name.is_some_and(|name| name.starts_with(b"claude-") && name.ends_with(b"-cwd") && !name.contains(&b'/'))
    })
}
