// pairs.mjs - comparisons of real runs: pairs of groups of five against five, interleaved A B B A ..., of a stub
// that is the same in both, and of one that is 5 % slower. How many are called different, and how many of the
// slower ones are found, with binomial intervals. Each run has a stub of its own, since a server that is started
// anew is what differs between runs. What is judged is the median, which the stub's delay moves; the report's own
// answer, of p99 where runs are long enough to have one, and other percentiles stand beside it.
//
// It takes some 40 minutes of a quiet machine, and may be stopped at any time: what each pair came to is kept in
// results/pairs.jsonl, a line each, and the next call goes on from there. Remove the file to begin anew.
//
//   node tests/bench/pairs.mjs        BENCH_PAIRS=50, BENCH_SECONDS=2, BENCH_GROUP=5, BENCH_DELAY_US=1000
import fs from "node:fs";
import path from "node:path";
import { REPORT, ROOT } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { runProgram, scopedFolder } from "./scope.mjs";
import { GENERATOR_CPU, TARE, machineLine, startPinnedStub, withScope } from "./support.mjs";

const PAIRS = Number(process.env.BENCH_PAIRS ?? 50);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
const GROUP = Number(process.env.BENCH_GROUP ?? 5);
const DELAY_US = Number(process.env.BENCH_DELAY_US ?? 1000);
const KEPT = process.env.BENCH_KEPT ?? path.join(ROOT, "results/pairs.jsonl");
const FIGURES = ["p50", "p95", "p99"];
const JUDGED = "p50";
const PLANS = [
    { name: "the same", slower: 1, isCounted: (answer) => answer === "better" || answer === "worse",
        words: "called different", limit: 5 / 50 },
    { name: "5 % slower", slower: 1.05, isCounted: (answer) => answer === "worse", words: "found", limit: 42 / 50 },
];

/** What pairs have to have in common to be counted together. */
const SETTINGS = { seconds: SECONDS, group: GROUP, delay_us: DELAY_US, machine: machineLine() };

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
    const solve = (isBelow) => {
        let [low, high] = [0, 1];
        for (let i = 0; i < 60; i++) {
            const middle = (low + high) / 2;
            [low, high] = isBelow(middle) ? [middle, high] : [low, middle];
        }
        return low;
    };
    return [k === 0 ? 0 : solve((p) => 1 - atMost(k - 1, p) < 0.025), k === n ? 1 : solve((p) => atMost(k, p) > 0.025)];
}

/** Takes off a last line that was torn when somebody pulled the plug. */
function mendKept() {
    const text = fs.existsSync(KEPT) ? fs.readFileSync(KEPT, "utf8") : "";
    if (!text.endsWith("\n") && text !== "")
        fs.writeFileSync(KEPT, text.slice(0, text.lastIndexOf("\n") + 1));
}

/** The pairs of a plan that are kept from earlier, of the same settings. */
function readKept(plan) {
    const lines = fs.existsSync(KEPT) ? fs.readFileSync(KEPT, "utf8").split("\n").slice(0, -1) : [];
    return lines.map((line) => JSON.parse(line)).filter(({ name, settings }) =>
        name === plan.name && JSON.stringify(settings) === JSON.stringify(SETTINGS));
}

async function measure(folder, delayUs) {
    await withScope(async (scope) => {
        const { url } = await startPinnedStub(scope, ["--delay", `fixed:${delayUs}us`]);
        const { code, stderr } = await runProgram("taskset",
            ["-c", GENERATOR_CPU, TARE, "-q", "-c", "10", "-d", `${SECONDS}s`, "-o", folder, url]);
        if (code !== 0 && code !== 3) // 3: invalid, which the report refuses unless it is forced
            throw new Error(`tare: exit ${code}\n${stderr}`);
    });
}

/** One pair of groups; the comparison that the report makes of them. */
async function comparePair(scope, delays) {
    const folder = scopedFolder(scope);
    for (let i = 0; i < GROUP; i++)
        for (const side of i % 2 === 0 ? [0, 1] : [1, 0])
            await measure(path.join(folder, "ab"[side], String(i + 1)), delays[side]);
    const output = path.join(folder, "report");
    const { code, stderr } = await runProgram(REPORT,
        ["--force", "-o", output, "--format", "json", path.join(folder, "a"), path.join(folder, "b")]);
    if (!fs.existsSync(path.join(output, "report.json")))
        throw new Error(`tare-report: exit ${code}\n${stderr}`);
    return JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8")).comparisons[0];
}

/** Measures a pair and keeps what it came to. */
async function addPair(plan) {
    await withScope(async (scope) => {
        const comparison = await comparePair(scope, [DELAY_US, Math.round(DELAY_US * plan.slower)]);
        const rows = FIGURES.map((figure) => comparison.metrics.find(({ metric }) => metric === figure));
        const kept = { name: plan.name, settings: SETTINGS, answer: comparison.answer,
            is_refused: !comparison.comparable, sentence: comparison.sentence,
            figures: Object.fromEntries(rows.map((row, i) => [FIGURES[i], row && { answer: row.answer,
                change_percent: row.change_percent, low_percent: row.low_percent, high_percent: row.high_percent }])) };
        fs.mkdirSync(path.dirname(KEPT), { recursive: true });
        fs.appendFileSync(KEPT, `${JSON.stringify(kept)}\n`);
    });
}

/** "3 of 50, 6 % [1, 17]" */
function share(count, all) {
    const [low, high] = bounds(count, all).map((part) => (100 * part).toFixed(0));
    return `${count} of ${all}, ${(100 * count / all).toFixed(0)} % [${low}, ${high}]`;
}

console.log(`${PAIRS} pairs of ${GROUP} against ${GROUP} runs of ${SECONDS} s, 10 connections, a stub with a delay of ` +
    `${DELAY_US} us. ${machineLine()}`);
mendKept();
const figures = new Figures("pairs");
const lines = [];
for (const plan of PLANS) {
    for (let done = readKept(plan).length; done < PAIRS; done++) {
        if (done % 10 === 0)
            console.log(`${plan.name}: ${done} of ${PAIRS} pairs are there`);
        await addPair(plan);
    }
    const pairs = readKept(plan).slice(0, PAIRS);
    const count = (answerOf) => pairs.filter((pair) => plan.isCounted(answerOf(pair))).length;
    const countOf = (figure) => count((pair) => pair.figures[figure]?.answer);
    const cells = [...FIGURES.map(countOf), count(({ answer }) => answer)].map((counted) => share(counted, PAIRS));
    lines.push(`| ${plan.name}, ${plan.words} | ${cells.join(" | ")} |`);
    figures.told(`${plan.name}: pairs that the report refused`, pairs.filter((pair) => pair.is_refused).length);
    const name = `pairs of ${GROUP} against ${GROUP} runs, ${plan.name}: ${plan.words} by ${JUDGED}`;
    const counted = countOf(JUDGED);
    if (plan.slower === 1)
        figures.atMost(name, counted, plan.limit * PAIRS, share(counted, PAIRS));
    else
        figures.atLeast(name, counted, plan.limit * PAIRS, share(counted, PAIRS));
}
console.log(`\n| stub | ${FIGURES.join(" | ")} | the report's answer |\n|---|${FIGURES.map(() => "---|").join("")}---|`);
console.log(lines.join("\n"));
figures.keep();
