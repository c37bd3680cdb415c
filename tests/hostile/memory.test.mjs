// memory.test.mjs - tare when memory runs out: whichever allocation of its start-up fails, it ends well, or with
// exit 2, cause and remedy, and no run folder says that it is complete where it is not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkRun } from "../e2e/check_run.mjs";
import { ROOT, TARE, execute, startStub, temporaryFolder } from "../e2e/support.mjs";

const REQUESTS = 20;
const HANGS_MS = 20_000;

async function build(folder) {
    const library = path.join(folder, "failing_malloc.so");
    const built = await execute("cc", ["-shared", "-fPIC", "-O1", "-fno-builtin", "-o", library,
        path.join(ROOT, "tests/files/failing_malloc.c")]);
    assert.equal(built.code, 0, built.stderr);
    return library;
}

/** Runs tare with its n-th allocation failing. Returns {status, hasFailed}; hasFailed: it got that far. */
function tryRun(library, folder, args, n, more = {}) {
    const output = path.join(folder, "run");
    const told = path.join(folder, "told");
    fs.rmSync(output, { recursive: true, force: true });
    const tell = fs.openSync(told, "w");
    const stdio = ["ignore", "pipe", "pipe", ...Array(6).fill("ignore"), tell];
    const { status, signal, stderr } = spawnSync(TARE, ["-q", "-n", REQUESTS, "-o", output, ...args].map(String),
        { stdio, encoding: "utf8", timeout: HANGS_MS, killSignal: "SIGKILL",
            env: { ...process.env, LD_PRELOAD: library, FAIL_AT: String(n), ...more } });
    fs.closeSync(tell);
    const what = `allocation ${n}: exit ${status ?? signal}: ${stderr}`;
    assert.ok(signal === null && [0, 2, 3].includes(status), what);
    if (status === 2)
        assert.match(stderr, /^tare: .{5,}(\n {6}\S|: [a-z]+ )/, what);
    const file = path.join(output, "run.json");
    const isComplete = fs.existsSync(file) && JSON.parse(fs.readFileSync(file, "utf8")).state === "complete";
    assert.ok(isComplete === (status !== 2), `${what}; the run says that it is complete: ${isComplete}`);
    if (isComplete)
        checkRun(output, REQUESTS);
    return { status, hasFailed: fs.statSync(told).size > 0 };
}

for (const [name, more] of [["one allocation fails", {}], ["all of them fail from one on", { FAIL_ON: "1" }]])
    test(`${name}: exit 2 with cause and remedy, or a whole run`, async (t) => {
        const folder = temporaryFolder(t);
        const library = await build(folder);
        const stub = await startStub(t, ["--null"]);
        const statuses = { 0: 0, 2: 0, 3: 0 };
        for (let n = 0; ; n += 1 + Math.floor(n / 20)) { // most of the later ones are of run.json
            const { status, hasFailed } = tryRun(library, folder, ["-c", 3, "-t", 2, stub.url], n, more);
            statuses[status]++;
            if (!hasFailed)
                break;
        }
        assert.ok(statuses[2] > 30, JSON.stringify(statuses));
    });
