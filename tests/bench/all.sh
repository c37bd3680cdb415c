#!/usr/bin/env bash
# all.sh - every benchmark in turn; the figures in the README come from here. Needs a quiet machine with
# two cores, and root for the packet capture.
set -uo pipefail
cd "$(dirname "$0")/../.."
for name in cpu truth lag connections soak delays report; do
    printf '\n== %s\n' "$name"
    node "tests/bench/$name.mjs"
done
