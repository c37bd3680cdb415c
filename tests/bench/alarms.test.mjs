// alarms.test.mjs - no false alarm: a few rounds of what tests/bench/alarms.mjs does a hundred times.
import assert from "node:assert/strict";
import test from "node:test";
import { partRuns, runExamples } from "./alarms.mjs";

const RUNS = 12;

test("the README's commands bring about no reason for distrust on a quiet machine", async (t) => {
    const alarms = [];
    const { quiet, disturbed } = partRuns(await runExamples(RUNS, 2, t, (text) => alarms.push(text)));
    assert.equal(quiet.length + disturbed.length, RUNS);
    assert.deepEqual(alarms, []);
    if (quiet.length < RUNS / 2)
        t.skip(`other programs or the hypervisor disturbed ${disturbed.length} of ${RUNS} runs`);
});
