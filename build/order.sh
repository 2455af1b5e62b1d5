#!/usr/bin/env bash
# Writes build/order.ld: the functions that common lines run, for the linker to put side by side (build/order.rs).
# Worth running after large changes; needs valgrind.
#   build/order.sh            builds agentsh with its symbols first (in target/order)
#   build/order.sh PROGRAM    uses this static build of it, not stripped, and with the names that install.sh asks for
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

program=${1:-}
musl=x86_64-unknown-linux-musl
ours=$(rustc --print sysroot)/lib/rustlib/$musl/lib/self-contained/libc.a
if [ -z "$program" ]; then
    target=$(rustc -vV | sed -n 's/^host: //p')
    [ ! -e "$ours" ] || target=$musl
    CC_x86_64_unknown_linux_musl=${CC_x86_64_unknown_linux_musl:-cc} CARGO_PROFILE_RELEASE_STRIP=false \
        RUSTFLAGS='-C target-feature=+crt-static -C relocation-model=static -C symbol-mangling-version=v0' \
        cargo build --quiet --release --locked --target "$target" --target-dir target/order --bin agentsh
    program=target/order/$target/release/agentsh
fi
program=$(realpath -- "$program")

# The shell that a line becomes does nothing: only what comes before it is of interest.
mkdir -p -- "$scratch/bin" "$scratch/home/tree/src"
cp -- "$(type -P true)" "$scratch/bin/bash"
cd "$scratch/home/tree"
git init -q
echo a >a.txt
echo b >src/b.rs
git add .
git -c user.name=a -c user.email=a@localhost commit -qm first

# The more common, the earlier.
# shellcheck disable=SC2016  # the variables are the lines' own
lines=(
    'git status --short | head -3'
    'ls -la src/ && cat a.txt'
    'cd src && grep -rn "fn main" . | head -20'
    'cargo test --quiet 2>&1 | tail -5'
    'git diff HEAD~1 -- src | cat'
    $'cat > a.txt <<\'EOF\'\nhello $x\nEOF'
    'find . -name "*.rs" -not -path "./target/*" | xargs wc -l'
    $'python3 - <<\'EOF\'\nprint(1)\nEOF'
    'if [ -f a.txt ]; then sed -n "1,20p" a.txt; fi'
    'for f in src/*.rs; do wc -l "$f"; done'
    'X=$(git rev-parse HEAD) && echo "$X"'
    'npm install && npm test'
    'echo x > b.txt'
    'mkdir -p out && cp a.txt out/ && mv out/a.txt out/b.txt'
    'sed -i "s/a/b/" a.txt && git add -A && git commit -m "message"'
    'rm -rf src/old b.txt'
)
number=0
for line in "${lines[@]}"; do
    number=$((number + 1))
    env -i HOME="$scratch/home" PATH="$scratch/bin:/usr/bin:/bin" valgrind --quiet --tool=callgrind --demangle=no \
        --compress-strings=no --callgrind-out-file="$scratch/out" --dump-before=execve "$program" -c "$line" \
        </dev/null >/dev/null 2>&1 || true
    # Functions by their symbols; 'N marks the depth of a recursion.
    sed -n "s/^fn=//p" "$scratch"/out* | sed "s/'[0-9]*\$//" | sort -u >"$scratch/list.$number"
    rm -f -- "$scratch"/out*
done

# Which objects of the C libraries have a function: it is placed by them.
for library in "$ours" "$(cc -print-file-name=libc.a)"; do
    nm -A -- "$library" 2>/dev/null | sed -nE 's/^[^:]*:([^:]*):[0-9a-f]+ [tTiWw] (.*)$/\2 \1/p'
done | LC_ALL=C sort -u >"$scratch/objects"

# By how many lines run it, then by which, so that what is run together lies together. Before them what musl has in
# assembler, which valgrind has no names for.
{
    cat <<'TEXT'
/* Functions that lines run, those of most lines first. Written by build/order.sh. */
SECTIONS
{
  .text.line :
  {
    *crt1.o(.text .text.*)
    *libc.a:memcpy.lo(.text .text.*)
    *libc.a:memmove.lo(.text .text.*)
    *libc.a:memset.lo(.text .text.*)
TEXT
    for ((at = 1; at <= number; at++)); do sed "s/^/$at /" "$scratch/list.$at"; done |
        awk -v lines="$number" '
            { count[$2]++; run[$2, $1] = 1 }
            END {
                for (name in count) {
                    which = ""
                    for (at = 1; at <= lines; at++) which = which ((name, at) in run)
                    printf "%03d %s %s\n", count[name], which, name
                }
            }' |
        LC_ALL=C sort -k1,1r -k2,2r -k3,3 |
        awk 'NR == FNR { object[$1] = object[$1] " " $2; next }
            {
                name = $3; plain = name; sub(/\.constprop.*/, "", plain)
                if (name ~ /^(0x|\(below)/) next
                else if (name ~ /^_ZN/) print "*(.text.*" name ")"
                else if (name ~ /^_R/) print "*(.text.*" name ")"
                else if (plain in object) {
                    count = split(object[plain], found, " ")
                    for (at = 1; at <= count; at++) print "*libc.a:" found[at] "(.text .text.*)"
                    # Some are ours in place of theirs.
                    print "*(.text." name ")"
                }
                else print "*(.text." name ")"
            }' "$scratch/objects" - |
        # The hashes in symbols change with the compiler, the number of a name that several have from build to build.
        sed -E 's/17h[0-9a-f]{16}E[^)]*\)$/17h*)/; /\.\*_R/{ s/Cs[0-9a-zA-Z]+_/Cs*_/g; s/(\.llvm)?\.[0-9]+\)$/*)/ }' |
        # Of a function that many crates have, one crate's copy is kept, at the end of the name; which, changes as well: the
        # others come behind all.
        awk '{ print }
            /\.\*_R/ && sub(/Cs\*_[0-9]+[a-z0-9_]+\*?\)$/, "Cs*)") { others[++count] = $0 }
            END { for (at = 1; at <= count; at++) print others[at] }' |
        awk '!seen[$0]++ { print "    " $0 }'
    # Those that a processor newer than valgrind knows would choose.
    for name in memmove-evex-unaligned-erms memmove-avx512-unaligned-erms memset-evex-unaligned-erms \
        memset-avx512-unaligned-erms memcmp-evex-movbe memchr-evex strlen-evex; do
        printf '    *libc.a:%s.o(.text .text.*)\n' "$name"
    done
    cat <<'TEXT'
  }
}
INSERT BEFORE .text;
TEXT
} >"$scratch/order.ld"
[ "$(wc -l <"$scratch/order.ld")" -gt 500 ] || { echo 'order.sh: too few functions were seen' >&2; exit 1; }
cd - >/dev/null
cp -- "$scratch/order.ld" build/order.ld
echo "build/order.ld: $(grep -c '^    ' build/order.ld) functions"
