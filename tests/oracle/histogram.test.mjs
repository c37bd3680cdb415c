// histogram.test.mjs - histograms.csv against HdrHistogram itself (npm's hdr-histogram-js): the times of
// samples.csv recorded there must fall into the same buckets, with the same counts, and give the same
// quantiles. The whole run at 3 significant digits, slices of time at 2.
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import hdr from "hdr-histogram-js";
import { readCsv, startStub, tare, temporaryFolder } from "../e2e/support.mjs";

const SLICE_NS = 100_000_000; // in the first minute
const TIMES = ["service", "wait", "connect", "tls", "first_byte", "send_lag", "receive_lag", "send_path"];

const makeHistogram = (digits) => hdr.build({ bitBucketSize: 64, lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 47 - 1, numberOfSignificantValueDigits: digits });

/** The value of each series in a row of samples.csv, as DESIGN has them; only those that it has. */
function seriesOf(row, isOpen) {
    const known = (name) => (row[`${name}_ns`] === "" ? [] : [Number(row[`${name}_ns`])]);
    const values = TIMES.flatMap((name) => known(name).map((ns) => [name, ns]));
    const parts = ["wait", "connect", "tls", "send_lag", "service"].flatMap(known);
    if (isOpen && row.last === "1")
        values.push(["response", parts.reduce((sum, ns) => sum + ns, 0)]);
    if (row.service_ns !== "" && row.send_path_ns !== "")
        values.push(["wire", Number(row.service_ns) - Number(row.send_path_ns)]);
    return values;
}

/** Records every row by key: slice or none, phase, target, outcome, series. */
function recordAll(rows, isOpen) {
    const histograms = new Map();
    const record = (slice, digits, row, [series, ns]) => {
        const key = [slice, row.phase, row.target, row.outcome, series].join();
        if (!histograms.has(key))
            histograms.set(key, makeHistogram(digits));
        if (ns >= 0) // what is below counts as latency_negative, and in no bucket
            histograms.get(key).recordValue(ns);
    };
    for (const row of rows)
        for (const value of seriesOf(row, isOpen)) {
            record("", 3, row, value);
            record(Math.max(Math.floor(Number(row.scheduled_ns) / SLICE_NS) * SLICE_NS, 0), 2, row, value);
        }
    return histograms;
}

/** Rows of histograms.csv by the same key. */
function groupByKey(rows) {
    const groups = new Map();
    for (const row of rows) {
        const key = [row.slice_ns, row.phase, row.target, row.outcome, row.series].join();
        groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return groups;
}

/** Buckets in use, as [low, high, count]. */
function bucketsOf(histogram) {
    const buckets = [];
    const walk = histogram.recordedValuesIterator;
    walk.reset();
    while (walk.hasNext()) {
        const { valueIteratedTo, countAtValueIteratedTo } = walk.next();
        const size = histogram.sizeOfEquivalentValueRange(valueIteratedTo);
        buckets.push([valueIteratedTo - size + 1, valueIteratedTo, countAtValueIteratedTo]);
    }
    return buckets;
}

/** The upper edge of the bucket that holds the value at a nearest rank. */
function valueAtRank(buckets, rank) {
    let seen = 0;
    return buckets.find(([, , count]) => (seen += count) >= rank)[1];
}

async function checkRun(t, stubArgs, args, isOpen) {
    const stub = await startStub(t, stubArgs);
    const folder = path.join(temporaryFolder(t), "run");
    await tare([...args, "-q", "-o", folder, stub.url]);
    const { rows } = readCsv(path.join(folder, "samples.csv"));
    const found = groupByKey(readCsv(path.join(folder, "histograms.csv")).rows);
    const expected = [...recordAll(rows, isOpen)].filter(([, histogram]) => histogram.totalCount > 0);
    assert.deepEqual([...found.keys()].sort(), expected.map(([key]) => key).sort());
    for (const [key, histogram] of expected) {
        const buckets = found.get(key).map((row) => [Number(row.low_ns), Number(row.high_ns), Number(row.count)]);
        assert.deepEqual(buckets, bucketsOf(histogram), key);
        for (const p of [0.5, 0.9, 0.99, 0.999]) {
            const rank = Math.ceil(histogram.totalCount * p);
            assert.equal(valueAtRank(buckets, rank),
                histogram.highestEquivalentValue(histogram.getValueAtPercentile((100 * rank) / histogram.totalCount)),
                `p${100 * p} of ${key}`);
        }
    }
    return expected.length;
}

test("a closed loop's histograms are HdrHistogram's", async (t) => {
    assert.ok(await checkRun(t, ["--delay", "lognormal:2ms,1.5"], ["-c", 32, "-w", "200ms", "-d", "800ms"], false) > 30);
});

test("an open loop's histograms are HdrHistogram's, whatever the outcomes", async (t) => {
    assert.ok(await checkRun(t, ["--delay", "lognormal:300us,2.5"],
        ["-c", 16, "-R", "8k", "-d", "800ms", "--timeout", "200ms", "--grace", "300ms", "--send-stamps", "1/4"], true) > 40);
});
