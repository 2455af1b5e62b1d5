//! Directories that a container is given to write to. What it does there is done by another process than any the line starts:
//! nothing of it is kept, and no guard sees it.
//!
//! In: effects that start a container, with what they say of mounts (the facts `volumes` and `mounts`). Out: reasons to ask.

use super::scope::Scope;
use super::verdict::Reason;
use crate::effect::{Effect, Verb};
use crate::grammar::Kind;
use std::path::{Component, Path, PathBuf};

/// The machine's own directories; what is in them too.
const SYSTEM: [&str; 11] =
    ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr", "/var/lib/docker"];
/// Those that hold much else besides; only they themselves.
const HOLDING: [&str; 6] = ["/", "/home", "/run", "/var", "/var/lib", "/var/run"];

/// What they say about a line.
pub(super) fn reasons(scope: &Scope, effects: &[Effect]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (index, effect) in effects.iter().enumerate() {
        let starts = matches!(effect.verb, Verb::Execute | Verb::CreateResource)
            && matches!(effect.object.kind, Kind::Image | Kind::Container);
        let fact = |name: &str| effect.object.facts.get(name).map_or("", String::as_str).split_ascii_whitespace();
        if !starts {
            continue;
        }
        let writable = fact("volumes").filter_map(volume).chain(fact("mounts").filter_map(mount));
        for source in writable.filter(|source| is_grave(source, scope)) {
            let why = format!("The container may write to {}, where nothing it does is kept.", source.display());
            reasons.push(Reason::asked("host-mount", why, "Mount only the project, or add `:ro`.", Some(index)));
        }
    }
    reasons
}

/// The source of `SOURCE:TARGET[:OPTIONS]` (docker-run(1)) when it is a directory of the machine and may be written to.
fn volume(spec: &str) -> Option<PathBuf> {
    let mut fields = spec.split(':');
    let source = fields.next()?;
    fields.next()?;
    let read_only = fields.next().is_some_and(|options| options.split(',').any(|option| option == "ro"));
    absolute(source).filter(|_| !read_only)
}

/// The same of `type=bind,source=…,target=…[,readonly]`.
fn mount(spec: &str) -> Option<PathBuf> {
    let field = |wanted: &[&str]| {
        spec.split(',').find_map(|field| {
            let (key, value) = field.split_once('=').unwrap_or((field, "true"));
            wanted.contains(&key).then_some(value)
        })
    };
    let read_only = field(&["readonly", "ro"]).is_some_and(|value| matches!(value, "true" | "1"));
    absolute(field(&["source", "src"])?).filter(|_| !read_only)
}

/// The path without `.`, `..` and doubled slashes.
fn absolute(source: &str) -> Option<PathBuf> {
    if !source.starts_with('/') {
        return None;
    }
    let mut path = PathBuf::new();
    for component in Path::new(source).components() {
        match component {
            Component::ParentDir => drop(path.pop()),
            other => path.push(other),
        }
    }
    Some(path)
}

fn is_grave(source: &Path, scope: &Scope) -> bool {
    let holds = |path: &PathBuf| path.starts_with(source);
    // What the line's own project is in is not more than that.
    let in_project = scope.root.as_ref().is_some_and(|root| source.starts_with(root) && !scope.home.contains(root));
    scope.home.iter().any(holds)
        || scope.own.iter().any(|own| holds(own) || source.starts_with(own))
        || HOLDING.iter().any(|path| source == Path::new(path))
        || !in_project && SYSTEM.iter().any(|path| source.starts_with(path))
}
