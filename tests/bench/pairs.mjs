// pairs.mjs - comparisons of real runs: pairs of groups of five against five, interleaved A B B A ..., of a stub
// that is the same in both, and of one that is 5 % slower. How many are called different, and how many of the
// slower ones are found. Half an hour; printed with binomial intervals.
//
//   node tests/bench/pairs.mjs        BENCH_PAIRS=50, BENCH_SECONDS=2, BENCH_GROUP=5, BENCH_DELAY_US=1000
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { REPORT } from "../e2e/support.mjs";
import { GENERATOR_CPU, TARE, startPinnedStub, withScope } from "./support.mjs";
import { runProgram } from "./scope.mjs";

const PAIRS = Number(process.env.BENCH_PAIRS ?? 50);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
const GROUP = Number(process.env.BENCH_GROUP ?? 5);
const DELAY_US = Number(process.env.BENCH_DELAY_US ?? 1000);
const ALARMS_MAX = 5 / 50;
const FOUND_MIN = 42 / 50;

/** The exact binomial interval of k among n (Clopper, Pearson 1934), by bisection of the binomial sum. */
function bounds(k, n) {
    const atMost = (x, p) => {
        let term = (1 - p) ** n;
        let sum = 0;
        for (let i = 0; i <= x; i++) {
            sum += term;
            term *= (n - i) / (i + 1) * p / (1 - p);
        }
        return sum;
    };
    const solve = (f) => {
        let [low, high] = [0, 1];
        for (let i = 0; i < 60; i++) {
            const middle = (low + high) / 2;
            if (f(middle))
                low = middle;
            else
                high = middle;
        }
        return low;
    };
    return [k === 0 ? 0 : solve((p) => 1 - atMost(k - 1, p) < 0.025), k === n ? 1 : solve((p) => atMost(k, p) > 0.025)];
}

async function measure(url, folder) {
    await runProgram("taskset", ["-c", GENERATOR_CPU, TARE, "-q", "-c", "10", "-d", `${SECONDS}s`, "-o", folder, url]);
}

/** One pair of groups; the comparison that the report makes of them. */
async function comparePair(scope, folder, delays) {
    const stubs = [];
    for (const delay of delays)
        stubs.push(await startPinnedStub(scope, ["--delay", `fixed:${delay}us`]));
    for (let i = 0; i < GROUP; i++)
        for (const side of i % 2 === 0 ? [0, 1] : [1, 0])
            await measure(stubs[side].url, path.join(folder, "ab"[side], String(i + 1)));
    const output = path.join(folder, "report");
    await runProgram(REPORT, ["--force", "-o", output, "--format", "json", path.join(folder, "a"), path.join(folder, "b")]);
    return JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8")).comparisons[0];
}

console.log(`${PAIRS} pairs of ${GROUP} against ${GROUP} runs of ${SECONDS} s, a stub with a delay of ${DELAY_US} us`);
let holds = true;
for (const [name, slower] of [["the same", 1], ["5 % slower", 1.05]]) {
    const answers = { better: 0, worse: 0, same: 0, unsure: 0 };
    for (let pair = 0; pair < PAIRS; pair++)
        await withScope(async (scope) => {
            const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
            scope.after(() => fs.rmSync(folder, { recursive: true, force: true }));
            const { answer } = await comparePair(scope, folder, [DELAY_US, Math.round(DELAY_US * slower)]);
            answers[answer]++;
        });
    const counted = slower === 1 ? answers.better + answers.worse : answers.worse;
    const [low, high] = bounds(counted, PAIRS);
    const kept = slower === 1 ? counted <= ALARMS_MAX * PAIRS : counted >= FOUND_MIN * PAIRS;
    holds &&= kept;
    console.log(`${name}: ${slower === 1 ? "called different" : "found"} ${counted} of ${PAIRS} ` +
        `[${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)} %]; ${JSON.stringify(answers)}${kept ? "" : "  BROKEN"}`);
}
process.exitCode = holds ? 0 : 1;
