//! Whether an access can be taken back, as a fact about its kind.

use crate::effect::Reversibility;
use crate::grammar::Access;

/// Reversibility of an access, before scope and limits are looked at.
pub(crate) fn of(access: Access) -> Reversibility {
    use Access as A;
    match access {
        A::Read | A::List | A::Chdir | A::Fetch | A::Query | A::Reveal => Reversibility::ReadOnly,
        A::Create
        | A::Write
        | A::Append
        | A::Modify
        | A::WriteTree
        | A::SyncTree
        | A::Delete
        | A::DeleteTree
        | A::Move
        | A::Metadata
        | A::MetadataTree
        | A::Link
        | A::GitIndex
        | A::GitRefs
        | A::GitWorktree
        | A::GitUntracked
        | A::GitIgnored
        | A::GitConfig => Reversibility::Reversible,
        A::Unknown | A::Execute | A::Command | A::Shell | A::Source | A::Code => Reversibility::Opaque,
        _ => Reversibility::Irreversible,
    }
}

/// True when nothing changes.
pub(crate) fn reads(access: Access) -> bool {
    of(access) == Reversibility::ReadOnly
}

/// True for accesses to the name itself, which do not follow a link.
pub(crate) fn of_the_name(access: Access) -> bool {
    matches!(access, Access::Delete | Access::DeleteTree | Access::Move | Access::Link)
}

/// True for accesses to git's own files.
pub(crate) fn is_git(access: Access) -> bool {
    matches!(
        access,
        Access::GitIndex
            | Access::GitRefs
            | Access::GitWorktree
            | Access::GitUntracked
            | Access::GitIgnored
            | Access::GitConfig
            | Access::GitHistory
    )
}

/// True for accesses to files.
pub(crate) fn is_file(access: Access) -> bool {
    !is_git(access)
        && (of(access) == Reversibility::Reversible || matches!(access, Access::Read | Access::List | Access::Wipe))
}
