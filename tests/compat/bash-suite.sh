#!/bin/bash
# Runs bash's own test suite with the real bash and with agentsh, both named `bash`, and says what differs.
#
# usage: tests/compat/bash-suite.sh AGENTSH [TEST ...]
#
# AGENTSH is a built agentsh. TEST is a name such as run-array; without one all are run (some minutes each way; serially,
# because they share file names below /tmp). The suite comes from Debian's source package of bash and is not part of this
# repository: needs apt-get with network, cc, and a minute. Exit status 0 when every test prints and returns the same.
#
# Two are known to differ: run-posixexp copies the shell under test to a file called `sh`, and agentsh in a file of that
# name stands for the system's sh, as it is installed; run-test sets a set-user-ID bit, which a person is asked about first
# (rule setuid), and nobody is there.
set -euo pipefail

say() { printf '%s\n' "$*"; }

[ $# -ge 1 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }
agentsh=$(realpath -- "$1")
shift
real=$(command -v -p bash)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# A package list of our own, so that neither the system's list nor root is needed.
fetch() {
    local release keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && printf %s "${VERSION_CODENAME:?}")
    mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
    say "deb-src [signed-by=$keyring] http://deb.debian.org/debian $release main" >"$scratch/apt/sources.list"
    local options=(
        -qq -o "Dir::Etc::sourcelist=$scratch/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$scratch/apt/lists" -o "Dir::Cache=$scratch/apt/cache" -o APT::Sandbox::User=
    )
    apt-get "${options[@]}" update
    (cd "$scratch" && apt-get "${options[@]}" source --download-only bash)
    mkdir "$scratch/source"
    tar -xf "$scratch"/bash_*.orig.tar.* -C "$scratch/source" --strip-components=1
}

# The suite's helpers print their arguments; they need nothing of bash.
build_helpers() {
    local helper flags=(-w "-I$scratch/source" "-I$scratch/source/include" -DPROTOTYPES)
    flags+=(-DHAVE_STRING_H -DHAVE_STDLIB_H -DHAVE_UNISTD_H -DHAVE_LOCALE_H)
    for helper in recho zecho printenv xcase; do
        cc "${flags[@]}" -o "$scratch/source/tests/$helper" "$scratch/source/support/$helper.c"
    done
}

# One test with one shell: its output and status, with the shell's place masked.
run() { # LABEL TEST
    local label=$1 test=$2 status=0
    (
        cd "$scratch/source/tests"
        unset -v ENV BASH_ENV POSIXLY_CORRECT
        export BUILD_DIR="$scratch/source" THIS_SH="$scratch/$label/bash" BASH_TSTOUT="$scratch/bashtst"
        export TMPDIR="$scratch/tmp" PATH="$PWD:$PATH" HOME="$scratch/home" XDG_STATE_HOME="$scratch/home/state"
        timeout --foreground 300 sh "./$test" </dev/null
    ) >"$scratch/$label/$test.raw" 2>&1 || status=$?
    sed "s|$scratch/$label/|SHELL/|g; s/[0-9]\{5,\}/N/g" "$scratch/$label/$test.raw"
    say "status $status"
}

fetch
build_helpers
mkdir -p "$scratch/real" "$scratch/shim" "$scratch/tmp" "$scratch/home"
ln -s "$real" "$scratch/real/bash"
cp "$agentsh" "$scratch/shim/bash"

if [ $# -gt 0 ]; then tests=("$@"); else
    mapfile -t tests < <(cd "$scratch/source/tests" && printf '%s\n' run-* | grep -vE '^run-(all|minimal|gprof)$')
fi
same=0 differ=() flaky=()
for test in "${tests[@]}"; do
    run real "$test" >"$scratch/expected"
    run shim "$test" >"$scratch/got"
    if cmp -s "$scratch/expected" "$scratch/got"; then
        same=$((same + 1))
        continue
    fi
    # A test that bash itself does not answer the same way twice says nothing.
    run real "$test" >"$scratch/again"
    run shim "$test" >"$scratch/got-again"
    if cmp -s "$scratch/again" "$scratch/got-again" || ! cmp -s "$scratch/expected" "$scratch/again"; then
        flaky+=("$test")
    else
        differ+=("$test")
        say "--- $test: real bash (-), agentsh (+)"
        diff -u "$scratch/expected" "$scratch/got" | tail -n +3 | head -n 40 || true
    fi
done
say "${#tests[@]} tests: $same the same, ${#flaky[@]} not the same twice with one shell (${flaky[*]-}), ${#differ[@]} differ (${differ[*]-})"
[ ${#differ[@]} -eq 0 ]
