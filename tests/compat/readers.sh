#!/bin/bash
# Reads many texts as agentsh reads them and as bash does, and says where the two differ.
#
# usage: tests/compat/readers.sh FILE.jsonl|DIRECTORY ...
#
# FILE.jsonl holds one JSON object a line with the text under `line` or `cmd`; of a DIRECTORY every shell script is taken, those
# in directories below it too. Bash only parses the texts (`bash --pretty-print FILE` in an empty environment); nothing in them is
# run. Exit status 0 when no text is read silently otherwise than bash reads it. Incomplete readings are listed and counted.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }
corpora=()
for corpus; do corpora+=("$(realpath -- "$corpus")"); done
cd -- "$(dirname -- "$0")/../.."

# The limits on time are those of optimised code.
status=0
for corpus in "${corpora[@]}"; do
    AGENTSH_CORPUS=$corpus cargo test --quiet --profile bench --test it -- \
        --ignored --exact --nocapture syntax::normal_form::bash_and_we_read_a_corpus_the_same || status=1
done
exit "$status"
