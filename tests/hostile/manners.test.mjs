// manners.test.mjs - what a peer can do beyond the bytes of one response: endless heads and bodies, answers
// that nobody asked for, requests that are never read. tare names each, ends in time, and loses no count.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "../e2e/check_run.mjs";
import { startRawServer, tare, temporaryFolder } from "../e2e/support.mjs";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Loads a server and returns the run's files, which were held against each other. */
async function load(t, url, args, requests, options = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const began = Date.now();
    const result = await tare(["-q", "-o", output, ...args, url], { code: [0, 3], timeoutMs: 30_000, ...options });
    return { ...checkRun(output, requests), result, tookMs: Date.now() - began };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);

/** Writes `piece` until the socket is gone. */
function writeForEver(socket, piece) {
    const more = () => {
        while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", more);
    more();
}

test("a response a byte at a time is whole", async (t) => {
    const text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n";
    const server = await startRawServer(t, (socket) => {
        socket.setNoDelay(true);
        let at = 0;
        const next = () => {
            if (at < text.length)
                socket.write(text[at++], () => setImmediate(next));
        };
        next();
    });
    const { rows } = await load(t, server.url, ["-c", 4, "-n", 20], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.ok(rows.every((row) => Number(row.bytes_in) === text.length));
});

test("a field of a megabyte, and fields without end, are malformed", async (t) => {
    const large = await startRawServer(t, (socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(1_000_000)}\r\nContent-Length: 0\r\n\r\n`));
    assert.deepEqual(outcomes((await load(t, large.url, ["-c", 2, "-n", 6], 6)).rows), { malformed: 6 });
    const endless = await startRawServer(t, (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        writeForEver(socket, "X-Field: value\r\n".repeat(1000));
    });
    assert.deepEqual(outcomes((await load(t, endless.url, ["-c", 2, "-n", 6], 6)).rows), { malformed: 6 });
    const interim = await startRawServer(t, (socket) =>
        writeForEver(socket, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"));
    assert.deepEqual(outcomes((await load(t, interim.url, ["-c", 2, "-n", 6], 6)).rows), { malformed: 6 });
});

test("a body without end is a timeout, and what came of it is counted", async (t) => {
    for (const [head, piece] of [["Transfer-Encoding: chunked", `1000\r\n${"x".repeat(4096)}\r\n`],
        ["Content-Length: 9000000000000000000", "x".repeat(4096)], ["Connection: close", "x".repeat(4096)]]) {
        const server = await startRawServer(t, (socket) => {
            socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
            writeForEver(socket, piece);
        });
        const { rows, tookMs } = await load(t, server.url, ["-c", 2, "-n", 2, "--timeout", "300ms"], 2);
        assert.deepEqual(outcomes(rows), { timeout: 2 }, head);
        assert.ok(rows.every((row) => Number(row.bytes_in) > 10_000), "what came is counted");
        assert.ok(tookMs < 10_000, `${tookMs} ms`);
    }
});

test("two responses to one request: the first counts, and the connection is not used again", async (t) => {
    const server = await startRawServer(t, (socket) => socket.write(ANSWER + ANSWER));
    const { rows, run } = await load(t, server.url, ["-c", 2, "-n", 10], 10);
    assert.equal(outcomes(rows).ok, 10);
    assert.ok(run.anomalies.excess_bytes + run.anomalies.unsolicited_bytes >= 8, JSON.stringify(run.anomalies));
    assert.ok(new Set(rows.map((row) => row.connection)).size >= 9, "each on a connection of its own");
});

test("a response before its request is taken for no second one", async (t) => {
    const sockets = new Set();
    const server = net.createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
        socket.write(ANSWER);
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => { sockets.forEach((socket) => socket.destroy()); server.close(); });
    const output = path.join(temporaryFolder(t), "run");
    const began = Date.now();
    const result = await tare(["-c", 2, "-d", "500ms", "--timeout", "300ms", "--grace", "300ms", "-o", output,
        `http://127.0.0.1:${server.address().port}/`], { code: [0, 2, 3], timeoutMs: 30_000 });
    assert.ok(Date.now() - began < 25_000, "it ends");
    if (result.code === 2) {
        assert.match(result.stderr, /\n {6}/, "cause and remedy");
        return;
    }
    const { rows } = checkRun(output);
    /* Where the request left before the server wrote, nobody can tell; one that follows gets no answer. */
    assert.ok(rows.length >= 2);
    const answered = rows.filter((row) => row.outcome === "ok").map((row) => row.connection);
    assert.equal(new Set(answered).size, answered.length, "at most one answer is taken from a connection");
});

test("an answer in the middle of a request's body, and then the end", async (t) => {
    const folder = temporaryFolder(t);
    const body = path.join(folder, "body");
    fs.writeFileSync(body, "x".repeat(8_000_000));
    const server = await startRawServer(t, (socket) => {
        socket.end("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        setTimeout(() => socket.destroy(), 50);
    });
    const { rows } = await load(t, server.url, ["-c", 2, "-n", 6, "--body", `@${body}`], 6);
    for (const row of rows) /* the reset may overtake the answer */
        assert.match(row.outcome, /^(status_4xx|reset)$/);
});

test("a server that accepts and never reads is a timeout", async (t) => {
    const sockets = new Set();
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => { sockets.forEach((socket) => socket.destroy()); server.close(); });
    const body = path.join(temporaryFolder(t), "body");
    fs.writeFileSync(body, "x".repeat(20_000_000));
    const url = `http://127.0.0.1:${server.address().port}/`;
    const { rows } = await load(t, url, ["-c", 2, "-n", 4, "--timeout", "300ms", "--body", `@${body}`], 4);
    assert.deepEqual(outcomes(rows), { timeout: 4 });
    assert.ok(rows.every((row) => row.bytes_in === "0"));
});

test("a server that ends its side behind the answer, and still reads", async (t) => {
    const sockets = new Set();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.once("data", () => socket.end(ANSWER));
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => { sockets.forEach((socket) => socket.destroy()); server.close(); });
    const { rows } = await load(t, `http://127.0.0.1:${server.address().port}/`, ["-c", 4, "-n", 40], 40);
    for (const row of rows) /* the next request may be on its way when the end is heard of */
        assert.match(row.outcome, /^(ok|closed|reset)$/);
    assert.ok(outcomes(rows).ok >= 20, JSON.stringify(outcomes(rows)));
});

test("garbage before, between and behind", async (t) => {
    const cases = { malformed: ["\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HELO smtp\r\n", "\x16\x03\x01\x02", "<html>"] };
    for (const [outcome, answers] of Object.entries(cases)) {
        for (const answer of answers) {
            const server = await startRawServer(t, (socket) => socket.write(answer, "latin1"));
            const { rows } = await load(t, server.url, ["-c", 1, "-n", 2, "--timeout", "2s"], 2);
            assert.deepEqual(outcomes(rows), { [outcome]: 2 }, JSON.stringify(answer));
        }
    }
});
