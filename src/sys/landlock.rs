//! The kernel's own hold on a process: what it may change of the file system (landlock(7)).

use nix::errno::Errno;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// `LANDLOCK_ACCESS_FS_*`: writing to a file, and what can be done to names.
const WRITE_FILE: u64 = 1 << 1;
const NAMES: u64 = 0b1_1111_1111 << 4;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
/// All of them. Reading, executing and `ioctl` stay free.
const CHANGES: u64 = WRITE_FILE | NAMES | REFER | TRUNCATE;
/// Those that a rule about a file, not a directory, may name.
const OF_FILES: u64 = WRITE_FILE | TRUNCATE;
/// `LANDLOCK_RULE_PATH_BENEATH`.
const PATH_BENEATH: libc::c_ulong = 1;
/// The first ABI that covers renaming across directories and truncation (Linux 6.2).
pub const LEAST_LANDLOCK: u32 = 3;

/// `struct landlock_path_beneath_attr`, which is packed.
#[repr(C, packed)]
struct PathBeneath {
    access: u64,
    parent: i32,
}

/// The Landlock ABI the kernel speaks (landlock_create_ruleset(2), `LANDLOCK_CREATE_RULESET_VERSION`); `None` when it has
/// none or it is switched off.
pub fn landlock_abi() -> Option<u32> {
    const VERSION: libc::c_ulong = 1;
    // SAFETY: with this flag the kernel reads neither pointer nor size; they must be null and zero.
    #[expect(unsafe_code, reason = "no safe wrapper exists for landlock_create_ruleset")]
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<libc::c_void>(), 0_usize, VERSION) };
    u32::try_from(version).ok().filter(|version| *version > 0)
}

/// Places where a process may change files; everywhere else it may not, once this is enforced.
#[derive(Debug)]
pub struct Ruleset(OwnedFd);

impl Ruleset {
    /// One without any place. `EOPNOTSUPP` where the kernel's Landlock is older than [`LEAST_LANDLOCK`] or off.
    pub fn new() -> io::Result<Self> {
        if landlock_abi().is_none_or(|abi| abi < LEAST_LANDLOCK) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let handled = CHANGES;
        // SAFETY: the kernel reads eight bytes, the first field of `struct landlock_ruleset_attr`, from the pointer; the
        // fields of later ABIs are zero when the size leaves them out.
        #[expect(unsafe_code, reason = "no safe wrapper exists for landlock_create_ruleset")]
        let fd =
            unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, size_of::<u64>(), 0_u32) };
        let fd = Errno::result(fd)?;
        // SAFETY: the call has just returned this descriptor (close-on-exec), so nobody else owns it.
        #[expect(unsafe_code, reason = "takes ownership of a new descriptor")]
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd as i32) }))
    }

    /// Adds a file, or a directory and everything below it.
    pub fn allow(&self, path: &Path) -> io::Result<()> {
        let place = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path)?;
        let access = if place.metadata()?.is_dir() { CHANGES } else { OF_FILES };
        let rule = PathBeneath { access, parent: place.as_raw_fd() };
        // SAFETY: the kernel reads one `struct landlock_path_beneath_attr` from the pointer, whose layout `rule` has.
        #[expect(unsafe_code, reason = "no safe wrapper exists for landlock_add_rule")]
        let result = unsafe {
            libc::syscall(libc::SYS_landlock_add_rule, self.0.as_raw_fd(), PATH_BENEATH, &raw const rule, 0_u32)
        };
        Errno::result(result).map(drop).map_err(io::Error::from)
    }

    /// Holds this process and all it starts to it, for good. Without privilege it gives up gaining any first
    /// (`PR_SET_NO_NEW_PRIVS`).
    pub fn enforce(&self) -> io::Result<()> {
        // SAFETY: the call takes a descriptor and flags.
        #[expect(unsafe_code, reason = "no safe wrapper exists for landlock_restrict_self")]
        let restrict = || unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.0.as_raw_fd(), 0_u32) };
        match Errno::result(restrict()) {
            Err(Errno::EPERM) => {
                nix::sys::prctl::set_no_new_privs()?;
                Errno::result(restrict()).map(drop).map_err(io::Error::from)
            }
            result => result.map(drop).map_err(io::Error::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_LANDLOCK, Ruleset, landlock_abi};
    use std::fs;

    #[test]
    fn only_the_places_named_can_be_changed() {
        if landlock_abi().is_none_or(|abi| abi < LEAST_LANDLOCK) {
            return;
        }
        let temp = tempfile::tempdir().expect("a directory");
        for name in ["in", "out"] {
            fs::create_dir(temp.path().join(name)).expect("a directory");
            fs::write(temp.path().join(name).join("a"), "x").expect("a file");
        }
        // It holds the thread that enforces it, and what that starts.
        let (inside, outside) = std::thread::scope(|scope| {
            let held = scope.spawn(|| {
                let ruleset = Ruleset::new().expect("a ruleset");
                ruleset.allow(&temp.path().join("in")).expect("a place");
                ruleset.enforce().expect("in force");
                let change = |name: &str| {
                    let folder = temp.path().join(name);
                    let written =
                        fs::write(folder.join("a"), "y").and_then(|()| fs::rename(folder.join("a"), folder.join("b")));
                    written.map_err(|error| error.raw_os_error()).and(Ok::<(), Option<i32>>(()))
                };
                (change("in"), change("out"))
            });
            held.join().expect("it ends")
        });
        assert_eq!((inside, outside), (Ok(()), Err(Some(libc::EACCES))));
        assert_eq!(fs::read_to_string(temp.path().join("out/a")).ok().as_deref(), Some("x"));
    }
}
