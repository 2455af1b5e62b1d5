//! `cp`, `mv`, `ln`, `install`: where a destination really is. One that is a directory is written into, unless the line says
//! that it is no directory; a link there is replaced by some and written through by others.

use crate::effect::files::Presence;
use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::{Evaluator, base_name, exact_path};
use crate::grammar::{Access, Argument, Deed, Invocation, Known};

/// Label of a deed by which another file takes the name: a link there goes itself, and what was there stays whole under any
/// other name it has.
pub(crate) const REPLACED: &str = "replaced";

/// Names that are told one by one, where there is more than one destination.
const MOST_PAIRS: usize = 512;

/// A path that a deed reaches.
pub(crate) struct Reached {
    pub(crate) argument: Argument,
    pub(crate) access: Access,
    /// Another file takes the name.
    pub(crate) replaced: bool,
    /// What is moved, linked or copied there.
    pub(crate) from: Option<Argument>,
}

impl Evaluator<'_> {
    /// The paths a deed on a destination really reaches, and what happens to each; `None` when it is no such deed.
    pub(crate) fn destinations(
        &mut self,
        state: &State,
        invocation: &Invocation,
        deed: &Deed,
        fields: &[Field],
    ) -> Option<Vec<Reached>> {
        if !matches!(invocation.program.as_str(), "cp" | "mv" | "ln" | "install" | "gcp") {
            return None;
        }
        if !matches!(deed.access, Access::Write | Access::Create | Access::WriteTree | Access::Link) {
            return None;
        }
        let [destination] = deed.arguments.as_slice() else { return None };
        let mut sources: Vec<Argument> = invocation
            .deeds
            .iter()
            .filter(|other| !std::ptr::eq(*other, deed) && other.arguments != deed.arguments)
            .filter(|other| matches!(other.access, Access::Read | Access::Move | Access::List | Access::Link))
            .flat_map(|other| other.arguments.clone())
            .collect();
        // What a symbolic link is to lead to is not touched, and so has no deed.
        if sources.is_empty() && invocation.program == "ln" {
            let words = fields[1..].iter().map(Field::argument).filter(|word| word.span != destination.span);
            sources.extend(words.filter(|word| !word.literal().is_some_and(|bytes| bytes.starts_with(b"-"))));
        }
        if sources.is_empty() {
            return None;
        }
        let recursive = deed.access == Access::WriteTree || tagged(invocation, "recursive");
        if !self.goes_into(state, invocation, destination, &sources) {
            let tree = recursive && invocation.program == "cp" && self.is_tree(state, &sources[0]);
            let access = if tree { Access::WriteTree } else { deed.access };
            let from = <[Argument; 1]>::try_from(sources).ok().map(|[source]| source);
            let link = tree.then(|| self.copied_link(state, invocation, from.as_ref(), destination)).flatten();
            let reached = self.reached(state, invocation, deed, (from, destination.clone()), access);
            return Some(link.into_iter().chain(reached).collect());
        }
        let somewhere_below =
            || Reached { argument: destination.clone(), access: Access::WriteTree, replaced: false, from: None };
        let Known::Exactly(base) = &destination.value else { return Some(vec![somewhere_below()]) };
        // Behind an option that is not known each word may be the destination of all others.
        let destinations = invocation.deeds.iter().filter(|other| other.access == deed.access).count();
        if destinations > 1 && destinations * sources.len() > MOST_PAIRS {
            return Some(vec![somewhere_below()]);
        }
        let mut all = Vec::new();
        for source in &sources {
            let Known::Exactly(name) = &source.value else {
                all.push(somewhere_below());
                continue;
            };
            let end = name.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
            let last = base_name(&name[..end]);
            let whole_name = name[..end].iter().position(|byte| *byte != b'/').map_or(last, |start| &name[start..end]);
            let below = if tagged(invocation, "parents") { whole_name } else { last };
            let mut inside = base.clone();
            if !inside.ends_with(b"/") {
                inside.push(b'/');
            }
            let dots = matches!(last, b"." | b"..");
            if !dots {
                inside.extend_from_slice(below);
            }
            let tree = self.is_tree(state, source);
            let whole = dots || tree && recursive && invocation.program != "mv";
            let access = match deed.access {
                _ if whole => Access::WriteTree,
                Access::Create => Access::Create,
                _ => Access::Write,
            };
            let argument = Argument { value: Known::Exactly(inside), many: false, span: destination.span };
            let copied = whole && !dots && recursive && invocation.program != "mv";
            all.extend(copied.then(|| self.copied_link(state, invocation, Some(source), &argument)).flatten());
            all.extend(self.reached(state, invocation, deed, (Some(source.clone()), argument), access));
        }
        Some(all)
    }

    /// `cp -r LINK`: unless it is told to follow links, the link itself is what is copied, and takes the place of another link.
    fn copied_link(
        &mut self,
        state: &State,
        invocation: &Invocation,
        source: Option<&Argument>,
        copy: &Argument,
    ) -> Option<Reached> {
        let source = source.filter(|source| self.is_link(state, source))?;
        let taken = !tagged(invocation, "dereference") && self.is_link(state, copy);
        let (argument, from) = (copy.clone(), Some(source.clone()));
        taken.then_some(Reached { argument, access: Access::Write, replaced: true, from })
    }

    /// True when the destination is a directory that the sources go into.
    fn goes_into(
        &mut self,
        state: &State,
        invocation: &Invocation,
        destination: &Argument,
        sources: &[Argument],
    ) -> bool {
        if self.stays_a_name(state, invocation, destination) {
            return false;
        }
        let real = self.real_path(state, &destination.value, true);
        let directory = exact_path(&real).is_some_and(|path| self.files(state).is_directory(&path));
        let slash = matches!(&destination.value, Known::Exactly(bytes) | Known::Begins(bytes) if bytes.ends_with(b"/"));
        directory
            || sources.len() > 1
            || slash && invocation.program != "mv"
            || sources.iter().any(|source| source.many)
    }

    /// True when the destination is meant itself, whatever it leads to: `-T`, and `ln -n` where a link is.
    fn stays_a_name(&mut self, state: &State, invocation: &Invocation, destination: &Argument) -> bool {
        tagged(invocation, "no-target-directory")
            || tagged(invocation, "no-dereference") && self.is_link(state, destination)
    }

    /// The path and what comes there, the link itself where that may go instead of what it leads to, and the name an older file is moved to.
    fn reached(
        &mut self,
        state: &State,
        invocation: &Invocation,
        deed: &Deed,
        (from, argument): (Option<Argument>, Argument),
        access: Access,
    ) -> Vec<Reached> {
        // `ln` leaves what is there alone unless it is told to move it, or to ask.
        let makes_way = tagged(invocation, "backup") || tagged(invocation, "may-replace");
        let access =
            if access == Access::Create && invocation.program == "ln" && makes_way { Access::Write } else { access };
        // What they are given with `-t` is replaced too; cp does so when it first takes what is there away.
        let replaces =
            matches!(invocation.program.as_str(), "mv" | "ln" | "install") || tagged(invocation, "removes-first");
        let replaced = access == Access::Write && (replaces || deed.tags.iter().any(|tag| tag == REPLACED));
        let mut all = Vec::new();
        if let (true, Known::Exactly(name)) = (tagged(invocation, "backup"), &argument.value) {
            for value in self.older_names(state, invocation, name) {
                let older = Argument { value, ..argument.clone() };
                let from = Some(argument.clone());
                all.push(Reached { argument: older, access: Access::Write, replaced: true, from });
            }
        }
        if !replaced && access == Access::Write && tagged(invocation, "may-replace") && self.is_link(state, &argument) {
            all.push(Reached { argument: argument.clone(), access, replaced: true, from: from.clone() });
        }
        all.push(Reached { argument, access, replaced, from });
        all
    }

    /// What an older file may be called that makes way: `b~`, and `b.~1~` where numbers may be given, which they are too when
    /// there is one already.
    fn older_names(&mut self, state: &State, invocation: &Invocation, name: &[u8]) -> Vec<Known> {
        const MOST: usize = 64;
        if tagged(invocation, "backup-suffix") {
            return vec![Known::Begins(name.to_vec())];
        }
        let mut names = vec![Known::Exactly([name, b"~"].concat())];
        let numbered = |number: usize| Known::Exactly([name, format!(".~{number}~").as_bytes()].concat());
        let free = (1..MOST).find(|number| {
            let path = exact_path(&self.real_path(state, &numbered(*number), false));
            path.is_none_or(|path| self.files(state).presence(&path) == Presence::No)
        });
        let free = free.unwrap_or(MOST);
        if free > 1 || tagged(invocation, "backup-numbers") {
            names.push(if free < MOST { numbered(free) } else { Known::Begins(name.to_vec()) });
        }
        names
    }

    /// True when the name itself, no slash behind it, is a symbolic link.
    fn is_link(&mut self, state: &State, argument: &Argument) -> bool {
        let named = self.real_path(state, &argument.value, false);
        exact_path(&named).is_some_and(|path| self.files(state).link(&path).is_some())
    }

    fn is_tree(&mut self, state: &State, source: &Argument) -> bool {
        let from = self.real_path(state, &source.value, true);
        exact_path(&from).is_some_and(|path| self.files(state).is_directory(&path))
    }
}

fn tagged(invocation: &Invocation, tag: &str) -> bool {
    invocation.tags.iter().any(|given| given == tag)
}
