//! Variables of the environment whose value a program or the dynamic linker runs, loads, or takes options from that can.
//!
//! Sources: ld.so(8), bash(1), git(1), gcc(1), and the ENVIRONMENT section of each program's own manual.

/// By their whole names.
const NAMES: [&str; 156] = [
    // Shells.
    "BASH_ENV",
    "ENV",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "ZDOTDIR",
    // The C library: modules for character sets, locales and name services.
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "GLIBC_TUNABLES",
    "RESOLV_HOST_CONF",
    "MALLOC_TRACE",
    // Programs that others start to show, edit or ask.
    "PAGER",
    "EDITOR",
    "VISUAL",
    "FCEDIT",
    "MANPAGER",
    "MANOPT",
    "MANROFFOPT",
    "BROWSER",
    "LESS",
    "LESSOPEN",
    "LESSCLOSE",
    "LESSEDIT",
    "BAT_PAGER",
    "DELTA_PAGER",
    "PSQL_PAGER",
    "PSQL_EDITOR",
    "SYSTEMD_PAGER",
    "AWS_PAGER",
    "GH_PAGER",
    "GH_EDITOR",
    "GH_BROWSER",
    "GLAB_PAGER",
    "KUBE_EDITOR",
    "KUBECTL_EXTERNAL_DIFF",
    "SUDO_ASKPASS",
    "SUDO_EDITOR",
    "SSH_ASKPASS",
    "MERGE",
    "DIFFPROG",
    "SYSTEMD_EDITOR",
    "HGEDITOR",
    "SVN_EDITOR",
    "SVN_SSH",
    "HG",
    // Git.
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_PROXY_COMMAND",
    "GIT_TEMPLATE_DIR",
    "GIT_ALLOW_PROTOCOL",
    "GIT_ATTR_SOURCE",
    // Options of a program, its configuration, or where it takes programs from.
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "RSYNC_CONNECT_PROG",
    "CVS_RSH",
    "GZIP",
    "ZIPOPT",
    "ZIP",
    "UNZIPOPT",
    "RIPGREP_CONFIG_PATH",
    "BAT_CONFIG_PATH",
    "FZF_DEFAULT_COMMAND",
    "FZF_DEFAULT_OPTS",
    "CURL_HOME",
    "WGETRC",
    "SYSTEM_WGETRC",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "GCC_EXEC_PREFIX",
    "COMPILER_PATH",
    "MAKEFLAGS",
    "GNUMAKEFLAGS",
    "MAKEFILES",
    "CC",
    "CXX",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    // Interpreters.
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PYTHONBREAKPOINT",
    "PERL5OPT",
    "PERL5DB",
    "PERL5LIB",
    "PYTHONPATH",
    "RUBYLIB",
    "NODE_PATH",
    "RUBYOPT",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "AWKPATH",
    "AWKLIBPATH",
    "GEM_HOME",
    "LUA_INIT",
    "BUNDLE_GEMFILE",
    "JQ_LIBRARY_PATH",
    "PSQLRC",
    // Where a program looks for its settings, which name commands, plugins or code.
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "KUBECONFIG",
    "HELM_PLUGINS",
    "HELM_DATA_HOME",
    "HELM_CONFIG_HOME",
    "DOCKER_CONFIG",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "CLOUDSDK_CONFIG",
    "CLOUDSDK_PYTHON",
    "TF_CLI_CONFIG_FILE",
    "ANSIBLE_CONFIG",
    "GH_CONFIG_DIR",
    "GNUPGHOME",
    "HGRCPATH",
    "PGSYSCONFDIR",
    "MYSQL_HOME",
    "BAT_OPTS",
    "BAT_CONFIG_DIR",
    "LESSKEY",
    "LESSKEYIN",
    "LESSKEYIN_SYSTEM",
    "LESSKEY_CONTENT",
    "GROFF_BIN_PATH",
    "GROFF_COMMAND_PREFIX",
    "PARALLEL_SHELL",
    "PARALLEL_HOME",
    // Where a tool chain takes its programs from.
    "RUSTUP_HOME",
    "CARGO_HOME",
    "GOFLAGS",
    "GOENV",
    "JAVA_HOME",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
    "DOTNET_ROOT",
    "DOTNET_STARTUP_HOOKS",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PYTHONUSERBASE",
    "PIP_CONFIG_FILE",
    "PERLLIB",
    "R_HOME",
    "R_PROFILE",
    "R_PROFILE_USER",
    // Files that are written to, whatever the program is asked to do.
    "SSLKEYLOGFILE",
    "TF_LOG_PATH",
    "NODE_V8_COVERAGE",
];

/// By how they begin: the dynamic linker's, functions that bash imports, git's configuration by numbers, where agentsh and git
/// write their diagnostics, and settings and arguments of tools.
const BEGINNINGS: [&str; 10] = [
    "LD_",
    "DYLD_",
    "BASH_FUNC_",
    "GIT_CONFIG_",
    "AGENTSH_",
    "GIT_TRACE",
    "npm_config_",
    "NPM_CONFIG_",
    "YARN_",
    "TF_CLI_ARGS",
];

/// Names with such a beginning that are only data.
const DATA: [&str; 3] = ["GIT_CONFIG_NOSYSTEM", "LD_BIND_NOW", "LD_DEBUG"];

/// True when no program takes code from this value of the variable `name`.
pub(super) fn is_harmless(name: &[u8], value: &[u8]) -> bool {
    match name {
        b"GIT_CONFIG_GLOBAL" => value == b"/dev/null",
        // Told to a file only by a path from the root (git(1)).
        name if name.starts_with(b"GIT_TRACE") => !value.starts_with(b"/"),
        // `-toolexec`, `-exec` (go(1)).
        b"GOFLAGS" => !value.windows(4).any(|word| word == b"exec"),
        _ => matches!(value, b"" | b"cat" | b"true" | b"/bin/true" | b":" | b"less" | b"more" | b"/dev/null"),
    }
}

/// True when setting the variable `name` for a program may make that program run something else.
pub(super) fn runs_code(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return true };
    (NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))) && !DATA.contains(&name)
}

/// True when the value of the variable is a command line.
pub(super) fn holds_command(name: &[u8]) -> bool {
    let ends: [&[u8]; 6] = [b"EDITOR", b"PAGER", b"_COMMAND", b"VISUAL", b"BROWSER", b"_ASKPASS"];
    ends.iter().any(|end| name.ends_with(end))
        || matches!(name, b"GIT_EXTERNAL_DIFF" | b"LESSOPEN" | b"LESSCLOSE" | b"RSYNC_RSH" | b"SVN_SSH" | b"FCEDIT")
}
