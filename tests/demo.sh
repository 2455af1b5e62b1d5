#!/usr/bin/env bash
# The demonstration install.sh ends with: a destructive line, its undo, and a push that waits for a person.
# Usage: demo.sh BIN-DIRECTORY. Touches nothing outside a temporary directory.
# The README shows what it prints; a test holds them together.
set -euo pipefail
bin=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
export HOME=$scratch/home XDG_STATE_HOME=$scratch/state XDG_CONFIG_HOME=$scratch/config PATH=$bin:$PATH
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=you GIT_AUTHOR_EMAIL=you@example.invalid GIT_COMMITTER_NAME=you GIT_COMMITTER_EMAIL=you@example.invalid
mkdir -p "$HOME" "$scratch/shop/src"
cd "$scratch/shop"

bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
show() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; }

{
    git init -q -b main .
    git init -q --bare ../origin.git
    git remote add origin ../origin.git
    printf 'fn main() {}\n' >src/main.rs
    git add -A
    git commit -qm 'first'
    printf 'fn main() { println!("an hour of work"); }\n' >src/main.rs
    printf 'not committed anywhere\n' >notes.txt
} >/dev/null

printf 'An agent is a little too sure of itself:\n\n'
line='git reset --hard && git clean -fdx && rm -rf src'
show "agentsh -c '$line'"
agentsh -c "$line"
show ls
ls
# How the line ended is recorded by a watcher that nobody waits for; a person takes longer than it does.
for _ in {1..100}; do
    if agentshctl log --json | grep -q '"ended":{'; then break; fi
    sleep 0.05
done
printf '\nEverything it destroyed was kept first:\n\n'
show agentshctl log
agentshctl log
show agentshctl undo -y
agentshctl undo -y
show 'cat src/main.rs notes.txt'
cat src/main.rs notes.txt

printf '\nWhat cannot be taken back waits for a person (here nobody can be asked):\n\n'
line='git push origin main'
show "agentsh -c '$line'"
setsid -w agentsh -c "$line" 2>&1 && code=0 || code=$?
printf '(exit status %s; the remote has %s branches)\n' "$code" "$(git ls-remote --heads origin | wc -l)"
show agentshctl pending
agentshctl pending
