// report.mjs - tare-report on a run of 10 million rows: seconds on one core, resident memory at the peak,
// and whether two reports are the same byte for byte. The run is invented (make_run.c).
//
//   node tests/bench/report.mjs        BENCH_ROWS=10000000 by environment
import fs from "node:fs";
import path from "node:path";
import { BUILD, REPORT, execute, percentile } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { scopedFolder } from "./scope.mjs";
import { machineLine, peakKib, weigh, withScope } from "./support.mjs";

const ROWS = Number(process.env.BENCH_ROWS ?? 10_000_000);
const ROUNDS = 5;
const LIMIT_S = 1.2;
const LIMIT_MB = 64;

console.log(`tare-report on ${ROWS.toLocaleString("en")} rows, one core. ${machineLine()}`);
const figures = new Figures("report");
await withScope(async (scope) => {
    const folder = scopedFolder(scope);
    const run = path.join(folder, "run");
    const made = await execute(path.join(BUILD, "tools/make_run"), [run, `rows=${ROWS}`], { timeoutMs: 300_000 });
    if (made.code !== 0)
        throw new Error(made.stderr);
    const output = path.join(folder, "report");
    const read = () => fs.readdirSync(output).sort()
        .map((name) => fs.readFileSync(path.join(output, name), "latin1")).join("\0");
    const rounds = [];
    const texts = new Set();
    for (let round = 0; round < ROUNDS; round++) {
        fs.rmSync(output, { recursive: true, force: true });
        rounds.push(await weigh(REPORT, ["-o", output, run]));
        texts.add(read());
    }
    fs.rmSync(output, { recursive: true, force: true });
    const megabytes = (await peakKib(REPORT, ["-o", output, run])).kib * 1024 / 1e6;
    const seconds = percentile(rounds.map((round) => round.seconds), 50);
    const isSame = texts.size === 1;
    const holds = seconds <= LIMIT_S && megabytes <= LIMIT_MB && isSame && rounds[0].code === 0;
    figures.judged(`tare-report on ${ROWS.toLocaleString("en")} rows`, holds, `${seconds.toFixed(2)} s, ` +
        `${megabytes.toFixed(1)} MB, ${isSame ? "byte for byte the same" : "DIFFERENT bytes"}, exit ${rounds[0].code}`,
    `${LIMIT_S} s, ${LIMIT_MB} MB, the same bytes`);
});
figures.keep();
