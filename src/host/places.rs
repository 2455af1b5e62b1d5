//! Where agentsh keeps things.

use std::path::{Path, PathBuf};

/// Directories of agentsh. Nothing is created by finding them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The person's home directory.
    pub home: Option<PathBuf>,
    /// `$XDG_STATE_HOME/agentsh`, by default `~/.local/state/agentsh`: journal and preimages.
    pub state: PathBuf,
    /// `$XDG_CONFIG_HOME/agentsh`, by default `~/.config/agentsh`.
    pub configuration: PathBuf,
    /// `/etc/agentsh`: the settings of whoever administers the machine.
    pub system: PathBuf,
}

impl Places {
    /// Finds them (XDG Base Directory Specification 0.8). Without `HOME` the passwd file is asked; without that either,
    /// a directory of this user's in `/tmp` is the best there is.
    pub fn find() -> Self {
        let home = home();
        let base = home.clone().unwrap_or_else(|| format!("/tmp/agentsh-{}", nix::unistd::Uid::current()).into());
        let xdg = |name: &str, default: &str| {
            // The specification: a relative path is invalid and to be ignored.
            let set = crate::sys::variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            set.unwrap_or_else(|| base.join(default)).join("agentsh")
        };
        Self {
            home,
            state: xdg("XDG_STATE_HOME", ".local/state"),
            configuration: xdg("XDG_CONFIG_HOME", ".config"),
            system: "/etc/agentsh".into(),
        }
    }

    /// Makes the state directory, for this user alone (0700), parents included. Failure: the system's error.
    pub fn make_state(&self) -> std::io::Result<&Path> {
        use std::os::unix::fs::DirBuilderExt;
        match std::fs::DirBuilder::new().mode(0o700).create(&self.state) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::DirBuilder::new().mode(0o700).recursive(true).create(&self.state)?;
            }
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        Ok(&self.state)
    }

    /// The agentsh directories a line must not change: settings, state, and where our own programs stand.
    pub fn own(&self) -> Vec<PathBuf> {
        let mut own = vec![self.state.clone(), self.configuration.clone(), self.system.clone()];
        let folder = crate::sys::own_program().and_then(Path::parent);
        // A build in a checkout (`target/release`) or a shared `bin` is not ours alone.
        own.extend(folder.filter(|folder| folder.ends_with("agentsh")).map(Path::to_path_buf));
        own
    }
}

/// `HOME`, or what the passwd file says when that is unset, empty or relative.
pub(crate) fn home() -> Option<PathBuf> {
    let set = crate::sys::variable("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    set.or_else(super::passwd::own_home)
}
