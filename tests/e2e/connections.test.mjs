// connections.test.mjs - how connections are opened, used and given up: for each request, for so many, at a
// rate, within a time; and what is not done to a port that is dead, or to a server that answers.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { report, reasonNames, startNginx, startRawServer, startServer, startStub, tare, temporaryFolder } from "./support.mjs";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, { code } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, ...args], { code });
    return { ...checkRun(output, requests), result };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);
const perConnection = (rows) => Object.values(countBy(rows, (row) => row.connection));

/** A raw server that keeps the heads it got, and counts connections from now on. */
async function startCounting(t, answer) {
    const heads = [];
    const server = await startRawServer(t, (socket, head) => {
        heads.push(head);
        answer(socket);
    });
    const counts = { opened: 0 };
    server.server.on("connection", () => { counts.opened++; });
    return { ...server, heads, counts };
}

test("--reuse off: a connection for each request, which says so, and none is missed", async (t) => {
    const nginx = await startNginx(t, 'location / { return 200 "$connection_requests"; }');
    for (const loop of [[], ["-R", 500]]) {
        const { rows, run } = await load(t, ["-c", 5, "-n", 200, "--reuse", "off", ...loop, nginx.url], 200);
        assert.deepEqual(outcomes(rows), { ok: 200 });
        assert.equal(new Set(rows.map((row) => row.connection)).size, 200);
        assert.equal(run.anomalies.keepalive_refused, 0, "it was asked for");
        assert.deepEqual(reasonNames(run).filter((name) => name === "keepalive_refused"), []);
        assert.equal(run.config.requests_per_connection, 1);
        assert.ok(rows.filter((row) => Number(row.connect_ns) > 0).length >= 190, "connecting is told apart");
    }
    await nginx.stop();
    assert.equal(nginx.requests(), 400);
});

test("--reuse off says Connection: close unless the user's header says something else", async (t) => {
    const server = await startCounting(t, (socket) => socket.write(ANSWER));
    const said = async (...args) => {
        server.heads.length = 0;
        const { rows } = await load(t, ["-c", 1, "-n", 3, ...args, server.url], 3);
        return { connections: new Set(rows.map((row) => row.connection)).size,
            fields: new Set(server.heads.map((head) => /^connection:.*$/im.exec(head)?.[0] ?? "")) };
    };
    assert.deepEqual(await said(), { connections: 1, fields: new Set([""]) });
    assert.deepEqual(await said("--reuse", "off"), { connections: 3, fields: new Set(["Connection: close"]) });
    assert.deepEqual(await said("--reuse", "off", "-H", "Connection: x"), { connections: 3, fields: new Set(["Connection: x"]) });
    assert.deepEqual(await said("-H", "Connection: TE, Close"), { connections: 3, fields: new Set(["Connection: TE, Close"]) });
    assert.deepEqual(await said("-H", "Connection: closely"), { connections: 1, fields: new Set(["Connection: closely"]) });
});

test("--requests-per-connection N: not one more on any, with pipelining and threads too", async (t) => {
    const nginx = await startNginx(t, 'location / { return 200 "x"; }');
    for (const [args, each] of [[["-c", 4], 7], [["-c", 4, "-p", 3], 7], [["-c", 4, "-p", 8], 5],
        [["-c", 4, "-t", 2], 10], [["-c", 4, "-R", 2000], 7]]) {
        const { rows, run } = await load(t, ["-n", 280, "--requests-per-connection", each, ...args, nginx.url], 280);
        assert.deepEqual(outcomes(rows), { ok: 280 }, args.join(" "));
        const counts = perConnection(rows);
        assert.equal(Math.max(...counts), each, args.join(" "));
        assert.ok(counts.length <= 280 / each + 4, `${counts.length} connections`);
        assert.equal(run.anomalies.keepalive_refused, 0);
    }
    await nginx.stop();
    assert.equal(nginx.requests(), 5 * 280);
});

test("a server that answers is never waited for, however it ends its connections", async (t) => {
    let count = 0;
    const answers = [(socket) => socket.resetAndDestroy(), (socket) => socket.end(), (socket) => socket.write("\0\0")];
    for (const answer of answers) {
        const server = await startRawServer(t, (socket) => {
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", () => setImmediate(answer, socket));
            count++;
        });
        const { rows, run } = await load(t, ["-c", 1, "-n", 60, server.url, "--timeout", "20ms", "--connect-timeout", "5s"], 60, { code: [0, 3] });
        assert.ok(rows.every((row) => row.outcome !== "ok"), JSON.stringify(outcomes(rows)));
        assert.ok(run.elapsed.measure_ns < 5e9, `${run.elapsed.measure_ns} ns for 60 requests of some ms`);
    }
    assert.ok(count >= 170);
});

test("connections that bring nothing: ever fewer in closed loop, as many as are due in open loop", async (t) => {
    const server = net.createServer((socket) => { socket.on("error", () => {}); socket.once("data", () => socket.end()); });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${server.address().port}/`;
    const closed = await load(t, ["-c", 2, "-d", "1s", url], undefined, { code: [0, 3] });
    assert.deepEqual(Object.keys(outcomes(closed.rows)), ["closed"]);
    assert.ok(closed.rows.length < 30, `${closed.rows.length} attempts in a second of doubling pauses`);
    const late = closed.rows.filter((row) => Number(row.send_lag_ns) > 5e6); /* due when its pause is over, and no sooner */
    assert.ok(late.length < closed.rows.length / 2, JSON.stringify(late));
    const open = await load(t, ["-c", 2, "-R", 200, "-d", "1s", url], 200, { code: [0, 3] });
    assert.deepEqual(outcomes(open.rows), { closed: 200 });
    assert.ok(open.rows.filter((row) => Number(row.wait_ns) > 5e6).length < 80, "no pause of ours is waited for");
});

test("a dead port is no busy loop: closed loop pauses, open loop tries as often as it is asked", async (t) => {
    for (const [args, check] of [
        [[], (rows) => assert.ok(rows.length < 100, `${rows.length} attempts in a closed loop`)],
        [["-R", 300], (rows) => assert.ok(rows.filter((row) => Number(row.wait_ns) > 5e6).length < rows.length / 2, "nobody waits")],
    ]) {
        const stub = await startStub(t);
        const output = path.join(temporaryFolder(t), "run");
        await tare(["-q", "-c", 4, "-d", "1500ms", "-o", output, ...args, stub.url],
            { code: [0, 3], onStart: () => setTimeout(() => stub.stop("SIGKILL"), 700) });
        const { rows } = checkRun(output);
        const refused = rows.filter((row) => row.outcome === "connect_refused");
        assert.ok(refused.length > 4, JSON.stringify(outcomes(rows)));
        check(refused);
    }
});

test("--connect-timeout: a queue that is full is given up in time, before the start and after", async (t) => {
    const child = await startServer(t, "node", ["-e", `const server = require("http").createServer((_, r) => r.end("ok"));
        server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log("http://127.0.0.1:" + server.address().port))`]);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-c", 8, "-R", 100, "-d", "1500ms", "--reuse", "off", "--connect-timeout", "200ms", "--timeout", "300ms",
        "-o", output, child.url], { code: [0, 3], onStart: () => setTimeout(() => child.child.kill("SIGSTOP"), 700) });
    const { rows } = checkRun(output);
    const late = rows.filter((row) => row.outcome === "connect_timeout");
    assert.ok(late.length > 5, JSON.stringify(outcomes(rows)));
    for (const row of late)
        assert.ok(Number(row.connect_ns) >= 200e6, JSON.stringify(row));
    const soon = late.filter((row) => Number(row.connect_ns) < 290e6); /* --timeout is longer */
    assert.ok(soon.length > late.length / 2, JSON.stringify(late));
    for (const row of rows.filter(({ outcome }) => outcome === "timeout"))
        assert.ok(Number(row.service_ns) >= 300e6, JSON.stringify(row));
    const fillers = [1, 2, 3, 4].map(() => net.connect(child.port, "127.0.0.1").on("error", () => {}));
    t.after(() => fillers.forEach((one) => one.destroy()));
    const began = Date.now();
    const { stderr } = await tare(["-q", "--connect-timeout", "200ms", child.url], { code: 2 });
    assert.match(stderr, /does not answer.*\n.*--connect-timeout/);
    assert.ok(Date.now() - began < 5000, "the run ends in time");
});

test("--connect-rate: connections are opened no faster, before the start and after", async (t) => {
    const stub = await startStub(t);
    const opened = [];
    const server = await startRawServer(t, (socket) => socket.write(ANSWER));
    server.server.on("connection", () => opened.push(Date.now()));
    const slow = await load(t, ["-c", 20, "-n", 200, "--connect-rate", 100, server.url], 200);
    assert.deepEqual(outcomes(slow.rows), { ok: 200 });
    assert.ok(opened.at(-1) - opened[1] > 130, `20 connections took ${opened.at(-1) - opened[1]} ms`);
    assert.equal(new Set(slow.rows.map((row) => row.connection)).size, 20);
    const { run, rows } = await load(t, ["-c", 4, "-d", "1s", "--reuse", "off", "--connect-rate", 100, stub.url]);
    assert.ok(rows.length > 60 && rows.length < 130, `${rows.length} requests, each on a connection of its own`);
    assert.equal(run.config.connect_rate_per_s, 100);
    const open = await load(t, ["-c", 4, "-d", "1s", "-R", 50, "--reuse", "off", "--connect-rate", 200, stub.url], 50);
    assert.deepEqual(outcomes(open.rows), { ok: 50 });
});

test("runs that use connections in another way are another load, and a baseline knows", async (t) => {
    const stub = await startStub(t);
    const folder = temporaryFolder(t);
    const at = (name) => path.join(folder, name);
    for (const [name, reuse] of [["kept", "on"], ["closed", "off"], ["closed2", "off"]])
        await tare(["-q", "-c", 2, "-n", 400, "--reuse", reuse, "-o", at(name), stub.url]);
    const { stderr, stdout } = await report([at("kept"), at("closed"), "-o", at("report")], { code: 3 });
    assert.match(stderr + stdout, /requests a connection: any number and 1/);
    await report([at("closed"), "-o", at("report"), "--save-baseline", at("baseline.json")], { code: [0, 3] });
    assert.equal(JSON.parse(fs.readFileSync(at("baseline.json"), "utf8")).made.requests_per_connection, 1);
    const page = fs.readFileSync(path.join(at("report"), "report.html"), "utf8");
    assert.match(page, /2 connections, 1 thread, 1 request on each/);
    const same = await report(["--baseline", at("baseline.json"), at("closed2"), "-o", at("report")], { code: [0, 1, 3] });
    assert.doesNotMatch(same.stderr + same.stdout, /requests a connection/);
});

test("a connection that the server closes while it is idle is noticed before the next request", async (t) => {
    const nginx = await startNginx(t, 'keepalive_timeout 100ms; location / { return 200 "x"; }');
    const { rows, run } = await load(t, ["-c", 2, "-R", 3, "-d", "3s", nginx.url], 9);
    assert.ok((outcomes(rows).ok ?? 0) >= 8, JSON.stringify(outcomes(rows)));
    assert.ok(run.anomalies.closed_while_idle >= 5, JSON.stringify(run.anomalies));
});

test("a close that crosses a request: closed, counted apart, and told", async (t) => {
    const counts = new Map();
    const server = await startRawServer(t, (socket) => { /* every second request finds a closed door */
        const count = (counts.get(socket) ?? 0) + 1;
        counts.set(socket, count);
        if (count === 1)
            socket.write(ANSWER);
        else
            socket.end();
    });
    const output = path.join(temporaryFolder(t), "run");
    const { stdout } = await tare(["-o", output, "-c", 1, "-n", 20, server.url], { code: [0, 3] });
    const { rows, run } = checkRun(output, 20);
    assert.deepEqual(outcomes(rows), { ok: 10, closed: 10 });
    assert.equal(run.anomalies.closed_at_send, 10);
    assert.match(stdout, /10 requests went out on a kept connection that ended without a byte/);
    const blunt = await startRawServer(t, (socket) => socket.end());
    const { run: other } = await load(t, ["-c", 1, "-n", 5, "--reuse", "off", "-R", 100, blunt.url], 5, { code: [0, 3] });
    assert.ok(other.anomalies.closed_at_send <= 1, "a connection of its own does not cross anything");
});

test("an unsolicited 408 is a farewell, and no answer to the next request", async (t) => {
    const server = await startRawServer(t, (socket) => {
        clearTimeout(socket.idle);
        socket.write(ANSWER);
        socket.idle = setTimeout(() => socket.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), 20);
        socket.on("close", () => clearTimeout(socket.idle));
    });
    const { rows, run } = await load(t, ["-c", 1, "-R", 8, "-d", "2s", server.url], 16, { code: [0, 3] });
    assert.ok((outcomes(rows).ok ?? 0) >= 14, JSON.stringify(outcomes(rows)));
    assert.ok(run.anomalies.unsolicited_bytes >= 10, JSON.stringify(run.anomalies));
    const eager = await startRawServer(t, (socket) => { /* it may come before, with or behind the next request */
        socket.write(ANSWER);
        setImmediate(() => socket.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    });
    const crossed = await load(t, ["-c", 16, "-n", 6000, eager.url], 6000, { code: [0, 3] });
    const kinds = countBy(crossed.rows, (row) => `${row.outcome} ${row.status}`);
    for (const kind of Object.keys(kinds))
        assert.match(kind, /^(ok 200|closed |reset |status_4xx 408)$/, JSON.stringify(kinds));
    const honest = await startRawServer(t, (socket) => socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    assert.deepEqual(outcomes((await load(t, ["-c", 1, "-n", 5, honest.url], 5, { code: [0, 3] })).rows), { status_4xx: 5 });
});

test("421, 417 and an expectation: recorded as they come, on a connection that goes on", async (t) => {
    const misdirected = await startRawServer(t, (socket) => socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"));
    const { rows } = await load(t, ["-c", 2, "-n", 20, misdirected.url], 20, { code: [0, 3] });
    assert.deepEqual(countBy(rows, (row) => `${row.status} ${row.outcome}`), { "421 status_4xx": 20 });
    assert.equal(new Set(rows.map((row) => row.connection)).size, 2);
    const expect = ["-H", "Expect: 100-continue", "--body", "x".repeat(20_000)];
    const nginx = await startNginx(t, 'client_body_buffer_size 64k; location / { proxy_pass http://127.0.0.1:1/; error_page 502 =200 /ok; } location /ok { return 200 "x"; }');
    const continued = await load(t, ["-c", 2, "-n", 20, ...expect, nginx.url], 20, { code: [0, 3] });
    assert.deepEqual(outcomes(continued.rows), { ok: 20 });
    assert.ok(continued.rows.every((row) => Number(row.bytes_out) > 20_000), "the body went along");
});

test("HTTP/1.0 servers: closed behind each response, or kept where they say so", async (t) => {
    const closing = await startRawServer(t, (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nbody"));
    const one = await load(t, ["-c", 2, "-n", 20, closing.url], 20, { code: [0, 3] });
    assert.deepEqual(outcomes(one.rows), { ok: 20 });
    assert.equal(new Set(one.rows.map((row) => row.connection)).size, 20);
    const sized = await startRawServer(t, (socket) => socket.write("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const two = await load(t, ["-c", 2, "-n", 20, sized.url], 20, { code: [0, 3] });
    assert.equal(new Set(two.rows.map((row) => row.connection)).size, 20, "1.0 does not keep unless it says so");
    const kept = await startRawServer(t, (socket) => socket.write("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" +
        "Keep-Alive: timeout=5, max=100\r\nContent-Length: 2\r\n\r\nok"));
    const three = await load(t, ["-c", 2, "-n", 20, "-H", "Connection: keep-alive", kept.url], 20);
    assert.deepEqual(outcomes(three.rows), { ok: 20 });
    assert.equal(new Set(three.rows.map((row) => row.connection)).size, 2);
});
