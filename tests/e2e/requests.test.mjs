// requests.test.mjs - what is asked, of whom, and what a good answer is: checks of responses, targets,
// forms, secrets, retries and redirects.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { execute, report, TARE, startNginx, startRawServer, startStub, tare, temporaryFolder } from "./support.mjs";

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

/* ---- forms and secrets ---- */

/** A server that keeps the heads and, by their Content-Length, the bodies of what it is asked. */
async function startEcho(t) {
    const asked = [];
    const server = net.createServer((socket) => {
        let bytes = Buffer.alloc(0);
        socket.on("error", () => {});
        socket.on("data", (more) => {
            bytes = Buffer.concat([bytes, more]);
            for (let end; (end = bytes.indexOf("\r\n\r\n")) >= 0;) {
                const head = bytes.subarray(0, end).toString("latin1");
                const size = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
                if (bytes.length < end + 4 + size)
                    return;
                asked.push({ head, body: bytes.subarray(end + 4, end + 4 + size).toString("latin1") });
                bytes = bytes.subarray(end + 4 + size);
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => server.close());
    return { url: `http://127.0.0.1:${server.address().port}/`, asked };
}

test("a form is urlencoded, and multipart where a file is among its fields", async (t) => {
    const echo = await startEcho(t);
    await load(t, ["-c", 1, "-n", 1, "--form", "a b=1&2", "-F", "name=J\u00fcrgen=x", echo.url], 1);
    const { head, body } = echo.asked.pop();
    assert.match(head, /^POST [^]*\r\nContent-Type: application\/x-www-form-urlencoded\r\n/);
    assert.equal(body, "a+b=1%262&name=J%C3%BCrgen%3Dx");
    const file = path.join(temporaryFolder(t), 'quo"ted');
    fs.writeFileSync(file, "two\r\nlines, and tare-");
    await load(t, ["-c", 1, "-n", 2, "--form", "note=hello", "--form", `up=@${file}`, echo.url], 2);
    const [one, two] = echo.asked.splice(0);
    assert.deepEqual(one, two, "the same bytes each time");
    const boundary = /\r\nContent-Type: multipart\/form-data; boundary=(\S+)\r\n/.exec(one.head)[1];
    assert.equal(one.body, `--${boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="up"; filename="quo%22ted"\r\n` +
        `Content-Type: application/octet-stream\r\n\r\ntwo\r\nlines, and tare-\r\n--${boundary}--\r\n`);
    const both = await tare(["-n", 1, "--form", "a=b", "--body", "x", echo.url], { code: 2 });
    assert.match(both.stderr, /--form and --body exclude each other/);
    const { run } = await load(t, ["-c", 1, "-n", 1, "--compressed", echo.url], 1);
    assert.match(echo.asked.pop().head, /\r\nAccept-Encoding: gzip, deflate, br(\r\n|$)/);
    assert.equal(run.config.compressed, true);
});

test("a body comes from standard input", async (t) => {
    const echo = await startEcho(t);
    const output = path.join(temporaryFolder(t), "run");
    const piped = await execute("sh", ["-c", 'printf "from a pipe" | "$0" -q -c 1 -n 1 -o "$1" --body @- "$2"', TARE, output, echo.url]);
    assert.ok([0, 3].includes(piped.code), piped.stderr);
    assert.equal(echo.asked[0].body, "from a pipe");
});

/** Every file below a folder, as one text. */
const readAll = (folder) => fs.readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const at = path.join(folder, entry.name);
    return entry.isDirectory() ? readAll(at) : fs.readFileSync(at, "latin1");
}).join("\n");

test("secrets reach the server, and no file of the run or its report", async (t) => {
    const echo = await startEcho(t);
    const folder = temporaryFolder(t);
    const secret = "s3cretWord", basic = Buffer.from(`me:${secret}`).toString("base64");
    fs.writeFileSync(path.join(folder, "token"), `${secret}\n`);
    fs.writeFileSync(path.join(folder, "pair"), `me:${secret}\n`);
    for (const [args, env, header] of [
        [["--user", `me:${secret}`], {}, `Authorization: Basic ${basic}`],
        [["-u", "me"], { TARE_PASSWORD: secret }, `Authorization: Basic ${basic}`],
        [["--user", `@${path.join(folder, "pair")}`], {}, `Authorization: Basic ${basic}`],
        [["--bearer-env", "MY_TOKEN"], { MY_TOKEN: secret }, `Authorization: Bearer ${secret}`],
        [["--bearer-file", path.join(folder, "token")], {}, `Authorization: Bearer ${secret}`],
        [["-H", `authorization: Token ${secret}`], {}, `authorization: Token ${secret}`],
        [[`-HCookie: id=${secret}`], {}, `Cookie: id=${secret}`],
        [[`--header=X-Api-Key:${secret}`], {}, `X-Api-Key:${secret}`]]) {
        const { output, result } = await load(t, ["-c", 1, "-n", 3, ...args, echo.url], 3, { env });
        assert.ok(echo.asked.pop().head.split("\r\n").includes(header), header);
        await report(["--force", "-o", path.join(output, "report"), output]);
        const kept = readAll(output) + result.stdout + result.stderr;
        assert.ok(!kept.includes(secret) && !kept.includes(basic), `${args[0]} is told`);
        const summary = await tare(["--json", "-c", 1, "-n", 3, "-o", path.join(output, "2"), ...args, echo.url], { env });
        assert.ok(!(summary.stdout + summary.stderr).includes(secret));
    }
    const bare = await load(t, ["-c", 1, "-n", 1, "-H", "Accept: s3cretWord", echo.url], 1);
    assert.ok(readAll(bare.output).includes(secret), "the search would find it");
    for (const [args, said] of [
        [["--user", "me"], /--user me has no password\n +set TARE_PASSWORD/],
        [["--bearer-env", "NOT_SET_HERE"], /the variable NOT_SET_HERE is not set/],
        [["--bearer-file", "/dev/null"], /is empty/],
        [["--user", "a:b", "-H", "Authorization: x"], /Authorization is given twice/]])
        assert.match((await tare(["-n", 1, ...args, echo.url], { code: 2 })).stderr, said);
});

/* ---- retries ---- */

/** A server that answers the n-th request on a connection with the n-th of its answers, the last one from then on. */
const startMoody = (t, answers) => {
    const seen = new Map();
    return startRawServer(t, (socket) => {
        const id = seen.get(socket) ?? 0;
        seen.set(socket, id + 1);
        socket.write(answers[Math.min(id, answers.length - 1)]);
    });
};
const answer = (status, ...lines) => `HTTP/1.1 ${status} X\r\n${lines.map((line) => `${line}\r\n`).join("")}Content-Length: 0\r\n\r\n`;

/** Rows of each request in the order of its attempts. */
function byRequest(rows) {
    const requests = {};
    for (const row of rows)
        (requests[row.request] ??= []).push(row);
    return Object.values(requests).map((all) => all.sort((a, b) => a.attempt - b.attempt));
}

const response = (row) => ["wait_ns", "connect_ns", "tls_ns", "send_lag_ns", "service_ns"].reduce((total, name) => total + Number(row[name]), 0);

test("what fails is tried again, a row for each attempt, and its response time spans them", async (t) => {
    const server = await startMoody(t, [answer(503), answer(502), answer(200)]);
    for (const [args, n] of [[["-c", 1], 1], [["-c", 1, "-R", 50], 3]]) {
        const { run, rows } = await load(t, [...args, "-n", n, "--retry", 3, "--retry-base", "20ms", server.url], n);
        const [first] = byRequest(rows);
        assert.deepEqual(first.map((row) => [row.attempt, row.last, row.status, row.outcome]), [["1", "0", "503", "status_5xx"],
            ["2", "0", "502", "status_5xx"], ["3", "1", "200", "ok"]]);
        assert.equal(new Set(first.map((row) => row.scheduled_ns)).size, 1);
        for (let i = 1; i < 3; i++)
            assert.ok(Number(first[i].wait_ns) >= response(first[i - 1]), "an attempt waits for the one before, and its pause");
        assert.equal(run.retried.status_5xx, 2);
        assert.equal(run.outcomes.ok, n);
        assert.equal(run.totals.sent, n, "requests sent; attempts are counted apart");
        assert.equal(run.totals.attempts, n + 2);
    }
});

test("attempts end where there are enough of them, and only what --retry-on names is tried again", async (t) => {
    const server = await startRawServer(t, (socket) => socket.write(answer(503)));
    const { rows } = await load(t, ["-c", 2, "-n", 20, "--retry", 2, "--retry-base", "2ms", server.url], 20);
    assert.deepEqual(byRequest(rows).map((all) => all.map((row) => row.last).join("")), Array(20).fill("001"));
    const other = await load(t, ["-c", 2, "-n", 20, "--retry", 2, "--retry-on", "429,timeout", server.url], 20);
    assert.equal(other.rows.length, 20);
    const reset = await startRawServer(t, (socket) => socket.resetAndDestroy());
    const broken = await load(t, ["-c", 2, "-n", 10, "--retry", 1, "--retry-base", "2ms", reset.url], 10);
    assert.deepEqual(outcomes(broken.rows), { reset: 20 });
    const alone = await tare(["-n", 1, "--retry-on", "429", server.url], { code: 2 });
    assert.match(alone.stderr, /need --retry/);
});

test("Retry-After is honoured in both forms, up to --retry-max", async (t) => {
    const after = async (value, args, atLeastMs, atMostMs) => {
        const server = await startMoody(t, [answer(100).replace("Content-Length: 0\r\n", "Retry-After: 77\r\n") + answer(429, `rETRY-aFTER:  ${value()} `), answer(200)]);
        const { rows } = await load(t, ["-c", 1, "-n", 1, "--retry", 1, "--retry-base", "1ms", ...args, server.url], 1);
        assert.equal(rows.length, 2);
        const ms = Number(rows[1].wait_ns) / 1e6;
        assert.ok(ms >= atLeastMs && ms < atMostMs, `${ms} ms`);
    };
    await after(() => "1", [], 1000, 10_000);
    await after(() => new Date(Date.now() + 2500).toUTCString(), [], 500, 10_000);
    await after(() => "3600", ["--retry-max", "150ms"], 150, 10_000);
    await after(() => "soon", [], 0, 900);
});

test("a pause keeps no connection busy, the schedule goes on, and what still waits at the end is censored", async (t) => {
    let asked = 0;
    const server = await startRawServer(t, (socket) => socket.write(asked++ === 0 ? answer(503, "Retry-After: 30") : answer(200)));
    const { rows } = await load(t, ["-c", 1, "-R", 200, "-d", "500ms", "--grace", "300ms", "--retry", 1,
        "--retry-max", "60s", server.url], 100);
    assert.equal(rows.length, 101);
    assert.deepEqual(outcomes(rows), { status_5xx: 1, in_flight: 1, ok: 99 });
    const waiting = rows.find((row) => row.outcome === "in_flight");
    assert.deepEqual([waiting.request, waiting.attempt, waiting.last, waiting.connection, waiting.service_ns], ["0", "2", "1", "", ""]);
    const open = await load(t, ["-c", 4, "-t", 2, "-R", 2000, "-d", "500ms", "--retry", 5, "--retry-base", "5ms", "-p", 2,
        (await startRawServer(t, (socket) => socket.write(answer(asked++ % 3 === 0 ? 503 : 200)))).url], 1000);
    assert.ok(open.rows.length > 1200, "a third failed at first");
    const closed = await load(t, ["-c", 4, "-n", 500, "--retry", 9, "--retry-base", "5ms",
        (await startRawServer(t, (socket) => socket.write(answer(asked++ % 3 === 0 ? 503 : 200)))).url], 500);
    assert.deepEqual(outcomes(closed.rows.filter((row) => row.last === "1")), { ok: 500 });
    await report(["--force", "-o", path.join(open.output, "report"), open.output]);
    const figures = JSON.parse(fs.readFileSync(path.join(open.output, "report/report.json"), "utf8"));
    assert.ok(!JSON.stringify(figures).includes("identity_broken"));
});
