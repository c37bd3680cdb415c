#!/bin/sh
# smoke.sh - the three programs once through, with nothing but a busybox: closed loop, open loop, report.
# Prints TAP. tests/floor.sh runs it on Debian's own kernel, and here without any newer feature.
#
#   tests/smoke.sh BUILD NAME     BUILD holds the programs, NAME stands in each line
set -u
build=$1
name=$2
folder=$(mktemp -d)
count=0
failures=0

# check WORDS COMMAND...: one line of TAP for a command.
check() {
    words=$1
    shift
    count=$((count + 1))
    if "$@" >"$folder/said" 2>&1; then
        echo "ok $count - $name: $words"
    else
        failures=$((failures + 1))
        echo "not ok $count - $name: $words"
        sed 's/^/# /' "$folder/said"
    fi
}

# Whether run.json of a run says one of the verdicts (a pattern).
says_verdict() {
    tr -d ' \n' <"$1/run.json" | grep -qE "\"verdict\":\"($2)\"" || {
        cat "$1/run.json"
        return 1
    }
}

holds_rows() {
    rows=$(($(wc -l <"$1/samples.csv") - 1))
    ok=$(grep -c ',200,ok,' "$1/samples.csv")
    echo "$rows rows, $ok of them ok, $2 expected"
    [ "$rows" -eq "$2" ] && [ "$ok" -eq "$2" ]
}

# The last column has the send path of each request, where transmit stamps are not switched off.
holds_send_paths() {
    case ",${TARE_DISABLE:-}," in
    *,tx_stamps,* | *,rx_stamps,*) expected=0 ;;
    *) expected=$2 ;;
    esac
    stamped=$(grep -cE ',[0-9]+$' "$1/samples.csv")
    echo "$stamped rows have a send path, $expected expected"
    [ "$stamped" -eq "$expected" ]
}

# An emulated processor cannot keep a schedule to the microsecond, and a run that says so is right to.
exits_0_or_3() {
    "$@"
    code=$?
    echo "exit $code"
    [ $code -eq 0 ] || [ $code -eq 3 ]
}

"$build/tare-stub" --port 0 --delay fixed:1ms >"$folder/stub.out" 2>&1 &
stub=$!
trap 'kill $stub 2>/dev/null; rm -rf "$folder"' EXIT
url=
tries=0
while [ -z "$url" ] && [ $tries -lt 300 ] && kill -0 $stub; do
    url=$(grep -oE 'http://[^ /]*:[0-9]+/?' "$folder/stub.out" | head -n 1)
    tries=$((tries + 1))
    [ -n "$url" ] || sleep 0.1
done

check "the stub listens" test -n "$url"
check "closed loop, 200 requests" "$build/tare" -c 8 -n 200 --send-stamps all -o "$folder/closed" "$url"
check "its verdict is not invalid" says_verdict "$folder/closed" 'valid|suspect'
check "its 200 rows are there" holds_rows "$folder/closed" 200
check "their transmit stamps are there" holds_send_paths "$folder/closed" 200
check "open loop, 100/s for 2 s" exits_0_or_3 "$build/tare" -c 8 -R 100 -d 2s -o "$folder/open" "$url"
check "its verdict is there" says_verdict "$folder/open" 'valid|suspect|invalid'
check "its 200 rows are there" holds_rows "$folder/open" 200
check "the report" "$build/tare-report" -o "$folder/report" "$folder/closed"
check "the page is whole" grep -q '</html>' "$folder/report/report.html"
echo "1..$count"
[ $failures -eq 0 ]
