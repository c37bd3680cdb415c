// statistics.test.mjs - the reporter's intervals and answers on simulated servers whose truth is known, in the
// short form (seeded: the same figures each time). `make statistics` has the long one.
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { BUILD, execute } from "./support.mjs";

const run = (tool) => execute(path.join(BUILD, "tools", tool), ["short"], { timeoutMs: 250_000 });

test("intervals called good hold the truth in 93 to 98 of 100 runs", async () => {
    const { code, stdout } = await run("coverage_sim");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^\| all of them .*\| 0\.9[3-7]\d \[/m, stdout);
});

test("runs of the same kind raise few alarms, and a slowdown of 5 % is found", async () => {
    const { code, stdout } = await run("verdict_sim");
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /broken/);
});
