//! Where programs keep caches and state of their own: the one list of places beyond the scope that running programs may
//! change without a question.

use super::glob::Glob;
use std::sync::LazyLock;

/// The built-in list. What runs in later sessions (`~/.cargo/config.toml`, `~/.npmrc`, start-up files) is not in it, and
/// the rules about such files hold inside it too.
#[rustfmt::skip]
const SHIPPED: &[&str] = &[
    "/dev/pts/**", "/dev/tty*", "/dev/console", "/dev/random", "/dev/urandom", "/dev/dri/**", "/dev/nvidia*", "/dev/kfd",
    "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/snd/**", "/dev/video*", "/dev/input/**", "/dev/mqueue/**", "/dev/vhost*",
    "/dev/userfaultfd", "/dev/accel/**", "{cache}/**", "/run/user/*/**", "/run/lock/**", "/sys/fs/cgroup/**",
    // Rust
    "~/.cargo/registry/**", "~/.cargo/git/**", "~/.cargo/.package-cache*", "~/.cargo/.global-cache*",
    "~/.rustup/tmp/**", "~/.rustup/downloads/**", "~/.rustup/settings.toml", "~/.rustup/update-hashes/**",
    "/usr/local/cargo/registry/**", "/usr/local/cargo/git/**", "/usr/local/cargo/.package-cache*",
    "/usr/local/cargo/.global-cache*",
    // JavaScript
    "~/.npm/**", "~/.node-gyp/**", "~/.yarn/berry/**", "~/.yarn/cache/**", "~/.yarn-cache/**", "~/.pnpm-store/**",
    "~/.local/share/pnpm/store/**", "~/.local/state/pnpm/**", "~/.bun/install/cache/**", "~/.deno/**",
    "~/.config/configstore/**", "~/.electron/**", "~/.electron-gyp/**", "~/.cypress/**",
    // Python
    "~/.local/share/uv/**", "~/.local/share/virtualenv*/**", "~/.virtualenvs/**", "~/.ipython/**", "~/.jupyter/runtime/**",
    "~/.local/share/jupyter/runtime/**", "~/.conda/**", "~/.matplotlib/**", "~/.keras/**", "~/.torch/**", "~/nltk_data/**",
    "~/.python_history", "~/.pyenv/shims/**",
    // Java, .NET, Go, Ruby, PHP, Perl, Haskell, OCaml, Elixir, Dart, Swift, C
    "~/.m2/repository/**", "~/.m2/wrapper/**", "~/.gradle/caches/**", "~/.gradle/daemon/**", "~/.gradle/native/**",
    "~/.gradle/wrapper/**", "~/.gradle/jdks/**", "~/.gradle/workers/**", "~/.gradle/notifications/**", "~/.ivy2/**",
    "~/.sbt/boot/**", "~/.kotlin/**", "~/.konan/**", "~/.java/**", "~/.android/cache/**", "~/.nuget/packages/**",
    "~/.local/share/NuGet/**", "~/.dotnet/**", "~/.templateengine/**", "~/go/pkg/**", "~/.config/go/telemetry/**",
    "~/.gem/**", "~/.local/share/gem/**", "~/.bundle/cache/**", "~/.composer/cache/**", "~/.cpanm/**", "~/.cabal/packages/**",
    "~/.cabal/store/**", "~/.stack/**", "~/.opam/log/**", "~/.hex/**", "~/.mix/**", "~/.pub-cache/**", "~/.dart-tool/**",
    "~/.swiftpm/**", "~/.ccache/**", "~/.conan/**", "~/.conan2/**", "~/.vcpkg/**",
    // Agents' records of what they did; what controls them is not in it
    "~/.claude/projects/**", "~/.claude/todos/**", "~/.claude/statsig/**", "~/.claude/debug/**", "~/.claude/file-history/**",
    "~/.claude/plans/**", "~/.claude/history.jsonl", "~/.codex/sessions/**", "~/.codex/log/**", "~/.codex/history.jsonl",
    "~/.gemini/tmp/**", "~/.gemini/history/**", "~/.local/share/opencode/**", "~/.local/state/opencode/**",
    "~/.local/share/goose/**", "~/.local/state/goose/**", "~/.cursor/chats/**",
    // Other tools
    "~/.terraform.d/plugin-cache/**", "~/.terraform.d/checkpoint_*", "~/.pulumi/logs/**", "~/.kube/cache/**",
    "~/.docker/buildx/**", "~/.docker/scan/**", "~/.local/share/containers/**", "~/.minikube/cache/**", "~/.aws/cli/cache/**",
    "~/.config/gcloud/logs/**", "~/.local/share/mise/**", "~/.local/state/mise/**", "~/.local/share/direnv/**",
    "~/.gnupg/*.lock", "~/.gnupg/.#lk*", "~/.gnupg/random_seed", "~/.gnupg/S.*", "~/.local/share/recently-used*",
    "~/.lesshst*", "~/.viminfo*", "~/.local/state/nvim/**", "~/.local/share/nvim/**", "~/.wget-hsts", "~/.sqlite_history",
    "~/.node_repl_history", "~/.config/matplotlib/**", "~/.fontconfig/**", "~/.dbus/**", "~/.pki/nssdb/**",
];

static PATTERNS: LazyLock<Vec<Glob>> =
    LazyLock::new(|| SHIPPED.iter().filter_map(|text| Glob::try_from((*text).to_owned()).ok()).collect());

/// The built-in list; built when a program first goes beyond the scope, not when a line starts.
pub fn shipped_tool_state() -> &'static [Glob] {
    &PATTERNS
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_is_well_formed() {
        assert_eq!(super::shipped_tool_state().len(), super::SHIPPED.len());
    }
}
