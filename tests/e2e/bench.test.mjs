// bench.test.mjs - the benchmarks' own rulers: what wire.c reads from a capture, what other tools' words come to,
// that figures are judged and kept, that Ctrl-C leaves nothing behind, and that a run without recording says so.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { BUILD, ROOT, TARE, execute, readRun, startStub, temporaryFolder, until } from "./support.mjs";

const SERVER = 8080;

/** A capture of loopback: {us, from, to, sequence, bytes, isSyn} each; bytes is a text, or a count of them. */
function writeCapture(file, packets) {
    const head = Buffer.alloc(24);
    head.writeUInt32LE(0xa1b23c4d, 0);
    head.writeUInt32LE(96, 16);
    head.writeUInt32LE(1, 20);
    const records = packets.map(({ us, from, to, sequence, bytes = 0, isSyn = false }) => {
        const payload = Buffer.from(typeof bytes === "string" ? bytes : "x".repeat(bytes), "latin1");
        const frame = Buffer.alloc(14 + 40 + payload.length);
        frame.writeUInt16BE(0x0800, 12);
        frame[14] = 0x45;
        frame.writeUInt16BE(40 + payload.length, 16);
        frame[23] = 6;
        frame.writeUInt16BE(from, 34);
        frame.writeUInt16BE(to, 36);
        frame.writeUInt32BE(sequence, 38);
        frame[46] = 5 << 4;
        frame[47] = isSyn ? 2 : 0x18;
        payload.copy(frame, 54);
        const kept = frame.subarray(0, 96);
        const record = Buffer.alloc(16);
        record.writeUInt32LE(100, 0);
        record.writeUInt32LE(us * 1000, 4);
        record.writeUInt32LE(kept.length, 8);
        record.writeUInt32LE(frame.length, 12);
        return Buffer.concat([record, kept]);
    });
    fs.writeFileSync(file, Buffer.concat([head, ...records]));
}

async function readCapture(t, packets, seconds = 0) {
    const file = path.join(temporaryFolder(t), "wire.pcap");
    writeCapture(file, packets);
    const result = await execute(path.join(BUILD, "tools/wire"), [file, String(SERVER), String(seconds)]);
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout);
}

const up = (us, from, sequence, bytes) => ({ us, from, to: SERVER, sequence, bytes });
const down = (us, to, sequence, bytes) => ({ us, from: SERVER, to, sequence, bytes });
const GET = "GET / HTTP/1.1\r\n\r\n";

test("the wire's service time ends with the packet that first brought the last byte", async (t) => {
    const wrapping = 0xffffff00; // the response's numbers pass zero
    const seen = await readCapture(t, [
        up(0, 5000, 1, GET), down(40, 5000, wrapping, 200), down(50, 5000, 0xffffffc8, 300), down(90, 5000, wrapping, 200),
        down(95, 5000, 0xffffffc8, 300), // sent again, because the answer was read late
        up(100, 5000, 1 + GET.length, GET), down(130, 5000, 244, 100),
    ]);
    assert.deepEqual(seen, { requests: 2, seconds: 0.00013, p50: 30_000, p90: 50_000, p99: 50_000, "p99.9": 50_000 });
});

test("a body is no request, a request sent again is none either, and another connection starts anew", async (t) => {
    const POST = "POST / HTTP/1.1\r\n\r\n";
    const syn = { us: 150, from: 5000, to: SERVER, sequence: 7, isSyn: true };
    const seen = await readCapture(t, [
        up(0, 5000, 1000, POST), up(10, 5000, 1000 + POST.length, 500), up(20, 5000, 1000, POST), down(60, 5000, 1, 100),
        syn, up(200, 5000, 8, GET), down(205, 5000, 1, 100),
    ]);
    assert.deepEqual([seen.requests, seen.p50, seen.p99], [2, 5_000, 60_000]);
    const late = await readCapture(t, [up(0, 5000, 1, GET), down(40, 5000, 1, 200),
        up(100, 5000, 50, GET), down(107, 5000, 300, 9)], 0.00005);
    assert.deepEqual([late.requests, late.p50], [1, 7_000], "what began in the first 50 us does not count");
});

test("what other tools say is read in us", async () => {
    const { TOOLS } = await import("../bench/tools.mjs");
    const wrk = TOOLS.wrk.read({ stdout: "  1022 requests in 1.00s, 1.00MB read\n" +
        "told 50 302\ntold 90 16750\ntold 99 27590\ntold 99.9 32000\n" });
    assert.deepEqual(wrk, { requests: 1022, told: { 50: 302, 90: 16750, 99: 27590, 99.9: 32000 } });
    const table = (title, unit) => `  Latency Distribution (HdrHistogram - ${title})\n` +
        ` 50.000%    1.20${unit}\n 90.000%    2.00${unit} \n` +
        ` 99.000%  700.00us\n 99.900%   10.14s \n\n  Detailed Percentile spectrum:\n`;
    const wrk2 = TOOLS.wrk2.read({ stdout: `${table("Recorded Latency", "ms")}${table("Uncorrected Latency (measured", "s")}` });
    assert.deepEqual(wrk2.told, { 50: 1200, 90: 2000, 99: 700, 99.9: 10_140_000 });
    assert.deepEqual(wrk2.uncorrected, { 50: 1.2e6, 90: 2e6, 99: 700, 99.9: 10_140_000 });
    const hey = TOOLS.hey.read({ stdout: "response-time,DNS+dialup\n0.0015,0.0\n0.0005,0.0\n" });
    assert.equal(hey.requests, 2);
    assert.equal(Math.round(hey.told[50]), 500);
    assert.equal(TOOLS.wrk.command({ rate: 5, url: "" }), null, "wrk takes no rate");
    assert.equal(TOOLS.ab.command({ isChunked: true, url: "" }), null);
});

test("figures are judged by their limits, kept, and shown in one table", async (t) => {
    const { Figures, readFigures } = await import("../bench/figures.mjs");
    const file = path.join(temporaryFolder(t), "bench.json");
    const figures = new Figures("example");
    assert.equal(figures.atMost("low enough", 0.8, 0.8), true);
    assert.equal(figures.atMost("too high", 0.81, 0.8), false);
    assert.equal(figures.atLeast("no number", NaN, 0), false);
    figures.cannot("out of reach", "at least 1.9", "2 CPUs");
    figures.told("beside", 7);
    figures.keep(file);
    assert.deepEqual(readFigures(file).example.figures.map((one) => one.verdict),
        ["holds", "BROKEN", "BROKEN", "not measurable here: 2 CPUs", ""]);
    const { stdout } = await execute(process.execPath, ["tests/bench/table.mjs", file]);
    assert.match(stdout, /\| example \| too high \| 0.81 \| at most 0.8 \| BROKEN \|/);
    assert.match(stdout, /1 hold, 2 BROKEN, 1 not measurable here\n$/);
});

/** Processes below one, by /proc. */
function findChildren(pid) {
    try {
        return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
    } catch {
        return [];
    }
}

test("Ctrl-C leaves no server and no generator of a benchmark behind", async (t) => {
    const child = spawn(process.execPath, ["tests/bench/recording.mjs"], { cwd: ROOT, stdio: "ignore",
        env: { ...process.env, BENCH_SECONDS: "60", BENCH_JSON: path.join(temporaryFolder(t), "bench.json") } });
    t.after(() => child.kill("SIGKILL"));
    const ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
    await until("a server and a generator", () => findChildren(child.pid).length === 2);
    const begun = findChildren(child.pid).flatMap((pid) => [pid, ...findChildren(pid)]);
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    await until("all of it to be gone", () => begun.every((pid) => !fs.existsSync(`/proc/${pid}/stat`)));
});

test("a run that does not record counts every row as dropped, and is invalid", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const output = path.join(temporaryFolder(t), "run");
    const result = await execute(TARE, ["-q", "-c", "2", "-n", "500", "-o", output, stub.url],
        { env: { TARE_DISABLE: "recording" } });
    assert.equal(result.code, 3, result.stderr);
    const run = readRun(output);
    assert.equal(run.totals.sent, 500);
    assert.equal(run.anomalies.samples_dropped, 500);
    assert.equal(run.validity.verdict, "invalid");
});
