// bodies.test.mjs - responses of all sizes: each byte is counted, none of them uses up the buffers of the
// others, and content that the kernel throws away is told from what stands around it.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun, countBy } from "./check_run.mjs";
import { startNginx, startRawServer, startStub, tare, temporaryFolder } from "./support.mjs";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, options) {
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-o", output, ...args], options);
    return checkRun(output, requests);
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);

/** With content thrown away by the kernel, and without. */
const KINDS = [{}, { TARE_DISABLE: "discard" }];

/** A response of a head and so many bytes. */
const respond = (size) => Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`);

test("nginx: from 13 bytes to 10 MiB on 64 connections, no buffer is ever missed", async (t) => {
    const sizes = { 13: 640, 4096: 640, 16384: 640, 65536: 640, 1_000_000: 128, 10_485_760: 64 };
    const nginx = await startNginx(t, "sendfile on;");
    for (const size of Object.keys(sizes))
        fs.writeFileSync(path.join(nginx.folder, "www", size), "x".repeat(Number(size)));
    for (const env of KINDS) {
        for (const [size, requests] of Object.entries(sizes)) {
            const { rows, run } = await load(t, ["-c", 64, "-n", requests, `${nginx.url}${size}`], requests, { env });
            assert.deepEqual(outcomes(rows), { ok: requests }, size);
            assert.equal(new Set(rows.map((row) => row.bytes_in)).size, 1, `${size}: every response has the same size`);
            const head = Number(rows[0].bytes_in) - Number(size);
            assert.ok(head > 100 && head < 400, `${size}: a head of ${head} bytes`);
            assert.equal(run.anomalies.buffers_exhausted, 0, size);
            assert.equal(run.anomalies.stamps_shared, 0, size);
            const exact = rows.filter((row) => row.stamp === "exact").length;
            assert.ok(exact >= requests - 64, `${size}: ${exact} exact stamps`);
        }
    }
});

test("large content in chunks, and to the connection's end", async (t) => {
    const size = 2_000_000;
    const nginx = await startNginx(t, "location / { ssi on; ssi_types text/plain; }");
    fs.writeFileSync(path.join(nginx.folder, "www/chunked"), "x".repeat(size));
    const small = Array.from({ length: 5000 }, (_, i) => i % 251 + 1)
        .map((length) => `${length.toString(16)}\r\n${"y".repeat(length)}\r\n`).join("");
    const answers = { "chunks of a few bytes": `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${small}0\r\n\r\n`,
        "to the end": `HTTP/1.1 200 OK\r\n\r\n${"z".repeat(size)}` };
    for (const env of KINDS) {
        const chunked = await load(t, ["-c", 8, "-n", 80, `${nginx.url}chunked`], 80, { env });
        assert.deepEqual(outcomes(chunked.rows), { ok: 80 });
        assert.ok(chunked.rows.every((row) => Number(row.bytes_in) > size && Number(row.bytes_in) < size * 1.01));
        assert.equal(chunked.run.anomalies.buffers_exhausted, 0);
        for (const [name, answer] of Object.entries(answers)) {
            const server = await startRawServer(t, (socket) => name === "to the end" ? socket.end(answer) : socket.write(answer));
            const { rows } = await load(t, ["-c", 4, "-n", 24, server.url], 24, { env });
            assert.deepEqual(countBy(rows, (row) => `${row.outcome} ${row.bytes_in}`), { [`ok ${answer.length}`]: 24 }, name);
        }
    }
});

test("small and large responses by turns on a connection, one by one and in a pipeline", async (t) => {
    const sizes = Array.from({ length: 97 }, (_, i) => [0, 13, 900, 5000, 40_000, 20, 300_000, 1, 16_200][i * i % 9]);
    for (const env of KINDS) {
        for (const pipeline of [1, 4]) {
            let count = 0;
            const expected = [];
            const server = await startRawServer(t, (socket) => {
                expected.push(respond(sizes[count % sizes.length]));
                socket.write(expected[count++]);
            });
            const { rows } = await load(t, ["-c", 1, "-p", pipeline, "-n", 400, server.url], 400, { env });
            assert.deepEqual(outcomes(rows), { ok: 400 });
            rows.sort((a, b) => a.request - b.request)
                .forEach((row, i) => assert.equal(Number(row.bytes_in), expected[i].length, `response ${i}, ${pipeline} at a time`));
        }
    }
});

test("bytes behind large content are not taken for content, and end the connection", async (t) => {
    for (const env of KINDS) {
        const server = await startRawServer(t, (socket) => socket.write(Buffer.concat([respond(100_000), Buffer.from("more")])));
        const { rows, run } = await load(t, ["-c", 2, "-n", 20, server.url], 20, { env });
        assert.deepEqual(countBy(rows, (row) => `${row.outcome} ${row.bytes_in}`), { [`ok ${respond(100_000).length}`]: 20 });
        const { excess_bytes: excess, unsolicited_bytes: unsolicited } = run.anomalies;
        assert.ok(excess + unsolicited >= 18, `${excess} times bytes behind, ${unsolicited} times on an idle connection`);
        assert.ok(new Set(rows.map((row) => row.connection)).size >= 18);
    }
});

test("large content that is cut off: by a close, a reset, the time-out", async (t) => {
    const half = respond(400_000).subarray(0, 200_000);
    const endings = { closed: (socket) => socket.end(half), timeout: (socket) => socket.write(half),
        reset: (socket) => socket.write(half, () => setTimeout(() => socket.resetAndDestroy(), 20)) };
    for (const env of KINDS) {
        for (const [outcome, answer] of Object.entries(endings)) {
            const server = await startRawServer(t, answer);
            const { rows } = await load(t, ["-c", 2, "-n", 6, "--timeout", "300ms", server.url], 6, { code: [0, 3], env });
            assert.deepEqual(outcomes(rows), { [outcome]: 6 });
            if (outcome !== "reset")
                assert.ok(rows.every((row) => Number(row.bytes_in) === half.length), "what came is told");
        }
    }
});

test("more connections with large responses than have buffers of their own", async (t) => {
    const stub = await startStub(t, ["--size", "100000"]);
    const { rows } = await load(t, ["-c", 1100, "-n", 3300, stub.url], 3300);
    assert.deepEqual(outcomes(rows), { ok: 3300 });
    assert.equal(new Set(rows.map((row) => row.connection)).size, 1100);
    assert.equal(new Set(rows.map((row) => row.bytes_in)).size, 1);
});
