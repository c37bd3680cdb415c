#!/usr/bin/env bash
# all.sh - every benchmark in turn, or those that are named, then a table of their figures, which are kept in
# results/bench.json. Needs a quiet machine with two cores, and root for the packet capture. What stands
# beside is named by the environment: FLOOR TS OPEN NULLSRV (prototypes), GCANNON WRK2.
#
#   tests/bench/all.sh [NAME...]
set -uo pipefail
cd "$(dirname "$0")/../.."
trap 'exit 130' INT TERM
[ $# -gt 0 ] || set -- framing cpu tls recording bodies lag threads connections truth soak delays alarms find_rate report report_large
failed=0
for name in "$@"; do
    printf '\n== %s\n' "$name"
    if [ "$name" = framing ]; then
        "${TARE_BUILD:-build}/tools/framing"
    else
        node "tests/bench/$name.mjs"
    fi
    status=$?
    [ $status -lt 128 ] || exit $status # interrupted
    [ $status -eq 0 ] || failed=$((failed + 1))
done
printf '\n== figures\n'
node tests/bench/table.mjs
[ $failed -eq 0 ] || { echo "$failed benchmarks came to no end"; exit 1; }
