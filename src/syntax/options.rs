//! What outside the line changes how it is read.

/// Shell settings in force before the first byte of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// `-O extglob`: extended patterns outside `[[ … ]]`.
    pub extglob: bool,
    /// Called as `sh` or with `--posix`. The text is still read as bash reads it, but what a shell without bash's additions
    /// takes for something else is a gap: `$'…'`, `$"…"`, `$[…]`, `((…))`, `[[…]]`, `{a,b}`, `x+=y`, `&>`, `{fd}>`, `function`,
    /// and `'` in a quoted `${…}` (which bash's own POSIX mode reads differently). The rest of what bash has and POSIX has not is an error there,
    /// or names fewer commands than are read here.
    pub posix: bool,
    /// The text is zsh's. It is read as bash reads it, and where zsh means something else by it is a gap: fields of an
    /// unquoted `$x`, `=program`, `**`, `$x[1]`, `$x:h`, `>! file`, elements of arrays …
    pub zsh: bool,
    /// The locale's character set is neither UTF-8 nor single-byte C, so bytes ≥ 0x80 may hide others.
    pub foreign_charset: bool,
}
