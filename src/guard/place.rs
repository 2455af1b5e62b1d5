//! Which file a call names.

use super::call::Name;
use super::namespace::{self, Shown};
use super::process::Process;
use super::view::View;
use super::walk;
use crate::checkpoint;
use crate::sys::{self, DirFd, FileKind, Stat};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Links followed before a path is given up, as the kernel does.
pub(super) const MOST_LINKS: usize = 40;
/// Longest name in a directory (`NAME_MAX`).
const LONGEST_NAME: usize = 255;
/// What the kernel adds to the path of a directory that was removed.
const REMOVED: &[u8] = b" (deleted)";

/// A name in a directory that is held open: the one the kernel will use.
#[derive(Debug)]
pub(super) struct Spot {
    /// The directory, its path free of links, and the name.
    pub(super) at: checkpoint::Place,
    /// What is there.
    pub(super) stat: Option<Stat>,
}

/// What a call names.
#[derive(Debug)]
pub(super) enum Place {
    /// A name of ours.
    At(Spot),
    /// Nothing that could be lost: a pipe, what the kernel shows of a process, a file that has no name any more.
    Harmless,
    /// A device, or a file of the kernel's: it can be changed, and nothing of it be kept.
    Unkept(PathBuf),
    /// The memory of this process, by its number as we see it.
    Memory(i32),
    /// The memory of this process, by a number that another `/proc` than ours gives it.
    StrangeMemory(i32),
    /// A file that is to be seen in another root or mount namespace only, under this name there.
    Foreign(PathBuf),
    /// What cannot be looked at from here, although the process may change it, and why.
    Hidden(PathBuf, io::Error),
}

/// Finds it. `follow`: a link at the end stands for what it points to. An error means that it could not be read.
pub(super) fn place(process: Process, view: &View, name: &Name, follow: bool) -> io::Result<Place> {
    match *name {
        Name::Descriptor(number) => opened(process, view, &process.descriptor(number)),
        Name::Path { directory, address } => {
            let given = process.path(address)?;
            if given.is_empty() {
                return if directory == libc::AT_FDCWD {
                    Ok(Place::Harmless)
                } else {
                    opened(process, view, &process.descriptor(directory))
                };
            }
            if directory == libc::AT_FDCWD {
                return follow_links(process, view, process.proc("cwd"), None, given, follow);
            }
            // An absolute path does not begin there, whatever it is.
            let held = (given[0] != b'/').then(|| sys::borrow_directory(process.thread, directory).ok()).flatten();
            follow_links(process, view, process.descriptor(directory), held, given, follow)
        }
    }
}

/// A path as it is split: the directory's part, the name, and whether a slash follows.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8], bool) {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let start = path[..end].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    (&path[..start], &path[start..end], end < path.len())
}

/// What a path given to a call leads to; a relative one begins at `base`, which is what `held` holds open, if it does.
fn follow_links(
    process: Process,
    view: &View,
    mut base: PathBuf,
    mut held: Option<DirFd>,
    mut path: Vec<u8>,
    follow: bool,
) -> io::Result<Place> {
    for _ in 0..MOST_LINKS {
        let (folder, name, slash) = split(&path);
        let whole = matches!(name, b"" | b"." | b"..");
        let folder = if whole { &path } else { folder };
        let (dir, parent) = match reach(process, view, &base, held.take(), folder) {
            Ok(reached) => reached,
            Err(error) if is_beyond_us(process, &error, folder) => {
                return Ok(Place::Hidden(base.join(OsStr::from_bytes(&path)), error));
            }
            // The kernel will say the same.
            Err(error) if is_answer(&error) => return Ok(Place::Harmless),
            Err(error) => return Err(error),
        };
        if whole {
            return directory(process, view, &dir, &parent);
        }
        let name = OsStr::from_bytes(name);
        if is_machine(&parent) {
            let own = view.behind_our_own(&parent).map_or_else(|| parent.clone(), |rest| process.proc("").join(rest));
            let own = own.join(name);
            let link = Stat::of(&own).is_ok_and(|stat| stat.kind() == FileKind::Symlink);
            return match walk::owner(&parent) {
                _ if link && follow => opened(process, view, &own),
                Some(pid) if name == "mem" && is_our_proc(&dir) => Ok(Place::Memory(pid)),
                Some(pid) if name == "mem" => Ok(Place::StrangeMemory(pid)),
                None if !link && own.exists() => Ok(Place::Unkept(own)),
                _ => Ok(Place::Harmless),
            };
        }
        let stat = match dir.stat(name) {
            Ok(stat) => Some(stat),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => None,
            Err(error) if is_beyond_us(process, &error, name.as_bytes()) => {
                return Ok(Place::Hidden(parent.join(name), error));
            }
            Err(error) if is_answer(&error) => return Ok(Place::Harmless),
            Err(error) => return Err(error),
        };
        let kind = stat.map(|stat| stat.kind());
        if kind != Some(FileKind::Symlink) || !(follow || slash) {
            return match kind {
                Some(FileKind::CharDevice | FileKind::BlockDevice) if follow => Ok(Place::Unkept(parent.join(name))),
                Some(FileKind::Unknown) if follow => Ok(Place::Harmless),
                _ => Ok(at(process, view, dir, parent, name, stat)),
            };
        }
        let Ok(target) = dir.read_link(name) else { return Ok(Place::Harmless) };
        path = target.into_vec();
        if slash {
            path.push(b'/');
        }
        base = dir.path_of(OsStr::new("."));
        held = Some(dir);
    }
    Ok(Place::Harmless)
}

/// Opens the directory that the first part of a path names, as the process would; with its path, free of links. `held` is
/// `base`, if that is open already.
pub(super) fn reach(
    process: Process,
    view: &View,
    base: &Path,
    held: Option<DirFd>,
    folder: &[u8],
) -> io::Result<(DirFd, PathBuf)> {
    let known = |dir: DirFd| view.known(dir);
    if folder.is_empty() {
        return held.map_or_else(|| DirFd::reach(base), Ok).and_then(known);
    }
    let folder = Path::new(OsStr::from_bytes(folder));
    if folder.is_absolute()
        && let Some(own) = process.own_view(folder)
    {
        return DirFd::reach(&own).and_then(known);
    }
    if !view.is_of(process)? {
        let root = std::fs::read_link(process.proc("root"))?;
        let from = if folder.is_absolute() { root.clone() } else { DirFd::reach(base)?.real_path()? };
        let from = from.strip_prefix(root).map_err(|_| io::Error::from_raw_os_error(libc::EXDEV))?;
        let folder = folder.strip_prefix("/").unwrap_or(folder);
        return view.reach(process, &Path::new("/").join(from).join(folder)).and_then(known);
    }
    match view.reach_plainly(base, held.as_ref(), folder) {
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            walk::directory(process, base, folder).and_then(known)
        }
        // A link on the way may have said `/proc/self`, which was ours.
        Ok((_, path)) if view.behind_our_own(&path).is_some() => walk::directory(process, base, folder).and_then(known),
        other => other,
    }
}

fn at(process: Process, view: &View, dir: DirFd, parent: PathBuf, name: &OsStr, stat: Option<Stat>) -> Place {
    if parent.as_os_str().as_bytes().ends_with(REMOVED) && Stat::of_fd(&dir).is_ok_and(|stat| stat.nlink == 0) {
        return Place::Harmless;
    }
    let (dir, parent) = if view.shows(&dir, &parent) {
        (dir, parent)
    } else {
        match namespace::shown(process, &dir, &parent) {
            Shown::As(path) => match DirFd::reach(&path) {
                Ok(dir) => (dir, path),
                Err(_) => return Place::Foreign(path.join(name)),
            },
            Shown::Private => return Place::Harmless,
            Shown::Unknown => return Place::Foreign(parent.join(name)),
        }
    };
    Place::At(Spot { at: checkpoint::Place { dir, parent, name: name.to_owned(), whole: true }, stat })
}

/// A path that ends in no name leads to a directory: by the name it has above.
fn directory(process: Process, view: &View, dir: &DirFd, path: &Path) -> io::Result<Place> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(Place::Harmless) };
    if is_machine(path) || !view.shows(dir, path) {
        return Ok(if is_machine(path) { Place::Harmless } else { Place::Foreign(path.to_owned()) });
    }
    named(process, view, parent, name, &Stat::of_fd(dir)?)
}

/// The file behind a `/proc/PID/fd/N`: by its name when it still has it.
fn opened(process: Process, view: &View, link: &Path) -> io::Result<Place> {
    let (Ok(stat), Ok(path)) = (Stat::target_of(link), std::fs::read_link(link)) else { return Ok(Place::Harmless) };
    let file = matches!(stat.kind(), FileKind::Regular | FileKind::Directory);
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if file && path.is_absolute() && !is_machine(&path) => {
            named(process, view, parent, name, &stat)
        }
        _ => Ok(Place::Harmless),
    }
}

/// The file `stat` if it is still called that.
fn named(process: Process, view: &View, parent: &Path, name: &OsStr, stat: &Stat) -> io::Result<Place> {
    let Ok(dir) = DirFd::reach(parent) else {
        return Ok(if view.is_shared() { Place::Harmless } else { Place::Foreign(parent.join(name)) });
    };
    match dir.stat(name) {
        Ok(found) if found.same_file(stat) => Ok(at(process, view, dir, parent.to_owned(), name, Some(*stat))),
        _ if !view.is_shared() && stat.nlink > 0 => Ok(Place::Foreign(parent.join(name))),
        _ => Ok(Place::Harmless),
    }
}

/// True for an error that the kernel will give the process too.
fn is_answer(error: &io::Error) -> bool {
    const ANSWERS: [i32; 6] =
        [libc::ENOENT, libc::ENOTDIR, libc::EACCES, libc::ELOOP, libc::ENAMETOOLONG, libc::ESTALE];
    error.raw_os_error().is_some_and(|number| ANSWERS.contains(&number))
}

/// True for what fails for us and not for the process: it may do more than we may, or no path says where it is.
fn is_beyond_us(process: Process, error: &io::Error, path: &[u8]) -> bool {
    match error.raw_os_error() {
        Some(libc::EACCES) => !process.has_our_permissions(),
        Some(libc::ENAMETOOLONG) => path.split(|byte| *byte == b'/').all(|name| name.len() <= LONGEST_NAME),
        _ => false,
    }
}

/// True for a directory of the `/proc` that we have, and not of one that was mounted since.
fn is_our_proc(dir: &DirFd) -> bool {
    let ours = Stat::of(Path::new("/proc/self"));
    Stat::of_fd(dir).ok().zip(ours.ok()).is_some_and(|(theirs, ours)| theirs.dev == ours.dev)
}

/// True for file systems that hold no files.
fn is_machine(path: &Path) -> bool {
    let below = |root: &[u8]| {
        let rest = path.as_os_str().as_bytes().strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    };
    below(b"/proc") || below(b"/sys")
}

impl Spot {
    /// The absolute path, free of links.
    pub(super) fn path(&self) -> PathBuf {
        self.at.path()
    }

    /// Its name.
    pub(super) fn name(&self) -> &OsString {
        &self.at.name
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_path_is_split_as_the_kernel_does() {
        let text = |path: &str| {
            let (folder, name, slash) = split(path.as_bytes());
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (shown(folder), shown(name), slash)
        };
        let parts = |folder: &str, name: &str, slash| (folder.to_owned(), name.to_owned(), slash);
        assert_eq!(text("a"), parts("", "a", false));
        assert_eq!(text("/a"), parts("/", "a", false));
        assert_eq!(text("a/b//"), parts("a/", "b", true));
        assert_eq!(text("//"), parts("", "", true));
        assert_eq!(text("../.."), parts("../", "..", false));
    }
}
