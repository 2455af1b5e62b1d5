//! The lines of Codex: several hundred that save some variables, load what was seen of the person's shell, put the variables
//! back, and start the shell once more with the line.
//!
//! Which variables those are changes from call to call, so the text is written anew from their names and compared.

use super::quoted::literal;
use super::{Trust, Wrapped};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where Codex keeps what it saw of the person's shell, below the home directory.
pub(super) const SNAPSHOTS: &str = ".codex/shell_snapshots";

/// What the saved copies of ordinary variables and of those that name proxies are called.
const SAVED: [&str; 2] = ["__CODEX_SNAPSHOT_OVERRIDE", "__CODEX_SNAPSHOT_PROXY_OVERRIDE"];

/// Takes a line of Codex 0.169.0 apart.
pub(super) fn command(line: &[u8]) -> Option<Wrapped> {
    let mut rest = line;
    let ordinary = saved(&mut rest, SAVED[0])?;
    let proxies = saved(&mut rest, SAVED[1])?;
    take(&mut rest, b"__CODEX_SNAPSHOT_PROXY_ENV_SET=\"${CODEX_NETWORK_PROXY_ACTIVE+x}\"\n\nif . ")?;
    let (snapshot, behind) = literal(rest)?;
    rest = behind;
    take(&mut rest, b" >/dev/null 2>&1; then :; fi\n\n")?;
    put_back(&mut rest, SAVED[0], &ordinary)?;
    take(
        &mut rest,
        b"if [ -n \"$__CODEX_SNAPSHOT_PROXY_ENV_SET\" ] || [ -n \"${CODEX_NETWORK_PROXY_ACTIVE+x}\" ]; then\n",
    )?;
    put_back(&mut rest, SAVED[1], &proxies)?;
    take(&mut rest, b"fi\n")?;
    prepend_path(&mut rest)?;
    take(&mut rest, b"\nexec ")?;
    let (shell, behind) = literal(rest)?;
    rest = behind;
    take(&mut rest, b" -c ").or_else(|| take(&mut rest, b" -lc "))?;
    let (inner, behind) = literal(rest)?;
    let snapshot = Path::new(OsStr::from_bytes(&snapshot)).to_owned();
    (behind.is_empty() && below(&snapshot)).then(|| Wrapped {
        agent: "codex",
        text: inner.clone(),
        place: Some(0..inner.len()),
        inner: Some(inner),
        trusts: vec![Trust::Sources(snapshot, SNAPSHOTS)],
        hands_to: Some(Path::new(OsStr::from_bytes(&shell)).to_owned()),
        ..Wrapped::default()
    })
}

/// True for a file right in the folder of snapshots.
pub(super) fn below(file: &Path) -> bool {
    let straight = !file.as_os_str().as_bytes().windows(3).any(|three| three == b"/..");
    file.is_absolute() && straight && file.parent().is_some_and(|parent| parent.ends_with(SNAPSHOTS))
}

/// Takes `text` from the front of `rest`.
fn take(rest: &mut &[u8], text: &[u8]) -> Option<()> {
    *rest = rest.strip_prefix(text)?;
    Some(())
}

/// The lines that save variables under `prefix`: gives the variables' names.
fn saved(rest: &mut &[u8], prefix: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    loop {
        let number = names.len();
        let set = format!("{prefix}_SET_{number}=\"${{");
        let Some(behind) = rest.strip_prefix(set.as_bytes()) else { return Some(names) };
        let end = behind.iter().position(|byte| *byte == b'+')?;
        let name = std::str::from_utf8(&behind[..end]).ok().filter(|name| is_name(name))?;
        let text = format!("{set}{name}+x}}\"\n{prefix}_{number}=\"${{{name}-}}\"\n");
        take(rest, text.as_bytes())?;
        names.push(name.to_owned());
    }
}

/// The lines that put the variables back.
fn put_back(rest: &mut &[u8], prefix: &str, names: &[String]) -> Option<()> {
    for (number, name) in names.iter().enumerate() {
        let (set, value) = (format!("{prefix}_SET_{number}"), format!("{prefix}_{number}"));
        let text = format!(
            "if [ -n \"${{{set}}}\" ]; then\n  \
             if [ -z \"${{{name}+x}}\" ] || [ \"${{{name}-}}\" != \"${{{value}}}\" ]; \
             then export {name}=\"${{{value}}}\"; else export {name}; fi\n\
             else builtin unset {name} 2>/dev/null || command unset {name}; fi\n\
             builtin unset {set} {value} 2>/dev/null || command unset {set} {value}\n"
        );
        take(rest, text.as_bytes())?;
    }
    Some(())
}

/// The line that puts Codex's own directory of programs before the others, where there is one.
fn prepend_path(rest: &mut &[u8]) -> Option<()> {
    let Some(behind) = rest.strip_prefix(b"if [ -n \"${PATH:-}\" ]; then export PATH=") else { return Some(()) };
    let end = b":\"$PATH\"; else ";
    let quoted = &behind[..behind.windows(end.len()).position(|window| window == end)?];
    literal(quoted).filter(|(_, rest)| rest.is_empty())?;
    let text: [&[u8]; 5] =
        [b"if [ -n \"${PATH:-}\" ]; then export PATH=", quoted, b":\"$PATH\"; else export PATH=", quoted, b"; fi\n"];
    take(rest, &text.concat())
}

fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(inside) && !name.as_bytes()[0].is_ascii_digit()
}
