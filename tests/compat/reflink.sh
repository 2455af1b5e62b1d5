#!/bin/bash
# Runs agentsh on file systems that share blocks (btrfs, xfs) and says what keeping a file costs there.
#
# usage: tests/compat/reflink.sh AGENTSH AGENTSHCTL
#
# Both are release builds. Makes an image of each file system in a temporary directory and mounts it, so it needs root, loop
# devices, and mkfs.btrfs (btrfs-progs) or mkfs.xfs (xfsprogs); one that is missing is left out. On each: lines that write,
# replace, move and delete, undone, redone and undone again, the trees compared; the same across a btrfs subvolume; then one
# byte of a 512 MiB file changed in place, with the time that takes beyond the same change of a small file (the keeping) and
# the space that is used. Exit status 0 when every tree came back and no copy was made.
set -euo pipefail

say() { printf '%s\n' "$*"; }

[ $# -eq 2 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }
agentsh=$(realpath -- "$1") control=$(realpath -- "$2")
[ "$(id -u)" = 0 ] || { say 'needs root: it mounts file systems' >&2; exit 2; }
scratch=$(mktemp -d)
trap 'cd /; umount "$scratch/mount" 2>/dev/null; rm -rf -- "$scratch"' EXIT
mkdir "$scratch/mount" "$scratch/home"
export HOME="$scratch/home" XDG_CONFIG_HOME="$scratch/home/config" CODEX_THREAD_ID=s1 LC_ALL=C.UTF-8
unset SHELL BASH_ENV ENV
failed=0

# Everything about the tree below the working directory but inode and link counts.
tree() {
    find . -name '.agentsh-*' -prune -o -name state -prune -o -printf '%p %y %m %U %G %T@ %l\n' | sort
    find . -name '.agentsh-*' -prune -o -name state -prune -o -type f -print0 | sort -z | xargs -0r sha256sum
}

# The file system's used bytes, when all is written.
used() { sync -f .; df --output=used -B1 . | tail -n 1; }

# One line: run, undone, redone and undone again.
round() { # LINE
    tree >"$scratch/before"
    setsid --wait "$agentsh" -c "$1" </dev/null >/dev/null || { say "  FAILED to run: $1"; failed=1; return; }
    tree >"$scratch/after"
    local verb wanted
    for verb in undo redo undo; do
        [ "$verb" = undo ] && wanted=before || wanted=after
        "$control" "$verb" -y >"$scratch/said" || true
        tree >"$scratch/now"
        if ! cmp -s "$scratch/$wanted" "$scratch/now"; then
            say "  DIFFERS after $verb: $1"
            cat "$scratch/said"
            diff "$scratch/$wanted" "$scratch/now" || true
            failed=1
        fi
    done
}

rounds() {
    mkdir -p d/e
    seq 1 90000 >big
    printf 'small\n' >d/small
    ln big d/e/second
    ln -s big link
    truncate -s 64M sparse
    local line lines=(
        'printf x | dd of=big bs=1 seek=1000 conv=notrunc status=none' 'echo more >> big' 'rm -rf d' 'sed -i s/1/2/ big'
        'mv big d/' 'cp d/small big' 'truncate -s 10 sparse' 'printf y | dd of=sparse bs=1 seek=9000000 conv=notrunc status=none'
        'chmod 600 d/small; rm big sparse link'
    )
    for line in "${lines[@]}"; do round "$line"; done
    say "  ${#lines[@]} lines undone, redone and undone again"
}

# Microseconds that changing one byte of FILE in place takes by agentsh: the median of some.
change() { # FILE
    local times=() begun count
    for count in 1 2 3 4 5 6 7 8 9 10 11; do
        sync -f .
        begun=${EPOCHREALTIME/./}
        "$agentsh" -c "printf x | dd of=$1 bs=1 seek=$((count * 20)) conv=notrunc status=none" </dev/null
        times+=($((${EPOCHREALTIME/./} - begun)))
        # The side-car's own work is not what is measured.
        sleep 0.1
    done
    printf '%s\n' "${times[@]}" | sort -n | sed -n 6p
}

large() {
    head -c 536870912 /dev/urandom >huge
    head -c 4096 huge >tiny
    local before small huge grown
    before=$(used)
    small=$(change tiny)
    huge=$(change huge)
    grown=$(($(used) - before))
    say "  a byte of 4 KiB: $small us; of 512 MiB: $huge us; keeping it: $((huge - small)) us; used for 22 changes: $((grown / 1024)) KiB"
    sha256sum huge >"$scratch/sum"
    "$agentsh" -c 'printf zz | dd of=huge bs=1 seek=70000000 conv=notrunc status=none' </dev/null
    "$control" undo -y >/dev/null
    sha256sum --quiet -c "$scratch/sum" || failed=1
    if [ "$grown" -gt 67108864 ]; then
        say '  COPIED: blocks were not shared'
        failed=1
    fi
}

on() { # KIND MKFS-COMMAND...
    local kind=$1
    shift
    command -v "$1" >/dev/null || { say "$kind: no $1 here"; return; }
    truncate -s 3G "$scratch/image"
    "$@" "$scratch/image" >/dev/null
    mount -o loop "$scratch/image" "$scratch/mount"
    local place
    for place in mount home; do
        say "$kind, records on the file system of $place:"
        export XDG_STATE_HOME="$scratch/$place/state"
        mkdir -p "$scratch/mount/work"
        (cd "$scratch/mount/work" && rounds && large && [ $failed = 0 ]) || failed=1
        rm -rf "$scratch/mount/work" "$XDG_STATE_HOME"
    done
    if [ "$kind" = btrfs ]; then
        say 'btrfs, a subvolume:'
        btrfs subvolume create "$scratch/mount/sub" >/dev/null
        (cd "$scratch/mount/sub" && rounds && large && [ $failed = 0 ]) || failed=1
    fi
    umount "$scratch/mount"
    rm -f "$scratch/image"
}

on btrfs mkfs.btrfs -q
on xfs mkfs.xfs -q
exit $failed
