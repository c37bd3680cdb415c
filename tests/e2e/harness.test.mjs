// harness.test.mjs - the canaries: each harness must be seen to fail, else its green says nothing.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { ROOT, execute, temporaryFolder } from "./support.mjs";

const runner = path.join(ROOT, "tests/run.mjs");
const canaries = path.join(ROOT, "tests/canary");

async function runnerSays(files, env = {}) {
    const result = await execute(process.execPath, [runner, ...files], { env });
    return { code: result.code, last: result.stdout.trimEnd().split("\n").at(-1), stdout: result.stdout };
}

test("a failing node:test fails the run and is counted", async () => {
    const { code, last } = await runnerSays([path.join(canaries, "failing.mjs")]);
    assert.equal(last, "1 passed, 1 failed");
    assert.equal(code, 1);
});

test("a failing cmocka test fails the run and is counted, and so does one that aborts", async (t) => {
    const binary = path.join(temporaryFolder(t), "failing_test");
    const built = await execute("cc", ["-o", binary, path.join(canaries, "failing_test.c"), "-lcmocka"]);
    assert.equal(built.code, 0, built.stderr);
    const failed = await runnerSays([binary]);
    assert.equal(failed.last, "1 passed, 1 failed");
    assert.equal(failed.code, 1);
    const aborted = await runnerSays([binary], { CANARY_ABORTS: "1" });
    assert.match(aborted.last, /^\d passed, [12] failed$/);
    assert.equal(aborted.code, 1);
});

test("no test, a missing program and a silent one are failures", async () => {
    const nothing = await runnerSays([]);
    assert.equal(nothing.last, "0 passed, 0 failed");
    assert.equal(nothing.code, 1);
    const missing = await runnerSays(["/nonexistent"]);
    assert.equal(missing.last, "0 passed, 1 failed");
    assert.equal(missing.code, 1);
    const silent = await runnerSays(["/bin/true"]);
    assert.equal(silent.last, "0 passed, 1 failed");
    assert.equal(silent.code, 1);
});

test("a skip is named with its reason", async (t) => {
    const file = path.join(temporaryFolder(t), "skips.mjs");
    fs.writeFileSync(file, `import test from "node:test";
        test("runs", () => {});
        test("waits", { skip: "the moon is not full" }, () => {});`);
    const { code, last, stdout } = await runnerSays([file]);
    assert.match(stdout, /^SKIPPED .*waits: the moon is not full$/m);
    assert.equal(last, "1 passed, 0 failed");
    assert.equal(code, 0);
});
