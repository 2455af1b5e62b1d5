//! What an effect comes to: whether it can be taken back, and what must be kept for that.

use super::location::Location;
use super::rule::{CHANGES, Place};
use super::scope::Scope;
use super::verdict::{Extent, Obligation};
use crate::effect::{Effect, NAMES, Object, Reversibility, TEMPLATE, Verb};
use crate::grammar::{Kind, Known};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Reversibility of an effect with scope considered, and what to capture for it.
pub(crate) fn consequence(effect: &Effect, location: &Location, scope: &Scope) -> (Reversibility, Option<Obligation>) {
    let object = &effect.object;
    if !CHANGES.contains(&effect.verb) {
        return (outward(effect), None);
    }
    if location.sink {
        return (Reversibility::ReadOnly, None);
    }
    match object.kind {
        // In a container: nothing of this machine's, and nothing we keep.
        Kind::Git | Kind::Path if location.place.is_none() => (Reversibility::Opaque, None),
        Kind::Git => git(effect, location, scope),
        Kind::Path => file(effect, location, scope),
        Kind::Container | Kind::Image | Kind::Volume | Kind::Project => (Reversibility::Opaque, None),
        _ => (Reversibility::Irreversible, None),
    }
}

/// Effects that change no file of this machine.
fn outward(effect: &Effect) -> Reversibility {
    let local = matches!(effect.object.kind, Kind::Container | Kind::Image);
    match effect.verb {
        Verb::Read | Verb::List | Verb::Chdir | Verb::Query | Verb::Fetch | Verb::Reveal => {
            effect.reversibility.min(Reversibility::Opaque)
        }
        Verb::Unknown | Verb::Execute | Verb::Command | Verb::Shell | Verb::Source | Verb::Code => {
            effect.reversibility.max(Reversibility::Opaque)
        }
        // A command on another machine that was read and only reads there.
        Verb::Remote => effect.reversibility,
        Verb::Connect | Verb::Listen => Reversibility::Opaque,
        Verb::Send if is_loopback(&effect.object) => Reversibility::Opaque,
        Verb::Install | Verb::Uninstall if effect.object.kind == Kind::Project => Reversibility::Opaque,
        // What a container was made from is still there.
        Verb::CreateResource | Verb::ChangeResource if local => Reversibility::Opaque,
        _ => Reversibility::Irreversible,
    }
}

/// Effects on files and directories.
fn file(effect: &Effect, location: &Location, scope: &Scope) -> (Reversibility, Option<Obligation>) {
    let beginning = beginning(effect, location, scope);
    let (reversibility, obligation) = beginning.unwrap_or_else(|| file_as_named(effect, location));
    // What a link on the way leads to is seen by a guard alone.
    let elsewhere = effect.tags.iter().any(|tag| tag == "hidden-links");
    (if elsewhere { reversibility.max(Reversibility::Opaque) } else { reversibility }, obligation)
}

/// Names of which the beginning is known, and the directory they are in; `None` for all others. What appears under any name
/// at all may be somebody else's, as in a directory for everybody's temporary files.
fn beginning(effect: &Effect, location: &Location, scope: &Scope) -> Option<(Reversibility, Option<Obligation>)> {
    let labelled = |label: &str| effect.tags.iter().any(|tag| tag == label);
    let (path, extent) = match &effect.object.name {
        Known::Exactly(path) if labelled(TEMPLATE) => (before_letters(path), Extent::NewNames),
        Known::Begins(path) if labelled(NAMES) => (path.as_slice(), Extent::Names),
        _ => return None,
    };
    let cut = path.iter().rposition(|byte| *byte == b'/')?;
    let everybodys = scope.temporary.iter().any(|temporary| temporary.as_os_str().as_bytes() == &path[..cut.max(1)]);
    if everybodys || !matches!(location.place, Some(Place::Scope | Place::Root | Place::Temporary | Place::Tools)) {
        return None;
    }
    Some(match &path[cut + 1..] {
        // As paths these are directories, and no beginnings of names.
        b"" | b"." | b".." => (Reversibility::Opaque, None),
        _ => (Reversibility::Reversible, Some(Obligation { path: as_path(path), extent })),
    })
}

/// A template of `mktemp` without what is filled in, the last X's of its name, and what follows it.
fn before_letters(template: &[u8]) -> &[u8] {
    let name = template.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let end = template[name..].iter().rposition(|byte| *byte == b'X').map_or(template.len(), |at| name + at + 1);
    let filled = template[name..end].iter().rev().take_while(|byte| **byte == b'X').count();
    &template[..end - filled]
}

/// The same, if the name leads where it says.
fn file_as_named(effect: &Effect, location: &Location) -> (Reversibility, Option<Obligation>) {
    if effect.verb == Verb::Wipe {
        return (Reversibility::Irreversible, None);
    }
    let in_scope = matches!(location.place, Some(Place::Scope | Place::Root | Place::Temporary | Place::Tools));
    if !in_scope && (is_absent(effect) || is_new_directory(effect)) && location.place != Some(Place::Unknown) {
        let name = effect.object.as_path().map(|path| Obligation { path, extent: Extent::Name });
        return (Reversibility::Reversible, name);
    }
    if !in_scope {
        let unknown = location.place == Some(Place::Unknown);
        return (if unknown { Reversibility::Opaque } else { Reversibility::Irreversible }, None);
    }
    if effect.tags.iter().any(|tag| tag == "fresh") {
        return (Reversibility::Reversible, None);
    }
    let Some(extent) = extent(effect) else { return (Reversibility::Reversible, None) };
    match (&effect.object.name, &location.within) {
        // Names that will appear anywhere below the root: what is there already would be the whole project.
        (Known::Exactly(_), _) if unbounded(effect, location) => (Reversibility::Opaque, None),
        (Known::Exactly(path), _) => (Reversibility::Reversible, Some(Obligation { path: as_path(path), extent })),
        (_, Some(directory)) => {
            (Reversibility::Opaque, Some(Obligation { path: as_path(directory), extent: over_tree(extent) }))
        }
        _ => (Reversibility::Opaque, None),
    }
}

/// Not even the directory it lies in exists: nothing is there to be lost, and what appears is known to be new.
fn is_absent(effect: &Effect) -> bool {
    effect.tags.iter().any(|tag| tag == "absent")
}

/// An empty directory comes into being: it takes nothing away, and goes again when it is still empty.
fn is_new_directory(effect: &Effect) -> bool {
    effect.verb == Verb::Create && effect.tags.iter().any(|tag| tag == "new-directory")
}

/// A tree that may be written in place and is too much to copy: the scope's root or a directory of temporary files.
fn unbounded(effect: &Effect, location: &Location) -> bool {
    let root = location.place == Some(Place::Root);
    let named_once = location.place == Some(Place::Temporary)
        && effect.object.as_path().is_some_and(|path| path.components().count() <= 2);
    matches!(effect.verb, Verb::WriteTree | Verb::SyncTree) && (root || named_once)
}

/// How much of the object the effect can lose.
fn extent(effect: &Effect) -> Option<Extent> {
    // Another file takes the name, so a second name keeps the old bytes.
    let replaced = effect.tags.iter().any(|tag| tag == "replaced" || tag == "new-file");
    // tar and unzip remove an existing file before they write one, rsync renames; unless told otherwise.
    let unlinks = matches!(effect.program.as_str(), "tar" | "bsdtar" | "unzip" | "rsync")
        && !effect.tags.iter().any(|tag| tag == "in-place");
    Some(match effect.verb {
        Verb::Create => Extent::Name,
        Verb::Write | Verb::Modify if replaced => Extent::Unlinked,
        Verb::Write | Verb::Append | Verb::Modify => Extent::Contents,
        Verb::WriteTree | Verb::SyncTree if unlinks => Extent::UnlinkedTree,
        Verb::WriteTree | Verb::SyncTree => Extent::ContentsTree,
        Verb::Delete => Extent::Unlinked,
        Verb::DeleteTree | Verb::Move => Extent::UnlinkedTree,
        Verb::Metadata => Extent::Metadata,
        Verb::MetadataTree => Extent::MetadataTree,
        _ => return None,
    })
}

/// The extent over everything below a directory in which one name, not known which, is affected.
fn over_tree(extent: Extent) -> Extent {
    match extent {
        Extent::Metadata | Extent::MetadataTree => Extent::MetadataTree,
        Extent::Unlinked | Extent::UnlinkedTree => Extent::UnlinkedTree,
        _ => Extent::ContentsTree,
    }
}

/// Effects on git's own files.
fn git(effect: &Effect, location: &Location, scope: &Scope) -> (Reversibility, Option<Obligation>) {
    let extent = match effect.verb {
        Verb::GitIndex => Extent::GitIndex,
        Verb::GitRefs | Verb::GitConfig => Extent::GitState,
        Verb::GitWorktree => Extent::GitWorktree,
        Verb::GitUntracked => Extent::GitUntracked,
        Verb::GitIgnored => Extent::GitIgnored,
        _ => return (Reversibility::Irreversible, None),
    };
    match location.place {
        Some(Place::Scope | Place::Root | Place::Temporary) => {}
        Some(Place::Unknown) => return (Reversibility::Opaque, None),
        _ if is_absent(effect) => return (Reversibility::Reversible, None),
        _ => return (Reversibility::Irreversible, None),
    }
    let path = match (&effect.object.name, scope.git.first()) {
        // Without a work tree it is the top itself.
        (Known::Exactly(path), _) if effect.object.facts.get("top").is_some_and(|top| top.as_bytes() == path) => {
            as_path(path)
        }
        (Known::Exactly(path), _) => repository(as_path(path)),
        (Known::Nothing, Some(git)) => git.clone(),
        _ => return (Reversibility::Opaque, None),
    };
    (Reversibility::Reversible, Some(Obligation { path, extent }))
}

/// The git directory of what names a repository, itself or its work tree.
fn repository(path: PathBuf) -> PathBuf {
    let is_git = path.extension().is_some_and(|end| end == "git") || path.ends_with(".git");
    let linked = path.components().any(|name| name.as_os_str() == ".git");
    if is_git || linked { path } else { path.join(".git") }
}

/// True when the other end is this machine.
pub(crate) fn is_loopback(object: &Object) -> bool {
    let name = match &object.name {
        Known::Exactly(name) => Some(String::from_utf8_lossy(name).into_owned()),
        // `http://localhost:$PORT/…`: the host is known when something ends it.
        Known::Begins(name) => Some(String::from_utf8_lossy(name).into_owned()).filter(|name| host_is_ended(name)),
        Known::Nothing => None,
    };
    let facts = ["host", "url", "address"].iter().find_map(|fact| object.facts.get(*fact));
    match (name, facts) {
        (Some(name), _) if is_loopback_host(host_of(&name)) => true,
        (_, Some(fact)) => is_loopback_host(host_of(fact)),
        _ => false,
    }
}

/// The host an object names, when it is wholly known.
pub(crate) fn host(object: &Object) -> Option<String> {
    let fact = ["host", "url", "address"].iter().find_map(|fact| object.facts.get(*fact)).cloned();
    let name = match &object.name {
        Known::Exactly(name) => Some(String::from_utf8_lossy(name).into_owned()),
        Known::Begins(name) => Some(String::from_utf8_lossy(name).into_owned()).filter(|name| host_is_ended(name)),
        Known::Nothing => None,
    };
    Some(host_of(&fact.or(name)?).to_owned())
}

fn host_is_ended(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_start_matches('[').contains(['/', ':', '?'])
}

/// The host of `scheme://user@host:port/path`, `user@host:path` or `host:port`.
fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(bracketed) = host.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or_default();
    }
    if host.matches(':').count() > 1 { host } else { host.split(':').next().unwrap_or_default() }
}

fn is_loopback_host(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let numbers = name.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    numbers
        || matches!(name.as_str(), "localhost" | "::1" | "0.0.0.0" | "ip6-localhost")
        || name.ends_with(".localhost")
}

fn as_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Obligations with those left out that others include, in order of path.
pub(crate) fn minimal(mut obligations: Vec<Obligation>) -> Vec<Obligation> {
    obligations.sort_by(|a, b| in_tree_order(&a.path).cmp(in_tree_order(&b.path)).then(a.extent.cmp(&b.extent)));
    let mut kept: Vec<Obligation> = Vec::with_capacity(obligations.len());
    // What lies in a directory follows it without anything else between.
    let mut around: Vec<usize> = Vec::new();
    for next in obligations {
        // A beginning of names may be a name too, and is then another thing.
        let same = |last: &&mut Obligation| last.path == next.path && is_beginning(last) == is_beginning(&next);
        if let Some(same) = kept.last_mut().filter(same) {
            same.extent = joined(same.extent, next.extent);
            continue;
        }
        while around.last().is_some_and(|&tree| !lies_in(&next.path, &kept[tree].path)) {
            around.pop();
        }
        if !around.iter().any(|&tree| includes(kept[tree].extent, next.extent)) {
            around.push(kept.len());
            kept.push(next);
        }
    }
    widen(&mut kept);
    kept
}

fn is_beginning(obligation: &Obligation) -> bool {
    matches!(obligation.extent, Extent::NewNames | Extent::Names)
}

/// What is ignored is decided by lists that are files themselves: where the line may change them, untracked files are
/// those that are ignored now too.
fn widen(obligations: &mut [Obligation]) {
    let is_list = |path: &Path| path.ends_with(".gitignore") || path.ends_with("info/exclude");
    let changes = obligations.iter().any(|obligation| is_list(&obligation.path));
    for obligation in obligations.iter_mut().filter(|obligation| obligation.extent == Extent::GitUntracked) {
        if changes {
            obligation.extent = Extent::GitIgnored;
        }
    }
}

/// The bytes of a path with the slash before all others. Comparing components costs four times as much, and a line can
/// have ten thousand paths.
fn in_tree_order(path: &Path) -> impl Iterator<Item = u8> + '_ {
    path.as_os_str().as_bytes().iter().map(|&byte| if byte == b'/' { 0 } else { byte })
}

fn lies_in(path: &Path, directory: &Path) -> bool {
    let rest = path.as_os_str().as_bytes().strip_prefix(directory.as_os_str().as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/' || directory == Path::new("/"))
}

/// What covers both extents of one path.
fn joined(a: Extent, b: Extent) -> Extent {
    let (low, high) = (a.min(b), a.max(b));
    match (low, high) {
        (Extent::Contents, Extent::MetadataTree | Extent::UnlinkedTree) => Extent::ContentsTree,
        (Extent::Unlinked, Extent::MetadataTree) => Extent::UnlinkedTree,
        // The first may change what is ignored before the second looks (`git reset --hard && git clean -fd`).
        (Extent::GitWorktree | Extent::GitUntracked, Extent::GitUntracked) => Extent::GitIgnored,
        _ => high,
    }
}

/// True when an obligation over a tree keeps all that one about something in it asks for.
fn includes(tree: Extent, other: Extent) -> bool {
    match tree {
        Extent::ContentsTree => other <= Extent::ContentsTree,
        Extent::UnlinkedTree => other <= Extent::UnlinkedTree && other != Extent::Contents,
        Extent::MetadataTree => matches!(other, Extent::Metadata | Extent::MetadataTree),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, Obligation, host_of, is_loopback_host, minimal};

    #[test]
    fn hosts() {
        for (text, host) in [
            ("http://localhost:3000/x", "localhost"),
            ("https://u:p@127.0.0.1/x", "127.0.0.1"),
            ("http://[::1]:80/", "::1"),
            ("::1", "::1"),
            ("git@github.com:a/b.git", "github.com"),
            ("localhost:8080", "localhost"),
        ] {
            assert_eq!(host_of(text), host, "{text}");
        }
        assert!(is_loopback_host("a.localhost") && is_loopback_host("127.1.2.3"));
        assert!(!is_loopback_host("127.0.0.1.evil.com") && !is_loopback_host("localhost.evil.com"));
    }

    #[test]
    fn obligations_are_merged_and_what_a_tree_keeps_is_not_kept_twice() {
        let given = [
            ("/p/b/x", Extent::Unlinked),
            ("/p/b", Extent::UnlinkedTree),
            ("/p/a", Extent::Unlinked),
            ("/p/a", Extent::Contents),
            ("/p/b/y", Extent::Contents),
            ("/p/b-c", Extent::Unlinked),
            ("/p/c", Extent::Name),
            ("/p/c", Extent::Names),
            ("/p/c", Extent::Name),
            ("/p/c", Extent::NewNames),
        ];
        let merged = minimal(given.iter().map(|&(path, extent)| Obligation { path: path.into(), extent }).collect());
        let flat: Vec<_> = merged.iter().map(|o| (o.path.to_str().unwrap_or(""), o.extent)).collect();
        let expected = [
            ("/p/a", Extent::Contents),
            ("/p/b", Extent::UnlinkedTree),
            ("/p/b/y", Extent::Contents),
            ("/p/b-c", Extent::Unlinked),
            ("/p/c", Extent::Name),
            ("/p/c", Extent::Names),
        ];
        assert_eq!(flat, expected);
    }
}
