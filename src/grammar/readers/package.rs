//! Programs that run a command of a package (`npx`, `yarn dlx`, `uvx`): the table, and the command without its version.

use crate::grammar::bind::by_table;
use crate::grammar::{Access, Argument, Grammar, Invocation, Known};

/// Reads the arguments. The first word of the command names a package: `prisma@5` and `@scope/prisma` run `prisma`,
/// `@scope/cli` runs `scope` (npx(1), "Description": the name without the scope, when a package has one command).
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let mut invocation = by_table(grammar, called, args);
    for deed in invocation.deeds.iter_mut().filter(|deed| deed.access == Access::Command) {
        if let Some(first) = deed.arguments.first_mut()
            && let Some(name) = first.literal().and_then(command_of)
        {
            first.value = Known::Exactly(name);
        }
    }
    invocation
}

/// The command a package specification stands for; `None` when it is a plain name.
fn command_of(package: &[u8]) -> Option<Vec<u8>> {
    let at = |from: usize| package.get(from..)?.iter().position(|byte| *byte == b'@').map(|at| from + at);
    let version = at(1).unwrap_or(package.len());
    let name = &package[..version];
    if !name.starts_with(b"@") {
        let plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
        return (plain && version < package.len()).then(|| name.to_vec());
    }
    let slash = name.iter().position(|byte| *byte == b'/')?;
    let (scope, own) = (&name[1..slash], &name[slash + 1..]);
    let command = if own == b"cli" { scope } else { own };
    (!command.is_empty() && !command.contains(&b'/')).then(|| command.to_vec())
}

#[cfg(test)]
mod tests {
    use super::command_of;

    #[test]
    fn a_package_is_run_by_the_name_of_its_command() {
        let of = |package: &str| command_of(package.as_bytes()).map(|name| String::from_utf8_lossy(&name).into_owned());
        assert_eq!(of("prisma@5.1").as_deref(), Some("prisma"));
        assert_eq!(of("@railway/cli@latest").as_deref(), Some("railway"));
        assert_eq!(of("@vscode/vsce").as_deref(), Some("vsce"));
        assert_eq!(of("prisma"), None);
        assert_eq!(of("./run@2"), None);
        assert_eq!(of("@"), None);
    }
}
