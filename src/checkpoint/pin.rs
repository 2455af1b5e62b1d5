//! A file with several names whose content is kept by its bytes, because it is written to, is also held by a hard link of
//! ours, a pin: when something else takes its name, the undo finds it again, and so gives the name back to the file that the
//! other names, of which nobody knows, still stand for. A pin is let go at the end of the step where the file has kept a name
//! that the step knows, or no other is left.

use super::error::{StoreError, Why};
use super::meta::Meta;
use super::objects::name_of;
use super::record::{Content, Keep, Pin, types};
use super::state::State;
use super::step::Step;
use crate::sys::{DirFd, Stat};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// What the names begin with that an undo gives files for a while.
pub(crate) const TEMPORARY: &str = ".agentsh-undo-";

/// A file that is held by a pin, or by what another step of the session keeps.
#[derive(Debug)]
pub(crate) struct Pinned {
    /// The folder.
    pub(crate) dir: Arc<DirFd>,
    /// The name of the link there.
    pub(crate) name: OsString,
    /// True for a pin, which has done what it is for when the file has its name again.
    pub(crate) own: bool,
}

impl State {
    /// Holds the file of the touch `seq`. That it cannot be held loses nothing but that its names are one file.
    pub(super) fn pin(&mut self, dir: &DirFd, name: &OsStr, stat: &Stat, owner: (&Path, u32)) -> Result<(), Why> {
        match self.link(dir, name, stat, owner.0) {
            Ok(Some(content)) => self.pin_by(&content, stat, owner.1),
            Ok(None) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// Makes a link that was to keep content a pin.
    pub(super) fn pin_by(&mut self, link: &Content, stat: &Stat, seq: u32) -> Result<(), Why> {
        let Content::Object { folder, number, how: Keep::Link } = *link else { return Ok(()) };
        let pin = Pin { seq, folder, number, left: None };
        self.log.append(types::PIN, &pin, &[])?;
        self.pins.insert((stat.dev, stat.ino), pin);
        Ok(())
    }

    /// Lets go of a file that has this name at the end of the step; true when it did.
    pub(super) fn unpin(&mut self, stat: &Stat) -> Result<bool, StoreError> {
        if self.pins.is_empty() {
            return Ok(false);
        }
        let Some(pin) = self.pins.remove(&(stat.dev, stat.ino)) else { return Ok(false) };
        self.drop_pin(&pin)?;
        Ok(true)
    }

    /// Notes how the step left the files that are held still.
    pub(super) fn settle_pins(&mut self) -> Result<(), StoreError> {
        for (_, mut pin) in std::mem::take(&mut self.pins) {
            match self.objects.dir(pin.folder)?.stat(&name_of(pin.number)) {
                Ok(stat) if stat.nlink > 1 => {
                    pin.left = Some(Meta::bare(&stat));
                    self.log.append(types::PIN, &pin, &[])?;
                }
                Ok(_) => self.drop_pin(&pin)?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn drop_pin(&mut self, pin: &Pin) -> Result<(), StoreError> {
        let at = self.objects.path(pin.folder).to_owned();
        self.objects.dir(pin.folder)?.unlink(&name_of(pin.number)).map_err(StoreError::io("drop a link in", at))
    }
}

impl Step {
    /// The file that the path was one name of, as long as nobody else has changed it since the step.
    pub(crate) fn pinned(&self, path: &Path) -> Option<Pinned> {
        let kept = self.before(path)?;
        let before = kept.before.as_ref().filter(|before| before.is_file() && before.nlink > 1)?;
        let (folder, number, left) = match (&kept.content, self.pin(kept.seq)) {
            (Content::Object { folder, number, how: Keep::Link }, _) => (*folder, *number, None),
            (_, Some(pin)) => (pin.folder, pin.number, pin.left.as_ref()),
            _ => return None,
        };
        let is_it = |stat: &Stat| {
            let found = Meta::bare(stat);
            let as_left = |left: &Meta| found.same_content_stamp(left) && found.same_ownership(left);
            let untouched = left.map_or_else(|| found.same_content_stamp(before), as_left);
            untouched && found.inode() == before.inode()
        };
        let held = |dir: &DirFd, number: u64| dir.stat(&name_of(number)).is_ok_and(|stat| is_it(&stat));
        if let Some((dir, name)) = self.object(folder, number)
            && held(&dir, number)
        {
            return Some(Pinned { dir, name, own: true });
        }
        // The redo took it away again, and keeps it.
        self.holders().get(&before.inode())?.iter().find_map(|(folder, number)| {
            let dir = Arc::new(DirFd::open(folder).ok()?);
            held(&dir, *number).then(|| Pinned { dir, name: name_of(*number), own: false })
        })
    }
}

impl Pinned {
    /// True when other names than ours stand for the file, and it has another mode or owner than it had.
    pub(crate) fn is_shared_and_changed(&self, before: &Meta) -> bool {
        let found = self.dir.stat(&self.name);
        found.is_ok_and(|stat| stat.nlink > 1 && !Meta::bare(&stat).same_ownership(before))
    }
}

/// True for a name that an undo gives a file for a while.
pub(crate) fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_bytes().starts_with(TEMPORARY.as_bytes()))
}
