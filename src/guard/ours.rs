//! Our own programs, as they stood when the guard began.

use crate::sys::Stat;
use std::path::{Path, PathBuf};

/// Names our shell has in `lib/agentsh`.
const SHIMS: [&str; 3] = ["bash", "sh", "zsh"];

/// Which programs are agentsh, and where it is installed.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// The shell, under all its names: it judges lines as the guard does.
    pub(super) shells: Vec<Stat>,
    /// The person's tool.
    tool: Option<Stat>,
    /// Files of the installation, which nothing guarded may change. Empty for one that is run from where it was built.
    pub(super) installed: Vec<PathBuf>,
}

impl Ours {
    /// Finds them around the program that this process is.
    pub(super) fn find() -> Self {
        let own = std::env::current_exe().unwrap_or_default();
        let folder = own.parent().unwrap_or(Path::new("/"));
        let prefix = match (folder.file_name(), folder.ends_with("lib/agentsh")) {
            (_, true) => folder.parent().and_then(Path::parent),
            (Some(name), _) if name == "bin" => folder.parent(),
            _ => None,
        };
        let tool = own.ends_with("agentshctl");
        let shell = if tool { own.with_file_name("agentsh") } else { "/proc/self/exe".into() };
        let mut shells = vec![shell];
        let mut installed = Vec::new();
        if let Some(prefix) = prefix {
            shells.push(prefix.join("bin/agentsh"));
            shells.extend(SHIMS.iter().map(|name| prefix.join("lib/agentsh").join(name)));
            installed.extend(["bin/agentsh", "bin/agentshctl", "lib/agentsh"].map(|name| prefix.join(name)));
            installed.retain(|path| path.exists());
        }
        let beside = prefix.map_or_else(|| own.with_file_name("agentshctl"), |prefix| prefix.join("bin/agentshctl"));
        let stat = |path: &PathBuf| Stat::target_of(path).ok();
        Self { shells: shells.iter().filter_map(stat).collect(), tool: stat(&beside), installed }
    }

    /// Programs that may write to agentsh's own state.
    pub(super) fn all(&self) -> Vec<Stat> {
        self.shells.iter().chain(&self.tool).copied().collect()
    }
}
