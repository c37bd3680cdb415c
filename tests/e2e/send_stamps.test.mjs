// send_stamps.test.mjs - transmit stamps: which requests carry one, and what stays as it is without.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun } from "./check_run.mjs";
import { percentile, readCsv, readRun, report, startStub, sum, tare, temporaryFolder } from "./support.mjs";

const stamped = (rows) => rows.filter((row) => row.send_path_ns !== "");

/** Runs tare once; what checkRun() returns, and the histograms' rows of the whole run. */
async function measure(t, args, options) {
    const output = path.join(temporaryFolder(t), "run");
    await tare([...args, "-o", output], options);
    const wholes = readCsv(path.join(output, "histograms.csv")).rows.filter((row) => row.slice_ns === "");
    return { ...checkRun(output), wholes, output };
}

/** Every answered row has its send path, which is a part of its service time; run.json and the
 *  histograms count the same. */
function expectAllStamped({ run, rows, wholes }) {
    const answered = rows.filter((row) => row.status !== "");
    assert.ok(answered.length > 0);
    for (const row of answered) {
        assert.match(row.send_path_ns, /^\d+$/, `request ${row.request}`);
        assert.ok(Number(row.send_path_ns) <= Number(row.service_ns), `request ${row.request} left before its answer came`);
    }
    assert.equal(run.anomalies.send_stamps_missing, 0);
    assert.equal(run.anomalies.latency_negative, 0);
    assert.equal(run.send_path.one_in, 1);
    assert.equal(run.send_path.stamped, answered.filter((row) => row.outcome === "ok").length);
    assert.ok(run.send_path.p50_ns > 0 && run.send_path.p50_ns <= run.send_path.p99_ns);
    for (const series of ["send_path", "wire"])
        assert.equal(sum(wholes.filter((row) => row.series === series).map((row) => Number(row.count))),
            stamped(rows).length, `${series} in histograms.csv`);
}

test("with --send-stamps all every answered request has its send path, in both loops", async (t) => {
    const stub = await startStub(t);
    expectAllStamped(await measure(t, ["-c", 8, "-n", 2000, "--send-stamps", "all", stub.url]));
    expectAllStamped(await measure(t, ["-c", 8, "-R", 1000, "-d", "1s", "--send-stamps", "all", stub.url]));
    expectAllStamped(await measure(t, ["-c", 4, "-p", 4, "-n", 2000, "--send-stamps", "all", stub.url]));
});

test("a request in two pieces is stamped by the first, whether or not the socket takes the rest at once", async (t) => {
    const stub = await startStub(t);
    for (const bytes of [65536, 8 << 20]) {
        const body = path.join(temporaryFolder(t), "body");
        fs.writeFileSync(body, "x".repeat(bytes));
        const result = await measure(t, ["-c", 4, "-n", 64, "--send-stamps", "all", "--body", `@${body}`, stub.url]);
        expectAllStamped(result);
        assert.ok(result.rows.every((row) => Number(row.bytes_out) > bytes));
        const medianOf = (name) => percentile(result.rows.map((row) => Number(row[name])), 50);
        assert.ok(bytes === 65536 || medianOf("send_path_ns") < medianOf("service_ns") / 10,
            `the first piece left after ${medianOf("send_path_ns")} ns of ${medianOf("service_ns")}`);
    }
});

test("where every answer closes its connection, each request has its own stamp", async (t) => {
    const stub = await startStub(t);
    const result = await measure(t, ["-c", 4, "-n", 400, "--send-stamps", "all", "-H", "Connection: close", stub.url],
        { code: [0, 3] });
    expectAllStamped(result);
    assert.ok(result.run.anomalies.reconnects > 300);
});

test("one request in N is drawn by the seed, whatever the connections and the rows that are kept", async (t) => {
    const stub = await startStub(t);
    const draw = async (args) => {
        const output = path.join(temporaryFolder(t), "run");
        await tare(["-n", 4000, "--send-stamps", "1/8", ...args, "-o", output, stub.url]);
        const { rows } = readCsv(path.join(output, "samples.csv"));
        return { drawn: new Set(stamped(rows).map((row) => row.request)), rows, run: readRun(output) };
    };
    const one = await draw(["-c", 4, "--seed", 5]);
    const many = await draw(["-c", 32, "-t", 2, "--seed", 5]);
    const other = await draw(["-c", 4, "--seed", 6]);
    const thin = await draw(["-c", 4, "--seed", 5, "--samples", "1/4"]);
    assert.deepEqual([...many.drawn].sort(), [...one.drawn].sort());
    assert.notDeepEqual([...other.drawn].sort(), [...one.drawn].sort());
    assert.ok(Math.abs(one.drawn.size - 500) < 110, `${one.drawn.size} of 4,000, 500 +- 21 expected`);
    // Thinning keeps a quarter of either kind, and the figures are of all of them.
    for (const row of thin.rows)
        assert.equal(row.send_path_ns !== "", one.drawn.has(row.request), `request ${row.request}`);
    assert.ok(Math.abs(thin.drawn.size - 125) < 55, `${thin.drawn.size} of the drawn were kept, 125 +- 10 expected`);
    assert.equal(thin.run.send_path.stamped, one.drawn.size);
});

test("the default is a small fraction, and none leaves the column empty", async (t) => {
    const stub = await startStub(t);
    const some = await measure(t, ["-c", 4, "-n", 6400, stub.url]);
    assert.ok(Math.abs(stamped(some.rows).length - 100) < 50, `${stamped(some.rows).length} of 6,400, 100 +- 10 expected`);
    assert.equal(some.run.config.send_stamps, "1/64");
    const none = await measure(t, ["-c", 4, "-n", 400, "--send-stamps", "none", stub.url]);
    assert.equal(stamped(none.rows).length, 0);
    assert.equal(none.run.send_path.stamped, 0);
    assert.equal(none.run.send_path.p50_ns, null);
    assert.equal(none.run.anomalies.send_stamps_missing, 0);
    assert.equal(none.run.validity.verdict, some.run.validity.verdict);
});

test("a kernel without them leaves the column empty, counts and says it, and nothing else changes", async (t) => {
    const stub = await startStub(t);
    for (const disable of ["tx_stamps", "rx_stamps"]) {
        const output = path.join(temporaryFolder(t), "run");
        const said = await tare(["-c", 4, "-n", 400, "--send-stamps", "all", "-o", output, stub.url],
            { env: { ...process.env, TARE_DISABLE: disable } });
        const { run, rows } = checkRun(output, 400);
        assert.equal(stamped(rows).length, 0);
        assert.equal(run.anomalies.send_stamps_missing, 400);
        assert.ok(run.ring.disabled.includes("tx_stamps"));
        assert.equal(rows.every((row) => row.stamp === "exact"), disable === "tx_stamps");
        assert.match(said.stdout, /send path +not known: 400 requests were to carry a transmit stamp/);
    }
});

test("the closing summary says what the send path takes off service time", async (t) => {
    const stub = await startStub(t);
    const output = path.join(temporaryFolder(t), "run");
    const { stdout } = await tare(["-c", 4, "-n", 2000, "--send-stamps", "1/2", "-o", output, stub.url]);
    assert.match(stdout, /send path +p50 [\d.]+ [um]s, p90 .*, on 1 in 2 requests\non the wire p50 .*: service time without it\n/);
});

test("the report has the send path and the wire, from rows and from histograms alike", async (t) => {
    const stub = await startStub(t);
    const folder = temporaryFolder(t);
    const shown = {};
    for (const samples of ["all", "1/4", "none"]) {
        const [output, told] = [path.join(folder, samples.replace("/", "_")), path.join(folder, `told_${samples.length}`)];
        await tare(["-c", 4, "-n", 2000, "--send-stamps", "1/2", "--samples", samples, "-o", output, stub.url]);
        await report(["-o", told, output]);
        const { series } = JSON.parse(fs.readFileSync(path.join(told, "report.json"), "utf8")).runs[0];
        const own = readRun(output).send_path;
        assert.equal(series.send_path.count, own.stamped);
        assert.equal(series.wire.count, own.stamped);
        // A bucket of three digits is at most 0.1 % wide, and is read by its upper edge.
        for (const [read, had] of [[series.send_path.p50_ns, own.p50_ns], [series.wire.p99_ns, own.wire.p99_ns]])
            assert.ok(Math.abs(read - had) <= 0.002 * had + 1, `${read} in report.json, ${had} in run.json`);
        const summary = readCsv(path.join(told, "summary.csv")).rows;
        for (const metric of ["send_path", "wire"])
            assert.ok(summary.some((row) => row.metric === metric && row.stat === "p99"), metric);
        assert.match(fs.readFileSync(path.join(told, "report.html"), "utf8"),
            new RegExp(`by ${own.stamped.toLocaleString("en")} transmit stamps; service time without it, on the wire: p50`));
        shown[samples] = own.stamped;
    }
    assert.equal(new Set(Object.values(shown)).size, 1, "the same requests are drawn whatever is kept");
});
