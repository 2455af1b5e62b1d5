//! How much may be kept, and how durably.

/// Bounds of one step. Hard links and shared blocks cost nothing and are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files up to this many bytes are kept inside the step pack.
    pub inline_bytes: u64,
    /// Files whose name goes are kept inside the pack up to this many bytes; a larger one gets a link, which costs the same
    /// whatever its size.
    pub inline_unlinked_bytes: u64,
    /// Bytes of whole trees kept inside the pack before hard links are preferred: a link is free but changes the
    /// file's link count and change time for the length of the line.
    pub inline_tree_bytes: u64,
    /// Bytes copied of one file.
    pub file_bytes: u64,
    /// Bytes copied in one step.
    pub step_bytes: u64,
    /// Share of the store's file system that stays free, where that is less than `keep_free_bytes`.
    pub keep_free_percent: u8,
    /// Bytes of the store's file system that stay free. A tenth of a large disk is more room than any line needs, and many
    /// people work with less.
    pub keep_free_bytes: u64,
    /// Names walked in one step.
    pub entries: usize,
    /// Depth of directories walked; each level holds a descriptor.
    pub depth: usize,
    /// Text files up to this many bytes have their content after the line kept too, for diffs and merges.
    pub post_file_bytes: u64,
    /// Bytes kept, and bytes hashed, of content after the line, in one step.
    pub post_step_bytes: u64,
}

impl Limits {
    /// For an undo, which a person or an agent has asked for: what it overwrites is kept as long as there is room at all. The
    /// part of the disk that stays free is for those who did not ask to have anything kept.
    pub fn of_an_undo() -> Self {
        Self {
            file_bytes: u64::MAX,
            step_bytes: u64::MAX,
            keep_free_bytes: 0,
            // What it gives back was looked at when it was kept.
            post_step_bytes: 4 << 20,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inline_bytes: 64 << 10,
            inline_unlinked_bytes: 16 << 10,
            inline_tree_bytes: 1 << 20,
            file_bytes: 256 << 20,
            step_bytes: 1 << 30,
            keep_free_percent: 10,
            keep_free_bytes: 1 << 30,
            entries: 1_000_000,
            depth: 400,
            post_file_bytes: 256 << 10,
            post_step_bytes: 32 << 20,
        }
    }
}

/// What a capture survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of any process, not a power cut: records are written before the loss.
    Process,
    /// A power cut too: what was copied is flushed to the device once, at the end of capture and before the line runs.
    #[default]
    Group,
}

/// Settings of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// Bounds of one step.
    pub limits: Limits,
    /// What a capture survives.
    pub durability: Durability,
}
