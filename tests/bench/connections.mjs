// connections.mjs - what a connection costs in memory, and that all are used: resident memory at its peak
// (VmHWM, proc(5)) with 15,000 connections, less that with 100, a connection, beside wrk's; and 10,000
// connections in all, each of them established and used.
//
//   node tests/bench/connections.mjs        BENCH_SECONDS=5 by environment
import fs from "node:fs";
import path from "node:path";
import { TARE, readCsv, readRun } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { scopedFolder } from "./scope.mjs";
import { machineLine, peakKib, startPinnedStub, withScope } from "./support.mjs";

const [FEW, MANY] = [100, 15_000]; // a process has 20,000 descriptors where nothing else is said
const LIMIT_KIB = 1.5; // a connection
const USED = 10_000;
const LIMIT_MB = 25;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);

/** One run of tare: its peak in KiB, and how many requests each connection that was used had. */
async function loadOurs(scope, url, connections) {
    const run = path.join(scopedFolder(scope), "run");
    const result = await peakKib(TARE, ["-q", "-c", connections, "-d", `${SECONDS}s`, "-o", run, url]);
    if (!fs.existsSync(path.join(run, "run.json")))
        throw new Error(`tare: exit ${result.code}\n${result.stderr}`);
    const used = new Map();
    for (const row of readCsv(path.join(run, "samples.csv")).rows)
        if (row.outcome === "ok")
            used.set(row.connection, (used.get(row.connection) ?? 0) + 1);
    const counts = [...used.values()];
    console.log(`tare  ${String(connections).padStart(6)}   ${(result.kib / 1024).toFixed(1).padStart(6)} MiB   ` +
        `${counts.length} used, ${counts.reduce((a, b) => Math.min(a, b), Infinity)} to ` +
        `${counts.reduce((a, b) => Math.max(a, b), 0)} requests each, ${readRun(run).validity.verdict}`);
    return { kib: result.kib, used: counts.length };
}

async function loadWrk(url, connections) {
    const { kib } = await peakKib("wrk", ["-t1", "-c", connections, "-d", `${SECONDS}s`, url]);
    console.log(`wrk   ${String(connections).padStart(6)}   ${(kib / 1024).toFixed(1).padStart(6)} MiB`);
    return { kib };
}

const perConnection = (few, many) => (many.kib - few.kib) / (MANY - FEW);

console.log(`Resident memory at its peak, closed loop, ${SECONDS} s. ${machineLine()}`);
const figures = new Figures("connections");
await withScope(async (scope) => {
    const stub = await startPinnedStub(scope, ["--null"]);
    const few = await loadOurs(scope, stub.url, FEW);
    const many = await loadOurs(scope, stub.url, MANY);
    const some = await loadOurs(scope, stub.url, USED);
    const wrk = [await loadWrk(stub.url, FEW), await loadWrk(stub.url, MANY)];
    const ours = perConnection(few, many);
    figures.told("wrk, KiB a connection", perConnection(...wrk), perConnection(...wrk).toFixed(2));
    figures.judged(`(resident at ${MANY} connections - at ${FEW}) / ${MANY - FEW}, all ${MANY} used`,
        ours <= LIMIT_KIB && many.used === MANY,
        `${ours.toFixed(2)} KiB, ${many.used} used; wrk ${perConnection(...wrk).toFixed(2)} KiB`,
        `at most ${LIMIT_KIB} KiB`);
    const megabytes = some.kib * 1024 / 1e6;
    figures.judged(`resident with ${USED} connections, all used`, megabytes <= LIMIT_MB && some.used === USED,
        `${megabytes.toFixed(1)} MB, ${some.used} used`, `at most ${LIMIT_MB} MB`);
});
figures.keep();
