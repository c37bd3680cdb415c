#!/usr/bin/env bash
# all.sh - what `make test-all` runs beyond `make test`: the page in a browser, the report's files, LibreOffice, the units and
# the end to end tests under sanitizers, clang with warnings as errors, fuzzing, Debian's own kernel.
# The last line is "N passed, N failed" over all of it, alone.
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0

# add_up COMMAND...: runs something that ends in that same line, and adds it up.
add_up() {
    local last line status
    last=$(mktemp)
    "$@" 2>&1 | tee "$last"
    status=${PIPESTATUS[0]}
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$last" | tail -n 1)
    rm -f "$last"
    if [ -z "$line" ] || { [ "$status" -ne 0 ] && [[ $line == *" 0 failed" ]]; }; then
        echo "all.sh: $* came to no end of its own (exit $status)"
        failed=$((failed + 1))
    fi
    if [ -n "$line" ]; then
        passed=$((passed + ${line%% *}))
        line=${line#*, }
        failed=$((failed + ${line%% *}))
    fi
}

# build VARIANT [FLAGS]: programs and unit tests of one variant.
build() {
    make --no-print-directory -j"$(nproc)" VARIANT="$1" CFLAGS="-g ${2:-}" all units >"build/$1.log" 2>&1 && return
    echo "all.sh: VARIANT=$1 does not build:"
    tail -n 30 "build/$1.log"
    failed=$((failed + 1))
    return 1
}

run() { add_up node tests/run.mjs "$@"; }
title() { printf '\n== %s\n' "$1"; }

mkdir -p build
build release || exit 1

title "The page, in a browser"
npm --prefix tests ci --ignore-scripts --no-audit --no-fund --loglevel=error &&
    run tests/browser/*.test.mjs || failed=$((failed + 1))

title "The report's files"
run tests/files/*.test.mjs

title "Histograms, beside HdrHistogram"
run tests/oracle/*.test.mjs

title "The demo"
if tests/demo.sh >build/demo.log 2>&1; then
    passed=$((passed + 1))
    tail -n 2 build/demo.log
else
    failed=$((failed + 1))
    tail -n 20 build/demo.log
fi

title "End to end, the longer ones, and no false alarm"
run tests/e2e/{find_rate,threads,verdict,weigh,connections,where,requests}.test.mjs tests/bench/alarms.test.mjs

title "A hostile peer"
run tests/hostile/*.test.mjs

title "Real servers"
run tests/servers/*.test.mjs

title "LibreOffice"
run tests/office/*.test.mjs

title "clang, warnings as errors"
build clang -Werror && TARE_BUILD=build/clang run build/clang/unit/*_test tests/e2e/load.test.mjs

title "AddressSanitizer and UndefinedBehaviorSanitizer"
export UBSAN_OPTIONS=print_stacktrace=1
build asan && TARE_BUILD=build/asan run build/asan/unit/*_test tests/e2e/{load,http,send_stamps,bad_input,stub,tls}.test.mjs

title "ThreadSanitizer"
# gcc 12's cannot place its shadow where a newer kernel randomizes addresses widely (vm.mmap_rnd_bits = 32).
export TSAN_OPTIONS=halt_on_error=1
build tsan && TARE_BUILD=build/tsan add_up setarch -R node tests/run.mjs build/tsan/unit/*_test \
    tests/e2e/{load,stub,tls}.test.mjs

title "Fuzzing, a little"
for fuzz in run.sh readers.sh; do
    if tests/fuzz/$fuzz 10; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done

title "Debian's own kernel, and without newer features"
TARE_BUILD=build run tests/floor.sh

echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
