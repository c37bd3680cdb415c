// requests.test.mjs - what is asked, of whom, and what a good answer is: checks of responses, targets,
// forms, secrets, retries and redirects.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { report, startNginx, startRawServer, startStub, tare, temporaryFolder } from "./support.mjs";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, { code, env } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, ...args], { code, env });
    return { ...checkRun(output, requests), result, output };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);

/* ---- checks of responses ---- */

test("an answer that --expect does not allow is an outcome of its own, by the check that failed", async (t) => {
    const nginx = await startNginx(t, `
        location /hello { return 200 "Hello, World!"; }
        location /missing { return 404 "nobody"; }`);
    const hello = `${nginx.url}hello`;
    for (const [checks, expected, failed] of [
        [["status=200,204"], "ok", {}], [["status=2xx", "size=13", "body~World"], "ok", {}],
        [["status=204"], "unexpected", { status: 20 }], [["size=14-20"], "unexpected", { size: 20 }],
        [["body~Hello", "body~world"], "unexpected", { body: 20 }], [["size=1", "body~x"], "unexpected", { size: 20 }]]) {
        const args = checks.flatMap((check) => ["--expect", check]);
        const { run, rows } = await load(t, ["-c", 2, "-n", 20, ...args, hello], 20);
        assert.deepEqual(outcomes(rows), { [expected]: 20 }, checks.join(" "));
        assert.deepEqual(run.unexpected, { status: 0, size: 0, body: 0, ...failed }, checks.join(" "));
        assert.deepEqual(run.config.expect, checks);
    }
    const missing = `${nginx.url}missing`;
    const wanted = await load(t, ["-c", 2, "-n", 20, "--expect", "status=404", missing], 20);
    assert.deepEqual(outcomes(wanted.rows), { ok: 20 }, "an expected 404 is a success");
    const unwanted = await load(t, ["-c", 2, "-n", 20, "--expect-size", 6, missing], 20);
    assert.deepEqual(outcomes(unwanted.rows), { status_4xx: 20 }, "where nothing is said of the status");
});

test("a text is found wherever receives and chunks cut it, and in large bodies that are else thrown away", async (t) => {
    const server = await startRawServer(t, (socket) => {
        const parts = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nthe ne", "\r\n2\r\ned",
            "\r\n7;x=needle\r\nle is t", "\r\n0\r\nServer-Timing: dur=1, needle;dur=2\r\n\r\n"];
        const next = () => {
            if (parts.length > 0)
                socket.write(parts.shift(), () => setTimeout(next, 2));
        };
        next();
    });
    const found = await load(t, ["-c", 1, "-n", 5, "--expect", "body~the needle is t", server.url], 5);
    assert.deepEqual(outcomes(found.rows), { ok: 5 });
    const missed = await load(t, ["-c", 1, "-n", 5, "--expect", "body~x=needle", server.url], 5);
    assert.deepEqual(outcomes(missed.rows), { unexpected: 5 }, "an extension of a chunk is no content");

    const nginx = await startNginx(t, "location /none { return 204; }");
    fs.writeFileSync(path.join(nginx.folder, "www/large"), `${"x".repeat(3_000_000)}needle`);
    const large = await load(t, ["-c", 3, "-n", 30, "--expect", "body~xneedle", `${nginx.url}large`], 30);
    assert.deepEqual(outcomes(large.rows), { ok: 30 });
    const other = await load(t, ["-c", 3, "-n", 30, "--expect", "body~needlex", `${nginx.url}large`], 30);
    assert.deepEqual(outcomes(other.rows), { unexpected: 30 });
});

test("what a response held does not count for the next one on its connection, pipelined or not", async (t) => {
    let count = 0;
    const server = await startRawServer(t, (socket) => {
        const body = count++ % 2 === 0 ? "needle" : "nothin";
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n${body}`);
    });
    for (const pipeline of [1, 4]) {
        const { rows } = await load(t, ["-c", 1, "-p", pipeline, "-n", 40, "--expect", "body~needle", server.url], 40);
        assert.deepEqual(outcomes(rows), { ok: 20, unexpected: 20 });
    }
});

/* ---- several targets ---- */

/** What a CSV file counts of a column, by target. */
const byTarget = (rows, column) => rows.reduce((sums, row) => {
    sums[row.target] = (sums[row.target] ?? 0) + Number(row[column]);
    return sums;
}, {});

test("targets take turns by their weights, the same ones with any number of threads, and are told apart", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--log", log]);
    const targets = [`3 GET ${stub.url}a`, `HEAD ${stub.url}b`, `2 POST ${stub.url}c`];
    const orders = [];
    for (const args of [["-t", 1, "-c", 4], ["-t", 2, "-c", 4, "-R", 3000], ["-t", 1, "-c", 2, "-p", 4]]) {
        const { run, rows, seconds, output } = await load(t, [...args, "-n", 1200, "--body", "xyz", ...targets], 1200);
        assert.deepEqual(countBy(rows, (row) => row.target), { 0: 600, 1: 200, 2: 400 });
        assert.deepEqual(outcomes(rows), { ok: 1200 });
        assert.deepEqual(byTarget(seconds, "due"), { 0: 600, 1: 200, 2: 400 });
        assert.deepEqual(byTarget(seconds, "sent"), { 0: 600, 1: 200, 2: 400 });
        assert.deepEqual(byTarget(seconds, "done"), { 0: 600, 1: 200, 2: 400 });
        for (const column of ["bytes_in", "bytes_out"])
            assert.deepEqual(byTarget(seconds, column), byTarget(rows, column), column);
        assert.deepEqual(run.targets.map(({ id, name, weight }) => [id, name, weight]),
            [[0, "GET /a", 3], [1, "HEAD /b", 1], [2, "POST /c", 2]]);
        orders.push([...rows].sort((a, b) => a.request - b.request).map((row) => row.target).join(""));
        await report(["--force", "-o", path.join(output, "report"), output]);
        assert.match(fs.readFileSync(path.join(output, "report/targets.csv"), "latin1"), /HEAD \/b,HEAD,.*,200,200,0,0,/);
    }
    assert.deepEqual(orders, [orders[0], orders[0], orders[0]], "a request's target is its number's");
    await stub.stop();
    assert.deepEqual(countBy(fs.readFileSync(log, "utf8").trim().split("\n").map(JSON.parse), (line) => line.method),
        { GET: 1800, HEAD: 600, POST: 1200 }, "the server's own count");
});

test("--urls reads targets from a file, and tells the line that is none", async (t) => {
    const stub = await startStub(t);
    const file = path.join(temporaryFolder(t), "urls");
    fs.writeFileSync(file, `# what users do\n\n  2 ${stub.url}list  \r\nDELETE ${stub.url}one`);
    const { run, rows } = await load(t, ["-c", 3, "-n", 30, "--urls", file], 30);
    assert.deepEqual(countBy(rows, (row) => row.target), { 0: 20, 1: 10 });
    assert.deepEqual(run.targets.map((target) => target.name), ["GET /list", "DELETE /one"]);
    fs.appendFileSync(file, `\n1 2 3 ${stub.url}\n`);
    const wrong = await tare(["-n", 1, "--urls", file], { code: 2 });
    assert.match(wrong.stderr, /urls:5: .*too many words/);
    const other = await tare(["-n", 1, stub.url, "http://127.0.0.2:1/"], { code: 2 });
    assert.match(other.stderr, /127\.0\.0\.2:1 is another server .*\n +a run loads one/);
});
