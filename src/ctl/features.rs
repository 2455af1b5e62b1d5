//! What of the kernel agentsh uses, and whether it is there.

use crate::sys::{PidFd, landlock_abi};
use std::fs;

/// A feature: its name, what it is for, and what was found.
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    /// What was found; `None` when it is missing.
    pub(super) found: Option<String>,
    /// agentsh of this version does not work without it.
    pub(super) needed: bool,
}

/// All features.
pub(super) fn features() -> Vec<Feature> {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let notify = text("/proc/sys/kernel/seccomp/actions_avail").contains("user_notif");
    let namespaces = text("/proc/sys/user/max_user_namespaces").trim().parse::<u64>().is_ok_and(|most| most > 0);
    let available = |there: bool| there.then(|| "available".to_owned());
    vec![
        Feature { name: "pidfd", purpose: "how a line ended", found: available(PidFd::own().is_ok()), needed: true },
        Feature {
            name: "/proc",
            purpose: "whose a terminal is",
            found: available(crate::sys::ProcStat::own().is_ok()),
            needed: true,
        },
        Feature {
            name: "landlock",
            purpose: "the hard scope (setting hard_scope = true; ABI 3 or later)",
            found: landlock_abi().map(|abi| format!("ABI {abi}")),
            needed: false,
        },
        Feature { name: "seccomp notify", purpose: "the guard", found: available(notify), needed: false },
        Feature {
            name: "user namespaces",
            purpose: "hard-coded shells (not used yet)",
            found: available(namespaces),
            needed: false,
        },
    ]
}
