//! Effects in words.

use crate::effect::{Effect, MOVES, Object, Reversibility};
use crate::grammar::{Access, Kind, Known};
use serde::Serialize;

/// The name a unit variant has in JSON and in files (`delete-tree`).
pub fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// An effect as a person says it: `push to origin`, `delete /p/build and everything below it`.
pub fn phrase(effect: &Effect) -> String {
    let nothing = matches!(effect.object.kind, Kind::Default | Kind::Text | Kind::Shell | Kind::Code | Kind::Path);
    if effect.verb == Access::Unknown && nothing && effect.object.name == Known::Nothing {
        return "do what cannot be told from the line".to_owned();
    }
    let object = object_text(&effect.object);
    let (before, after) = words(effect.verb, effect.object.kind);
    if after.is_empty() { format!("{before} {object}") } else { format!("{before} {object} {after}") }
}

/// The same with what is known of the object: `push to origin (branch main, url …)`.
pub fn deed(effect: &Effect) -> String {
    let facts: Vec<String> = telling_facts(&effect.object).map(|(name, value)| format!("{name} {value}")).collect();
    let phrase = phrase(effect);
    if facts.is_empty() { phrase } else { format!("{phrase} ({})", facts.join(", ")) }
}

/// What is known of an object and helps to judge it: a branch that is named several times is said once.
pub fn telling_facts(object: &Object) -> impl Iterator<Item = (&String, &String)> {
    let branch = object.facts.get("branch");
    let again = move |name: &str, value: &String| (name == "refspec" || name == MOVES) && branch == Some(value);
    object.facts.iter().filter(move |(name, value)| !again(name, value))
}

/// What a reversibility means for a person.
pub fn prospect(reversibility: Reversibility) -> &'static str {
    match reversibility {
        Reversibility::ReadOnly => "changes nothing",
        Reversibility::Reversible => "can be undone",
        Reversibility::Opaque => "runs code that the line does not show",
        Reversibility::Irreversible => "cannot be taken back",
    }
}

/// The same of one effect: a file of which only a part of the name is known is no code.
pub fn outlook(effect: &Effect) -> &'static str {
    let file =
        effect.object.kind == Kind::Path && !matches!(effect.verb, Access::Execute | Access::Source | Access::Code);
    match effect.reversibility {
        Reversibility::Opaque if file => "which files is known only when it runs",
        other => prospect(other),
    }
}

/// The labels of an effect as a person says them. That git *may* run hooks says nothing: those there are have effects of
/// their own. That a running program was seen at it is plain from where it is said.
pub fn labels(tags: &[String]) -> Vec<String> {
    let silent = ["hooks", "observed", "keeps-links", "dereference", "no-dereference", "removes-first", "new-tree"];
    tags.iter().filter(|tag| !silent.contains(&tag.as_str())).map(|tag| label(tag)).collect()
}

/// A label of the analysis as a person says it.
fn label(tag: &str) -> String {
    let words = match tag {
        "force" => "by force",
        "all" => "all there are",
        "root" => "the root of everything",
        "remote" => "on another machine",
        "unset-variable" => "a variable is not set",
        "literal-tilde" => "a quoted ~ is no home directory",
        "flattened" => "several commands in one",
        "after-ignored-failure" => "even if what is before it fails",
        "unread" => "not understood",
        "in-code" => "in code of another language",
        "grave-word" => "by what it is called",
        "none-found" => "there is none now",
        "hidden-links" => "a link that the line makes may lead elsewhere",
        "grave-call" => "its arguments are not in the text",
        "script" => "in a script of the project",
        "code-variable" => "set in a variable",
        other => return other.replace('-', " "),
    };
    words.to_owned()
}

/// The object's name, or in words what kind of thing it is when nothing is known of it.
fn object_text(object: &Object) -> String {
    match &object.name {
        Known::Exactly(name) if !name.is_empty() => object.display_name(),
        Known::Begins(name) if !name.is_empty() => object.display_name(),
        _ => unnamed(object.kind).to_owned(),
    }
}

fn unnamed(kind: Kind) -> &'static str {
    match kind {
        Kind::Path | Kind::RemotePath => "a path that the line does not show",
        Kind::Command | Kind::Shell | Kind::Code | Kind::Project => "code that the line does not show",
        Kind::Host => "some host",
        Kind::Url => "some address",
        Kind::Git => "the repository",
        Kind::GitRemote => "the remote",
        Kind::GitRef => "some ref",
        Kind::Package => "packages",
        Kind::Registry => "the registry",
        Kind::Image => "an image",
        Kind::Container => "a container",
        Kind::Volume => "a volume",
        Kind::Service => "a service",
        Kind::Process => "some process",
        Kind::User => "some user",
        Kind::Database => "the database",
        Kind::Resource => "some resource",
        Kind::Device => "some device",
        Kind::System => "this machine",
        Kind::Secret => "a secret",
        Kind::Default | Kind::Text | Kind::Variable => "something",
    }
}

/// The words before and after the object.
fn words(verb: Access, kind: Kind) -> (&'static str, &'static str) {
    let tree = "and everything below it";
    match verb {
        Access::Unknown => ("do something unknown to", ""),
        Access::Read => ("read", ""),
        Access::List => ("look at", ""),
        Access::Chdir => ("go to", ""),
        Access::Create | Access::CreateResource => ("create", ""),
        Access::Write => ("write", ""),
        Access::Append => ("append to", ""),
        Access::Modify | Access::ChangeResource => ("change", ""),
        Access::WriteTree => ("write files below", ""),
        Access::SyncTree => ("write and delete files below", ""),
        Access::Delete | Access::DeleteResource => ("delete", ""),
        Access::DeleteTree => ("delete", tree),
        Access::Move => ("move", "away"),
        Access::Metadata => ("change mode, owner or times of", ""),
        Access::MetadataTree => ("change mode, owner or times of", tree),
        Access::Link => ("give another name to", ""),
        Access::Wipe => ("wipe", "beyond recovery"),
        Access::GitIndex => ("change the index of", ""),
        Access::GitRefs => ("change refs of", ""),
        Access::GitWorktree => ("change refs and tracked files of", ""),
        Access::GitUntracked => ("change tracked and untracked files of", ""),
        Access::GitIgnored => ("change tracked, untracked and ignored files of", ""),
        Access::GitConfig => ("change the configuration or hooks of", ""),
        Access::GitHistory => ("destroy what git could undo with in", ""),
        Access::Execute | Access::Command | Access::Shell | Access::Source => ("run", ""),
        Access::Code if kind == Kind::Path => ("run", ""),
        Access::Code => ("run code:", ""),
        Access::Signal => ("send a signal to", ""),
        Access::Service => ("start, stop or change", ""),
        Access::Install => ("install", ""),
        Access::Uninstall => ("uninstall", ""),
        Access::Configure => ("change the lasting configuration of", ""),
        Access::Schedule => ("leave a job for later:", ""),
        Access::Account => ("change the account or rights of", ""),
        Access::Mount => ("mount or unmount", ""),
        Access::Format => ("overwrite", ""),
        Access::Power => ("stop or restart", ""),
        Access::Network => ("change the network set-up of", ""),
        Access::Fetch => ("fetch from", ""),
        Access::Connect => ("connect to", ""),
        Access::Send => ("send to", ""),
        Access::Push => ("push to", ""),
        Access::Publish if kind == Kind::Registry => ("publish to", ""),
        Access::Publish => ("publish", ""),
        Access::Deploy => ("deploy", ""),
        Access::Remote => ("run a command on", ""),
        Access::Listen => ("make reachable:", ""),
        Access::Query => ("query", ""),
        Access::ChangeData => ("change data in", ""),
        Access::DropData if matches!(kind, Kind::Resource | Kind::Volume) => ("delete", "and the data in it"),
        Access::DropData => ("drop data in", ""),
        Access::Reveal => ("reveal", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::{deed, phrase};
    use crate::effect::{Certainty, Effect, Object, Reversibility};
    use crate::grammar::{Access, Kind, Known};
    use crate::text::Span;

    fn effect(verb: Access, object: Object) -> Effect {
        Effect {
            verb,
            object,
            certainty: Certainty::Certain,
            reversibility: Reversibility::Reversible,
            span: Span::new(0, 1),
            program: String::new(),
            tags: Vec::new(),
            commands: Vec::new(),
        }
    }

    #[test]
    fn effects_read_as_english() {
        let path = Object::path(std::path::Path::new("/p/build"));
        assert_eq!(phrase(&effect(Access::DeleteTree, path.clone())), "delete /p/build and everything below it");
        assert_eq!(phrase(&effect(Access::Append, path)), "append to /p/build");
        assert_eq!(
            phrase(&effect(Access::Write, Object::unnamed(Kind::Path))),
            "write a path that the line does not show"
        );
        let mut remote = Object::unnamed(Kind::GitRemote);
        assert_eq!(phrase(&effect(Access::Push, remote.clone())), "push to the remote");
        remote.name = Known::Exactly(b"origin".to_vec());
        remote.facts.insert("branch".to_owned(), "main".to_owned());
        assert_eq!(deed(&effect(Access::Push, remote)), "push to origin (branch main)");
    }
}
