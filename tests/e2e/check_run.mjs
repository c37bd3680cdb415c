// check_run.mjs - holds the files of one run folder against each other: what one of them counts, the
// others must count too. Reads samples.csv as a stranger would, and knows nothing of the engine.
import assert from "node:assert/strict";
import path from "node:path";
import { readCsv, readRun, reasonNames, sum } from "./support.mjs";

const TIMES = ["wait_ns", "send_lag_ns", "connect_ns", "tls_ns", "first_byte_ns", "service_ns", "receive_lag_ns"];
const OUTCOMES = ["ok", "status_4xx", "status_5xx", "connect_refused", "connect_timeout", "connect_unreachable",
    "connect_no_port", "connect_failed", "reset", "closed", "malformed", "io_failed", "timeout", "in_flight", "unsent",
    "unexpected", "redirect_refused", "connect_forbidden", "unreachable", "exhausted",
    "tls_untrusted", "tls_refused", "tls_malformed", "tls_truncated", "tls_timeout"];
const CENSORED = new Set(["timeout", "in_flight", "unsent"]);

/** Counts by the value of key(item). */
export function countBy(items, key) {
    const counts = {};
    for (const item of items)
        counts[key(item)] = (counts[key(item)] ?? 0) + 1;
    return counts;
}

function checkRow(row, where, run) {
    for (const name of [...TIMES, "server_ns", "status"])
        assert.match(row[name], /^\d*$/, `${where}: ${name} is a count of ns, or empty`);
    for (const name of ["scheduled_ns", "target", "attempt", "bytes_out", "bytes_in", "request", "last"])
        assert.match(row[name], /^-?\d+$/, `${where}: ${name} is an integer`);
    assert.ok(OUTCOMES.includes(row.outcome), `${where}: ${row.outcome}`);
    assert.match(row.phase, /^(warmup|measure|grace)$/, where);
    assert.match(row.stamp, /^(exact|shared|engine|)$/, where);
    if (row.outcome === "ok") {
        for (const name of ["wait_ns", "send_lag_ns", "connect_ns", "service_ns", "first_byte_ns", "connection"])
            assert.notEqual(row[name], "", `${where}: ${name} of an answered request`);
        assert.ok(Number(row.first_byte_ns) <= Number(row.service_ns), `${where}: first byte before the last`);
        assert.match(row.status, run.config.expect ? /^[1-9]\d\d$/ : /^[123]\d\d$/, where);
    }
    if (row.stamp === "engine")
        assert.equal(row.receive_lag_ns, "", `${where}: without a stamp there is no receive lag`);
}

/** The identities of DESIGN.md over samples.csv (all rows kept), seconds.csv and histograms.csv. */
function checkIdentities(rows, seconds, histograms, run) {
    const last = rows.filter((row) => row.last === "1");
    const distinct = new Set(rows.map((row) => row.request));
    assert.equal(distinct.size, last.length, "each request ends in one row");
    assert.equal(sum(seconds.map((row) => Number(row.due))), last.length, "due in seconds.csv = requests");
    assert.equal(run.totals.attempts, rows.length, "attempts = rows");
    assert.equal(sum(Object.values(run.retried ?? {})), rows.length - last.length, "attempts that another followed");
    for (const outcome of OUTCOMES)
        assert.equal(sum(seconds.map((row) => Number(row[outcome]))),
            last.filter((row) => row.outcome === outcome).length, `${outcome} in seconds.csv = rows that end a request`);
    assert.equal(sum(seconds.map((row) => Number(row.bytes_in))), sum(rows.map((row) => Number(row.bytes_in))),
        "bytes_in in seconds.csv = rows");
    const whole = histograms.filter((row) => row.slice_ns === "");
    const sliced = histograms.filter((row) => row.slice_ns !== "");
    for (const outcome of OUTCOMES) {
        const known = last.filter((row) => row.outcome === outcome && row.service_ns !== "").length;
        const count = (some) => sum(some.filter((row) => row.series === "service" && row.outcome === outcome)
            .map((row) => Number(row.count)));
        assert.equal(count(whole), known, `service of ${outcome} over the whole run = rows`);
        assert.equal(count(sliced), known, `service of ${outcome} over the slices = rows`);
    }
    assert.deepEqual(reasonNames(run).filter((name) => /identit/i.test(name)), []);
}

/** Reads and checks a complete run with all samples. requests: how many it must hold.
 *  Returns {run, rows, seconds}. */
export function checkRun(folder, requests) {
    const run = readRun(folder);
    assert.equal(run.schema, 1);
    assert.equal(run.state, "complete");
    const { rows } = readCsv(path.join(folder, "samples.csv"));
    const seconds = readCsv(path.join(folder, "seconds.csv")).rows;
    const histograms = readCsv(path.join(folder, "histograms.csv")).rows;
    rows.forEach((row, index) => checkRow(row, `samples.csv:${index + 2}`, run));
    checkIdentities(rows, seconds, histograms, run);
    if (requests !== undefined)
        assert.equal(rows.filter((row) => row.last === "1").length, requests, "requests in samples.csv");
    return { run, rows, seconds };
}

export const isCensored = (row) => CENSORED.has(row.outcome);
