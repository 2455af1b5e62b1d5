//! Home directories from the passwd file.
//!
//! Read directly: `getpwnam` would load name-service libraries into a process that only wants to become bash, and
//! users who come from elsewhere have `HOME` set.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Bytes beyond which the file is not read: a machine with so many local users has a directory service.
const MOST_BYTES: u64 = 16 << 20;

/// The home directory of a user by name, from `passwd(5)`.
pub(crate) fn home_of(user: &[u8]) -> Option<PathBuf> {
    home(|fields| fields[0] == user)
}

/// The home directory of the user this process runs as, from `passwd(5)`.
pub(crate) fn own_home() -> Option<PathBuf> {
    let own = nix::unistd::Uid::current().to_string();
    home(|fields| fields[2] == own.as_bytes())
}

fn home(wanted: impl Fn(&[&[u8]]) -> bool) -> Option<PathBuf> {
    let text = super::texts::regular_file(Path::new("/etc/passwd"), MOST_BYTES).ok()?;
    find(&text, wanted)
}

/// Field 6 of the first line whose fields are wanted.
fn find(text: &[u8], wanted: impl Fn(&[&[u8]]) -> bool) -> Option<PathBuf> {
    let fields = text.split(|&byte| byte == b'\n').map(|line| line.split(|&byte| byte == b':').collect::<Vec<_>>());
    let found = fields.into_iter().find(|fields| fields.len() >= 7 && wanted(fields))?;
    found[5].starts_with(b"/").then(|| PathBuf::from(OsString::from_vec(found[5].to_vec())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_the_sixth_field() {
        let text = b"root:x:0:0:root:/root:/bin/bash\nbroken\nu:x:7:7::/home/u:/bin/sh\nv:x:8:8:::/bin/sh\n";
        let home = |name: &[u8]| super::find(text, |fields| fields[0] == name);
        assert_eq!(home(b"u"), Some("/home/u".into()));
        assert_eq!(home(b"v"), None);
        assert_eq!(home(b"w"), None);
    }
}
