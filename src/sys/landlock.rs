//! Whether the kernel has Landlock (landlock(7)).

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
