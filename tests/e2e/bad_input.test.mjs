// bad_input.test.mjs - what a person reads when something is wrong with what was asked of tare: cause
// and remedy on stderr, exit 2, and nothing half-written. Messages are read as their reader would.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { IS_ROOT, ROOT, STUB, TARE, execute, findFreePort, readRun, startServer, startStub, tare,
    temporaryFolder } from "./support.mjs";

/** Runs a program that must refuse: exit 2, a cause that matches, a remedy that matches, no run folder. */
async function refuses(t, args, { cause, remedy = cause, command = TARE, before = [], env }) {
    const output = path.join(temporaryFolder(t), "run");
    const [program, ...rest] = [...before, command, "-o", output, ...args.map(String)];
    const result = await execute(program, rest, { env });
    const said = `${args.join(" ")}: exit ${result.code}, said\n${result.stderr}`;
    assert.equal(result.code, 2, said);
    assert.equal(result.stdout, "", said);
    const [first, ...others] = result.stderr.trimEnd().split("\n");
    assert.match(first, /^tare: [^ ].{5,}/, said);
    assert.match(first, cause, said);
    assert.ok(others.every((line) => /^ {2,}\S/.test(line)), said);
    assert.match(result.stderr, remedy, said);
    assert.doesNotMatch(result.stderr, /[^\x20-\x7e\n]/, `not plain text: ${said}`);
    assert.ok(!fs.existsSync(output), `a folder was left behind: ${said}`);
    return result;
}

test("a URL that is none", async (t) => {
    for (const url of ["", "http://", "http://127.0.0.1:99999/", "http://127.0.0.1:abc/", "http://[::1/x",
        "http://a b/", "http://:80/"])
        await refuses(t, [url], { cause: /URL|host|port|bracket/i });
    await refuses(t, ["gopher://127.0.0.1/"], { cause: /gopher/, remedy: /http or https/ });
});

test("no URL at all, and an option that does not exist", async (t) => {
    await refuses(t, [], { cause: /URL/, remedy: /tare|--help/ });
    await refuses(t, ["--conections", 5, "http://127.0.0.1/"], { cause: /--conections/, remedy: /--help|--connections/ });
});

test("a host that nobody knows", async (t) => {
    await refuses(t, ["http://no-such-host.invalid/"], { cause: /no-such-host\.invalid/, remedy: /check|host/ });
});

test("a port where nothing listens", async (t) => {
    const port = await findFreePort();
    await refuses(t, [`http://127.0.0.1:${port}/`], {
        cause: new RegExp(`nothing listens on 127\\.0\\.0\\.1:${port}\\b`),
        remedy: /start the server, or check the port/,
    });
});

test("counts, rates and times out of their range", async (t) => {
    const url = "http://127.0.0.1:9/";
    for (const [option, value] of [["-c", 0], ["-c", "many"], ["-c", -1], ["-c", "1.5"], ["-t", 0], ["-R", -5],
        ["-R", 0], ["-R", "fast"], ["-d", "-1s"], ["-d", "soon"], ["-n", -3], ["-n", "x"], ["--timeout", "never"],
        ["-w", "-1s"], ["--samples", "1/0"], ["--samples", "some"], ["--arrivals", "sometimes"], ["--wait", "here"],
        ["-p", 0], ["--cpus", "x"], ["--seed", "x"]])
        await refuses(t, [option, value, url], { cause: new RegExp(`${option}\\b.*${value}`) });
});

test("more threads than connections is told, not corrected in silence", async (t) => {
    const stub = await startStub(t);
    const result = await execute(TARE, ["-c", "1", "-t", "4", "-n", "4", "-o", path.join(temporaryFolder(t), "run"), stub.url]);
    if (result.code === 2)
        assert.match(result.stderr, /threads/);
    else
        assert.equal(result.code, 0, result.stderr);
});

test("a body file that cannot be read, or holds no line", async (t) => {
    const folder = temporaryFolder(t);
    fs.writeFileSync(path.join(folder, "empty"), "");
    const url = "http://127.0.0.1:9/";
    await refuses(t, ["--body", `@${folder}/missing`, url], { cause: /missing.*No such file/ });
    await refuses(t, ["--body-lines", `${folder}/missing`, url], { cause: /missing.*No such file/ });
    await refuses(t, ["--body-lines", `${folder}/empty`, url], { cause: /no line/, remedy: /one body on each line/ });
});

test("a header that would break the request's framing", async (t) => {
    const url = "http://127.0.0.1:9/";
    for (const header of ["no colon", "X-Evil: a\r\nX-Other: b", ": nameless", "a b: c"])
        await refuses(t, ["-H", header, url], { cause: /header|-H/i });
});

test("an output folder that holds a run already is left as it is", async (t) => {
    const stub = await startStub(t);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-n", 10, "-c", 2, "-o", output, stub.url]);
    const before = fs.readdirSync(output).map((name) => [name, fs.readFileSync(path.join(output, name), "utf8")]);
    const second = await tare(["-n", 10, "-c", 2, "-o", output, stub.url], { code: 2 });
    assert.match(second.stderr, /^tare: .*holds a run already/);
    assert.match(second.stderr, /\n {2,}\S.*(-o|another|remove)/);
    const after = fs.readdirSync(output).map((name) => [name, fs.readFileSync(path.join(output, name), "utf8")]);
    assert.deepEqual(after, before);
});

test("an output folder that cannot be made", async (t) => {
    const folder = temporaryFolder(t);
    fs.writeFileSync(path.join(folder, "file"), "");
    const stub = await startStub(t);
    const result = await tare(["-n", 1, "-o", path.join(folder, "file/run"), stub.url], { code: 2 });
    assert.match(result.stderr, /^tare: .*file\/run/);
});

test("too few file descriptors: needed and allowed are both told", async (t) => {
    const stub = await startStub(t);
    const result = await refuses(t, ["-c", 64, "-n", 64, stub.url], {
        before: ["bash", "-c", 'ulimit -n 32; exec "$@"', "limited"],
        cause: /descriptors/, remedy: /ulimit -n/,
    });
    assert.match(result.stderr, /\b32\b/);
    assert.match(result.stderr, /\b(6[4-9]|[7-9]\d|1\d\d)\b/, `how many are needed: ${result.stderr}`);
});

test("io_uring disabled, and a kernel without it", async (t) => {
    const helper = path.join(temporaryFolder(t), "no_uring");
    const built = await execute("cc", ["-O1", "-D_GNU_SOURCE", "-o", helper, path.join(ROOT, "tests/e2e/no_uring.c")]);
    assert.equal(built.code, 0, built.stderr);
    const stub = await startStub(t);
    await refuses(t, ["-n", 1, stub.url], {
        before: [helper, "1"], cause: /io_uring is disabled/, remedy: /kernel\.io_uring_disabled/,
    });
    await refuses(t, ["-n", 1, stub.url], { before: [helper, "38"], cause: /no io_uring/, remedy: /6\.1/ });
    const server = await execute(helper, ["1", STUB, "--port", "0"]);
    assert.equal(server.code, 2);
    assert.match(server.stderr, /^tare-stub: .*io_uring is disabled/);
});

test("a disk that fills: exit 2 says so, and what was measured before stays readable",
    { skip: IS_ROOT ? false : "needs root, to mount a small tmpfs" }, async (t) => {
        let folder = null;
        t.after(() => folder && execute("umount", [folder])); // asked first, so done before the folder goes
        folder = temporaryFolder(t);
        const mounted = await execute("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
        if (mounted.code !== 0)
            return t.skip(`this machine does not let us mount: ${mounted.stderr.trim()}`);
        const stub = await startStub(t, ["--null"]);
        const output = path.join(folder, "run");
        const result = await tare(["-c", 8, "-d", "20s", "-o", output, stub.url], { code: 2 });
        assert.match(result.stderr, /^tare: .*(No space left|disk is full|full)/m);
        assert.match(result.stderr, /\n {2,}\S/, "a remedy");
        const samples = fs.readFileSync(path.join(output, "samples.csv"), "latin1").split("\n");
        const columns = samples[0].split(",").length;
        assert.ok(samples.length > 1000, `${samples.length} rows before the disk was full`);
        for (const row of samples.slice(1, -1))
            assert.equal(row.split(",").length, columns, row);
        assert.notEqual(readRun(output).state, "complete");
    });

test("the stub refuses what it does not know", async (t) => {
    for (const args of [["--mode", "quick"], ["--delay", "soon"], ["--port", "70000"], ["--frobnicate"]]) {
        const result = await execute(STUB, args);
        assert.equal(result.code, 2, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
        assert.match(result.stderr, /^tare-stub: .{5,}\n {2,}\S/);
    }
    const stub = await startStub(t);
    const second = await execute(STUB, ["--port", String(stub.port)]);
    assert.equal(second.code, 2, second.stderr);
    assert.match(second.stderr, new RegExp(`^tare-stub: .*${stub.port}`));
});

test("a server of which the URL's path answers 404 is measured, and said", async (t) => {
    const server = await startServer(t, process.execPath, ["-e", `
        const server = require("node:http").createServer((q, a) => { a.statusCode = 404; a.end("no"); });
        server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));`]);
    const output = path.join(temporaryFolder(t), "run");
    const result = await tare(["-n", 20, "-c", 2, "-o", output, server.url], { code: [0, 3] });
    assert.match(result.stdout + result.stderr, /20.*(404|4xx|status)/s);
});
