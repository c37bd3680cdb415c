#!/bin/sh
# Fuzzes what reads the network and the command line, SECONDS each (60) or so many inputs (10000x). The canary comes first: a fuzzer
# that does not find a planted bug finds nothing. What is found stays in build/fuzz.
#   tests/fuzz/run.sh [SECONDS|COUNTx] [TARGET...]
set -eu
cd "$(dirname "$0")/../.."
case ${1:-60} in
*x) limit=-runs=${1%x} limit_tls=-runs=$((${1%x} / 100 + 1)) ;; # a handshake takes milliseconds
*) limit=-max_total_time=${1:-60} limit_tls=-max_total_time=${1:-60} ;;
esac
[ $# -gt 0 ] && shift
targets=${*:-response chunked url plan tls}
out=build/fuzz
engine="engine/response.c engine/chunked.c engine/field.c engine/framing.c engine/url.c engine/check.c"
plan="engine/arena.c engine/plan_node.c engine/stages.c engine/template.c engine/template_render.c engine/units.c"
flags="-std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -iquote engine -iquote tests -include tests/fuzz/small_limits.h"

mkdir -p $out
clang $flags -o $out/seeds tests/fuzz/seeds.c

# Builds tests/fuzz/NAME_fuzz.c and the seeds of vectors of a kind.
prepare() { # NAME KIND VECTORS...
    name=$1 kind=$2
    shift 2
    clang $flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -o $out/$name "tests/fuzz/${name}_fuzz.c" $engine
    mkdir -p $out/$name.corpus
    $out/seeds $kind $out/$name.corpus "$@"
}

# The same of what a server says to TLS: an input of each kind, and the beginnings of records.
prepare_tls() {
    clang $flags -Wno-unused-function -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -o $out/tls tests/fuzz/tls_fuzz.c engine/tls.c engine/check.c -lssl -lcrypto
    mkdir -p $out/tls.corpus
    for kind in 0 1 2 3; do
        for record in '\24\3\3\0\1\1' '\25\3\3\0\2\2\50' '\26\3\3\0\4\16\0\0\0' '\27\3\3\0\21' 'HTTP/1.1 200 OK\r\n'; do
            printf "\\$kind\\3\\0\\100$record" >"$out/tls.corpus/$kind-$(printf '%s' "$record" | cksum | cut -d' ' -f1)"
        done
    done
}

prepare canary response tests/vectors/response-*.md
if $out/canary -max_total_time=60 -artifact_prefix=$out/canary- $out/canary.corpus >$out/canary.log 2>&1; then
    echo "canary: its planted bug was not found: the fuzzing is worth nothing" >&2
    exit 1
fi
echo "canary: found, as it must be"

for target in $targets; do
    case $target in
    response) prepare response response tests/vectors/response-*.md ;;
    plan)
        clang $flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $out/plan \
            tests/fuzz/plan_fuzz.c $plan engine/check.c -lyaml -lm
        mkdir -p $out/plan.corpus
        cp tests/plans/*.yaml $out/plan.corpus
        ;;
    tls) prepare_tls ;;
    *) prepare "$target" "$target" "tests/vectors/$target.md" ;;
    esac
    # OpenSSL keeps caches from one input to the next: for it leaks are looked for once, at the end.
    bounds="$limit -detect_leaks=1"
    [ "$target" != tls ] || bounds="$limit_tls -detect_leaks=0"
    began=$(date +%s)
    if ! $out/"$target" $bounds -max_len=4096 -print_final_stats=1 \
        -artifact_prefix=$out/"$target"- $out/"$target".corpus >$out/"$target".log 2>&1; then
        tail -n 40 $out/"$target".log >&2
        echo "$target: FOUND something; see $out/$target.log" >&2
        exit 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' $out/"$target".log)
    echo "$target: $runs inputs in $(($(date +%s) - began)) s, nothing found"
done
