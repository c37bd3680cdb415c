// quantiles.test.mjs - the reporter's percentiles against two other ways to the same figures: all values
// sorted, and an HdrHistogram that others wrote.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import * as hdr from "hdr-histogram-js";
import { percentile, readSamples, report, temporaryFolder } from "../e2e/support.mjs";
import { editRun, makeRun, parseCsv } from "./support.mjs";

const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99];
const SERIES = ["service", "wait", "first_byte", "receive_lag"];
const ROWS = 60_000; // more than are kept exactly

/** A bucket of three digits is at most this wide, as a share of its value (1/1024 of it, and the ns). */
const isClose = (is, exact) => Math.abs(is - exact) <= exact / 1000 + 1;

function valuesOf(run, series) {
    return readSamples(run).filter((row) => row.phase === "measure" && row.last === "1" && row.outcome === "ok")
        .map((row) => row[`${series}_ns`]).filter((text) => text !== "").map(Number);
}

for (const [name, ...values] of [["closed, a wide tail", "spread=120"], ["open, a narrow one", "open=1", "spread=10"],
    ["with failures", "failures=100000", "timeouts=20000", "seed=7"]])
    test(`${name}: within a bucket of sorting, and what HdrHistogram says`, async (t) => {
        const folder = temporaryFolder(t);
        const run = await makeRun(path.join(folder, "run"), `rows=${ROWS}`, ...values);
        await report(["-o", path.join(folder, "report"), run], { code: [0, 3] });
        const { series } = JSON.parse(fs.readFileSync(path.join(folder, "report/report.json"), "utf8")).runs[0];
        for (const one of SERIES) {
            const exact = valuesOf(run, one);
            const other = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 2 ** 44,
                numberOfSignificantValueDigits: 3, useWebAssembly: false });
            for (const ns of exact)
                other.recordValue(ns);
            assert.equal(series[one].count, exact.length, one);
            assert.equal(series[one].max_ns, Math.max(...exact), one);
            assert.equal(series[one].min_ns, Math.min(...exact), one);
            for (const p of PERCENTILES) {
                const is = series[one][`p${p}_ns`];
                assert.ok(isClose(is, percentile(exact, p)), `${one} p${p}: ${is}, sorted ${percentile(exact, p)}`);
                assert.ok(isClose(is, other.getValueAtPercentile(p)),
                    `${one} p${p}: ${is}, HdrHistogram ${other.getValueAtPercentile(p)}`);
            }
        }
    });

test("few values: exactly those of sorting, and the whole curve", async (t) => {
    const folder = temporaryFolder(t);
    const run = await makeRun(path.join(folder, "run"), "rows=997", "spread=90");
    await report(["-o", path.join(folder, "report"), run], { code: [0, 3] });
    const exact = valuesOf(run, "service");
    const { service } = JSON.parse(fs.readFileSync(path.join(folder, "report/report.json"), "utf8")).runs[0].series;
    for (const p of PERCENTILES)
        assert.equal(service[`p${p}_ns`], percentile(exact, p), `p${p}`);
    for (const row of parseCsv(path.join(folder, "report/distribution.csv")).rows)
        assert.equal(Number(row.latency_ns), exact.sort((a, b) => a - b)[Number(row.count) - 1], `${row.percentile}`);
});

test("from histograms alone: the same within a bucket", async (t) => {
    const folder = temporaryFolder(t);
    const run = await makeRun(path.join(folder, "run"), `rows=${ROWS}`);
    const exact = valuesOf(run, "service");
    editRun(run, ({ config }) => { config.samples = "none"; });
    fs.rmSync(path.join(run, "samples.csv"));
    await report(["-o", path.join(folder, "report"), run], { code: [0, 3] });
    const { service } = JSON.parse(fs.readFileSync(path.join(folder, "report/report.json"), "utf8")).runs[0].series;
    for (const p of PERCENTILES)
        assert.ok(isClose(service[`p${p}_ns`], percentile(exact, p)), `p${p}`);
});
