//! The grants of a state directory.

use super::state_file::Folder;
use crate::policy::Grant;
use crate::sys::clock;
use std::io;
use std::path::Path;

/// Grants, one file each in `<state>/grants`. Their use is counted under a lock, so that two lines at once cannot use the
/// last one twice.
#[derive(Clone, Debug)]
pub struct Grants {
    folder: Folder,
}

impl Grants {
    /// Of the state directory `state`; nothing is touched yet.
    pub fn of(state: &Path) -> Self {
        Self { folder: Folder::of(state, "grants") }
    }

    /// All of them, also those that are used up or have ended, oldest first.
    pub fn all(&self) -> Vec<Grant> {
        let read = |name: &String| self.folder.read::<Grant>(name).filter(|grant| grant.v == 1 && grant.id == *name);
        let mut all: Vec<Grant> = self.folder.names().iter().filter_map(read).collect();
        all.sort_by_key(|grant| grant.made);
        all
    }

    /// Adds one.
    pub fn add(&self, grant: &Grant) -> io::Result<()> {
        let _lock = self.folder.lock()?;
        self.folder.write(&grant.id, grant)
    }

    /// Takes one back; true when it was there.
    pub fn remove(&self, id: &str) -> io::Result<bool> {
        if !id.bytes().all(|letter| letter.is_ascii_lowercase()) {
            return Ok(false);
        }
        let _lock = self.folder.lock()?;
        self.folder.remove(id)
    }

    /// Chooses among all by `choose`, which says what is used and how often, and counts it. All or nothing; gives each
    /// grant as it is after the use.
    pub fn spend(&self, choose: impl FnOnce(&[Grant]) -> Option<Vec<(String, u64)>>) -> Option<Vec<Grant>> {
        // Nearly always there is none, and nothing to lock.
        if self.folder.names().is_empty() {
            return None;
        }
        let _lock = self.folder.lock().ok()?;
        let all = self.all();
        let uses = choose(&all)?;
        let mut spent = Vec::new();
        for (id, uses) in uses {
            let mut grant = all.iter().find(|grant| grant.id == id)?.clone();
            grant.used = grant.used.checked_add(uses).filter(|used| *used <= grant.count)?;
            spent.push(grant);
        }
        // What cannot be counted is not used.
        spent.iter().all(|grant| self.folder.write(&grant.id, grant).is_ok()).then_some(spent)
    }

    /// Forgets those that have ended or are used up; gives how many.
    pub fn sweep(&self) -> usize {
        let Ok(_lock) = self.folder.lock() else { return 0 };
        let now = clock::milliseconds();
        let over = |grant: &Grant| grant.expires <= now || grant.used >= grant.count;
        self.all().iter().filter(|grant| over(grant) && self.folder.remove(&grant.id).unwrap_or(false)).count()
    }
}
