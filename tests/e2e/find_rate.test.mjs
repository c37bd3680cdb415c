// find_rate.test.mjs - the search for the highest rate, against stubs of known capacity: its answer, its
// folder, what it says where there is no answer, and that it stops when asked. Machines that run this
// are busy with other things too: limits are wide, and a generator that came too late is no failure.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun } from "./check_run.mjs";
import { TARE, execute, readRun, report, startStub, temporaryFolder, until } from "./support.mjs";

/** Runs a search: {code, stdout, stderr, folder, found}; found is its find-rate.json. */
async function search(t, url, args) {
    const folder = path.join(temporaryFolder(t), "search");
    const result = await execute(TARE, [...args, "-o", folder, url].map(String), { timeoutMs: 120_000 });
    const file = path.join(folder, "find-rate.json");
    const found = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : undefined;
    return { ...result, folder, found };
}

/** Did the machine keep the generator from telling? Then what it knows by then has to be right. */
const wasLate = (found) => ["generator_limited", "invalid"].includes(found.answer.ended_by);

test("it ends near the known capacity, and every step is a run", async (t) => {
    const stub = await startStub(t, ["--servers", 3, "--delay", "fixed:10ms"]); // 300/s
    const { code, stdout, folder, found } = await search(t, stub.url,
        ["--find-rate", "p90<=60ms", "--find-rate", "service.p50<=2s", "-d", "300ms", "--grace", "100ms", "-c", 64]);
    const { answer, steps } = found;
    assert.equal(found.state, "complete");
    assert.ok(answer.low === null || answer.low.rate_per_s < 450, stdout);
    if (!wasLate(found)) {
        assert.equal(code, 0, stdout);
        assert.equal(answer.rate_per_s, answer.low.rate_per_s);
        assert.equal(answer.known, "found", stdout);
        assert.equal(answer.ended_by, "resolved", stdout);
        assert.ok(answer.low.rate_per_s > 200, stdout);
        assert.ok(answer.high.rate_per_s - answer.low.rate_per_s <= 0.025 * answer.low.rate_per_s + 0.001);
        assert.ok(answer.low.held >= 2 && answer.high.failed >= 2, stdout);
        assert.match(stdout, /\nthe highest rate that held: [\d,.]+\/s \(between [\d,.]+ and [\d,.]+\/s\)\n/);
    }
    assert.equal(stdout.match(/^ +[\d,.]+ +[\d,.]+ .*(holds|fails|open)/gm).length, steps.length, stdout);
    for (const step of steps) {
        const { run } = checkRun(path.join(folder, step.folder));
        assert.equal(run.config.rate_per_s, step.rate_per_s);
        assert.equal(run.config.seed, steps.indexOf(step) + 1, "repeats are not the same draw");
        assert.equal(run.measured.requests, step.requests);
        assert.equal(step.goals.length, 2);
        if (step.outcome === "holds")
            assert.ok(step.goals.every((goal) => goal.holds && goal.above <= goal.allowed));
    }
    assert.deepEqual(fs.readdirSync(folder).sort(), [...steps.map((step) => step.folder), "find-rate.json"].sort());
});

test("too few connections are told from a slow server", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:5ms"]); // two connections take 400/s
    const { stdout, found } = await search(t, stub.url,
        ["--find-rate", "p90<=60ms", "-R", 300, "-d", "300ms", "--grace", "100ms", "-c", 2]);
    assert.ok(found.answer.low === null || found.answer.low.rate_per_s < 600, stdout);
    if (wasLate(found) || found.answer.high === null)
        return;
    assert.equal(found.answer.lacks_connections, true, stdout);
    assert.match(stdout, /waited for one of the 2 connections, .*more connections \(-c\)/);
});

test("not even the lowest rate holds: exit 1, and it says so", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:50ms"]);
    const { code, stdout, found } = await search(t, stub.url, ["--find-rate", "p50<=1ms", "-d", "200ms"]);
    if (wasLate(found))
        return assert.equal(code, 3, stdout);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /\neven 100\/s did not hold\n/);
    assert.equal(found.answer.known, "none_held");
    assert.equal(found.answer.low, null);
});

test("failed requests are above every limit; --json: one document on stdout, the steps on stderr", async (t) => {
    const stub = await startStub(t, ["--status", 503]);
    const { code, stdout, stderr, found } = await search(t, stub.url,
        ["--find-rate", "p50<=1s", "-d", "200ms", "--json"]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /fails: p50<=1s: (\d+) of \1 above, .*; \1 failed/);
    assert.deepEqual(JSON.parse(stdout), found);
    assert.equal(found.schema, 1);
    assert.deepEqual(found.goals, [{ text: "p50<=1s", series: "response", percentile: 50, limit_ns: 1e9 }]);
});

test("Ctrl-C: what was measured is written, exit 130", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:1ms"]);
    const folder = path.join(temporaryFolder(t), "search");
    const file = path.join(folder, "find-rate.json");
    const result = await execute(TARE, ["--find-rate", "p99<=1s", "-d", "300ms", "-o", folder, stub.url], {
        onStart: async (child) => {
            await until("a step", () => fs.existsSync(file));
            child.kill("SIGINT");
        },
    });
    assert.equal(result.code, 130, result.stderr);
    const found = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.equal(found.state, "interrupted");
    assert.equal(found.answer.ended_by, "stopped");
    assert.match(result.stdout, /\ninterrupted; .*the search was ended\n/);
    for (const step of found.steps.filter(({ outcome }) => outcome !== null))
        assert.equal(readRun(path.join(folder, step.folder)).state, "complete");
});

test("wrong use and a server that is not there: cause, remedy, exit 2, and nothing left behind", async (t) => {
    const bad = await execute(TARE, ["--find-rate", "mean<=10ms", "http://127.0.0.1:1/"]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^tare: --find-rate 'mean<=10ms' names no percentile.*\n {6}write it as/);
    const { code, stderr, folder } = await search(t, "http://127.0.0.1:1/", ["--find-rate", "p99<=10ms"]);
    assert.equal(code, 2);
    assert.match(stderr, /^tare: nothing listens on 127.0.0.1:1 .*\n {6}/);
    assert.equal(fs.existsSync(folder), false);
});

test("tare-report does not take the steps for repeats; -q says nothing", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:50ms"]);
    const { folder, found, stdout, stderr } = await search(t, stub.url, ["-q", "--find-rate", "p50<=1ms", "-d", "200ms"]);
    assert.equal(stdout + stderr, "");
    const refused = await report([folder], { code: 2 });
    assert.match(refused.stderr,
        /is a search for the highest rate [^]*find-rate\.json[^]*\n {6}name one of them: tare-report .*\/\d\d-100\n$/);
    await report([path.join(folder, found.steps[0].folder), "--force"], { code: [0, 3] });
});
