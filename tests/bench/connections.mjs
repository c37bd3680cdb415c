// connections.mjs - 10,000 connections beside wrk: all established and used, and the resident memory that
// they cost at the peak (VmHWM, proc(5)).
//
//   node tests/bench/connections.mjs        BENCH_SECONDS=10 by environment
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { TARE, readCsv, readRun } from "../e2e/support.mjs";
import { machineLine, peakMegabytes, startPinnedStub, withScope } from "./support.mjs";

const CONNECTIONS = 10_000;
const LIMIT_MB = 25;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);

console.log(`${CONNECTIONS} connections, closed loop, ${SECONDS} s. ${machineLine()}`);
await withScope(async (scope) => {
    const stub = await startPinnedStub(scope, ["--null"]);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
    scope.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const run = path.join(folder, "run");
    const ours = await peakMegabytes(TARE, ["-q", "-c", CONNECTIONS, "-d", `${SECONDS}s`, "-o", run, stub.url]);
    if (ours.code !== 0)
        console.log(`tare: exit ${ours.code}\n${ours.stderr}`);
    const used = new Map();
    for (const row of readCsv(path.join(run, "samples.csv")).rows)
        if (row.outcome === "ok")
            used.set(row.connection, (used.get(row.connection) ?? 0) + 1);
    const { validity } = readRun(run);
    const wrk = await peakMegabytes("wrk", ["-t1", "-c", CONNECTIONS, "-d", `${SECONDS}s`, stub.url]);
    console.log(`tare: ${ours.megabytes.toFixed(1)} MB resident at the peak, ${used.size} connections used, ` +
        `${Math.min(...used.values())} to ${Math.max(...used.values())} requests each, ${validity.verdict}`);
    console.log(`wrk:  ${wrk.megabytes.toFixed(1)} MB`);
    const holds = ours.megabytes <= LIMIT_MB && used.size === CONNECTIONS;
    console.log(`the limits are ${LIMIT_MB} MB and ${CONNECTIONS} connections: ${holds ? "holds" : "BROKEN"}`);
});
