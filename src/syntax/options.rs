//! What outside the line changes how it is read.

/// Shell settings in force before the first byte of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// `-O extglob`: extended patterns outside `[[ … ]]`.
    pub extglob: bool,
    /// Called as `sh` or with `--posix`: aliases expand, some words differ.
    pub posix: bool,
    /// The locale's character set is neither UTF-8 nor single-byte C, so bytes ≥ 0x80 may hide others.
    pub foreign_charset: bool,
}
