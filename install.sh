#!/usr/bin/env bash
# Builds agentsh and installs it under a prefix. See --help.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: ./install.sh [--prefix DIR] [--no-demo]
       ./install.sh --uninstall [--prefix DIR]

Builds the release binaries (with rustup it adds Rust's musl target first, which makes
agentsh start sooner) and installs, under DIR (default: ~/.local),
  bin/agentsh bin/agentshctl          the shell and the person's tool
  lib/agentsh/{bash,sh,zsh}           the shell under the names agents look for
  share/man/man1, share/bash-completion, share/zsh, share/fish
Running it again replaces what it installed. --uninstall removes exactly that; the
journal and the preimages in ~/.local/state/agentsh stay. What 'agentshctl setup'
entered in an agent's configuration is taken out by 'agentshctl setup AGENT --undo',
before.

  --prefix DIR   install under DIR
  --no-demo      do not run the short demonstration at the end
  --uninstall    remove what an earlier run installed
  --help         this text
TEXT
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '  hint: %s\n' "$2" >&2
    exit 1
}

prefix=${HOME:-/root}/.local
action=install
demo=yes
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -ge 2 ] || fail '--prefix needs a directory' './install.sh --prefix /usr/local'; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) action=uninstall ;;
        --no-demo) demo=no ;;
        --help | -h) usage; exit 0 ;;
        *) fail "unknown argument: $1" './install.sh --help' ;;
    esac
    shift
done
[ -n "$prefix" ] || fail '--prefix is empty' './install.sh --prefix ~/.local'
case $prefix in /*) ;; *) prefix=${PWD%/}/$prefix ;; esac
state=${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/agentsh

# Every file this script installs, relative to the prefix: what --uninstall removes.
installed=(
    bin/agentsh bin/agentshctl
    lib/agentsh/bash lib/agentsh/sh lib/agentsh/zsh
    share/man/man1/agentsh.1 share/man/man1/agentshctl.1
    share/bash-completion/completions/agentshctl
    share/zsh/site-functions/_agentshctl
    share/fish/vendor_completions.d/agentshctl.fish
)

if [ "$action" = uninstall ]; then
    removed=0
    for file in "${installed[@]}"; do
        [ -e "$prefix/$file" ] || continue
        rm -f -- "$prefix/$file"
        removed=$((removed + 1))
        # Directories that hold nothing else go too.
        (cd "$prefix" && rmdir -p --ignore-fail-on-non-empty -- "${file%/*}")
    done
    [ $removed -gt 0 ] || fail "agentsh is not installed under $prefix" 'name the prefix it was installed with: --prefix DIR'
    printf 'agentsh is removed from %s.\n' "$prefix"
    [ ! -d "$state" ] || printf 'The journal and the preimages stay in %s.\n' "$state"
    exit 0
fi

cd "$(dirname "${BASH_SOURCE[0]}")"
[ "$(uname -s)" = Linux ] || fail "agentsh needs Linux; this is $(uname -s)"
missing=()
for tool in cargo rustc cc git bash; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
    fail "missing: ${missing[*]}" 'apt-get install build-essential git; Rust from your distribution or rustup (1.95 or newer)'
fi
wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if ! found=$(rustc --version 2>/dev/null); then
    # rustup's rustc only starts another, which is there once a toolchain is chosen.
    if command -v rustup >/dev/null && ! rustup show active-toolchain >/dev/null 2>&1; then
        fail 'rustup has no default toolchain' 'rustup default stable'
    fi
    fail "$(command -v rustc) does not start" 'see what rustc --version says'
fi
found=${found#rustc }
found=${found%% *}
if [ "$(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
    fail "Rust $found is too old: $wanted or newer is needed" 'rustup update, or https://rustup.rs where the distribution has none'
fi
mkdir -p -- "$prefix" 2>/dev/null || fail "cannot create $prefix" 'choose another --prefix, or ask whoever owns it'
[ -w "$prefix" ] || fail "$prefix is not writable" 'choose another --prefix'

# agentsh starts at every line: static, not relocatable, and with musl where Rust has it. glibc begins a program with some
# fifty questions to the processor about itself, in a virtual machine each an exit to the hypervisor: 0.25 ms; musl with none.
host=$(rustc -vV | sed -n 's/^host: //p')
target=$host
if [ "$host" = x86_64-unknown-linux-gnu ]; then
    musl=x86_64-unknown-linux-musl
    library=$(rustc --print sysroot)/lib/rustlib/$musl
    if [ ! -d "$library" ] && command -v rustup >/dev/null; then
        printf 'adding the target %s to Rust ...\n' "$musl"
        rustup --quiet target add "$musl" || true
    fi
    if [ -d "$library" ]; then
        target=$musl
        # The parsers' C code needs nothing but ISO C, so the ordinary compiler does, less what only glibc has.
        command -v musl-gcc >/dev/null || export CC_x86_64_unknown_linux_musl="${CC_x86_64_unknown_linux_musl:-cc}"
        export CFLAGS_x86_64_unknown_linux_musl="${CFLAGS_x86_64_unknown_linux_musl:-} -U_FORTIFY_SOURCE"
    else
        printf '  note: without the target %s every line starts 0.25 ms later; rustup target add %s\n' "$musl" "$musl"
    fi
fi
# Static with glibc too; that needs its archive (libc6-dev).
static='-C target-feature=+crt-static -C relocation-model=static'
case $host in *-linux-gnu | *-linux-musl) ;; *) static='' ;; esac
# The names that build/order.ld knows functions by: with all their types in them, so that it finds those and no others.
names='-C symbol-mangling-version=v0'
output=${CARGO_TARGET_DIR:-target}
build() { # TARGET PROFILE PROGRAM
    RUSTFLAGS="${RUSTFLAGS:-} $static $names" cargo build --quiet --locked --target "$1" --profile "$2" --bin "$3"
}
printf 'building (a few minutes the first time) ...\n'
build "$target" release agentsh
build "$host" tool agentshctl
ctl=$output/$host/tool/agentshctl

put() { # SOURCE DESTINATION MODE: replaced by rename, so that a running shell keeps its own file
    install -D -m "$3" -- "$1" "$prefix/$2.new"
    mv -f -- "$prefix/$2.new" "$prefix/$2"
}
# Started at every line: a file written in one go lies in the page cache in large pieces, which are quicker to map.
mkdir -p -- "$prefix/bin"
dd if="$output/$target/release/agentsh" of="$prefix/bin/agentsh.new" bs=64M status=none
chmod 755 -- "$prefix/bin/agentsh.new"
mv -f -- "$prefix/bin/agentsh.new" "$prefix/bin/agentsh"
put "$ctl" bin/agentshctl 755
for name in bash sh zsh; do
    mkdir -p -- "$prefix/lib/agentsh"
    ln -f -- "$prefix/bin/agentsh" "$prefix/lib/agentsh/$name.new" 2>/dev/null ||
        cp -- "$prefix/bin/agentsh" "$prefix/lib/agentsh/$name.new"
    mv -f -- "$prefix/lib/agentsh/$name.new" "$prefix/lib/agentsh/$name"
done

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
"$ctl" man agentsh >"$scratch/agentsh.1"
"$ctl" man agentshctl >"$scratch/agentshctl.1"
"$ctl" completions bash >"$scratch/bash"
"$ctl" completions zsh >"$scratch/zsh"
"$ctl" completions fish >"$scratch/fish"
put "$scratch/agentsh.1" share/man/man1/agentsh.1 644
put "$scratch/agentshctl.1" share/man/man1/agentshctl.1 644
put "$scratch/bash" share/bash-completion/completions/agentshctl 644
put "$scratch/zsh" share/zsh/site-functions/_agentshctl 644
put "$scratch/fish" share/fish/vendor_completions.d/agentshctl.fish 644

printf 'installed under %s\n' "$prefix"
case :$PATH: in *":$prefix/bin:"*) ;; *) printf '  note: %s is not on PATH; put it there in your ~/.profile\n' "$prefix/bin" ;; esac

if [ "$demo" = yes ]; then
    printf '\n'
    bash tests/demo.sh "$prefix/bin"
fi
printf "\nStart an agent with it: agentshctl run -- claude (or codex, gemini, opencode, aider, ...). 'agentshctl doctor' says what is in place.\n"
