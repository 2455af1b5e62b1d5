//! Names that an earlier command of the line gave to files that were there before: by moving, linking or copying them. What is
//! changed in place under such a name is changed under the one it had, and that is where its preimage is.

use super::deed::Act;
use super::severity;
use crate::effect::files::{Change, Presence};
use crate::effect::state::State;
use crate::effect::walk::{Evaluator, exact_path};
use crate::effect::{Object, Verb};
use crate::grammar::{Access, Argument, Deed, Kind, Known};
use crate::text::Span;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The label of a change that may be made elsewhere than its name says: a link on the way is not seen before the line runs.
pub(crate) const HIDDEN_LINKS: &str = "hidden-links";

impl Evaluator<'_> {
    /// Says of a change in place that it is one of the name that the file had before the line. True when a link that the line
    /// makes and does not show may lead elsewhere.
    pub(super) fn through_names_of_the_line(
        &mut self,
        state: &State,
        access: Verb,
        path: &Path,
        span: Span,
        program: &str,
        tags: &[String],
    ) -> bool {
        if state.overlay.is_empty() {
            return false;
        }
        let new = |tag: &String| tag == super::into::REPLACED || tag == "new-directory";
        let in_place = !severity::of_the_name(access) && !tags.iter().any(new);
        let own = state.overlay.origin(path).filter(|_| in_place);
        let reaches_below = !severity::of_the_name(access) && !tags.iter().any(|tag| tag == super::into::REPLACED);
        let below = if reaches_below { state.overlay.origins_below(path) } else { Vec::new() };
        // What lies in a directory that the line made was there before, for all that.
        let below = below.into_iter().map(|origin| (origin, Vec::new()));
        for (origin, tags) in own.map(|origin| (origin, tags.to_vec())).into_iter().chain(below) {
            let name = Known::Exactly(origin.into_os_string().into_encoded_bytes());
            let object = Object { kind: Kind::Path, name, facts: BTreeMap::new() };
            self.emit(access, object, severity::of(access), span, program, tags);
        }
        state.overlay.hides_links(path, in_place)
    }

    /// True where a link is to be moved or replaced by a command that may leave it: what it is to take, or to change, is not
    /// there, or it leaves alone what is in its way.
    pub(super) fn may_stay_a_link(
        &mut self,
        view: &State,
        act: Act<'_>,
        (access, replaced): (Access, bool),
        from: Option<&Argument>,
        path: &Path,
    ) -> bool {
        if self.files(view).link(path).is_none() {
            return false;
        }
        let taken = match from {
            _ if access == Access::Move => return act.tags.iter().any(|tag| tag == "may-stay"),
            _ if !replaced => return false,
            Some(from) => exact_path(&self.real_path(view, &from.value, false)),
            None if access == Access::Modify => Some(self.resolve(view, path, true)),
            None => None,
        };
        taken.is_none_or(|taken| self.files(view).presence(&taken) != Presence::Yes)
    }

    /// What `path` stands for once `from` was moved, linked or copied to it; `None` where it is a file of its own.
    pub(super) fn stands_for(
        &mut self,
        view: &State,
        act: Act<'_>,
        from: Option<&Argument>,
        path: &Path,
    ) -> Option<Change> {
        let invocation = act.invocation;
        let into_tree = matches!(act.deed.access, Access::WriteTree | Access::SyncTree);
        let moves = || {
            let takes = |deed: &Deed| deed.access == Access::Move || into_tree && deed.access == Access::DeleteTree;
            invocation.deeds.iter().any(takes)
        };
        let tagged = |tag: &str| invocation.tags.iter().any(|given| given == tag);
        let copies = matches!(invocation.program.as_str(), "cp" | "gcp");
        let same = match invocation.program.as_str() {
            "mv" | "ln" => true,
            _ if copies => tagged("hard-link"),
            // `git mv`, `rename`: which file takes which name is not followed.
            _ if moves() && !severity::reads(act.deed.access) && act.deed.access != Access::Move => {
                return Some(Change::Unclear { fresh: false });
            }
            _ => return None,
        };
        let from = from?;
        // Without force it stays what it is.
        if act.deed.access == Access::Create && self.files(view).presence(path) == Presence::Yes {
            return None;
        }
        let source = exact_path(&self.real_path(view, &from.value, false))?;
        if same {
            let merged =
                copies && self.files(view).presence(path) == Presence::Yes && self.files(view).is_directory(path);
            return (!merged).then(|| act.before.identity(&source));
        }
        if self.files(view).is_directory(&source) && self.files(view).link(&source).is_none() {
            return None;
        }
        let keeps_links = (tagged("keeps-links") || tagged("recursive")) && !tagged("dereference");
        let links = tagged("symbolic-link") || keeps_links && self.files(view).link(&source).is_some();
        if links && self.files(view).presence(path) != Presence::No {
            // What is there may stay.
            return Some(Change::Unclear { fresh: false });
        }
        if tagged("symbolic-link") {
            return from.literal().map(|text| Change::Link(PathBuf::from(OsStr::from_bytes(text))));
        }
        self.files(view).link(&source).filter(|_| keeps_links).map(Change::Link)
    }
}
