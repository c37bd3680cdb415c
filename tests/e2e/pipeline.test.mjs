// pipeline.test.mjs - several requests on a connection at a time (-p): each response is matched to its
// request in order, each request has its row, and what ends a connection ends all that is on it.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { percentile, readStubLog, startNginx, startRawServer, startStub, tare, temporaryFolder } from "./support.mjs";

const EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, options) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, ...args], options);
    return { ...checkRun(output, requests), result };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);
const end = (row) => Number(row.scheduled_ns) + Number(row.wait_ns) + Number(row.connect_ns) + Number(row.send_lag_ns) +
    Number(row.service_ns);

/** The rows of each connection, in the order of their requests. */
function byConnection(rows) {
    const groups = new Map();
    for (const row of [...rows].sort((a, b) => a.request - b.request))
        groups.set(row.connection, [...(groups.get(row.connection) ?? []), row]);
    return [...groups.values()];
}

/** A server that reads requests with bodies: onRequest(socket, body) for each, in order. */
async function startBodyServer(t, onRequest) {
    const sockets = new Set();
    const server = net.createServer((socket) => {
        let bytes = "";
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("data", (more) => {
            bytes += more.toString("latin1");
            for (;;) {
                const at = bytes.indexOf("\r\n\r\n");
                const length = Number(/content-length: (\d+)/i.exec(bytes.slice(0, at))?.[1] ?? 0);
                if (at < 0 || bytes.length < at + 4 + length)
                    return;
                onRequest(socket, bytes.slice(at + 4, at + 4 + length));
                bytes = bytes.slice(at + 4 + length);
            }
        });
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => {
        for (const socket of sockets)
            socket.destroy();
        return new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${server.address().port}/` };
}

/** Lines that name their own number, in a file. */
function numberLines(t, count) {
    const file = path.join(temporaryFolder(t), "lines");
    fs.writeFileSync(file, Array.from({ length: count }, (_, i) => `${i}\n`).join(""));
    return file;
}

for (const stubArgs of [["--null"], [], ["--delay", "fixed:1ms"]]) {
    test(`the stub (${stubArgs.join(" ") || "no delay"}): every request is answered and has its row`, async (t) => {
        for (const pipeline of [2, 7, 64]) {
            const stub = await startStub(t, stubArgs);
            const { rows, run } = await load(t, ["-c", 3, "-p", pipeline, "-n", 3000, stub.url], 3000);
            const { text } = await stub.stop();
            assert.equal(run.config.pipeline, pipeline);
            assert.deepEqual(outcomes(rows), { ok: 3000 });
            assert.equal(byConnection(rows).length, 3);
            assert.match(text, /served 3,000 requests/);
        }
    });
}

test("closed loop: a request is due when its place is freed, and no place holds two", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:1ms"]);
    const { rows } = await load(t, ["-c", 2, "-p", 4, "-n", 400, stub.url], 400);
    for (const own of byConnection(rows)) {
        assert.ok(own.length > 100, `${own.length} requests on one of two connections`);
        for (let i = 4; i < own.length; i++)
            assert.ok(Math.abs(Number(own[i].scheduled_ns) - end(own[i - 4])) <= 1, `request ${i} of its connection`);
        for (let i = 1; i < own.length; i++)
            assert.ok(end(own[i]) >= end(own[i - 1]) - 1, "responses come in the order of their requests");
    }
});

test("each response is its own request's, whatever the cuts", async (t) => {
    const sizeOf = (number) => (number * 37) % 301;
    const answer = (body) => {
        const size = sizeOf(Number(body));
        return size % 2 === 0 ? `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`
            : `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${"x".repeat(size)}\r\n0\r\n\r\n`;
    };
    const lines = numberLines(t, 240);
    for (const cut of [1, 2, 17, 61, 640]) {
        const server = await startBodyServer(t, (socket, body) => {
            socket.setNoDelay(true);
            socket.rest = (socket.rest ?? "") + answer(body);
            if (socket.isBusy)
                return;
            socket.isBusy = true;
            const write = () => {
                socket.write(socket.rest.slice(0, cut));
                socket.rest = socket.rest.slice(cut);
                socket.isBusy = socket.rest !== "";
                if (socket.isBusy)
                    setImmediate(write);
            };
            setImmediate(write);
        });
        const { rows } = await load(t, ["-c", 3, "-p", 5, "-n", 240, "--body-lines", lines, server.url], 240);
        assert.deepEqual(outcomes(rows), { ok: 240 });
        for (const row of rows)
            assert.equal(Number(row.bytes_in), answer(row.request).length, `request ${row.request}, cuts of ${cut}`);
    }
});

test("responses that end in one receive share its stamp; one that comes by itself has its own", async (t) => {
    const pairs = await startRawServer(t, (socket) => {
        socket.answers = (socket.answers ?? 0) + 1;
        if (socket.answers % 2 === 0)
            socket.write(EMPTY + EMPTY);
    });
    const both = await load(t, ["-c", 2, "-p", 2, "-n", 40, pairs.url], 40);
    assert.deepEqual(countBy(both.rows, (row) => row.stamp), { shared: 40 });
    assert.equal(both.run.anomalies.stamps_shared, 40);
    assert.equal(both.run.validity.reasons.some(({ name }) => /stamp/.test(name)), false, "which is no reason for distrust");

    /* The next is written when the answer before it has made tare send another request. */
    const single = await startRawServer(t, (socket) => {
        socket.waiting = (socket.waiting ?? 0) + 1;
        if (socket.waiting >= 2)
            socket.write(EMPTY, () => { socket.waiting--; });
    });
    const alone = await load(t, ["-c", 2, "-p", 2, "-n", 40, "--timeout", "500ms", single.url], 40, { code: [0, 3] });
    assert.equal(outcomes(alone.rows).ok, 38);
    assert.deepEqual(countBy(alone.rows.filter((row) => row.outcome === "ok"), (row) => row.stamp), { exact: 38 });
});

test("a response that begins behind another has its first byte no later than its last", async (t) => {
    const two = EMPTY + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const server = await startRawServer(t, (socket) => {
        socket.setNoDelay(true);
        socket.answers = (socket.answers ?? 0) + 1;
        if (socket.answers % 2 === 1)
            return;
        socket.write(two.slice(0, -3));
        setTimeout(() => socket.write(two.slice(-3)), 20);
    });
    const { rows } = await load(t, ["-c", 1, "-p", 2, "-n", 20, server.url], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    const [own] = byConnection(rows);
    const firsts = own.filter((_, i) => i % 2 === 0), seconds = own.filter((_, i) => i % 2 === 1);
    assert.ok(firsts.every((row) => row.stamp === "shared" && row.bytes_in === String(EMPTY.length)));
    assert.ok(seconds.every((row) => row.stamp === "exact" && row.bytes_in === String(two.length - EMPTY.length)));
    assert.ok(seconds.every((row) => Number(row.service_ns) - Number(row.first_byte_ns) > 10e6));
});

test("HEAD, 204, 304 and 1xx in the pipeline have no body", async (t) => {
    const heads = await startStub(t);
    const head = await load(t, ["-X", "HEAD", "-c", 2, "-p", 8, "-n", 200, heads.url], 200);
    assert.deepEqual(outcomes(head.rows), { ok: 200 });
    const kinds = ["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 700\r\n\r\n", EMPTY,
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"];
    const server = await startRawServer(t, (socket) => {
        socket.answers = (socket.answers ?? 0) + 1;
        socket.write(kinds[socket.answers % kinds.length]);
    });
    const { rows } = await load(t, ["-c", 1, "-p", 6, "-n", 80, server.url], 80);
    assert.deepEqual(countBy(rows, (row) => row.status), { 200: 40, 204: 20, 304: 20 });
});

test("what ends a connection ends all that is on it, each request with its row", async (t) => {
    const endings = {
        closed: (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
        reset: (socket) => socket.resetAndDestroy(),
        malformed: (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        timeout: () => {},
    };
    for (const [outcome, finish] of Object.entries(endings)) {
        const server = await startRawServer(t, (socket) => {
            socket.requests = (socket.requests ?? 0) + 1;
            if (socket.requests === 4) /* so that all four are there */
                socket.write(EMPTY, () => setTimeout(() => finish(socket), 30));
        });
        const { rows } = await load(t, ["-c", 1, "-p", 4, "-n", 4, "--timeout", "300ms", server.url], 4, { code: [0, 3] });
        const sorted = rows.sort((a, b) => a.request - b.request);
        assert.deepEqual(sorted.map((row) => row.outcome), ["ok", outcome, "closed", "closed"], outcome);
        assert.ok(sorted.every((row) => row.service_ns !== "" && row.connection === sorted[0].connection));
        assert.deepEqual(sorted.slice(2).map((row) => row.bytes_in), ["0", "0"]);
        if (outcome === "timeout")
            assert.ok(Number(sorted[1].service_ns) >= 300e6, sorted[1].service_ns);
    }
});

test("the time-out of each request counts from its own sending", async (t) => {
    const server = await startRawServer(t, (socket) => {
        socket.requests = (socket.requests ?? 0) + 1;
        if (socket.requests <= 4)
            setTimeout(() => socket.write(EMPTY), 150 * socket.requests);
    });
    const { rows } = await load(t, ["-c", 1, "-p", 2, "-n", 6, "--timeout", "700ms", server.url], 6, { code: [0, 3] });
    const sorted = rows.sort((a, b) => a.request - b.request);
    assert.deepEqual(sorted.map((row) => row.outcome), ["ok", "ok", "ok", "ok", "timeout", "closed"]);
    assert.ok(Number(sorted[4].service_ns) >= 700e6, sorted[4].service_ns);
    assert.ok(Number(sorted[5].service_ns) < 700e6, `the one behind it, sent later: ${sorted[5].service_ns}`);
});

test("a response that ends the connection: those behind it were not answered, and the next have another", async (t) => {
    const nginx = await startNginx(t, 'keepalive_requests 10; location / { return 200 "x"; }');
    const { rows, run } = await load(t, ["-c", 2, "-p", 4, "-n", 300, nginx.url], 300, { code: [0, 3] });
    await nginx.stop();
    const counts = outcomes(rows);
    assert.equal(counts.ok + counts.closed, 300, JSON.stringify(counts));
    assert.ok(counts.ok >= 200 && counts.closed > 0, JSON.stringify(counts));
    assert.equal(nginx.requests(), counts.ok, "what nginx did not answer is not told as answered");
    for (const own of byConnection(rows))
        assert.ok(own.filter((row) => row.outcome === "ok").length <= 10);
    assert.ok(run.anomalies.keepalive_refused >= Math.floor(counts.ok / 10) - 2);
});

test("a server that answers too often: the answers that nobody asked for end the connection", async (t) => {
    const server = await startRawServer(t, (socket) => {
        socket.requests = (socket.requests ?? 0) + 1;
        if (socket.requests % 2 === 0)
            socket.write(EMPTY.repeat(3));
    });
    const { rows, run } = await load(t, ["-c", 1, "-p", 2, "-n", 20, server.url], 20, { code: [0, 3] });
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.equal(run.anomalies.excess_bytes, 10);
    assert.equal(new Set(rows.map((row) => row.connection)).size, 10);
});

test("nginx: small, chunked and large responses, 16 at a time, each byte counted", async (t) => {
    const nginx = await startNginx(t, `
        location /hello { return 200 "Hello, World!"; }
        location /chunked { ssi on; ssi_types text/plain; }`);
    for (const [name, size] of [["big", 1_000_000], ["chunked", 50_000]])
        fs.writeFileSync(path.join(nginx.folder, "www", name), "x".repeat(size));
    for (const [name, bytes] of Object.entries({ hello: 13, chunked: 50_000, big: 1_000_000 })) {
        const { rows } = await load(t, ["-c", 4, "-p", 16, "-n", 200, `${nginx.url}${name}`], 200);
        assert.deepEqual(outcomes(rows), { ok: 200 }, name);
        assert.ok(rows.every((row) => Number(row.bytes_in) >= bytes && Number(row.bytes_in) < bytes + 2000), name);
    }
    await nginx.stop();
    assert.equal(nginx.requests(), 600, "rows = the server's own count");
});

test("large requests follow each other whole, to a server that reads slowly", async (t) => {
    const body = (number) => `${number} `.repeat(300_000 / `${number} `.length);
    const lines = path.join(temporaryFolder(t), "lines");
    fs.writeFileSync(lines, Array.from({ length: 24 }, (_, i) => `${body(i)}\n`).join(""));
    const seen = [];
    const server = await startBodyServer(t, (socket, received) => {
        const number = Number(received.split(" ", 1)[0]);
        assert.ok(received === body(number), `body ${number} is whole`);
        seen.push(number);
        socket.pause();
        setTimeout(() => { socket.resume(); socket.write(EMPTY); }, 5);
    });
    const { rows } = await load(t, ["-c", 2, "-p", 4, "-n", 24, "--body-lines", lines, server.url], 24, { code: [0, 3] });
    assert.deepEqual(outcomes(rows), { ok: 24 });
    assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 24 }, (_, i) => i));
});

test("open loop: idle connections come first, then those with the fewest requests; nobody waits for a place", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:20ms"]);
    const { rows } = await load(t, ["-c", 4, "-p", 8, "-R", 400, "-d", "1s", stub.url], 400);
    assert.deepEqual(outcomes(rows), { ok: 400 });
    const counts = Object.values(countBy(rows, (row) => row.connection));
    assert.equal(counts.length, 4);
    assert.ok(Math.min(...counts) >= 60, `${counts} requests each`);
    assert.equal(percentile(rows.map((row) => Number(row.wait_ns)), 50), 0, "of 32 places 8 are in use");
    const seldom = await load(t, ["-c", 4, "-p", 8, "-R", 50, "-d", "1s", stub.url], 50);
    assert.deepEqual(countBy(seldom.rows, (row) => row.stamp), { exact: 50 }, "where one is idle nothing is shared");
});

test("threads and body lines: every line is sent once", async (t) => {
    const folder = temporaryFolder(t);
    const log = path.join(folder, "stub.jsonl");
    const stub = await startStub(t, ["--log", log]);
    const { rows } = await load(t, ["-t", 2, "-c", 5, "-p", 6, "-n", 1000, "--body-lines", numberLines(t, 1000), stub.url], 1000);
    await stub.stop();
    assert.deepEqual(outcomes(rows), { ok: 1000 });
    const bodies = readStubLog(log).map((line) => Number(line.body)).sort((a, b) => a - b);
    assert.deepEqual(bodies, Array.from({ length: 1000 }, (_, i) => i));
});
