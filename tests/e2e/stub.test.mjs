// stub.test.mjs - the stub as its clients and its users see it: framing over real sockets, order, delays,
// the log, how connections end, and what it says when it stops.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { STUB, execute, percentile, readStubLog, startServer, startStub, temporaryFolder, until } from "./support.mjs";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const post = (body, fields = "") => `POST /p HTTP/1.1\r\nHost: x\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;

/** A connection that keeps all that it received in `text`; closed when the test ends. */
function dial(t, stub) {
    const client = { socket: net.connect({ port: stub.port, host: "127.0.0.1", noDelay: true }), text: "", ended: false, closed: false };
    client.socket.on("data", (bytes) => { client.text += bytes.toString("latin1"); });
    client.socket.on("end", () => { client.ended = true; });
    client.socket.on("close", () => { client.closed = true; });
    client.socket.on("error", () => {});
    client.send = (bytes) => new Promise((resolve) => client.socket.write(bytes, "latin1", resolve));
    client.bodies = () => client.text.split("Hello, World!").length - 1;
    t.after(() => client.socket.destroy());
    return client;
}

/** Bytes that the stub has sent and its client has not taken, over all its connections (proc_net_tcp(5)). */
function socketQueue(port) {
    const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    return fs.readFileSync("/proc/net/tcp", "utf8").split("\n").map((line) => line.trim().split(/ +/))
        .filter((words) => words[1]?.endsWith(local))
        .reduce((total, words) => total + parseInt(words[4].split(":")[0], 16), 0);
}

/** One answer of the stub, head and body. */
async function answerOf(t, stub) {
    const client = dial(t, stub);
    await client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    await until("the end", () => client.ended);
    return client.text.replace("Connection: close\r\n", "");
}

/** Runs the same test without delays, with them and with --null: the framing is the same. */
function testAllLoops(name, run) {
    for (const args of [[], ["--delay", "fixed:1ms"], ["--null"]])
        test(`${name} (${args.join(" ") || "no delay"})`, async (t) => run(t, await startStub(t, args)));
}

testAllLoops("a request cut anywhere is one request", async (t, stub) => {
    const client = dial(t, stub);
    const requests = [GET, post("12345"), GET];
    let sent = 0;
    for (const request of requests) {
        for (let cut = 1; cut < request.length; cut += 7) {
            await client.send(request.slice(0, cut));
            await new Promise((resolve) => setImmediate(resolve));
            await client.send(request.slice(cut));
            sent++;
            await until(`answer ${sent}`, () => client.bodies() >= sent);
            assert.equal(client.bodies(), sent);
        }
    }
    const { text } = await stub.stop();
    assert.match(text, new RegExp(`served ${sent} requests on 1 connections`));
});

testAllLoops("pipelined requests get their answers in order, none missing", async (t, stub) => {
    const client = dial(t, stub);
    const head = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    await client.send(GET.repeat(300) + head + post("x".repeat(9000)) + GET);
    await until("303 heads", () => client.text.split("HTTP/1.1 200 OK").length - 1 >= 303);
    assert.equal(client.bodies(), 302);
    const parts = client.text.split("HTTP/1.1 200 OK");
    assert.ok(!parts[301].includes("Hello"), "the answer to HEAD comes 301st, and has no body");
});

testAllLoops("many requests from a client that does not read for a while", async (t, stub) => {
    const client = dial(t, stub);
    client.socket.pause();
    for (let i = 0; i < 50; i++)
        await client.send(GET.repeat(200));
    client.socket.resume();
    await until("10,000 answers", () => client.bodies() >= 10_000, 30_000);
    assert.equal(client.bodies(), 10_000);
    assert.equal(client.text.length % 10_000, 0, "all answers have the same size: none was torn");
});

test("answers that do not fit into the socket wait, and none is torn", async (t) => {
    for (const args of [["--null", "--size", "10000"], ["--size", "10000"], ["--delay", "fixed:1us", "--size", "10000", "--chunked"]]) {
        const stub = await startStub(t, args);
        const client = dial(t, stub);
        let bytes = 0;
        client.socket.removeAllListeners("data");
        client.socket.pause();
        for (let i = 0; i < 30; i++)
            await client.send(GET.repeat(100));
        await until("the stub to fill the socket", () => socketQueue(stub.port) > 1_000_000);
        const one = Buffer.from(await answerOf(t, stub), "latin1");
        client.socket.on("data", (part) => {
            for (let at = 0; at < part.length;) {
                const take = Math.min(part.length - at, one.length - (bytes % one.length));
                assert.ok(part.subarray(at, at + take).equals(one.subarray(bytes % one.length, (bytes % one.length) + take)));
                at += take;
                bytes += take;
            }
        });
        client.socket.resume();
        await until("3,000 answers", () => bytes === 3000 * one.length, 30_000);
        await stub.stop();
    }
});

testAllLoops("a POST of 64 KiB, by length and in chunks, and 100 Continue before it", async (t, stub) => {
    const client = dial(t, stub);
    const body = "b".repeat(65536);
    await client.send(post(body));
    await until("the first answer", () => client.bodies() === 1);
    await client.send(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n${body.slice(0, 32768)}\r\n`);
    await client.send(`8000\r\n${body.slice(32768)}\r\n0\r\n\r\n`);
    await until("the second answer", () => client.bodies() === 2);
    const expecting = post("tail", "Expect: 100-continue\r\n");
    await client.send(expecting.slice(0, -4));
    await until("100 Continue", () => client.text.endsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    await client.send("tail");
    await until("the third answer", () => client.bodies() === 3);
});

testAllLoops("what breaks a rule is refused with its status, and the connection ends", async (t, stub) => {
    for (const [bytes, status] of [["GET / HTTP/1.1\r\n\r\n", 400], ["GET / HTTP/3.0\r\n", 505], [`GET /${"x".repeat(9000)} `, 414],
        [post("x", "Transfer-Encoding: gzip\r\n"), 501]]) {
        const client = dial(t, stub);
        await client.send(GET + bytes);
        await until(`${status}`, () => client.ended);
        assert.equal(client.bodies(), 1, "the request before it is answered");
        assert.match(client.text, new RegExp(`HTTP/1.1 ${status} .*\r\n(.*\r\n)*Connection: close\r\n`));
    }
    const { text } = await stub.stop();
    assert.match(text, /served 4 requests on 4 connections, .*, 4 malformed requests refused/);
});

testAllLoops("Connection: close and HTTP/1.0 end the connection, keep-alive keeps it", async (t, stub) => {
    const closing = dial(t, stub);
    await closing.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await until("the end", () => closing.ended);
    assert.match(closing.text, /Connection: close\r\n/);
    const old = dial(t, stub);
    await old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await until("an answer", () => old.bodies() === 1);
    assert.match(old.text, /Connection: keep-alive\r\n/);
    await old.send("GET / HTTP/1.0\r\n\r\n");
    await until("the end", () => old.ended);
    assert.equal(old.bodies(), 2);
});

testAllLoops("a thousand connections come and go, and the next thousand find room", async (t, stub) => {
    for (let round = 0; round < 2; round++) {
        const clients = Array.from({ length: 1000 }, () => dial(t, stub));
        await Promise.all(clients.map((client) => client.send(GET)));
        await until("an answer each", () => clients.every((client) => client.bodies() === 1), 20_000);
        clients.forEach((client, i) => (i % 2 === 0 ? client.socket.destroy() : client.socket.resetAndDestroy?.() ?? client.socket.destroy()));
    }
    const { text, code } = await stub.stop();
    assert.equal(code, 0);
    assert.match(text, /served 2,000 requests on 2,000 connections/);
});

testAllLoops("SIGSTOP and SIGCONT are survived", async (t, stub) => {
    const client = dial(t, stub);
    await client.send(GET);
    await until("an answer", () => client.bodies() === 1);
    stub.child.kill("SIGSTOP");
    await client.send(GET + GET);
    stub.child.kill("SIGCONT");
    await until("three answers", () => client.bodies() === 3);
});

test("--size and --chunked: the body's bytes, by length and in chunks", async (t) => {
    for (const args of [["--size", "100000"], ["--size", "100000", "--chunked"], ["--size", "0"], ["--null", "--size", "3000000"],
        ["--null", "--chunked", "--size", "70000"], ["--size", "20000000", "--delay", "fixed:1ms"]]) {
        const stub = await startStub(t, args);
        const size = Number(args[args.indexOf("--size") + 1]);
        const body = await new Promise((resolve, reject) => {
            http.get(stub.url, (response) => {
                const chunks = [];
                response.on("data", (bytes) => chunks.push(bytes));
                response.on("end", () => resolve(Buffer.concat(chunks)));
                assert.equal("transfer-encoding" in response.headers, args.includes("--chunked"));
            }).on("error", reject);
        });
        assert.equal(body.length, size);
        assert.ok(body.equals(Buffer.alloc(size, "Hello, World!")));
        await stub.stop();
    }
});

test("--close-after: the last answer says so, and the connection ends behind it", async (t) => {
    const stub = await startStub(t, ["--close-after", "3"]);
    const client = dial(t, stub);
    await client.send(GET.repeat(5));
    await until("three answers", () => client.bodies() === 3);
    assert.equal(client.text.split("Connection: close").length, 2);
    assert.ok(client.text.lastIndexOf("HTTP/1.1") < client.text.indexOf("Connection: close"));
    await until("the end", () => client.closed || client.ended);
});

test("--status is every good answer's, but not /health's", async (t) => {
    const stub = await startStub(t, ["--status", "503", "--delay", "fixed:30s"]);
    const client = dial(t, stub);
    await client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health?deep HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("both", () => client.bodies() === 2);
    assert.equal(client.text.split("HTTP/1.1 200 OK").length, 3);
    const other = await startStub(t, ["--status", "503"]);
    const served = dial(t, other);
    await served.send(GET);
    await until("an answer", () => served.bodies() === 1);
    assert.match(served.text, /^HTTP\/1.1 503 Service Unavailable\r\n/);
});

test("the log: a line a request, numbers from the bodies, delays as given", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--log", log, "--delay", "turns:1ms,20ms"]);
    const client = dial(t, stub);
    await client.send(post('{"id": 41}') + post("none") + post("none") + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + post("\xff\x01 7"));
    await until("five answers", () => client.bodies() === 5);
    const { code } = await stub.stop();
    assert.equal(code, 0);
    const lines = readStubLog(log);
    assert.deepEqual(lines.map((line) => line.n), [0, 1, 2, 3, 4]);
    assert.deepEqual(lines.map((line) => line.request), [41, 0, 1, null, 7]);
    assert.deepEqual(lines.map((line) => line.latency_ns / 1e6), [20, 1, 20, 0, 20]);
    assert.deepEqual(lines.map((line) => line.path), ["/p", "/p", "/p", "/health", "/p"]);
    assert.equal(lines[0].body, '{"id": 41}');
    assert.equal(Buffer.from(lines[4].body_base64, "base64").toString("hex"), Buffer.from("\xff\x01 7", "latin1").toString("hex"));
    for (const line of lines)
        assert.ok(line.took_ns >= line.latency_ns, `${line.took_ns} ns for a latency of ${line.latency_ns}`);
    const told = [...client.text.matchAll(/Server-Timing: total;dur=([\d.]+)\r\n/g)].map((match) => Number(match[1]));
    assert.deepEqual(told, [20, 1, 20, 0, 20]);
});

test("an answer that is due when its client has gone is dropped, logged and counted", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--log", log, "--delay", "turns:1ms,30s"]);
    const client = dial(t, stub);
    await client.send(post("0") + post("1") + post("2"));
    await until("the first answer", () => client.bodies() === 1);
    client.socket.destroy();
    const next = dial(t, stub); // most likely in the same slot: it must not get the other's answer
    await next.send(post("2"));
    await until("its answer", () => next.bodies() === 1);
    await next.send(post("3")); // is due when the server is stopped
    await until("its line", () => fs.readFileSync(log, "utf8").split("\n").length > 4);
    const { text } = await stub.stop();
    assert.match(text, /served 2 requests on 2 connections, .*, 3 answers dropped with their connections/);
    const lines = readStubLog(log);
    assert.deepEqual(lines.filter((line) => line.sent_ns === null).map((line) => line.request).sort(), [1, 2, 3]);
    assert.equal(lines.length, 5);
});

test("delays are given on time", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--log", log, "--delay", "uniform:1ms-3ms"]);
    const clients = Array.from({ length: 4 }, () => dial(t, stub));
    for (let i = 1; i <= 100; i++) {
        await Promise.all(clients.map((client) => client.send(GET)));
        await until("the answers", () => clients.every((client) => client.bodies() === i));
    }
    await stub.stop();
    const late = readStubLog(log).map((line) => line.took_ns - line.latency_ns);
    assert.equal(late.length, 400);
    assert.ok(Math.min(...late) >= 0);
    assert.ok(percentile(late, 50) < 100_000, `median ${percentile(late, 50)} ns late`);
});

test("--servers: requests of all connections queue for them in their order, whatever thread reads them", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--log", log, "--servers", 2, "--delay", "fixed:20ms", "--threads", 2]);
    const clients = Array.from({ length: 10 }, () => dial(t, stub));
    await Promise.all(clients.map((client) => client.send(GET)));
    const health = dial(t, stub);
    await health.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("the answers", () => [...clients, health].every((client) => client.bodies() === 1));
    await stub.stop();
    const lines = readStubLog(log).filter((line) => line.request !== null);
    const first = Math.min(...lines.map((line) => line.received_ns)) / 1e6;
    const after = lines.map((line) => line.sent_ns / 1e6 - first).sort((a, b) => a - b);
    after.forEach((ms, i) => assert.ok(ms > 20 * Math.ceil((i + 1) / 2) - 0.01, `answer ${i} after ${ms} ms`));
    assert.ok(lines.every((line) => line.latency_ns === 20e6), "the log tells the latency without the queue");
});

test("more connections than descriptors allow: those that fit are served, the rest is closed and counted", async (t) => {
    for (const mode of [[], ["--null"]]) {
        const stub = await startServer(t, "sh", ["-c", `ulimit -n 64; exec "$0" "$@"`, STUB, "--port", "0", ...mode]);
        const clients = Array.from({ length: 100 }, () => dial(t, stub));
        await Promise.all(clients.map((client) => client.send(GET)));
        await until("all to be answered or closed", () => clients.every((client) => client.bodies() === 1 || client.closed));
        assert.equal(clients.filter((client) => client.bodies() === 1).length, 64);
        clients.forEach((client) => client.socket.destroy());
        let later;
        await until("room again", async () => {
            later = dial(t, stub);
            await later.send(GET);
            await until("an end", () => later.bodies() === 1 || later.closed);
            return later.bodies() === 1;
        });
        const { text } = await stub.stop();
        assert.match(text, /served 65 requests on 65 connections, .*, \d+ connections refused for want of descriptors/);
    }
});

test("several threads share a port, a counter and a log; IPv6 is as good", async (t) => {
    const log = path.join(temporaryFolder(t), "log");
    const stub = await startStub(t, ["--threads", "3", "--log", log, "--address", "::1"]);
    await Promise.all(Array.from({ length: 30 }, () => new Promise((resolve, reject) => {
        http.get({ host: "::1", port: stub.port, agent: false }, (response) => response.resume().on("end", resolve)).on("error", reject);
    })));
    const { text, code } = await stub.stop("SIGINT");
    assert.equal(code, 0);
    assert.match(text, /listening on \[::1\]:\d+ .*\nserved 30 requests on 30 connections/);
    const lines = readStubLog(log);
    assert.deepEqual(lines.map((line) => line.n).sort((a, b) => a - b), Array.from({ length: 30 }, (_, i) => i));
    assert.equal(new Set(lines.map((line) => line.request)).size, 30);
    assert.equal(new Set(lines.map((line) => line.connection)).size, 30);
    const second = await execute(STUB, ["--threads", "3", "--address", "::1", "--port", String(stub.port)], { timeoutMs: 1 });
    assert.notEqual(second.code, 2, "the port is free again");
});

test("a port in use is told, with one thread and with several; so is a log that cannot be written", async (t) => {
    for (const threads of [1, 3]) {
        const stub = await startStub(t, ["--threads", threads]);
        for (const others of [1, 2]) {
            const result = await execute(STUB, ["--port", String(stub.port), "--threads", String(others)], { timeoutMs: 10_000 });
            assert.equal(result.code, 2);
            assert.match(result.stderr, /^tare-stub: 127.0.0.1:\d+ is in use: .*\n {6}.*--port/);
        }
    }
    const folder = await execute(STUB, ["--port", "0", "--log", "/nowhere/log"]);
    assert.equal(folder.code, 2);
    assert.match(folder.stderr, /^tare-stub: cannot write \/nowhere\/log: .*\n {6}/);
    const full = await startStub(t, ["--log", "/dev/full"]);
    const client = dial(t, full);
    await client.send(GET);
    await until("an answer", () => client.bodies() === 1);
    const { code, text } = await full.stop();
    assert.equal(code, 2);
    assert.match(text, /the log is not whole: \/dev\/full: No space left/);
});
