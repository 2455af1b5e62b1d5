//! Directories that a container is given, named as they are on this machine: from the working directory on, and behind links.

use crate::effect::state::State;
use crate::effect::walk::{Evaluator, exact_path};
use crate::grammar::{Kind, Known};
use std::collections::BTreeMap;

impl Evaluator<'_> {
    /// The facts `volumes` (`SOURCE:TARGET[:OPTIONS] …`) and `mounts` (`type=bind,source=SOURCE,… …`; docker-run(1)) with the
    /// places of their sources.
    pub(super) fn place_mounts(&mut self, view: &State, kind: Kind, facts: &mut BTreeMap<String, String>) {
        if !matches!(kind, Kind::Image | Kind::Container) {
            return;
        }
        if let Some(volumes) = facts.get_mut("volumes") {
            let placed = volumes.split(' ').map(|volume| match volume.split_once(':') {
                Some((source, rest)) => format!("{}:{rest}", self.mount_source(view, source)),
                None => volume.to_owned(),
            });
            *volumes = placed.collect::<Vec<_>>().join(" ");
        }
        if let Some(mounts) = facts.get_mut("mounts") {
            let placed = mounts.split(' ').map(|mount| {
                let fields = mount.split(',').map(|field| match field.split_once('=') {
                    Some((key @ ("source" | "src"), source)) => format!("{key}={}", self.mount_source(view, source)),
                    _ => field.to_owned(),
                });
                fields.collect::<Vec<_>>().join(",")
            });
            *mounts = placed.collect::<Vec<_>>().join(" ");
        }
    }

    /// Where a source is; one that is no path is the name of a volume.
    fn mount_source(&mut self, view: &State, source: &str) -> String {
        if !source.starts_with(['/', '.']) {
            return source.to_owned();
        }
        let path = self.real_path(view, &Known::Exactly(source.as_bytes().to_vec()), true);
        exact_path(&path).map_or_else(|| source.to_owned(), |path| path.to_string_lossy().into_owned())
    }
}
