#!/bin/sh
# Fuzzes what tare-report reads, SECONDS each (60) or so many inputs (10000x), from what tare wrote of a real run,
# and from two that were invented. Programs must be built (make all units). What is found stays in build/fuzz, and so
# do inputs that reach something new, and in build/fuzz/executed how many were tried, so that calls add up.
#   tests/fuzz/readers.sh [SECONDS|COUNTx] [samples|histograms|seconds|resources|run|baseline|whole...]
set -eu
cd "$(dirname "$0")/../.."
case ${1:-60} in
*x) limit=-runs=${1%x} ;;
*) limit=-max_total_time=${1:-60} ;;
esac
[ $# -gt 0 ] && shift
readers=${*:-samples histograms seconds resources run baseline whole}
out=build/fuzz
tools=${TARE_BUILD:-build}
runs=$out/runs
# Where memory came from is not worth half the time.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=4

mkdir -p $out
# pack FLAGS ARCHIVE: objects that tell the fuzzer where they went.
pack() {
    make --no-print-directory -j2 VARIANT=fuzz CC=clang CFLAGS="-g $1" \
        OPTIMIZE_fuzz="-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
        $out/obj/"$2" >$out/make.log 2>&1 || { tail -n 30 $out/make.log >&2; exit 1; }
}
# To look at each comparison of buckets takes half of the time.
pack "-fno-sanitize-coverage=trace-cmp" engine.a
pack "-iquote engine -iquote report -include tests/fuzz/small_tables.h" report.a
clang -std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -iquote engine -iquote report -include tests/fuzz/small_tables.h \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $out/readers tests/fuzz/readers_fuzz.c \
    $out/obj/report.a $out/obj/engine.a -ljansson -lcrypto -lm

# A run of tare's own, and two with everything in them.
rm -rf $runs
mkdir -p $runs
"$tools"/tare-stub --port 0 --null >$runs/stub &
stub=$!
trap 'kill $stub 2>/dev/null' EXIT
until grep -q http $runs/stub; do kill -0 $stub && sleep 0.05; done
"$tools"/tare -q -c 2 -n 20 -o $runs/real "$(grep -o 'http://[^ ]*' $runs/stub)" || [ $? -eq 3 ]
"$tools"/tools/make_run $runs/closed rows=30 targets=2 failures=200000 timeouts=100000 warmup_s=1 rate=20
"$tools"/tools/make_run $runs/open rows=30 open=1 rate=10 one_in=2 targets=2
"$tools"/tare-report --format json -o $runs/report --save-baseline $runs/baseline.json $runs/closed >/dev/null 2>&1 ||
    [ $? -eq 3 ]
[ -f $runs/baseline.json ] || "$tools"/tare-report --format json -o $runs/report --force \
    --save-baseline $runs/baseline.json $runs/closed >/dev/null

# seed READER: what it begins with. Tables are without their headers, in pieces too: small inputs are quick.
seed() {
    corpus=$out/$1.corpus
    mkdir -p $corpus
    for run in real closed open; do
        case $1 in
        samples | histograms | seconds | resources)
            [ -f $runs/$run/$1.csv ] || continue
            tail -n +2 $runs/$run/$1.csv | head -n 40 >$corpus/$run
            tail -n +2 $runs/$run/$1.csv | head -n 3 >$corpus/$run-short
            tail -n 2 $runs/$run/$1.csv >$corpus/$run-end
            ;;
        run) cp $runs/$run/run.json $corpus/$run ;;
        baseline) cp $runs/baseline.json $corpus/ ;;
        whole)
            i=0
            for name in samples histograms seconds resources; do
                { printf "\\00$i"; tail -n +2 $runs/closed/$name.csv | head -n 30; } >$corpus/$name
                i=$((i + 1))
            done
            { printf '\004'; cat $runs/closed/run.json; } >$corpus/run
            ;;
        esac
    done
}

for reader in $readers; do
    seed "$reader"
    ln -f $out/readers $out/"$reader"
    began=$(date +%s)
    if ! FUZZ_RUN=$runs/closed $out/"$reader" "$limit" -max_len=4096 -print_final_stats=1 \
        -dict=tests/fuzz/readers.dict -artifact_prefix=$out/"$reader"- $out/"$reader".corpus >$out/"$reader".log 2>&1; then
        tail -n 40 $out/"$reader".log >&2
        echo "$reader: FOUND something; see $out/$reader.log" >&2
        exit 1
    fi
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' $out/"$reader".log)
    echo "$reader $count $(date -u +%FT%TZ)" >>$out/executed
    echo "$reader: $count inputs in $(($(date +%s) - began)) s, nothing found"
done

# What was tried since build/fuzz is there, by reader and in all; and none of it crashed, or this had ended before.
awk '{ count[$1] += $2; all += $2; if (NR == 1) first = $3 }
    END { for (reader in count) printf "%12d %s\n", count[reader], reader | "sort -k 2"; close("sort -k 2")
        printf "%12d executions since %s, none crashing\n", all, first }' $out/executed
