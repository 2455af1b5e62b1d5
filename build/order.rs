//! Tells the linker to put the functions that a line runs side by side.
//!
//! A line touches a fifth of the program's text, a little everywhere, and every 64 KiB of it that is touched is a page
//! fault. `build/order.ld` names those functions in patterns; `build/order.sh` writes it. A name that is no longer there is
//! passed over, and one that is missing only lies elsewhere: nothing but time depends on it. The names are those of
//! `-C symbol-mangling-version=v0`, which holds all types of a function; without it, none is found. agentshctl, which judges
//! the same lines, gets the same order: its caches hold more of it.

use std::path::Path;

/// Passes the order on where the linker is known to understand it: GNU ld and lld, which are what cc and rustc use
/// unless told otherwise.
pub fn pass_on() {
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let another = std::env::var_os("RUSTC_LINKER").is_some() || flags.contains("linker") || flags.contains("fuse-ld");
    let linux = is("CARGO_CFG_TARGET_OS", "linux");
    let known = linux && (is("CARGO_CFG_TARGET_ENV", "gnu") || is("CARGO_CFG_TARGET_ENV", "musl"));
    if let Ok(root) = std::env::var("CARGO_MANIFEST_DIR")
        && known
        && !another
        && is("PROFILE", "release")
    {
        let order = Path::new(&root).join("build/order.ld");
        for program in ["agentsh", "agentshctl"] {
            println!("cargo::rustc-link-arg-bin={program}=-T{}", order.display());
        }
    }
}
