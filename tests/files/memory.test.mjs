// memory.test.mjs - tare-report when memory runs out: whichever allocation of the program fails, it ends well
// or with exit 2 and words, and leaves either the whole report or none. Every allocation of the making of a
// report is tried by tests/unit/report_memory_test.c; here it is the program, in strides that grow.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { REPORT, ROOT, execute, temporaryFolder } from "../e2e/support.mjs";
import { makeRun } from "./support.mjs";

const FILES = 9;

async function build(folder) {
    const library = path.join(folder, "failing_malloc.so");
    const built = await execute("cc", ["-shared", "-fPIC", "-O1", "-fno-builtin", "-o", library,
        path.join(ROOT, "tests/files/failing_malloc.c")]);
    assert.equal(built.code, 0, built.stderr);
    return library;
}

/** Runs the program with its n-th allocation failing. Returns whether it got that far. */
function tryReport(library, folder, run, n, more = {}) {
    const output = path.join(folder, "report");
    const told = path.join(folder, "told");
    fs.rmSync(output, { recursive: true, force: true });
    const tell = fs.openSync(told, "w");
    const stdio = ["ignore", "pipe", "pipe", ...Array(6).fill("ignore"), tell];
    const { status, signal, stderr } = spawnSync(REPORT, ["-o", output, "--force", "--slo", "p50<=1s", run, run],
        { stdio, encoding: "utf8", env: { ...process.env, LD_PRELOAD: library, FAIL_AT: String(n), ...more } });
    fs.closeSync(tell);
    const hasFailed = fs.statSync(told).size > 0;
    const what = `allocation ${n}: exit ${status ?? signal}: ${stderr}`;
    assert.ok(signal === null && [0, 2].includes(status), what);
    if (status === 2)
        assert.match(stderr, /^tare-report: .{5,}/, what);
    const left = fs.existsSync(output) ? fs.readdirSync(output) : [];
    assert.ok(left.length === 0 || left.length === FILES, `${what}: ${left}`);
    assert.ok(left.every((name) => !name.startsWith(".")), `${what}: ${left}`);
    assert.ok(status === 2 || left.length === FILES, what);
    return hasFailed;
}

for (const [name, more] of [["one allocation fails", {}], ["all of them fail from one on", { FAIL_ON: "1" }]])
    test(`${name}: exit 2 with words, or a whole report`, async (t) => {
        const folder = temporaryFolder(t);
        const library = await build(folder);
        const run = await makeRun(path.join(folder, "run"), "rows=400", "targets=2", "timeouts=50000");
        let n = 0;
        let tried = 0;
        for (; tryReport(library, folder, run, n, more); n += 1 + Math.floor(n / 40))
            tried++;
        assert.ok(tried > 100, `${tried} tried, up to ${n}`);
    });
