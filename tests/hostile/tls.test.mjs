// tls.test.mjs - peers that break TLS: a relay stands before a good server and cuts, stalls, resets, spoils or
// slows what it says, at places all over a connection. Each has one named outcome, and no request is lost.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import tls from "node:tls";
import { makeAuthority } from "../e2e/certificates.mjs";
import { checkRun, countBy } from "../e2e/check_run.mjs";
import { tare, temporaryFolder } from "../e2e/support.mjs";

const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const POINTS = 14;
const HANDSHAKE_FAILURE = Buffer.from([21, 3, 3, 0, 2, 2, 40]); // an alert, RFC 8446 section 6
const ALERT = 21;
const APPLICATION_DATA = 23;

function listen(t, server) {
    const sockets = new Set();
    server.on("connection", (socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
    });
    t.after(() => {
        for (const socket of sockets)
            socket.destroy();
        return new Promise((resolve) => server.close(resolve));
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

/** The records of a stream, whole ones only: [{type, size, end}], where size is of what is encrypted. */
function recordsOf(bytes) {
    const records = [];
    for (let at = 0; at + 5 <= bytes.length; at = records.at(-1).end)
        records.push({ type: bytes[at], size: bytes.readUInt16BE(at + 3), end: at + 5 + bytes.readUInt16BE(at + 3) });
    return records.filter((record) => record.end <= bytes.length);
}

/** One connection of the relay: both streams so far, and what is done to the server's. */
class Relayed {
    constructor(client, port, act) {
        Object.assign(this, { client, act, said: Buffer.alloc(0), heard: Buffer.alloc(0), passed: 0, isDone: false });
        this.server = net.connect(port, "127.0.0.1");
        client.on("data", (bytes) => this.hear(bytes));
        client.on("close", () => this.server.destroy());
        client.on("error", () => {});
        this.server.on("data", (bytes) => this.say(bytes));
        this.server.on("end", () => this.isDone || client.end());
        this.server.on("error", () => {});
    }

    hear(bytes) {
        if (this.heard.length > 0 && this.handshakeBytes === undefined)
            this.handshakeBytes = this.said.length; // of the server's, by the client's second flight
        this.heard = Buffer.concat([this.heard, bytes]);
        this.server.write(bytes);
    }

    say(bytes) {
        this.said = Buffer.concat([this.said, bytes]);
        if (!this.isDone)
            this.act(this);
    }

    /** Passes what was said so far, up to a place in it. */
    pass(end = this.said.length) {
        if (end > this.passed)
            this.client.write(this.said.subarray(this.passed, end));
        this.passed = Math.max(this.passed, end);
    }

    finish(how) {
        this.isDone = true;
        if (how === "fin")
            this.client.end();
        else if (how === "rst")
            setImmediate(() => this.client.resetAndDestroy());
        // stall: nothing more is said
    }
}

const honest = (relayed) => relayed.pass();

/** Cuts the server's stream behind `at` bytes. */
const cut = (at, how) => (relayed) => {
    relayed.pass(Math.min(at, relayed.said.length));
    if (relayed.said.length >= at)
        relayed.finish(how);
};

/** Spoils the byte at `at`. */
const spoil = (at) => (relayed) => {
    if (relayed.said.length > at && relayed.passed <= at)
        relayed.said[at] ^= 0x55;
    relayed.pass();
};

/** A good server and a relay before it. choose(index): what is done to the connection of that number, counted from
 *  the first that says something, which is the one that tare tries before the run. */
async function startRelay(t, choose, { answer = RESPONSE, onEnd = () => {} } = {}) {
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server");
    const port = await listen(t, tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (socket) => {
        socket.on("error", () => {});
        socket.on("end", onEnd);
        socket.on("data", () => socket.write(answer));
    }));
    const relayed = [];
    const relayPort = await listen(t, net.createServer((client) => {
        client.once("readable", () => {
            if (client.readableLength === 0)
                return client.destroy(); // only looked whether somebody listens
            relayed.push(new Relayed(client, port, choose(relayed.length, relayed)));
        });
        client.on("error", () => {});
    }));
    return { relayed, cacert: authority.cert, url: `https://127.0.0.1:${relayPort}/` };
}

async function load(t, relay, args, requests, patience = "20s") {
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-o", output, "--cacert", relay.cacert, "-n", requests, "-c", 1, "--reuse", "off",
        "--tls-new-sessions", "--timeout", patience, "--connect-timeout", patience, ...args, relay.url], { code: [0, 3] });
    return checkRun(output, requests);
}

/** Is it the answer's record: in TLS 1.3 much else has its type? By what ciphers add, and no other record of these
 *  connections is as long. */
const isAnswer = ({ type, size }) => type === APPLICATION_DATA && [16, 17, 24].includes(size - RESPONSE.length);

/** Sizes of an undisturbed connection's stream: until the handshake is done, and until the answer is whole. */
async function measure(t, args) {
    const relay = await startRelay(t, () => honest);
    await load(t, relay, args, 3);
    const { handshakeBytes, said } = relay.relayed[2];
    return { handshakeBytes, whole: recordsOf(said).find(isAnswer).end };
}

/** Requests are answered on even connections, and disturbed on odd ones, each at another place. */
async function disturb(t, args, places, act, patience) {
    const relay = await startRelay(t, (index) => (index < 2 || index % 2 === 1 ? honest : act(places[index / 2 - 1])));
    const { rows } = await load(t, relay, args, 2 * places.length, patience);
    const inOrder = [...rows].sort((a, b) => a.request - b.request).map((row) => row.outcome);
    assert.ok(inOrder.every((outcome, i) => i % 2 === 1 || outcome === "ok"), inOrder.join(" "));
    return { found: inOrder.filter((_, i) => i % 2 === 1), rows };
}

const spread = (from, to, count) => Array.from({ length: count }, (_, i) => Math.round(from + (to - from) * i / (count - 1)));

for (const version of ["1.2", "1.3"]) {
    const args = ["--tls-min", version, "--tls-max", version];
    const ends = { fin: ["tls_truncated", "closed"], rst: ["reset", "reset"], stall: ["tls_timeout", "timeout"] };
    for (const [how, [early, late]] of Object.entries(ends))
        test(`TLS ${version}, ${how} anywhere in the handshake, and anywhere in the answer`, async (t) => {
            // A signature's size differs by some bytes from one connection to the next.
            const { handshakeBytes, whole } = await measure(t, args);
            const [count, patience] = how === "stall" ? [4, "1s"] : [POINTS];
            const inHandshake = await disturb(t, args, spread(1, handshakeBytes - 8, count), (at) => cut(at, how), patience);
            assert.deepEqual(countBy(inHandshake.found, (outcome) => outcome), { [early]: count });
            for (const row of inHandshake.rows.filter((one) => one.outcome === early && one.outcome !== "ok"))
                assert.ok(row.service_ns === "" && row.send_lag_ns === "" && Number(row.tls_ns) > 0, JSON.stringify(row));
            const after = version === "1.2" ? whole - 60 : handshakeBytes + 8;
            const inAnswer = await disturb(t, args, spread(after, whole - 8, count), (at) => cut(at, how), patience);
            assert.deepEqual(countBy(inAnswer.found, (outcome) => outcome), { [late]: count });
        });

    test(`TLS ${version}, a byte spoiled in the answer's record is no answer`, async (t) => {
        const { whole } = await measure(t, args);
        const { found } = await disturb(t, args, spread(whole - 40, whole - 6, 6), spoil);
        assert.deepEqual(countBy(found, (outcome) => outcome), { tls_malformed: 6 });
    });

    test(`TLS ${version}, a byte spoiled anywhere in the handshake: one outcome each, none of them ok`, async (t) => {
        const { handshakeBytes } = await measure(t, args);
        const { found } = await disturb(t, args, spread(0, handshakeBytes - 8, POINTS), spoil, "1s");
        for (const outcome of found)
            assert.match(outcome, /^tls_(malformed|refused|untrusted|timeout|truncated)$/);
    });

    test(`TLS ${version}, one byte at a time: as good as whole`, async (t) => {
        const drip = async (relayed) => {
            if (relayed.isDripping)
                return;
            for (relayed.isDripping = true; relayed.passed < relayed.said.length;) {
                relayed.pass(relayed.passed + 1);
                await new Promise((resolve) => setImmediate(resolve));
            }
            relayed.isDripping = false;
        };
        const relay = await startRelay(t, () => drip);
        const { rows } = await load(t, relay, args, 4);
        assert.deepEqual(countBy(rows, (row) => row.outcome), { ok: 4 });
    });
}

test("an alert in the handshake, and nonsense instead of it", async (t) => {
    const instead = (bytes) => (relayed) => {
        relayed.client.write(bytes);
        relayed.finish("fin");
    };
    const refused = await disturb(t, [], [0, 0], () => instead(HANDSHAKE_FAILURE));
    assert.deepEqual(refused.found, ["tls_refused", "tls_refused"]);
    const nonsense = await disturb(t, [], [0, 0], () => instead(Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")));
    assert.deepEqual(nonsense.found, ["tls_malformed", "tls_malformed"]);
});

test("a body that ends with the connection: whole only where the end was announced", async (t) => {
    const answer = "HTTP/1.1 200 OK\r\n\r\nall of it";
    const args = ["--tls-max", "1.2"];
    const behind = (type) => (relayed) => {
        const record = recordsOf(relayed.said).find((one) => one.type === type);
        relayed.pass(record?.end);
        if (record)
            relayed.finish("fin");
    };
    const cutOff = await startRelay(t, (index) => (index === 0 ? honest : behind(APPLICATION_DATA)), { answer });
    const { rows } = await load(t, cutOff, args, 6);
    assert.deepEqual(countBy(rows, (row) => row.outcome), { tls_truncated: 6 });
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server");
    const port = await listen(t, tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (socket) => {
        socket.on("error", () => {});
        socket.on("data", () => socket.end(answer));
    }));
    const said = await load(t, { cacert: authority.cert, url: `https://127.0.0.1:${port}/` }, args, 6);
    assert.deepEqual(countBy(said.rows, (row) => row.outcome), { ok: 6 });
});

test("we say goodbye before we close", async (t) => {
    const relay = await startRelay(t, () => honest);
    const { rows } = await load(t, relay, ["--tls-max", "1.2"], 5);
    assert.deepEqual(countBy(rows, (row) => row.outcome), { ok: 5 });
    for (const { heard } of relay.relayed.slice(0, 5))
        assert.equal(recordsOf(heard).at(-1).type, ALERT, "close_notify is the last record");
});

test("bytes that nobody asked for, and a server that says goodbye between two requests", async (t) => {
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server");
    let count = 0;
    const port = await listen(t, tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (socket) => {
        socket.on("error", () => {});
        socket.on("data", () => {
            socket.write(RESPONSE);
            if (++count % 3 === 0)
                socket.end();
        });
    }));
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-o", output, "--cacert", authority.cert, "-R", 200, "-n", 60, "-c", 3,
        `https://127.0.0.1:${port}/`], { code: [0, 3] });
    const { rows, run } = checkRun(output, 60);
    const counts = countBy(rows, (row) => row.outcome);
    assert.ok(counts.ok >= 50, JSON.stringify(counts));
    assert.ok((counts.ok ?? 0) + (counts.closed ?? 0) + (counts.reset ?? 0) === 60, JSON.stringify(counts));
    assert.ok(run.anomalies.closed_while_idle > 5, JSON.stringify(run.anomalies));
});
