//! Folders of objects: preimages that are files of their own, on the file system of what they preserve.

use super::error::StoreError;
use super::record::Folder;
use crate::sys::{DirFd, Stat};
use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folders a step uses: its own beside the pack, and one for each other file system it touched.
#[derive(Debug)]
pub(super) struct Objects {
    main: PathBuf,
    main_dev: u64,
    label: String,
    folders: Vec<(Folder, Option<DirFd>)>,
    refused: Vec<u64>,
    next: u64,
}

impl Objects {
    /// `main` is the folder beside the pack (made when first needed), `dev` its file system, `label` a name unique
    /// to the step.
    pub(super) fn new(main: PathBuf, main_dev: u64, label: String) -> Self {
        Self { main, main_dev, label, folders: Vec::new(), refused: Vec::new(), next: 0 }
    }

    /// The same for a pack that is taken up again.
    pub(super) fn resume(&mut self, folders: Vec<Folder>, next: u64) {
        self.folders = folders.into_iter().map(|folder| (folder, None)).collect();
        self.next = next;
    }

    /// A folder on file system `dev`, on which `near` lies; else `None`. The second value is set when it is new
    /// and must be journalled. `taken` are trees about to be lost, in which no folder may be made.
    pub(super) fn on(&mut self, dev: u64, near: &Path, taken: &[PathBuf]) -> Result<Option<(u32, bool)>, StoreError> {
        if let Some(index) = self.folders.iter().position(|(folder, _)| folder.dev == dev) {
            return Ok(Some((index as u32, false)));
        }
        if dev == self.main_dev {
            make_private(&self.main)?;
            return Ok(Some((self.add(dev, self.main.clone())?, true)));
        }
        if self.refused.contains(&dev) {
            return Ok(None);
        }
        match self.side(dev, near, taken) {
            Some(path) => Ok(Some((self.add(dev, path)?, true))),
            None => {
                self.refused.push(dev);
                Ok(None)
            }
        }
    }

    /// The folder beside the pack.
    pub(super) fn beside_pack(&mut self) -> Result<(u32, bool), StoreError> {
        let dev = self.main_dev;
        let main = self.main.clone();
        self.on(dev, &main, &[])?.ok_or(StoreError::Untrusted { path: main, why: "it cannot be made" })
    }

    fn add(&mut self, dev: u64, path: PathBuf) -> Result<u32, StoreError> {
        let dir = DirFd::open(&path).map_err(StoreError::io("open", &path))?;
        self.folders.push((Folder { dev, path: path.as_os_str().as_bytes().to_vec() }, Some(dir)));
        Ok(self.folders.len() as u32 - 1)
    }

    /// `<mount>/.agentsh-<uid>/<label>` for the mount `near` is on, when we may make it and it would be ours alone.
    fn side(&self, dev: u64, near: &Path, taken: &[PathBuf]) -> Option<PathBuf> {
        let mut root = near.ancestors().skip(1).find(|path| path.is_dir())?;
        while let Some(above) = root.parent() {
            if Stat::of(above).ok()?.dev != dev {
                break;
            }
            root = above;
        }
        let user = nix::unistd::geteuid().as_raw();
        let store = root.join(format!(".agentsh-{user}"));
        if taken.iter().any(|tree| store.starts_with(tree)) || Stat::of(root).ok()?.dev != dev {
            return None;
        }
        let fresh = !store.exists();
        make_private(&store).ok()?;
        if fresh {
            // The mount may be a checkout: git is not to offer our folder to anyone.
            std::fs::write(store.join(".gitignore"), "*\n").ok()?;
        }
        let folder = store.join(&self.label);
        make_private(&folder).ok()?;
        Some(folder)
    }

    /// What to journal about a folder.
    pub(super) fn describe(&self, index: u32) -> &Folder {
        &self.folders[index as usize].0
    }

    /// Its path.
    pub(super) fn path(&self, index: u32) -> &Path {
        Path::new(OsStr::from_bytes(&self.folders[index as usize].0.path))
    }

    /// The folder held open.
    pub(super) fn dir(&mut self, index: u32) -> Result<&DirFd, StoreError> {
        let (folder, dir) = &mut self.folders[index as usize];
        if dir.is_none() {
            let path = Path::new(OsStr::from_bytes(&folder.path));
            *dir = Some(DirFd::open(path).map_err(StoreError::io("open", path))?);
        }
        Ok(dir.as_ref().expect("it was just opened"))
    }

    /// A name for a new object.
    pub(super) fn next(&mut self) -> (u64, OsString) {
        let number = self.next;
        self.next += 1;
        (number, name_of(number))
    }
}

/// The file name of an object. It is long so that fewer of them lie in one block of the directory: ext4 looks at all names
/// of a block, twice, before it makes another, and that was a third of what a hard link cost.
pub(super) fn name_of(number: u64) -> OsString {
    OsString::from(format!("{number:036}"))
}

/// Makes a folder only we may enter, or checks that it is one.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StoreError::io("make", path)(error)),
    }
    let stat = Stat::of(path).map_err(StoreError::io("stat", path))?;
    let untrusted = |why| Err(StoreError::Untrusted { path: path.to_owned(), why });
    if stat.kind() != crate::sys::FileKind::Directory {
        return untrusted("it is no directory");
    }
    if stat.uid != nix::unistd::geteuid().as_raw() {
        return untrusted("it belongs to someone else");
    }
    if stat.permissions() & 0o077 != 0 {
        return untrusted("others may enter it");
    }
    Ok(())
}
