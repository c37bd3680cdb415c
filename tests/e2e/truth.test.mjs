// truth.test.mjs - latencies told against latencies given: the stub knows what it did to each request, a
// stopped server is a stall that nobody may hide. Bounds are wide, since tests share machines; the
// exact figures are the benchmarks'.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun } from "./check_run.mjs";
import { percentile, readStubLog, startStub, tare, temporaryFolder, until } from "./support.mjs";

/** A file of bodies {"number": 0} to {"number": count - 1}: request i sends number i. */
function writeNumberedBodies(folder, count) {
    const file = path.join(folder, "bodies");
    fs.writeFileSync(file, Array.from({ length: count }, (_, i) => `{"number": ${i}}\n`).join(""));
    return file;
}

test("delays by turns, joined with the stub's log request by request", async (t) => {
    const folder = temporaryFolder(t);
    const log = path.join(folder, "stub.jsonl");
    const stub = await startStub(t, ["--delay", "turns:1ms,5ms,50ms", "--log", log]);
    const output = path.join(folder, "run");
    await tare(["-q", "-c", 6, "-n", 300, "--body-lines", writeNumberedBodies(folder, 300), "-o", output, stub.url]);
    await stub.stop();
    const { rows } = checkRun(output, 300);
    const given = new Map(readStubLog(log).map((entry) => [String(entry.request), entry]));
    assert.equal(given.size, 300);
    const beyond = rows.map((row) => Number(row.service_ns) - given.get(row.request).took_ns);
    assert.ok(Math.min(...beyond) > -20_000, `a service time is ${-Math.min(...beyond)} ns shorter than the stub's own`);
    assert.ok(percentile(beyond, 50) < 1e6, `median(service - stub) is ${percentile(beyond, 50)} ns`);
    for (const row of rows) {
        const told = Number(row.server_ns);
        assert.ok(Math.abs(told - given.get(row.request).latency_ns) <= 1000, "Server-Timing says the same");
    }
});

test("SIGSTOP for 500 ms in open loop: every request due in the stall shows it, none is missing", async (t) => {
    const folder = temporaryFolder(t);
    const log = path.join(folder, "stub.jsonl");
    const stub = await startStub(t, ["--log", log]);
    const output = path.join(folder, "run");
    const stall = async () => {
        await until("a second of load", () => fs.existsSync(log) && fs.statSync(log).size > 20_000);
        stub.child.kill("SIGSTOP");
        await new Promise((resolve) => setTimeout(resolve, 500)); // the stall itself
        stub.child.kill("SIGCONT");
    };
    let stalled;
    await tare(["-q", "-c", 8, "-R", 500, "-d", "3s", "-o", output, stub.url], {
        code: [0, 3],
        onStart: () => { stalled = stall(); },
    });
    await stalled;
    const { rows } = checkRun(output, 1500);
    const requests = rows.map((row) => ({
        due: Number(row.scheduled_ns) / 1e6,
        response: (Number(row.wait_ns) + Number(row.connect_ns) + Number(row.send_lag_ns) + Number(row.service_ns)) / 1e6,
    }));
    assert.ok(rows.every((row) => row.outcome === "ok"));
    const worst = requests.reduce((a, b) => (b.response > a.response ? b : a));
    assert.ok(worst.response > 480 && worst.response < 800, `the worst took ${worst.response} ms`);
    const end = worst.due + worst.response;
    const inside = requests.filter(({ due }) => due >= worst.due && due < end - 50);
    assert.ok(inside.length >= 210, `${inside.length} requests were due in the stall`);
    for (const { due, response } of inside)
        assert.ok(due + response > end - 40, `due at ${due} ms, answered at ${due + response}; the stall ended at ${end}`);
    const waited = rows.filter((row) => Number(row.wait_ns) > 50e6).length;
    assert.ok(waited > 150, `${waited} requests waited for one of 8 connections`);
});

test("baseline and optimized give case 1 its figures, whatever the concurrency", async (t) => {
    const folder = temporaryFolder(t);
    const bodies = writeNumberedBodies(folder, 400);
    const figures = { baseline: [479.83, 1099.49, 1280.17], optimized: [214.83, 490.58, 552.85] };
    for (const [mode, expected] of Object.entries(figures)) {
        const stub = await startStub(t, ["--mode", mode]);
        const output = path.join(folder, mode);
        await tare(["-q", "-c", 100, "-n", 400, "--body-lines", bodies, "-o", output, stub.url]);
        const { rows } = checkRun(output, 400);
        const seen = [50, 95, 99].map((p) => percentile(rows.map((row) => Number(row.service_ns)), p) / 1e6);
        seen.forEach((ms, i) => assert.ok(Math.abs(ms / expected[i] - 1) < 0.02,
            `${mode}: ${seen.map((one) => one.toFixed(2)).join(", ")} instead of ${expected.join(", ")} ms`));
        await stub.stop();
    }
});
