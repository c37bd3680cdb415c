// tls.test.mjs - https: nginx for the usual, with certificates made on the fly, and node's own TLS for
// what nginx does not do. Both sides count handshakes and requests, and the counts are the same.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import tls from "node:tls";
import { checkRun, countBy } from "./check_run.mjs";
import { makeAuthority } from "./certificates.mjs";
import { readRun, report, startNginx, tare, temporaryFolder, until } from "./support.mjs";

const outcomes = (rows) => countBy(rows, (row) => row.outcome);
const isZero = (text) => Number(text) === 0;

/** nginx over TLS in a folder of its own; lines: of its server block. cert, key and cacert are paths. */
async function startSecureNginx(t, lines = "", { days, names, clients = false } = {}) {
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server", { days, names });
    const nginx = await startNginx(t, (folder) => `
        ssl_certificate ${cert}; ssl_certificate_key ${key};
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:tare:1m; ${lines}
        ${clients ? `ssl_verify_client on; ssl_client_certificate ${authority.cert};` : ""}
        location /read { client_body_buffer_size 16m; proxy_pass http://unix:${folder}/s:/; }
        location = / { return 200 "$ssl_protocol"; }`,
    { listen: "ssl", log: "$ssl_session_reused $ssl_protocol $connection $status $request_length",
        more: (folder) => `server { listen unix:${folder}/s; access_log off; location / { return 200 "read"; } }` });
    return { ...nginx, authority, cacert: authority.cert, url: `https://127.0.0.1:${nginx.port}/` };
}

/** Runs tare over TLS and returns the run's checked files. */
async function load(t, server, args, requests, { code, path: where = "", ...options } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-q", "-o", output, "--cacert", server.cacert, ...args, `${server.url}${where}`],
        { code, ...options });
    return { ...checkRun(output, requests), result, output };
}

/** Lines of nginx's log as arrays of fields. */
const logOf = (nginx) => fs.readFileSync(path.join(nginx.folder, "access.log"), "latin1").split("\n")
    .filter(Boolean).map((line) => line.split(" "));

for (const version of ["1.2", "1.3"]) {
    test(`TLS ${version}, keep-alive: connections that stand before the clock starts, and cost nothing later`, async (t) => {
        const nginx = await startSecureNginx(t);
        const { rows, run } = await load(t, nginx, ["-c", 5, "-n", 200, "--tls-max", version, "--tls-min", version], 200);
        await nginx.stop();
        assert.deepEqual(outcomes(rows), { ok: 200 });
        assert.ok(rows.every((row) => isZero(row.tls_ns) && isZero(row.connect_ns)));
        assert.equal(nginx.requests(), 200);
        assert.deepEqual(countBy(logOf(nginx), (line) => line[1]), { [`TLSv${version}`]: 200 });
        assert.equal(run.tls.version, `TLSv${version}`);
        assert.match(run.tls.cipher, /AES|CHACHA/);
        assert.equal(run.tls.handshakes, 5);
        assert.equal(run.tls.verified, true);
        assert.match(run.targets[0].url, /^https:/);
        assert.equal(new Set(rows.map((row) => row.connection)).size, 5);
    });

    test(`TLS ${version}, a new connection for every third request: sessions are resumed, and both sides say so`, async (t) => {
        const nginx = await startSecureNginx(t, "keepalive_requests 3;");
        const args = ["-c", 4, "-n", 240, "--tls-min", version, "--tls-max", version];
        const { rows, run } = await load(t, nginx, args, 240);
        const fresh = await load(t, nginx, ["--tls-new-sessions", ...args], 240);
        await nginx.stop();
        const log = logOf(nginx);
        const perConnection = (lines) => [...new Map(lines.map((line) => [line[2], line[0]])).values()];
        assert.deepEqual(outcomes(rows), { ok: 240 });
        const reused = perConnection(log.slice(0, 240)).filter((flag) => flag === "r").length;
        const spare = run.tls.handshakes - perConnection(log.slice(0, 240)).length;
        assert.ok(spare >= 0 && spare <= 4, `${spare} connections that no request used`);
        assert.ok(run.tls.resumed - reused >= 0 && run.tls.resumed - reused <= spare, `${run.tls.resumed} and ${reused} resumed`);
        assert.ok(run.tls.resumption_rate > 0.9, JSON.stringify(run.tls));
        const secured = rows.filter((row) => !isZero(row.tls_ns));
        assert.ok(secured.length >= 76 && secured.length <= 80, `${secured.length} requests waited for a handshake`);
        assert.ok(secured.every((row) => !isZero(row.connect_ns)));
        assert.deepEqual(outcomes(fresh.rows), { ok: 240 });
        assert.equal(fresh.run.tls.resumed, 0);
        assert.equal(fresh.run.tls.resumes, false);
        assert.deepEqual(countBy(log.slice(240), (line) => line[0]), { ".": 240 });
    });

    test(`TLS ${version}: HEAD, chunked, 64 KiB and 10 MB bodies both ways, each byte counted`, async (t) => {
        const nginx = await startSecureNginx(t, `
            location /chunked { ssi on; ssi_types text/plain; }`);
        const sizes = { chunked: 50_000, medium: 65_536, big: 10_000_000 };
        for (const [name, size] of Object.entries(sizes))
            fs.writeFileSync(path.join(nginx.folder, "www", name), "x".repeat(size));
        const args = ["-c", 3, "--tls-min", version, "--tls-max", version];
        for (const [name, bytes] of Object.entries(sizes)) {
            const count = bytes > 1e6 ? 9 : 60;
            const { rows } = await load(t, nginx, [...args, "-n", count], count, { path: name });
            assert.deepEqual(outcomes(rows), { ok: count }, name);
            for (const row of rows)
                assert.ok(Number(row.bytes_in) >= bytes && Number(row.bytes_in) < bytes + 2000, `${name}: ${row.bytes_in} bytes`);
            const body = `@${path.join(nginx.folder, "www", name)}`;
            const sent = await load(t, nginx, [...args, "-n", count, "-X", "POST", "--body", body], count, { path: "read" });
            assert.deepEqual(outcomes(sent.rows), { ok: count }, `${name}, sent`);
        }
        const head = await load(t, nginx, [...args, "-n", 30, "-X", "HEAD"], 30, { path: "big" });
        assert.deepEqual(outcomes(head.rows), { ok: 30 });
        await nginx.stop();
        const posted = logOf(nginx).filter((line) => Number(line[4]) > 40_000).map((line) => Number(line[4]));
        assert.equal(posted.length, 60 + 60 + 9);
        assert.equal(posted.filter((bytes) => bytes > 10_000_000 && bytes < 10_001_000).length, 9, "each byte of 10 MB came");
    });
}

test("pipelining, two threads, an open loop: whatever plain connections do", async (t) => {
    const nginx = await startSecureNginx(t);
    const piped = await load(t, nginx, ["-c", 4, "-p", 8, "-n", 400], 400);
    assert.deepEqual(outcomes(piped.rows), { ok: 400 });
    assert.equal(piped.run.tls.handshakes, 4);
    const body = path.join(nginx.folder, "www/body");
    fs.writeFileSync(body, "x".repeat(30_000));
    const large = await load(t, nginx, ["-c", 2, "-p", 4, "-n", 80, "--body", `@${body}`], 80, { path: "read" });
    assert.deepEqual(outcomes(large.rows), { ok: 80 });
    assert.equal(large.run.tls.handshakes, 2);
    const threads = await load(t, nginx, ["-c", 4, "-t", 2, "-n", 400], 400);
    assert.deepEqual(outcomes(threads.rows), { ok: 400 });
    assert.equal(threads.run.tls.handshakes, 4);
    const open = await load(t, nginx, ["-c", 4, "-R", 400, "-d", "1s", "--reuse", "off"], 400, { code: [0, 3] });
    assert.deepEqual(outcomes(open.rows), { ok: 400 });
    for (const row of open.rows.filter((one) => !isZero(one.tls_ns)))
        assert.ok(Number(row.send_lag_ns) >= 0 && Number(row.wait_ns) >= 0, JSON.stringify(row));
    assert.ok(open.rows.filter((row) => !isZero(row.tls_ns)).length > 350);
});

test("response = wait + connect + tls + send lag + service, and the report reads what was spoken", async (t) => {
    const nginx = await startSecureNginx(t, "keepalive_requests 2;");
    const { output } = await load(t, nginx, ["-c", 2, "-R", 200, "-d", "500ms"], 100, { code: [0, 3] });
    const out = path.join(temporaryFolder(t), "report");
    await report(["--force", "-o", out, "--format", "json,html", output], { code: [0, 3] });
    const found = JSON.parse(fs.readFileSync(path.join(out, "report.json"), "utf8"));
    const run = JSON.stringify(found).match(/"tls":\{"version":"(TLSv1\.3)","cipher":"([A-Z0-9_]+)"/);
    assert.ok(run, "report.json has the run's TLS");
    assert.ok(fs.readFileSync(path.join(out, "report.html"), "utf8").includes(run[2]), "and so has the page");
});

test("a client's certificate is asked for, given, and missed", async (t) => {
    const nginx = await startSecureNginx(t, "", { clients: true });
    const { cert, key } = await nginx.authority.issue("client", {});
    const { rows } = await load(t, nginx, ["-c", 2, "-n", 20, "--cert", cert, "--key", key], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    const without = await load(t, nginx, ["-c", 2, "-n", 20], 20, { code: [0, 3] });
    assert.deepEqual(countBy(without.rows, (row) => `${row.status} ${row.outcome}`), { "400 status_4xx": 20 });
});

test("a certificate that is not to be trusted: told with its cause and a remedy, before a run folder is made", async (t) => {
    const nginx = await startSecureNginx(t);
    const expired = await startSecureNginx(t, "", { days: -2 });
    const stranger = await makeAuthority(temporaryFolder(t));
    const elsewhere = await startSecureNginx(t, "", { names: "DNS:elsewhere.test" });
    const cases = [
        [["--cacert", stranger.cert, nginx.url], /unable to get local issuer|self-signed/, /--cacert FILE/],
        [[nginx.url], /unable to get local issuer|self-signed/, /-k/],
        [["--cacert", expired.cacert, expired.url], /certificate has expired/, /renew it/],
        [["--cacert", elsewhere.cacert, elsewhere.url], /IP address mismatch/, /name that it was issued for/],
    ];
    for (const [args, cause, remedy] of cases) {
        const output = path.join(temporaryFolder(t), "run");
        const { stderr } = await tare(["-q", "-o", output, "-n", 1, ...args], { code: 2 });
        assert.match(stderr, cause);
        assert.match(stderr, remedy);
        assert.equal(fs.existsSync(output), false, "no folder is left");
    }
    const { rows, run } = await load(t, expired, ["-k", "-c", 2, "-n", 20], 20);
    assert.deepEqual(outcomes(rows), { ok: 20 });
    assert.equal(run.tls.verified, false);
});

test("plain HTTP on a port of TLS, and the reverse", async (t) => {
    const nginx = await startSecureNginx(t);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-o", output, "-c", 2, "-n", 10, nginx.url.replace("https", "http")], { code: [0, 3] });
    assert.deepEqual(outcomes(checkRun(output, 10).rows), { status_4xx: 10 }, "nginx says it in HTTP");
    const plain = await startNginx(t, 'location / { return 200 "x"; }');
    const { stderr } = await tare(["-q", "-n", 1, plain.url.replace("http", "https")], { code: 2 });
    assert.match(stderr, /does not speak TLS/);
    assert.match(stderr, /http:\/\//);
});

test("versions and ciphers are kept to, and what does not fit is told", async (t) => {
    const nginx = await startSecureNginx(t, "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;");
    const { run } = await load(t, nginx, ["-c", 1, "-n", 5, "--tls-max", "1.2"], 5);
    assert.equal(run.tls.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    const chosen = await load(t, nginx, ["-c", 1, "-n", 5, "--ciphers", "TLS_CHACHA20_POLY1305_SHA256"], 5);
    assert.equal(chosen.run.tls.cipher, "TLS_CHACHA20_POLY1305_SHA256");
    await tare(["-q", "-n", 1, "--cacert", "/nowhere", nginx.url], { code: 2 });
    for (const [args, words] of [
        [["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"], /refused TLS: .*handshake failure/],
        [["--tls-min", "1.3", "--tls-max", "1.2"], /between --tls-min and --tls-max/],
        [["--ciphers", "none-such"], /--ciphers none-such/],
        [["--key", "/nowhere"], /--key is of no use without --cert/],
        [["--cert", "/nowhere"], /--cert \/nowhere cannot be used/],
        [["--tls-max", "2"], /--tls-max 2 is not known/],
    ]) {
        const { stderr } = await tare(["-q", "-n", 1, "-k", ...args, nginx.url], { code: 2 });
        assert.match(stderr, words, args.join(" "));
    }
});

test("the server's name is asked for by SNI, and is the URL's host", async (t) => {
    const authority = await makeAuthority(temporaryFolder(t));
    const { cert, key } = await authority.issue("server", {});
    const names = [];
    const server = tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (socket) => {
        names.push(socket.servername);
        socket.on("error", () => {});
        socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }).listen(0, "127.0.0.1");
    await until("the server to listen", () => server.listening);
    t.after(() => server.close());
    const { port } = server.address();
    await load(t, { url: `https://localhost:${port}/`, cacert: authority.cert }, ["-c", 1, "-n", 3], 3);
    assert.deepEqual([...new Set(names)], ["localhost"]);
    names.length = 0;
    await load(t, { url: `https://127.0.0.1:${port}/`, cacert: authority.cert }, ["-c", 1, "-n", 3], 3);
    assert.deepEqual([...new Set(names)], [false], "an address is no name");
});
