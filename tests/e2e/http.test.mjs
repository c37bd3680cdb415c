// http.test.mjs - HTTP/1.1 as servers speak it: nginx for the usual, servers of our own for what no
// well-behaved server sends. Each way in which a request can end is provoked once.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { reasonNames, startNginx, startRawServer, startStub, tare, temporaryFolder, until } from "./support.mjs";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, { code } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, ...args], { code });
    return { ...checkRun(output, requests), result };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);

test("nginx: Content-Length, chunked, empty and large responses, each byte counted", async (t) => {
    const nginx = await startNginx(t, `
        location /hello { return 200 "Hello, World!"; }
        location /empty { return 204; }
        location /chunked { ssi on; ssi_types text/plain; }`);
    for (const [name, size] of [["big", 3_000_000], ["medium", 65_536], ["chunked", 50_000]])
        fs.writeFileSync(path.join(nginx.folder, "www", name), "x".repeat(size));
    const sizes = { hello: 13, empty: 0, chunked: 50_000, medium: 65_536, big: 3_000_000 };
    let expected = 0;
    for (const [name, bytes] of Object.entries(sizes)) {
        const { rows } = await load(t, ["-c", 5, "-n", 60, `${nginx.url}${name}`], 60);
        expected += 60;
        assert.deepEqual(outcomes(rows), { ok: 60 }, name);
        assert.equal(new Set(rows.map((row) => row.connection)).size, 5, `${name} keeps its connections`);
        for (const row of rows)
            assert.ok(Number(row.bytes_in) >= bytes && Number(row.bytes_in) < bytes + 2000, `${name}: ${row.bytes_in} bytes`);
    }
    await nginx.stop();
    assert.equal(nginx.requests(), expected, "rows = the server's own count");
});

test("nginx: HEAD, 304 and statuses of each class", async (t) => {
    const nginx = await startNginx(t, `
        location /missing { return 404; } location /broken { return 503; } location /moved { return 301 /; }
        if_modified_since before;`);
    fs.writeFileSync(path.join(nginx.folder, "www/file"), "x".repeat(100_000));
    const head = await load(t, ["-X", "HEAD", "-c", 2, "-n", 20, `${nginx.url}file`], 20);
    assert.deepEqual(outcomes(head.rows), { ok: 20 });
    const since = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT";
    const cached = await load(t, ["-H", since, "-c", 2, "-n", 20, `${nginx.url}file`], 20);
    assert.deepEqual(countBy(cached.rows, (row) => `${row.status} ${row.outcome}`), { "304 ok": 20 });
    const moved = await load(t, ["-c", 2, "-n", 20, `${nginx.url}moved`], 20);
    assert.deepEqual(countBy(moved.rows, (row) => `${row.status} ${row.outcome}`), { "301 ok": 20 });
    const missing = await load(t, ["-c", 2, "-n", 20, `${nginx.url}missing`], 20);
    assert.deepEqual(countBy(missing.rows, (row) => `${row.status} ${row.outcome}`), { "404 status_4xx": 20 });
    const broken = await load(t, ["-c", 2, "-n", 20, `${nginx.url}broken`], 20);
    assert.deepEqual(countBy(broken.rows, (row) => `${row.status} ${row.outcome}`), { "503 status_5xx": 20 });
});

test("304 has no body, whatever its Content-Length says", async (t) => {
    const server = await startRawServer(t, (socket) =>
        socket.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n"));
    const { rows } = await load(t, ["-c", 2, "-n", 20, server.url], 20);
    assert.deepEqual(countBy(rows, (row) => `${row.status} ${row.outcome}`), { "304 ok": 20 });
});

test("a server that closes after every tenth request: reconnected, told, and nothing lost", async (t) => {
    const nginx = await startNginx(t, 'keepalive_requests 10; location / { return 200 "x"; }');
    const { rows, run } = await load(t, ["-c", 4, "-n", 400, nginx.url], 400, { code: [0, 3] });
    await nginx.stop();
    assert.equal(rows.filter((row) => row.outcome === "ok").length, 400);
    assert.equal(nginx.requests(), 400);
    const connections = new Set(rows.map((row) => row.connection)).size;
    assert.ok(connections >= 40 && connections <= 43, `${connections} connections of at most 10 requests`);
    assert.ok(rows.filter((row) => Number(row.connect_ns) > 0).length >= 36, "reconnects have their connect time");
    assert.equal(run.anomalies.stale_events, 0, "what ends late was expected");
    assert.equal(run.state, "complete");
});

test("Connection: close on every response: suspect, since keep-alive was not honoured", async (t) => {
    const nginx = await startNginx(t, 'keepalive_timeout 0; location / { return 200 "x"; }');
    const { rows, run } = await load(t, ["-c", 3, "-n", 60, nginx.url], 60);
    assert.deepEqual(outcomes(rows), { ok: 60 });
    assert.equal(new Set(rows.map((row) => row.connection)).size, 60);
    assert.equal(run.validity.verdict, "suspect", reasonNames(run).join());
    assert.match(reasonNames(run).join(), /keep_?alive/);
    await load(t, ["--strict", "-c", 3, "-n", 60, nginx.url], 60, { code: 3 });
});

test("a body that ends with the connection", async (t) => {
    const server = await startRawServer(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(10_000)}`));
    const { rows } = await load(t, ["-c", 2, "-n", 20, server.url], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.ok(rows.every((row) => Number(row.bytes_in) === 10_019));
});

test("1xx responses come before the final one and are not it", async (t) => {
    const server = await startRawServer(t, (socket) => socket.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const { rows } = await load(t, ["-c", 2, "-n", 20, server.url], 20);
    assert.deepEqual(countBy(rows, (row) => `${row.status} ${row.outcome}`), { "200 ok": 20 });
});

test("a response in many small pieces: the first byte is told apart from the last", async (t) => {
    const server = await startRawServer(t, async (socket) => {
        for (const piece of ["HTTP/1.1 200 OK\r\nTransfer-", "Encoding: chunked\r\n\r", "\n5\r\nhel", "lo\r\n0\r\n", "\r\n"]) {
            socket.write(piece, "latin1");
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    });
    server.server.on("connection", (socket) => socket.setNoDelay(true));
    const { rows } = await load(t, ["-c", 2, "-n", 10, server.url], 10);
    assert.deepEqual(outcomes(rows), { ok: 10 });
    for (const row of rows)
        assert.ok(Number(row.service_ns) - Number(row.first_byte_ns) > 15e6, JSON.stringify(row));
});

test("Server-Timing: the server's own word", async (t) => {
    const server = await startRawServer(t, (socket) => socket.write("HTTP/1.1 200 OK\r\n" +
        "Server-Timing: db;dur=53.2, total;dur=123.4\r\nContent-Length: 0\r\n\r\n"));
    const { rows } = await load(t, ["-c", 1, "-n", 5, server.url], 5);
    assert.deepEqual(countBy(rows, (row) => row.server_ns), { 123400000: 5 });
});

test("IPv6", async (t) => {
    let server;
    try {
        server = await startRawServer(t, (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "::1");
    } catch (error) {
        return t.skip(`no IPv6 here: ${error.code}`);
    }
    const { rows } = await load(t, ["-c", 2, "-n", 20, server.url], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
});

test("the request head is one that RFC 9112 allows, with the Host that was asked for", async (t) => {
    const heads = [];
    const server = await startRawServer(t, (socket, head) => {
        heads.push(head);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await load(t, ["-c", 1, "-n", 1, "-H", "X-One: 1", `${server.url}path?q=1`], 1);
    const [first, ...fields] = heads[0].split("\r\n");
    assert.equal(first, "GET /path?q=1 HTTP/1.1");
    assert.equal(fields.filter((field) => /^host:/i.test(field)).length, 1);
    assert.ok(fields.some((field) => field.toLowerCase() === `host: 127.0.0.1:${server.port}`), heads[0]);
    assert.ok(fields.includes("X-One: 1"), heads[0]);
    await load(t, ["-c", 1, "-n", 1, "-H", "Host: example.org", server.url], 1);
    assert.deepEqual(heads[1].split("\r\n").filter((field) => /^host:/i.test(field)), ["Host: example.org"]);
});

test("a timeout is an outcome of its own, really cancels, and its time is at least the limit", async (t) => {
    let count = 0;
    const closed = [];
    const server = await startRawServer(t, (socket) => {
        if (++count % 4 === 0)
            socket.on("close", () => closed.push(1)); // and never answers
        else
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    const { rows, run } = await load(t, ["-c", 2, "-n", 40, "--timeout", "100ms", server.url], 40, { code: [0, 3] });
    assert.equal(run.anomalies.stale_events, 0, "what ends late was expected");
    const late = rows.filter((row) => row.outcome === "timeout");
    assert.deepEqual(outcomes(rows), { ok: 30, timeout: 10 });
    for (const row of late)
        assert.ok(Number(row.service_ns) >= 100e6 && Number(row.service_ns) < 200e6, row.service_ns);
    await until("the server to see each connection go", () => closed.length === 10);
});

test("a peer that resets, one that closes too early, and one that speaks nonsense", async (t) => {
    const cases = {
        reset: (socket) => socket.resetAndDestroy(),
        closed: (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
        malformed: (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    };
    for (const [outcome, answer] of Object.entries(cases)) {
        const server = await startRawServer(t, answer);
        const { rows } = await load(t, ["-c", 2, "-n", 6, server.url], 6, { code: [0, 3] });
        assert.deepEqual(outcomes(rows), { [outcome]: 6 });
    }
});

test("framing that two readers could read differently is malformed, not guessed at", async (t) => {
    const heads = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    ];
    for (const head of heads) {
        const server = await startRawServer(t, (socket) => socket.write(head));
        const { rows } = await load(t, ["-c", 1, "-n", 3, "--timeout", "2s", server.url], 3, { code: [0, 3] });
        assert.deepEqual(outcomes(rows), { malformed: 3 }, head);
    }
});

test("a server that goes away in the middle: refused connections are told, without a busy loop", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:5ms"]);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-c", 4, "-R", 200, "-d", "2s", "--grace", "500ms", "-o", output, stub.url], {
        code: [0, 3],
        onStart: () => setTimeout(() => stub.stop("SIGKILL"), 1000),
    });
    const { rows, run } = checkRun(output, 400);
    const counts = outcomes(rows.filter((row) => row.last === "1"));
    assert.ok(counts.ok > 100, JSON.stringify(counts));
    assert.ok((counts.connect_refused ?? 0) + (counts.unsent ?? 0) > 100, JSON.stringify(counts));
    assert.ok(rows.length < 2000, `${rows.length} attempts for 400 requests`);
    assert.notEqual(run.state, "running");
});

