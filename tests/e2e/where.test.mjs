// where.test.mjs - where connections go and come from: IPv6, --connect-to, --resolve, several addresses by turns,
// unix sockets, sources, a proxy; and what is said before local ports run out, and when they do.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import test from "node:test";
import { makeAuthority } from "./certificates.mjs";
import { checkRun, countBy } from "./check_run.mjs";
import { IS_ROOT, reasonNames, startNarrow, startRawServer, tare, temporaryFolder }
    from "./support.mjs";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Runs tare and returns the run's checked files. */
async function load(t, args, requests, { code } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, ...args], { code });
    return { ...checkRun(output, requests), result, output };
}

const outcomes = (rows) => countBy(rows, (row) => row.outcome);

/** A raw server that notes of each request its head, and of each connection both ends. */
async function startNoting(t, host) {
    const heads = [];
    const ends = [];
    const server = await startRawServer(t, (socket, head) => { heads.push(head); socket.write(ANSWER); }, host);
    server.server.on("connection", (socket) => ends.push([socket.localAddress, socket.remoteAddress]
        .map((address) => address.replace("::ffff:", ""))));
    return { ...server, heads, ends };
}

async function tryNoting(t, host) {
    try {
        return await startNoting(t, host);
    } catch (error) {
        t.skip(`no ${host} here: ${error.code}`);
        return null;
    }
}

test("an IPv6 literal: in both loops, with the kernel's stamps, and in brackets where it is told", async (t) => {
    const server = await tryNoting(t, "::1");
    if (!server)
        return;
    for (const loop of [[], ["-R", 200], ["-p", 4], ["--reuse", "off"]]) {
        const { rows, run } = await load(t, ["-c", 3, "-n", 60, ...loop, server.url], 60);
        assert.deepEqual(outcomes(rows), { ok: 60 });
        assert.ok(rows.filter((row) => row.stamp !== "engine").length >= 50, "stamps are the kernel's");
        assert.deepEqual(run.targets[0].addresses, [`[::1]:${server.port}`]);
        assert.equal(run.targets[0].address, `[::1]:${server.port}`);
    }
    assert.ok(server.heads.every((head) => head.includes(`\r\nHost: [::1]:${server.port}`)), server.heads[0]);
});

test("--connect-to: another host and port, while the request says what the URL says", async (t) => {
    const server = await startNoting(t);
    const { rows, run } = await load(t, ["-c", 2, "-n", 20, "--connect-to", `other.test:80::1`, "--connect-to",
        `name.test:80:127.0.0.1:${server.port}`, "http://name.test/path"], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.match(server.heads[0], /^GET \/path HTTP\/1.1\r\nHost: name\.test\r\n/);
    assert.equal(run.targets[0].address, `127.0.0.1:${server.port}`);
    await load(t, ["-c", 1, "-n", 1, "--connect-to", `::127.0.0.1:${server.port}`, "http://any.test:99/"], 1);
    assert.match(server.heads.at(-1), /\r\nHost: any\.test:99\r\n/);
});

test("--resolve: the addresses take turns, and run.json lists them", async (t) => {
    const server = await startNoting(t, "0.0.0.0");
    const args = ["--resolve", `name.test:${server.port}:127.0.0.1,127.0.0.2,127.0.0.3`, `http://name.test:${server.port}/`];
    for (const threads of [1, 2]) {
        server.ends.length = 0;
        const { rows, run } = await load(t, ["-c", 6, "-n", 60, "-t", threads, ...args], 60);
        assert.deepEqual(outcomes(rows), { ok: 60 });
        assert.deepEqual(run.targets[0].addresses, [1, 2, 3].map((n) => `127.0.0.${n}:${server.port}`));
        /* Two connections each, beside the one that is tried before the start. */
        assert.deepEqual(countBy(server.ends, ([local]) => local), { "127.0.0.1": 3, "127.0.0.2": 3, "127.0.0.3": 3 });
    }
});

test("--resolve: an address where nothing listens is not left out silently", async (t) => {
    const server = await startNoting(t, "127.0.0.1");
    const { stderr } = await tare(["-q", "--resolve", `name.test:${server.port}:127.0.0.1,127.0.0.9`,
        `http://name.test:${server.port}/`], { code: 2 });
    assert.match(stderr, /^tare: nothing listens on 127\.0\.0\.9:\d+ .*\n {6}.*--resolve/);
});

test("a name with several addresses: those that answer are used, and the others listed", async (t) => {
    const server = await startNoting(t, "127.0.0.1");
    const { rows, run } = await load(t, ["-c", 4, "-n", 20, `http://localhost:${server.port}/`], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    const { addresses, addresses_left_out: left } = run.targets[0];
    assert.deepEqual(addresses, [`127.0.0.1:${server.port}`]);
    for (const one of left)
        assert.match(`${one.address} ${one.reason}`, /^\[::1\]:\d+ (Connection refused|Cannot assign)/);
    assert.match(server.heads[0], new RegExp(`\r\nHost: localhost:${server.port}\r\n`));
});

test("--unix-socket: every kind of exchange, and service time is the engine's word", async (t) => {
    const socket = path.join(temporaryFolder(t), "server.sock");
    const hosts = new Set();
    const server = http.createServer((request, response) => {
        hosts.add(request.headers.host);
        let bytes = 0;
        request.on("data", (chunk) => { bytes += chunk.length; });
        request.on("end", () => response.end(request.url === "/big" ? "x".repeat(3_000_000) : `${bytes}`));
    });
    server.listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => { server.closeAllConnections(); server.close(); });
    for (const [target, args] of [["", []], ["", ["-R", 500]], ["big", ["-c", 2]], ["", ["--reuse", "off"]],
        ["", ["-p", 4]], ["", ["--body", "x".repeat(20_000)]], ["", ["-c", 64, "-t", 2]]]) {
        const { rows, run } = await load(t, ["-c", 4, "-n", 80, "--unix-socket", socket, ...args, `http://host.test/${target}`], 80);
        assert.deepEqual(outcomes(rows), { ok: 80 }, args.join(" "));
        assert.deepEqual(countBy(rows, (row) => row.stamp), { engine: 80 });
        assert.ok(reasonNames(run).includes("stamps_unavailable"), reasonNames(run).join());
        assert.match(run.validity.reasons.find(({ name }) => name === "stamps_unavailable").sentence, /^a unix socket/);
        assert.deepEqual(run.targets[0].addresses, [`unix:${socket}`]);
        assert.equal(run.anomalies.send_stamps_missing, 0, "none was promised");
    }
    assert.deepEqual([...hosts], ["host.test"]);
});

test("--unix-socket: one that is not there, one where nobody listens, and what does not go with it", async (t) => {
    const socket = path.join(temporaryFolder(t), "none.sock");
    const none = await tare(["-q", "--unix-socket", socket, "http://host.test/"], { code: 2 });
    assert.match(none.stderr, /^tare: there is no socket at unix:.*\n {6}start the server, or check the path/);
    fs.writeFileSync(socket, "");
    const file = await tare(["-q", "--unix-socket", socket, "http://host.test/"], { code: 2 });
    assert.match(file.stderr, /^tare: nothing listens on unix:.*\n {6}start the server/);
    const both = await tare(["-q", "--unix-socket", socket, "--source", "127.0.0.1", "http://host.test/"], { code: 2 });
    assert.match(both.stderr, /exclude each other\n {6}leave one out/);
});

test("--source: connections come from each by turns", async (t) => {
    const server = await startNoting(t, "0.0.0.0");
    for (const reuse of ["on", "off"]) {
        server.ends.length = 0;
        const { rows, run } = await load(t, ["-c", 6, "-n", 60, "--source", "127.0.0.5,127.0.0.6,127.0.0.7", "--reuse", reuse,
            server.url.replace("0.0.0.0", "127.0.0.1")], 60);
        assert.deepEqual(outcomes(rows), { ok: 60 });
        assert.deepEqual(run.targets[0].sources, ["127.0.0.5", "127.0.0.6", "127.0.0.7"]);
        const counts = countBy(server.ends, ([, remote]) => remote);
        assert.deepEqual(Object.keys(counts).sort(), ["127.0.0.5", "127.0.0.6", "127.0.0.7"]);
        assert.ok(Math.max(...Object.values(counts)) - Math.min(...Object.values(counts)) <= 3, JSON.stringify(counts));
    }
    const { stderr } = await tare(["-q", "--source", "192.0.2.77", server.url], { code: 2 });
    assert.match(stderr, /^tare: --source 192\.0\.2\.77 cannot be used: .*\n {6}name an address that this machine has/);
});

test("--proxy: connects to the proxy, and asks it for the whole URL", async (t) => {
    const proxy = await startNoting(t);
    const { rows, run } = await load(t, ["-c", 2, "-n", 20, "-x", proxy.url, "http://name.test:81/path?q=1"], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.match(proxy.heads[0], /^GET http:\/\/name\.test:81\/path\?q=1 HTTP\/1\.1\r\nHost: name\.test:81\r\n/);
    assert.equal(run.targets[0].address, `127.0.0.1:${proxy.port}`);
    assert.equal(run.config.proxy, proxy.url);
    for (const [bad, words] of [["https://127.0.0.1/", /not a plain HTTP proxy/], ["http://u:p@127.0.0.1/", /--proxy .*user name/]])
        assert.match((await tare(["-q", "-x", bad, "http://name.test/"], { code: 2 })).stderr, words);
});

test("https: the certificate is that of the URL's host, wherever the connection goes", async (t) => {
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server", { names: "DNS:name.test" });
    const names = [];
    const socket = path.join(temporaryFolder(t), "tls.sock");
    const options = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
    const answer = (request, response) => { names.push(request.socket.servername); response.end("ok"); };
    const servers = [https.createServer(options, answer), https.createServer(options, answer)];
    servers[0].listen(0, "0.0.0.0");
    servers[1].listen(socket);
    for (const server of servers) {
        await new Promise((resolve) => server.listening ? resolve() : server.once("listening", resolve));
        t.after(() => { server.closeAllConnections(); server.close(); });
    }
    const { port } = servers[0].address();
    const ways = [["--connect-to", `name.test:443:127.0.0.1:${port}`], ["--resolve", `name.test:${port}:127.0.0.1,127.0.0.2`],
        ["--unix-socket", socket], ["--connect-to", `::127.0.0.1:${port}`, "--source", "127.0.0.8,127.0.0.9", "--reuse", "off"]];
    for (const way of ways) {
        const url = way[0] === "--resolve" ? `https://name.test:${port}/` : "https://name.test/";
        const { rows, run } = await load(t, ["-c", 3, "-n", 30, "--cacert", authority.cert, ...way, url], 30);
        assert.deepEqual(outcomes(rows), { ok: 30 }, way.join(" "));
        assert.equal(run.tls.verified, true);
    }
    assert.deepEqual(countBy(names, (name) => name), { "name.test": 120 });
    const wrong = await tare(["-q", "--cacert", authority.cert, ...ways[3].slice(0, 2), "https://other.test/"], { code: 2 });
    assert.match(wrong.stderr, /certificate of 127\.0\.0\.1:\d+ for other\.test is not to be trusted/);
    const tunnel = await tare(["-q", "-x", "127.0.0.1:1", "https://name.test/"], { code: 2 });
    assert.match(tunnel.stderr, /^tare: --proxy is for http URLs.*\n {6}load the server itself/);
});

const namespaces = { skip: !IS_ROOT && "network namespaces need root" };

test("more connections than local ports: said before the run, with what helps, and it does", namespaces, async (t) => {
    const narrow = await startNarrow(t, 500);
    const output = path.join(temporaryFolder(t), "run");
    const few = await narrow.inside(["-q", "-o", output, "-c", 501, "http://127.0.0.1/"]);
    assert.equal(few.code, 2, few.stdout + few.stderr);
    assert.match(few.stderr, /^tare: 501 connections need as many local ports, and there are 500: 20000 to 20499 .*\n {6}.*--source 127\.0\.0\.2/);
    assert.ok(!fs.existsSync(output), "no folder is made");
    const more = await narrow.inside(["-q", "-o", output, "-c", 600, "-n", 1200, "--source", "127.0.0.1,127.0.0.2", "http://127.0.0.1/"]);
    assert.ok([0, 3].includes(more.code), more.stderr);
    const { rows } = checkRun(output, 1200);
    assert.deepEqual(outcomes(rows), { ok: 1200 });
    const both = path.join(temporaryFolder(t), "run"); /* a port serves each address, also of one source */
    const two = await narrow.inside(["-q", "-o", both, "-c", 600, "-n", 1200, "--source", "127.0.0.7", "--resolve",
        "name.test:80:127.0.0.1,127.0.0.2", "http://name.test/"]);
    assert.ok([0, 3].includes(two.code), two.stderr);
    assert.deepEqual(outcomes(checkRun(both, 1200).rows), { ok: 1200 });
    const warned = await narrow.inside(["-o", path.join(temporaryFolder(t), "run"), "-c", 2, "-d", "100ms", "-R", 100, "--reuse", "off",
        "http://127.0.0.1/"]);
    assert.match(warned.stderr, /tare: closing connections at this rate may take 6,002 local ports, each for 60 s .*\n {6}.*connect_no_port/);
});

test("keep-alive off at 1,000 connections survives the end of the local ports, which has a name", namespaces, async (t) => {
    for (const loop of [[], ["-R", 3000]]) {
        const narrow = await startNarrow(t, 1100);
        const output = path.join(temporaryFolder(t), "run");
        const result = await narrow.inside(["-q", "-o", output, "-c", 1000, "-d", "2s", "--reuse", "off", ...loop, "http://127.0.0.1/"]);
        assert.ok([0, 3].includes(result.code), result.stderr);
        const { run, rows } = checkRun(output);
        const counts = outcomes(rows);
        assert.ok(counts.connect_no_port > 100, JSON.stringify(counts));
        assert.deepEqual(Object.keys(counts).filter((name) => !["ok", "connect_no_port", "unsent", "in_flight"].includes(name)), []);
        const reason = run.validity.reasons.find(({ name }) => name === "ports_exhausted");
        assert.match(reason.sentence, /found no free local port, of 1,100 .*--source/);
        if (loop.length === 0)
            assert.ok(rows.length < 15_000, `${rows.length} attempts: pauses grow`);
        const again = await narrow.inside(["-q", "http://127.0.0.1/"]);
        assert.equal(again.code, 2, "none is free for the first connection either");
        assert.match(again.stderr, /^tare: no local address and port is free .*\n {6}closed connections keep/);
    }
});
