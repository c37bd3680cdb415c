#!/usr/bin/env bash
# demo.sh - the main job from start to end, on servers whose latencies are known: 400 requests with 400
# different bodies, 20 at a time, to a slow server and to its optimised successor; a gate on each, a
# proof that both were asked the same, and one page that compares them. Exit 0 when it went just so.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${TARE_BUILD:-build}
folder=results/demo
objective='p95<=800ms'

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }

fail() {
    printf '\ndemo: %s\n' "$1" >&2
    exit 1
}

# Shows a command as a user would type it, and runs it.
show() {
    local word line='$'
    for word in "$@"; do
        case $word in
        *[!a-zA-Z0-9_./:=-]*) line+=" '$word'" ;;
        *) line+=" $word" ;;
        esac
    done
    printf '%s\n' "$line"
    "$@"
}

stub=
stop_stub() {
    [ -z "$stub" ] || kill "$stub" 2>/dev/null || true
    [ -z "$stub" ] || wait "$stub" || true
    stub=
}
trap stop_stub EXIT

# Starts the stub in a mode on a free port and sets url.
start_stub() {
    url=
    "$build/tare-stub" --port 0 --mode "$1" --seed 1 --log "$folder/$1.jsonl" >"$folder/$1.stub" 2>&1 &
    stub=$!
    while [ -z "$url" ]; do
        kill -0 $stub 2>/dev/null || fail "the stub did not start: $(cat "$folder/$1.stub")"
        url=$(grep -oE 'http://[^ /]*:[0-9]+' "$folder/$1.stub" | head -n 1) || sleep 0.02
    done
}

# The bodies that a server received, sorted.
received() {
    node -e 'for (const line of require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n"))
                 console.log(JSON.parse(line).body)' "$folder/$1.jsonl" | sort
}

measure() {
    say "The $1 server: 400 requests, each with a body of its own, 20 at a time"
    start_stub "$1"
    show "$build/tare" -n 400 -c 20 --body-lines "$folder/bodies.jsonl" -o "$folder/$1" "$url/orders"
    stop_stub
    diff <(sort "$folder/bodies.jsonl") <(received "$1") >"$folder/$1.diff" ||
        fail "the $1 server did not receive the 400 bodies that were sent, see $folder/$1.diff"
    rm "$folder/$1.diff"
}

# gate RUN CODE: the exit code is the gate's answer.
gate() {
    local code=0
    show "$build/tare-report" -o "$folder/gate-$1" --slo "$objective" "$folder/$1" || code=$?
    [ $code -eq "$2" ] || fail "the gate of $1 ends in exit $code, and $2 was expected"
}

rm -rf "$folder"
mkdir -p "$folder"
for ((i = 1; i <= 400; i++)); do
    echo "{\"number\": $i}"
done >"$folder/bodies.jsonl"

measure baseline
measure optimized
say "Both servers received the same 400 bodies. Does each hold $objective?"
gate baseline 1
gate optimized 0
say "And one page for both, whose exit code is 1 again: the gate of baseline stands on it too"
code=0
show "$build/tare-report" -o "$folder/report" --slo "$objective" "$folder/baseline" "$folder/optimized" || code=$?
[ $code -eq 1 ] || fail "the page of both ends in exit $code, and 1 was expected"

better=$(node -e '
    const { readFileSync } = require("fs");
    const p95 = (run) => {
        const [header, ...rows] = readFileSync(`${run}/samples.csv`, "utf8").trimEnd().split("\n");
        const column = header.split(",").indexOf("service_ns");
        const times = rows.map((row) => Number(row.split(",")[column])).sort((a, b) => a - b);
        return times[Math.ceil(times.length * 0.95) - 1];
    };
    const [before, after] = process.argv.slice(1).map(p95);
    console.log(Math.round((1 - after / before) * 100));' "$folder/baseline" "$folder/optimized")
{ [ "$better" -ge 54 ] && [ "$better" -le 57 ]; } || fail "P95 is $better % better, and about 55 % was expected"
say "baseline fails, optimized passes, about $better % better at P95"
echo "the page: $PWD/$folder/report/report.html"
