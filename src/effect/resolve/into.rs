//! `cp`, `mv`, `ln`, `install`: a destination that is a directory is written into.

use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::{Evaluator, exact_path};
use crate::grammar::{Access, Argument, Deed, Invocation, Known};

impl Evaluator<'_> {
    /// The paths a deed on a destination really reaches, and what happens to each; `None` when it is no such deed.
    pub(crate) fn destinations(
        &mut self,
        state: &State,
        invocation: &Invocation,
        deed: &Deed,
        fields: &[Field],
    ) -> Option<Vec<(Argument, Access)>> {
        if !matches!(invocation.program.as_str(), "cp" | "mv" | "ln" | "install" | "gcp") {
            return None;
        }
        if !matches!(deed.access, Access::Write | Access::Create | Access::WriteTree | Access::Link) {
            return None;
        }
        let [destination] = deed.arguments.as_slice() else { return None };
        let given =
            |words: &[&[u8]]| fields.iter().any(|field| field.exact().is_some_and(|word| words.contains(&word)));
        if given(&[b"-T", b"--no-target-directory"]) {
            return None;
        }
        let sources: Vec<Argument> = invocation
            .deeds
            .iter()
            .filter(|other| !std::ptr::eq(*other, deed) && other.arguments != deed.arguments)
            .filter(|other| matches!(other.access, Access::Read | Access::Move | Access::List | Access::Link))
            .flat_map(|other| other.arguments.clone())
            .collect();
        if sources.is_empty() || given(&[b"-d", b"--directory"]) && invocation.program == "install" {
            return None;
        }
        let real = self.real_path(state, &destination.value, true);
        let directory = exact_path(&real).is_some_and(|path| self.files(state).is_directory(&path));
        let slash = matches!(&destination.value, Known::Exactly(bytes) | Known::Begins(bytes) if bytes.ends_with(b"/"));
        let recursive = deed.access == Access::WriteTree || invocation.tags.iter().any(|tag| tag == "recursive");
        let into = directory
            || sources.len() > 1
            || slash && invocation.program != "mv"
            || sources.iter().any(|source| source.many);
        if !into {
            let tree = recursive && invocation.program == "cp" && self.is_tree(state, &sources[0]);
            return tree.then(|| vec![(destination.clone(), Access::WriteTree)]);
        }
        let Known::Exactly(base) = &destination.value else {
            return Some(vec![(destination.clone(), Access::WriteTree)]);
        };
        let mut all = Vec::new();
        for source in &sources {
            let Known::Exactly(name) = &source.value else {
                all.push((destination.clone(), Access::WriteTree));
                continue;
            };
            let end = name.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
            let last = crate::effect::walk::base_name(&name[..end]);
            let mut inside = base.clone();
            if !inside.ends_with(b"/") {
                inside.push(b'/');
            }
            let dots = matches!(last, b"." | b"..");
            if !dots {
                inside.extend_from_slice(last);
            }
            let tree = self.is_tree(state, source);
            let access =
                if dots || tree && recursive && invocation.program != "mv" { Access::WriteTree } else { Access::Write };
            all.push((Argument { value: Known::Exactly(inside), many: false, span: destination.span }, access));
        }
        Some(all)
    }
    fn is_tree(&mut self, state: &State, source: &Argument) -> bool {
        let from = self.real_path(state, &source.value, true);
        exact_path(&from).is_some_and(|path| self.files(state).is_directory(&path))
    }
}
