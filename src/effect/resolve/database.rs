//! Databases that are files: what changes one changes its file, and the files beside it.

use super::Act;
use super::deed::joined;
use crate::effect::state::State;
use crate::effect::walk::{Evaluator, exact_path};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind, Known};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a database (sqlite.org, "Temporary Files Used By SQLite").
const BESIDE: [&[u8]; 4] = [b"", b"-wal", b"-shm", b"-journal"];

impl Evaluator<'_> {
    /// A change of the project's database, where that is a file; what changes it is in the project, and not shown by the line.
    /// False when the database is no file, or that cannot be told.
    pub(super) fn project_database(&mut self, view: &State, act: Act<'_>, facts: &BTreeMap<String, String>) -> bool {
        let Act { invocation, deed, span, tags, .. } = act;
        if deed.kind != Kind::Database || !matches!(deed.access, Access::ChangeData | Access::DropData) {
            return false;
        }
        let Some(file) = self.database_in_a_file(view, act.fields, &invocation.program, facts) else { return false };
        let given = Known::Exactly(file.into_os_string().into_encoded_bytes());
        let Some(path) = exact_path(&self.real_path(view, &given, true)) else { return false };
        let tags = joined(tags, &deed.tags);
        self.database_changes(view, act, &given, &path, &tags);
        let mut project = Object::unnamed(Kind::Project);
        if let Some(place) = &view.place().path {
            project.name = Known::Exactly(place.as_os_str().as_bytes().to_vec());
        }
        self.emit(Access::Execute, project, Reversibility::Opaque, span, &invocation.program, Vec::new());
        true
    }

    /// A change of the SQLite database in the file `path`, called `given`.
    pub(super) fn database_changes(
        &mut self,
        state: &State,
        act: Act<'_>,
        given: &Known,
        path: &Path,
        tags: &[String],
    ) {
        for ending in BESIDE {
            let file = PathBuf::from(OsStr::from_bytes(&[path.as_os_str().as_bytes(), ending].concat()));
            let there = self.world.inspect(&file).is_some();
            if there || ending.is_empty() {
                let access = if there { Access::Modify } else { Access::Write };
                let name = Known::Exactly(file.into_os_string().into_encoded_bytes());
                self.emit_path(state, access, given, name, act.span, &act.invocation.program, tags.to_vec());
            }
        }
    }
}
