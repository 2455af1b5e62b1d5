//! What may be changed where, and connected to: the settings in force, with their defaults.

use super::judging::Bench;
use super::paper::Paper;
use crate::policy::{Contact, Glob, Network, Watch, shipped_tool_state};
use crate::ui::{name_of, visible};
use std::path::PathBuf;

/// Writes it.
pub(super) fn scope_page(bench: &Bench, paper: &mut Paper) {
    let loaded = bench.here().loaded();
    let (scope, settings) = (&loaded.scope, loaded.policy.settings());
    let paths = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    let globs = |globs: &[Glob]| globs.iter().map(|glob| glob.as_str().to_owned()).collect::<Vec<_>>();
    let ends = |ends: &[Contact]| ends.iter().map(|end| end.as_str().to_owned()).collect::<Vec<_>>();
    let on = |on: bool| vec![if on { "on" } else { "off" }.to_owned()];
    let write = if settings.write.is_empty() { paths(scope.root.as_slice()) } else { globs(&settings.write) };
    let ports = settings.database_ports().iter().map(ToString::to_string).collect();
    let rows: [(&str, Vec<String>); 16] = [
        ("write", write),
        ("git", paths(&scope.git)),
        ("temporary", paths(&scope.temporary)),
        ("protect", globs(&settings.protect)),
        ("deny", globs(&settings.deny)),
        ("agentsh's own", paths(&scope.own)),
        ("caches", paths(&scope.caches)),
        ("tool_state", globs(&settings.tool_state)),
        ("(built in)", globs(shipped_tool_state())),
        ("network", vec![name_of(&settings.network.unwrap_or(Network::Allow))]),
        ("network lists", {
            let lists =
                [("allow", &settings.network_allow), ("ask", &settings.network_ask), ("deny", &settings.network_deny)];
            let named =
                |name: &str, list| ends(list).into_iter().map(|end| format!("{name} {end}")).collect::<Vec<_>>();
            lists.into_iter().flat_map(|(name, list)| named(name, list)).collect()
        }),
        ("database_ports", ports),
        ("guard", on(settings.guard == Some(Watch::On))),
        ("git", vec![name_of(&settings.git.unwrap_or_default())]),
        ("git_protected", settings.git_protected.clone()),
        ("hard_scope", on(settings.hard_scope == Some(true))),
    ];
    for (name, values) in rows {
        let text = if values.is_empty() { "-".to_owned() } else { values.join("  ") };
        paper.line(&format!("{name:<16} {}", visible(&text)));
    }
}
