// soak.mjs - a closed loop at full speed with every sample kept: rows = requests done = the server's own
// count, nothing dropped, and resident memory flat from the first quarter to the last.
//
//   node tests/bench/soak.mjs        SOAK_SECONDS=60 by environment
import fs from "node:fs";
import path from "node:path";
import { TARE, execute, percentile, readCsv, readRun, sum } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { runProgram, scopedFolder } from "./scope.mjs";
import { GENERATOR_CPU, machineLine, startPinnedStub, withScope } from "./support.mjs";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 60);
const GROWTH_LIMIT_MB = 0.5;

/** Lines below a header, without reading the file into memory. */
async function countRows(file) {
    return Number((await execute("wc", ["-l", file])).stdout.split(" ")[0]) - 1;
}

function residentMegabytes(folder) {
    return readCsv(path.join(folder, "resources.csv")).rows
        .filter((row) => row.process === "tare" || row.process === "generator")
        .map((row) => Number(row.resident_bytes) / 1e6);
}

console.log(`Soak: closed loop, 64 connections, ${SECONDS} s at full speed. ${machineLine()}`);
const figures = new Figures("soak");
await withScope(async (scope) => {
    const stub = await startPinnedStub(scope, ["--null"]);
    const folder = path.join(scopedFolder(scope), "run");
    const result = await runProgram("taskset", ["-c", GENERATOR_CPU, TARE, "-q", "-c", "64", "-d", `${SECONDS}s`,
        "-o", folder, stub.url], { timeoutMs: (SECONDS + 60) * 1000 });
    const { text } = await stub.stop();
    const served = Number(/([\d,]+) requests?/.exec(text)?.[1].replaceAll(",", "") ?? NaN);
    const rows = await countRows(path.join(folder, "samples.csv"));
    const seconds = readCsv(path.join(folder, "seconds.csv")).rows;
    const done = sum(seconds.map((row) => Number(row.done)));
    const run = readRun(folder);
    const resident = residentMegabytes(folder);
    const quarters = [0, 1, 2, 3].map((i) =>
        percentile(resident.slice((i * resident.length) / 4, ((i + 1) * resident.length) / 4), 50));
    console.log(`exit ${result.code}, ${run.validity.verdict} ${JSON.stringify(run.validity.reasons)}`);
    console.log(`rows ${rows}, done by seconds.csv ${done}, the server counts ${served}`);
    console.log(`resident ${quarters.map((one) => one.toFixed(2)).join(", ")} MB by quarters of the run`);
    console.log(`samples.csv has ${(fs.statSync(path.join(folder, "samples.csv")).size / 1e6).toFixed(0)} MB, ` +
        `${(rows / SECONDS).toFixed(0)} requests/s`);
    const holds = result.code === 0 && rows === done && rows === served && quarters[3] - quarters[0] <= GROWTH_LIMIT_MB;
    figures.judged(`${SECONDS} s at full speed: rows, seconds.csv, the server's count; memory flat`, holds,
        `${rows}, ${done}, ${served}; ${(quarters[3] - quarters[0]).toFixed(2)} MB more in the last quarter than in the first`,
        `equal, ${GROWTH_LIMIT_MB} MB`);
});
figures.keep();
