// report_large.mjs - tare-report where runs are large: 100 million rows in the memory that 10 million take, and
// the histograms of a billion requests, whose rows were not kept. The runs are invented (make_run.c); the
// billion is ten million requests of which each stands for a hundred, in every file.
//
//   node tests/bench/report_large.mjs     BENCH_ROWS=100000000 BENCH_REQUESTS=1000000000 BENCH_ROUNDS=3
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { BUILD, REPORT, readRun } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { runProgram, scopedFolder } from "./scope.mjs";
import { interleave, machineLine, median, peakKib, quartiles, weigh, withScope } from "./support.mjs";

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000_000);
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 1_000_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const FACTOR = 100; // what an invented request of the histograms stands for
const ROW_BYTES = 110;
const LIMIT_MB = 64;
const LIMIT_S = 5;
const PAGE = ["--format", "html,json"];

console.log(`tare-report on large runs, one core. ${machineLine()}`);
const figures = new Figures("report_large");

async function makeRun(folder, ...values) {
    const made = await runProgram(path.join(BUILD, "tools/make_run"), [folder, ...values], { timeoutMs: 3600_000 });
    if (made.code !== 0)
        throw new Error(made.stderr);
}

/** Rewrites a CSV file, the columns from `first` on multiplied. */
async function multiplyColumns(file, first) {
    const out = fs.createWriteStream(`${file}.new`);
    let isHead = true;
    let text = "";
    for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
        const fields = isHead ? [line] : line.split(",");
        text += `${fields.map((field, i) => (!isHead && i >= first ? String(Number(field) * FACTOR) : field)).join(",")}\n`;
        isHead = false;
        if (text.length > 1e6 && !out.write(text.slice(0)))
            await new Promise((resolve) => out.once("drain", resolve));
        if (text.length > 1e6)
            text = "";
    }
    await new Promise((resolve) => out.end(text, resolve));
    fs.renameSync(`${file}.new`, file);
}

/** Makes each request of a run stand for FACTOR of them. */
async function multiplyRun(folder) {
    const run = readRun(folder);
    const multiply = (object) => {
        for (const [key, value] of Object.entries(object))
            if (value !== null && typeof value === "object")
                multiply(value);
            else if (typeof value === "number")
                object[key] = value * FACTOR;
    };
    for (const part of ["totals", "outcomes", "measured"])
        multiply(run[part]);
    run.totals.rows = 0;
    if (run.config.rate_per_s !== null)
        run.config.rate_per_s *= FACTOR;
    fs.writeFileSync(path.join(folder, "run.json"), JSON.stringify(run));
    await multiplyColumns(path.join(folder, "histograms.csv"), 7);
    await multiplyColumns(path.join(folder, "seconds.csv"), 3);
}

/** Weighs reports of a run: seconds a round, and the peak of memory. */
async function weighReports(run, output) {
    const { tare } = await interleave({ tare: () => weigh(REPORT, [...PAGE, "-o", output, run], { timeoutMs: 3600_000 }) }, ROUNDS);
    const { kib, code, stderr } = await peakKib(REPORT, [...PAGE, "-o", output, run]);
    if (code !== 0)
        console.log(stderr);
    return { seconds: tare.map((one) => one.seconds), megabytes: kib * 1024 / 1e6, code };
}

await withScope(async (scope) => {
    const name = `tare-report on ${ROWS.toLocaleString("en")} rows`;
    const limit = `${LIMIT_MB} MB`;
    const { bavail, bsize } = fs.statfsSync(os.tmpdir());
    if (bavail * bsize < 1.5 * ROWS * ROW_BYTES) {
        figures.cannot(name, limit, `it takes ${Math.ceil(1.5 * ROWS * ROW_BYTES / 1e9)} GB of disk`);
        return;
    }
    const folder = scopedFolder(scope);
    await makeRun(path.join(folder, "run"), `rows=${ROWS}`, `rate=${Math.max(1, Math.round(ROWS / 1000))}`);
    const { seconds, megabytes, code } = await weighReports(path.join(folder, "run"), path.join(folder, "report"));
    figures.judged(name, megabytes <= LIMIT_MB && code === 0,
        `${quartiles(seconds)} s, ${megabytes.toFixed(1)} MB, exit ${code}`, limit);
});
await withScope(async (scope) => {
    const folder = scopedFolder(scope);
    const run = path.join(folder, "run");
    await makeRun(run, `rows=${Math.round(REQUESTS / FACTOR)}`, "one_in=0");
    await multiplyRun(run);
    const { seconds, megabytes, code } = await weighReports(run, path.join(folder, "report"));
    const { requests } = JSON.parse(fs.readFileSync(path.join(folder, "report/report.json"), "utf8")).runs[0];
    const isAll = requests === Math.round(REQUESTS / FACTOR) * FACTOR;
    figures.judged(`tare-report on the histograms of ${REQUESTS.toLocaleString("en")} requests`,
        median(seconds) <= LIMIT_S && megabytes <= LIMIT_MB && code === 0 && isAll,
        `${quartiles(seconds)} s, ${megabytes.toFixed(1)} MB, exit ${code}${isAll ? "" : `, ${requests} REQUESTS`}`,
        `${LIMIT_S} s, ${LIMIT_MB} MB`);
});
figures.keep();
