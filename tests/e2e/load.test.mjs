// load.test.mjs - tare against its stub: both loops, what ends a run, bodies, what is kept and said.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { TARE, execute, readCsv, readStubLog, readRun, readSamples, startStub, sum, tare, temporaryFolder }
    from "./support.mjs";

/** A stub, and a folder for a run against it. */
async function prepare(t, stubArgs = []) {
    const folder = temporaryFolder(t);
    const log = path.join(folder, "stub.jsonl");
    const stub = await startStub(t, ["--log", log, ...stubArgs]);
    return { stub, log, folder, output: path.join(folder, "run") };
}

test("closed loop: -n requests over -c connections, each one a row and a line of the server's log", async (t) => {
    const { stub, log, output } = await prepare(t);
    await tare(["-c", 7, "-n", 500, "-o", output, stub.url]);
    const { rows } = checkRun(output, 500);
    await stub.stop();
    assert.equal(readStubLog(log).length, 500);
    assert.deepEqual(countBy(rows, (row) => row.outcome), { ok: 500 });
    assert.equal(new Set(rows.map((row) => row.connection)).size, 7, "all connections are used");
    assert.ok(rows.every((row) => row.wait_ns === "0" && row.connect_ns === "0"), "kept alive, never waiting");
});

test("closed loop: scheduled is where the response before it ended", async (t) => {
    const { stub, output } = await prepare(t, ["--delay", "fixed:1ms"]);
    await tare(["-c", 3, "-n", 90, "-o", output, stub.url]);
    const { rows } = checkRun(output, 90);
    for (const connection of new Set(rows.map((row) => row.connection))) {
        const own = rows.filter((row) => row.connection === connection)
            .sort((a, b) => Number(a.scheduled_ns) - Number(b.scheduled_ns));
        for (let i = 1; i < own.length; i++) {
            const ended = Number(own[i - 1].scheduled_ns) + Number(own[i - 1].send_lag_ns) + Number(own[i - 1].service_ns);
            assert.ok(Math.abs(Number(own[i].scheduled_ns) - ended) <= 1, `row ${i} of connection ${connection}`);
        }
    }
});

test("open loop: every request of the schedule is there, at its time", async (t) => {
    const { stub, output } = await prepare(t);
    await tare(["-c", 8, "-R", 500, "-d", "2s", "-o", output, stub.url]);
    const { rows } = checkRun(output, 1000);
    const due = rows.map((row) => Number(row.scheduled_ns)).sort((a, b) => a - b);
    due.forEach((ns, i) => assert.ok(Math.abs(ns - i * 2_000_000) < 1000, `request ${i} is due at ${ns}`));
    assert.equal(new Set(rows.map((row) => row.connection)).size, 8, "idle connections serve in turn");
});

test("open loop, Poisson: the seed decides the schedule", async (t) => {
    const { stub, folder } = await prepare(t);
    const schedule = async (name, seed) => {
        const output = path.join(folder, name);
        await tare(["-c", 8, "-R", 1000, "-d", "500ms", "--arrivals", "poisson", "--seed", seed, "-o", output, stub.url]);
        return checkRun(output).rows.sort((a, b) => a.request - b.request).map((row) => row.scheduled_ns);
    };
    const [first, again, other] = [await schedule("a", 1), await schedule("b", 1), await schedule("c", 2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    assert.ok(first.length > 400 && first.length < 600, `${first.length} arrivals, 500 +- 22 expected`);
});

test("every way to wait keeps the schedule", async (t) => {
    const { stub, folder } = await prepare(t);
    for (const wait of ["spin", "hybrid", "block"]) {
        const output = path.join(folder, wait);
        await tare(["-c", 4, "-R", 400, "-d", "500ms", "--wait", wait, "-o", output, stub.url]);
        const { rows, run } = checkRun(output, 200);
        assert.equal(run.config.wait, wait);
        assert.deepEqual(countBy(rows, (row) => row.outcome), { ok: 200 });
    }
});

test("open loop on too few connections: the wait for one is told, and nothing due is skipped", async (t) => {
    const { stub, output } = await prepare(t, ["--delay", "fixed:20ms"]);
    await tare(["-c", 2, "-R", 200, "-d", "1s", "-o", output, stub.url], { code: [0, 3] });
    const { rows } = checkRun(output, 200);
    const waits = rows.map((row) => Number(row.wait_ns));
    assert.ok(Math.max(...waits) > 200e6, "a queue of half the requests waits long");
});

test("hybrid: while requests are overdue it stays awake for the next answer of a quick server", async (t) => {
    if (os.cpus().length < 2)
        return t.skip("on one CPU it sleeps, and lets the server have it");
    const { stub, output } = await prepare(t, ["--delay", "fixed:200us"]);
    await tare(["-c", 1, "-R", "20k", "-n", 2000, "-o", output, stub.url]);
    const { run, rows } = checkRun(output, 2000);
    assert.ok(rows.filter((row) => Number(row.wait_ns) > 0).length > 1900, "requests waited for the connection");
    const mean = sum(rows.map((row) => Number(row.service_ns))) / rows.length;
    if (mean > 400e3) // above 800 us it sleeps, as it should
        return t.skip(`the machine is so busy that 200 us took ${Math.round(mean / 1000)}`);
    const awake = (run.generator.cpu_user_ns + run.generator.cpu_system_ns) / run.elapsed.measure_ns +
        run.generator.waited_share; // what a neighbour has had of the CPU
    assert.ok(awake > 0.8, `awake for ${awake} of the time`);
});

test("-d ends a closed loop, and what was in flight then is in the grace time, or censored", async (t) => {
    const { stub, output } = await prepare(t, ["--delay", "fixed:30ms"]);
    await tare(["-c", 4, "-d", "500ms", "-o", output, stub.url]);
    const { rows } = checkRun(output);
    assert.ok(rows.length > 40 && rows.length <= 72, `${rows.length} rows`);
});

test("warm-up is told apart", async (t) => {
    const { stub, output } = await prepare(t, ["--delay", "fixed:2ms"]);
    await tare(["-c", 2, "-w", "300ms", "-d", "300ms", "-o", output, stub.url]);
    const { rows } = checkRun(output);
    const phases = countBy(rows, (row) => row.phase);
    assert.ok(phases.warmup > 50 && phases.measure > 50, JSON.stringify(phases));
    for (const row of rows)
        assert.equal(row.phase === "warmup", Number(row.scheduled_ns) < 300e6, JSON.stringify(row));
});

test("several threads share the work and lose none of it", async (t) => {
    const { stub, log, output } = await prepare(t);
    await tare(["-c", 9, "-t", 2, "-n", 1001, "-o", output, stub.url]);
    const { rows } = checkRun(output, 1001);
    assert.equal(new Set(rows.map((row) => row.connection)).size, 9);
    await stub.stop();
    assert.equal(readStubLog(log).length, 1001);
});

test("two threads at full speed are not kept waiting by the one writer", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-c", 64, "-t", 2, "-n", 200_000, "-o", output, stub.url]);
    const run = readRun(output);
    assert.equal(run.totals.rows, 200_000);
    assert.equal(run.anomalies.recording_stalls, 0);
    assert.equal(run.anomalies.samples_dropped, 0);
});

test("--body-lines: request i sends line i, and POST is meant", async (t) => {
    const { stub, log, folder, output } = await prepare(t);
    const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify({ number: i + 1, "text": "äöü ".repeat(i) }));
    fs.writeFileSync(path.join(folder, "bodies"), `${lines.join("\n")}\n`);
    await tare(["-c", 5, "-n", 50, "--body-lines", path.join(folder, "bodies"), "-o", output, stub.url]);
    checkRun(output, 50);
    await stub.stop();
    const seen = readStubLog(log);
    assert.deepEqual(seen.map((entry) => entry.body).sort(), [...lines].sort());
    assert.deepEqual(countBy(seen, (entry) => entry.method), { POST: 50 });
});

test("method, path, headers and body arrive as given", async (t) => {
    const { stub, log, folder, output } = await prepare(t);
    const bytes = "x".repeat(200_000);
    fs.writeFileSync(path.join(folder, "body"), bytes);
    await tare(["-c", 2, "-n", 4, "-X", "PUT", "-H", "X-Tenant: blue", "--body", `@${folder}/body`, "-o", output,
        `${stub.url}a/b?c=d`]);
    await stub.stop();
    for (const entry of readStubLog(log)) {
        assert.equal(entry.method, "PUT");
        assert.equal(entry.path, "/a/b?c=d");
        assert.equal(entry.body_bytes, bytes.length);
        assert.equal(entry.body, bytes.slice(0, 4096), "the log keeps as much of it");
    }
});

test("--samples: one in n, or none, and the histograms stay whole", async (t) => {
    const { stub, folder } = await prepare(t);
    const thin = path.join(folder, "thin");
    await tare(["-c", 4, "-n", 4000, "--samples", "1/10", "-o", thin, stub.url]);
    const kept = readSamples(thin).length;
    assert.ok(kept > 300 && kept < 500, `${kept} of 4000 kept, 400 +- 19 expected`);
    const none = path.join(folder, "none");
    await tare(["-c", 4, "-n", 4000, "--samples", "none", "-o", none, stub.url]);
    assert.ok(!fs.existsSync(path.join(none, "samples.csv")));
    for (const output of [thin, none]) {
        const whole = readCsv(path.join(output, "histograms.csv")).rows
            .filter((row) => row.slice_ns === "" && row.series === "service");
        assert.equal(whole.reduce((total, row) => total + Number(row.count), 0), 4000);
    }
});

test("on a pipe: plain text, no carriage return, the next command to type; -q says nothing", async (t) => {
    const { stub, folder } = await prepare(t);
    const result = await tare(["-c", 2, "-n", 200, "-o", path.join(folder, "a"), stub.url]);
    assert.doesNotMatch(result.stdout + result.stderr, /[\r\x1b]/);
    for (const word of [/200 requests/, /p50 +p90 +p99/, /service/, /send lag/, /receive lag/, /valid|suspect/,
        /200 rows/, /tare-report .*a\b/])
        assert.match(result.stdout, word);
    const quiet = await tare(["-q", "-c", 2, "-n", 200, "-o", path.join(folder, "b"), stub.url]);
    assert.equal(quiet.stdout + quiet.stderr, "");
});

test("--json: one JSON document on stdout for machines", async (t) => {
    const { stub, output } = await prepare(t);
    const result = await tare(["--json", "-c", 2, "-n", 200, "-o", output, stub.url]);
    const summary = JSON.parse(result.stdout);
    assert.equal(typeof summary, "object");
    assert.match(result.stdout, /"p99(\.9|_9)?/);
});

test("on a terminal there is a live line, and NO_COLOR takes the colour", async (t) => {
    const { stub, folder } = await prepare(t, ["--delay", "fixed:5ms"]);
    const onTerminal = (name, env) => execute("script", ["-qec",
        `${TARE} -c 2 -d 1500ms -o ${path.join(folder, name)} ${stub.url}`, "/dev/null"], { env: { TERM: "xterm", ...env } });
    const live = await onTerminal("a", {});
    assert.equal(live.code, 0, live.stdout);
    assert.match(live.stdout, /\r.*p50.*p99.*errors.*lag/);
    const plain = await onTerminal("b", { NO_COLOR: "1" });
    assert.doesNotMatch(plain.stdout, /\x1b\[[\d;]*m/);
});

test("without -o the run goes to results/, named by its time", async (t) => {
    const { stub, folder } = await prepare(t);
    const result = await execute(TARE, ["-n", "5", "-c", "1", stub.url], { cwd: folder });
    assert.equal(result.code, 0, result.stderr);
    const again = await execute(TARE, ["-n", "5", "-c", "1", stub.url], { cwd: folder });
    assert.equal(again.code, 0, again.stderr);
    const names = fs.readdirSync(path.join(folder, "results"));
    assert.equal(names.length, 2, names.join());
    for (const name of names)
        assert.match(name, /^\d{8}T\d{6}Z/);
});

test("Ctrl-C: what was measured is written whole, exit 130", async (t) => {
    const { stub, output } = await prepare(t, ["--delay", "fixed:2ms"]);
    const running = tare(["-c", 4, "-d", "30s", "-o", output, stub.url], {
        code: 130,
        onStart: (child) => setTimeout(() => child.kill("SIGINT"), 700),
    });
    await running;
    const run = readRun(output);
    assert.equal(run.state, "interrupted");
    const rows = readSamples(output);
    assert.ok(rows.length > 100, `${rows.length} rows`);
    assert.equal(rows.filter((row) => row.last === "1").length, new Set(rows.map((row) => row.request)).size);
});
