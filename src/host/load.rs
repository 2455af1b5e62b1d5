//! Settings, rules and scope for a line that starts in a directory.

use super::checkout::Checkout;
use super::places::Places;
use super::run::Run;
use super::session::Session;
use super::uses::Uses;
use super::{passwd, texts};
use crate::effect::is_plain;
use crate::policy::{Branches, Complaint, GitUse, Layer, Policy, RuleText, Scope, Settings};
use crate::sys;
use std::path::{Path, PathBuf};

/// What the files of this machine say about a line that starts in some directory.
pub struct Loaded {
    /// Rules and settings.
    pub policy: Policy,
    /// Where changes are ordinary work.
    pub scope: Scope,
    /// The checkout around the directory.
    pub checkout: Option<Checkout>,
    /// Texts of the person's own grammars, with their files, for `grammar::Catalog`.
    pub grammars: Vec<(PathBuf, String)>,
    /// What is wrong with any of the files, to be said once.
    pub complaints: Vec<Complaint>,
}

/// Reads them for a line that starts in an absolute directory. Costs a handful of system calls when there are no such
/// files. A file that cannot be read or understood leaves the shipped rules in place and makes the policy ask about
/// every line that is not read-only.
pub fn load(places: &Places, directory: &Path) -> Loaded {
    load_in(places, directory, Run::current(places).as_ref())
}

/// The same for a process of this session, whatever session this process belongs to.
pub fn load_in(places: &Places, directory: &Path, run: Option<&Run>) -> Loaded {
    // What the kernel says the working directory is has no links in it.
    let known = std::env::current_dir().is_ok_and(|here| here == directory);
    let directory = if known { directory.to_owned() } else { real(directory) };
    let checkout = Checkout::around(&directory);
    let mut files = Files::default();
    let mut settings = Settings::default();
    for (folder, layer) in [(&places.system, Layer::System), (&places.configuration, Layer::User)] {
        let there = match layer {
            Layer::User => texts::own_folder(folder),
            _ => Ok(folder.symlink_metadata().is_ok()),
        };
        let there = there.unwrap_or_else(|message| {
            files.complaints.push(unusable(folder, &message));
            false
        });
        if there {
            settings = settings.under(files.settings(&folder.join("config.toml")));
            files.rules(&folder.join("rules"), layer);
            files.grammars(&folder.join("grammars"));
        }
    }
    if let Some(checkout) = &checkout {
        files.rules(&checkout.root.join(".agentsh/rules"), Layer::Checkout);
    }
    if let Some(scope) = run.and_then(Run::scope) {
        settings.scope = Some(scope);
    }
    let mut asked = Asked::default();
    if known {
        asked.known.extend(directory.ancestors().map(|above| (above.to_owned(), above.to_owned())));
    }
    let mut scope = scope(places, &directory, checkout.as_ref(), &settings, &mut asked);
    let session = run.map(|run| Some(run.session.clone())).or_else(Session::of_agent);
    scope.branches = session.and_then(|session| branches(checkout.as_ref(), &settings, session));
    let (mut policy, found) = Policy::build(&files.rules, settings);
    policy.expire(super::today::today);
    let uses = Uses::of(&places.state);
    policy.exhaust(|rule| uses.used(rule));
    let mut complaints = files.complaints;
    if let Some(complaint) = complaints.iter().find(|complaint| complaint.whole_file) {
        policy.degrade(complaint.clone());
    }
    complaints.extend(found);
    Loaded { policy, scope, checkout, grammars: files.grammars, complaints }
}

/// What was read so far.
#[derive(Default)]
struct Files {
    rules: Vec<RuleText>,
    grammars: Vec<(PathBuf, String)>,
    complaints: Vec<Complaint>,
}

impl Files {
    fn settings(&mut self, path: &Path) -> Settings {
        let Some(text) = self.text(path) else { return Settings::default() };
        Settings::parse(&path.display().to_string(), &text).unwrap_or_else(|complaint| {
            self.complaints.push(complaint);
            Settings::default()
        })
    }

    fn rules(&mut self, folder: &Path, layer: Layer) {
        for path in self.listed(folder) {
            if let Some(text) = self.text(&path) {
                self.rules.push(RuleText { layer, file: path.display().to_string(), text });
            }
        }
    }

    fn grammars(&mut self, folder: &Path) {
        for path in self.listed(folder) {
            if let Some(text) = self.text(&path) {
                self.grammars.push((path, text));
            }
        }
    }

    fn listed(&mut self, folder: &Path) -> Vec<PathBuf> {
        texts::toml_files(folder).unwrap_or_else(|message| {
            self.complaints.push(unusable(folder, &message));
            Vec::new()
        })
    }

    fn text(&mut self, path: &Path) -> Option<String> {
        texts::text(path).unwrap_or_else(|message| {
            self.complaints.push(unusable(path, &message));
            None
        })
    }
}

fn unusable(path: &Path, message: &str) -> Complaint {
    Complaint::at(&path.display().to_string(), "", 0, "", message, "a readable text file")
}

/// Where changes are ordinary work for a line that starts in a directory.
fn scope(
    places: &Places,
    directory: &Path,
    checkout: Option<&Checkout>,
    settings: &Settings,
    asked: &mut Asked,
) -> Scope {
    let mut home: Vec<PathBuf> = places.home.iter().map(|home| asked.real(home)).collect();
    // HOME is the agent's to set; the home directory the system knows is guarded as well.
    home.extend(passwd::own_home().map(|own| asked.real(&own)).filter(|own| !home.contains(own)));
    let stated = settings.scope.as_ref().map(|scope| match (scope.strip_prefix("~"), &places.home) {
        (Ok(rest), Some(home)) => asked.real(&home.join(rest)),
        _ => asked.real(scope),
    });
    let found = checkout.map_or(directory, |checkout| &checkout.root);
    let ordinary = |root: &Path| !is_too_much(root, checkout.is_some(), &home);
    let root = stated.or_else(|| ordinary(found).then(|| found.to_owned()));
    let git = checkout.map_or_else(Vec::new, |checkout| checkout.git.clone());
    let temporary = temporary(&home, asked);
    let caches = caches(&home, &temporary, asked);
    Scope { root, home, temporary, caches, git, own: places.own(), branches: None }
}

impl Loaded {
    /// The lines are an agent's, though its environment does not say so: the session is held to its own branches where the
    /// settings want that.
    pub fn hold_to_branches(&mut self, session: Option<String>) {
        if self.scope.branches.is_none() {
            self.scope.branches = branches(self.checkout.as_ref(), self.policy.settings(), session);
        }
    }

    /// True where agents' sessions are held to their own branches, and this one was not found to be an agent's.
    pub fn asks_whose(&self) -> bool {
        self.scope.branches.is_none() && self.policy.settings().git == Some(GitUse::BranchOnly)
    }
}

/// The branches an agent's session is held to, where the settings hold it to its own.
fn branches(checkout: Option<&Checkout>, settings: &Settings, session: Option<String>) -> Option<Branches> {
    if settings.git != Some(GitUse::BranchOnly) {
        return None;
    }
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    let session = session.map(|name| name.chars().take(64).map(plain).collect());
    let mut protected: Vec<String> = ["main", "master", "trunk"].map(str::to_owned).to_vec();
    // What the remote calls its default, as it was when the checkout was made (git-remote(1), set-head).
    let default = checkout.and_then(|checkout| checkout.git.last());
    let default = default.and_then(|git| texts::regular_file(&git.join("refs/remotes/origin/HEAD"), 8192).ok());
    let default = default.and_then(|text| String::from_utf8(text).ok());
    protected.extend(default.and_then(|text| text.trim().strip_prefix("ref: refs/remotes/origin/").map(str::to_owned)));
    protected.extend(settings.git_protected.iter().cloned());
    Some(Branches { session, protected })
}

/// True for a root that would make a scope of the system or of everybody's files.
fn is_too_much(root: &Path, is_checkout: bool, home: &[PathBuf]) -> bool {
    const SYSTEM: [&str; 12] =
        ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"];
    const SOURCES: [&str; 2] = ["/usr/src", "/usr/local/src"];
    let below = |folder: &str| root.starts_with(folder) && root != Path::new(folder);
    let above_home = home.iter().any(|home| home != root && home.starts_with(root));
    let system = SYSTEM.iter().any(|folder| root.starts_with(folder)) && !SOURCES.iter().any(|folder| below(folder));
    let variable = root.starts_with("/var") && !is_checkout && !below("/var/www") && !below("/var/tmp");
    root == Path::new("/") || above_home || system || variable
}

/// Directories for temporary files. `TMPDIR` is the agent's to set, so it counts only where it looks like one.
fn temporary(home: &[PathBuf], asked: &mut Asked) -> Vec<PathBuf> {
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let above_home = home.iter().any(|home| home.starts_with(path));
        path.is_absolute() && (name.contains("tmp") || name.contains("temp")) && !above_home
    };
    let own = crate::sys::variable("TMPDIR").map(|path| asked.real(Path::new(path))).filter(named);
    // Where the other two are links, they lead to places like the first.
    let mut all = vec![asked.real(Path::new("/tmp")), "/var/tmp".into(), "/dev/shm".into()];
    all.extend(own);
    all.dedup();
    all
}

/// Directories for caches. `XDG_CACHE_HOME` is the agent's to set, so it counts only where it looks like one.
fn caches(home: &[PathBuf], temporary: &[PathBuf], asked: &mut Asked) -> Vec<PathBuf> {
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let holds_another = home.iter().chain(temporary).any(|other| other.starts_with(path));
        path.is_absolute() && name.contains("cache") && !holds_another
    };
    let stated = crate::sys::variable("XDG_CACHE_HOME").map(|path| asked.real(Path::new(path))).filter(named);
    let mut all: Vec<PathBuf> = home.iter().map(|home| asked.real(&home.join(".cache"))).collect();
    all.extend(stated);
    all.dedup();
    all
}

/// Real paths already asked for: the places in question are few, and often within each other.
#[derive(Default)]
struct Asked {
    /// Paths and what they really are, without links.
    known: Vec<(PathBuf, PathBuf)>,
}

impl Asked {
    /// As [`real`].
    fn real(&mut self, path: &Path) -> PathBuf {
        let same = |(asked, _): &&(PathBuf, PathBuf)| asked.as_os_str() == path.as_os_str();
        if let Some((_, real)) = self.known.iter().find(same) {
            return real.clone();
        }
        let found = self.in_known(path).unwrap_or_else(|| real(path));
        self.known.push((path.to_owned(), found.clone()));
        found
    }

    /// The real path of a name in a directory whose own is known, where the name is no link: itself. One call instead of
    /// one for each directory on the way.
    fn in_known(&self, path: &Path) -> Option<PathBuf> {
        let parent = path.parent().filter(|_| is_plain(path))?;
        let is_real = self.known.iter().any(|(_, real)| real.as_os_str() == parent.as_os_str());
        let is_link = || path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        (is_real && path.file_name().is_some() && !is_link()).then(|| path.to_owned())
    }
}

/// The path without links where it exists.
fn real(path: &Path) -> PathBuf {
    sys::real_path(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_too_much;
    use std::path::Path;

    #[test]
    fn roots() {
        let home = ["/home/u".into()];
        for (root, is_checkout, expected) in [
            ("/", true, true),
            ("/home", false, true),
            ("/home/u", false, false),
            ("/home/u/p", true, false),
            ("/srv/p", false, false),
            ("/etc", true, true),
            ("/usr/src/app", false, false),
            ("/usr/src", false, true),
            ("/usr/lib/x", true, true),
            ("/var/log", false, true),
            ("/var/lib/ci/p", true, false),
            ("/etcetera", false, false),
        ] {
            assert_eq!(is_too_much(Path::new(root), is_checkout, &home), expected, "{root}");
        }
    }
}
