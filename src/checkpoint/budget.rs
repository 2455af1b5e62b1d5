//! What a step may still copy.

use super::error::Why;
use super::limits::Limits;
use std::path::Path;

/// Bytes between two looks at how full the store's file system is.
const LOOK_EVERY: u64 = 64 << 20;

/// Counts copied bytes against the limits.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    copied: u64,
    inline_in_trees: u64,
    looked_at: Option<u64>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, copied: 0, inline_in_trees: 0, looked_at: None }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Permission to copy `bytes` of one file of length `size` to the file system of `to`.
    pub(super) fn take(&mut self, bytes: u64, size: u64, to: &Path) -> Result<(), Why> {
        if bytes > self.limits.file_bytes {
            return Err(Why::TooLarge { size, limit: self.limits.file_bytes });
        }
        if self.copied.saturating_add(bytes) > self.limits.step_bytes {
            return Err(Why::StepFull { limit: self.limits.step_bytes });
        }
        if self.looked_at.is_none_or(|at| self.copied + bytes - at >= LOOK_EVERY) {
            self.look(bytes, to)?;
            self.looked_at = Some(self.copied);
        }
        self.copied += bytes;
        Ok(())
    }

    fn look(&self, bytes: u64, to: &Path) -> Result<(), Why> {
        let disk = nix::sys::statvfs::statvfs(to).map_err(std::io::Error::from)?;
        let unit = u128::from(disk.fragment_size());
        let (total, free) = (unit * u128::from(disk.blocks()), unit * u128::from(disk.blocks_available()));
        let share = total * u128::from(self.limits.keep_free_percent) / 100;
        let keep = u64::try_from(share).unwrap_or(u64::MAX).min(self.limits.keep_free_bytes);
        if free.saturating_sub(u128::from(bytes)) < u128::from(keep) {
            return Err(Why::DiskFull { keep });
        }
        Ok(())
    }

    /// True when a file of a tree of `bytes` may sit inside the pack; counts it.
    pub(super) fn take_inline_in_tree(&mut self, bytes: u64) -> bool {
        let fits = self.inline_in_trees + bytes <= self.limits.inline_tree_bytes;
        if fits {
            self.inline_in_trees += bytes;
        }
        fits
    }
}
