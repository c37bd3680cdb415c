// report.mjs - tare-report on a run of 10 million rows: seconds on one core, resident memory at the peak,
// whether two reports are the same byte for byte; and, in turn with it, DuckDB on the same core, which
// computes five quantiles of one column of the same samples.csv. DuckDB is fetched by npm into a folder of
// the benchmark's own; its time is that of the query alone, tare-report's that of the whole program. The run
// is invented (make_run.c).
//
//   node tests/bench/report.mjs        BENCH_ROWS=10000000 BENCH_ROUNDS=5 by environment
import fs from "node:fs";
import path from "node:path";
import { BUILD, REPORT, execute, percentile } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { scopedFolder } from "./scope.mjs";
import { interleave, machineLine, median, peakKib, quartiles, ratios, weigh, withScope } from "./support.mjs";

const ROWS = Number(process.env.BENCH_ROWS ?? 10_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const LIMIT_S = 1.2;
const LIMIT_MB = 64;
const LIMIT_OF_DUCKDB = 0.5;
const DUCKDB = "@duckdb/node-api@1.5.6-r.1";
const NAME = `tare-report on ${ROWS.toLocaleString("en")} rows`;

const QUERY = `import { DuckDBInstance } from "@duckdb/node-api";
const database = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await database.connect();
const began = process.hrtime.bigint();
const answer = await connection.runAndReadAll(
    \`SELECT quantile_disc(service_ns, [0.5, 0.9, 0.95, 0.99, 0.999]) FROM read_csv('\${process.argv[2]}')\`);
const values = String(answer.getRows()[0]);
console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - began) / 1e9, values }));
`;

/** Fetches DuckDB. Returns a function that runs the query on a file, or null where it cannot be had. */
async function fetchDuckdb(folder) {
    fs.writeFileSync(path.join(folder, "package.json"), '{"private": true, "type": "module"}');
    fs.writeFileSync(path.join(folder, "query.mjs"), QUERY);
    const fetched = await execute("npm", ["--prefix", folder, "install", "--ignore-scripts", "--no-audit", "--no-fund",
        "--loglevel=error", DUCKDB], { timeoutMs: 300_000 });
    if (fetched.code !== 0)
        return null;
    return async (file) => {
        const result = await weigh(process.execPath, [path.join(folder, "query.mjs"), file]);
        if (result.code !== 0)
            throw new Error(`DuckDB: ${result.stderr}`);
        return JSON.parse(result.stdout);
    };
}

/** DuckDB's five quantiles against the report's, which are exact only to the width of a bucket. */
function checkSame(values, output) {
    const { service } = JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8")).runs[0].series;
    const ours = ["p50", "p90", "p95", "p99", "p99.9"].map((name) => service[`${name}_ns`]);
    const theirs = values.match(/\d+/g).map(Number);
    return ours.every((ns, i) => Math.abs(ns / theirs[i] - 1) <= 0.001);
}

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
    const texts = new Set();
    const reportIt = async () => {
        fs.rmSync(output, { recursive: true, force: true });
        const weighed = await weigh(REPORT, ["-o", output, run]);
        texts.add(read());
        return weighed;
    };
    const askDuckdb = await fetchDuckdb(scopedFolder(scope));
    const rounds = await interleave({ tare: reportIt,
        ...(askDuckdb && { duckdb: () => askDuckdb(path.join(run, "samples.csv")) }) }, ROUNDS);
    const tare = rounds.tare.map(({ seconds }) => seconds);
    const isRight = !askDuckdb || checkSame(rounds.duckdb[0].values, output);
    fs.rmSync(output, { recursive: true, force: true });
    const megabytes = (await peakKib(REPORT, ["-o", output, run])).kib * 1024 / 1e6;
    const seconds = percentile(tare, 50);
    const isSame = texts.size === 1;
    const holds = seconds <= LIMIT_S && megabytes <= LIMIT_MB && isSame && rounds.tare[0].code === 0;
    figures.judged(NAME, holds, `${quartiles(tare)} s, ` +
        `${megabytes.toFixed(1)} MB, ${isSame ? "byte for byte the same" : "DIFFERENT bytes"}, exit ${rounds.tare[0].code}`,
    `${LIMIT_S} s, ${LIMIT_MB} MB, the same bytes`);
    const beside = `${NAME}, beside DuckDB's five quantiles`;
    if (!askDuckdb) {
        figures.cannot(beside, `at most ${LIMIT_OF_DUCKDB} of its time`, `npm brought no ${DUCKDB}`);
        return;
    }
    const duckdb = rounds.duckdb.map(({ seconds: took }) => took);
    const share = ratios(tare, duckdb);
    figures.judged(beside, median(share) <= LIMIT_OF_DUCKDB && isRight,
        `${quartiles(tare)} s against ${quartiles(duckdb)} s, ${quartiles(share)} of it` +
        (isRight ? "" : ", OTHER quantiles"), `at most ${LIMIT_OF_DUCKDB} of its time, the same quantiles`);
});
figures.keep();
