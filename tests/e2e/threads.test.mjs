// threads.test.mjs - `-t N` shares nothing and divides everything: connections, requests and one schedule,
// which is the same to the nanosecond whatever N is. The threads of schedule.c alone are schedule_test.c's.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun } from "./check_run.mjs";
import { readStubLog, startStub, sum, tare, temporaryFolder } from "./support.mjs";

const COUNTS = [1, 2, 3];

/** Rows of a run with so many threads, checked; by their number in the schedule. */
async function rowsOf(folder, url, threads, args, requests) {
    const output = path.join(folder, `run${threads}`);
    await tare(["-q", "-t", threads, ...args, "-o", output, url]);
    const { rows, run } = checkRun(output, requests);
    assert.equal(run.totals.due, rows.length);
    return rows.sort((a, b) => Number(a.request) - Number(b.request));
}

const scheduleOf = (rows) => rows.map((row) => `${row.request} ${row.scheduled_ns} ${row.phase}`);

for (const arrivals of ["constant", "poisson"]) {
    for (const [title, args, requests, measured] of [
        ["by time", ["-d", "250ms"]],
        ["by a count that does not divide", ["-n", 301], 301],
        ["by a count, after a warm-up that ends in another thread's turn", ["-w", "53ms", "-n", 101], undefined, 101],
        ["by time, after a warm-up", ["-w", "50500us", "-d", "101ms"]],
    ])
        test(`one schedule for 1, 2 and 3 threads: ${arrivals}, ${title}`, async (t) => {
            const folder = temporaryFolder(t);
            const stub = await startStub(t);
            const all = ["-c", 7, "-R", 1999, "--arrivals", arrivals, "--seed", 11, ...args];
            const schedules = [];
            for (const threads of COUNTS)
                schedules.push(scheduleOf(await rowsOf(folder, stub.url, threads, all, requests)));
            assert.ok(schedules[0].length > 100, `${schedules[0].length} requests`);
            if (measured)
                assert.equal(schedules[0].filter((one) => one.endsWith(" measure")).length, measured);
            for (const schedule of schedules.slice(1))
                assert.deepEqual(schedule, schedules[0]);
        });
}

test("a closed loop's count is divided with its remainder, and every number is used once", async (t) => {
    for (const [threads, count] of [[2, 1001], [3, 1001], [3, 1000], [4, 3], [5, 5]]) {
        const folder = temporaryFolder(t);
        const stub = await startStub(t);
        const rows = await rowsOf(folder, stub.url, threads, ["-c", 7, "-n", count], count);
        assert.deepEqual(rows.map((row) => Number(row.request)), Array.from({ length: count }, (_, i) => i),
            `${count} requests by ${threads} threads`);
    }
});

test("connections are divided with their remainder, and no thread uses another's", async (t) => {
    for (const [threads, connections] of [[2, 7], [3, 7], [3, 3], [4, 6]]) {
        const folder = temporaryFolder(t);
        const stub = await startStub(t, ["--delay", "fixed:2ms"]);
        const rows = await rowsOf(folder, stub.url, threads, ["-c", connections, "-n", 60 * connections]);
        const threadOf = new Map();
        for (const row of rows) {
            const thread = Number(row.request) % threads; // who has which request of the schedule
            assert.equal(threadOf.get(row.connection) ?? thread, thread, `connection ${row.connection} has two threads`);
            threadOf.set(row.connection, thread);
        }
        assert.equal(threadOf.size, connections);
        const shares = Array.from({ length: threads }, (_, i) => [...threadOf.values()].filter((thread) => thread === i).length);
        assert.equal(sum(shares), connections);
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join());
    }
});

test("--body-lines: request i sends line i, whichever thread sends it", async (t) => {
    const folder = temporaryFolder(t);
    const log = path.join(folder, "stub.jsonl");
    const stub = await startStub(t, ["--log", log]);
    const lines = Array.from({ length: 101 }, (_, i) => `{"number": ${i}}`);
    fs.writeFileSync(path.join(folder, "bodies"), `${lines.join("\n")}\n`);
    const rows = await rowsOf(folder, stub.url, 3, ["-c", 7, "-n", 101, "--body-lines", path.join(folder, "bodies")], 101);
    assert.equal(rows.length, 101);
    await stub.stop();
    assert.deepEqual(readStubLog(log).map((entry) => entry.body).sort(), [...lines].sort());
});

test("fewer connections than threads: refused, with what to ask for", async (t) => {
    const result = await tare(["-c", 2, "-t", 3, "-n", 10, "-o", path.join(temporaryFolder(t), "run"), "http://127.0.0.1:9/"],
        { code: 2 });
    assert.match(result.stderr, /^tare: -t 3 threads cannot share -c 2 connections\n {2,}ask for at least one connection a thread/m);
});
