// delays.mjs - the stub with delays of 1, 5 and 50 ms by turns, joined request by request with its log:
// what tare tells beyond what the server took by its own kernel stamps. median(service - stub)
// should be at most 15 us, and p25, p50, p90 of each delay within 1 % + 15 us.
//
//   node tests/bench/delays.mjs
import fs from "node:fs";
import path from "node:path";
import { STUB, percentile, readStubLog, readSamples, startServer } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { scopedFolder } from "./scope.mjs";
import { SERVER_CPU, machineLine, weigh, TARE, withScope } from "./support.mjs";

const DELAYS_MS = [1, 5, 50];
const REQUESTS = 1500;
const MEDIAN_LIMIT_US = 15;

console.log(`Delays of ${DELAYS_MS.join(", ")} ms by turns, ${REQUESTS} requests, 8 connections. ${machineLine()}`);
const figures = new Figures("delays");
await withScope(async (scope) => {
    const folder = scopedFolder(scope);
    const bodies = path.join(folder, "bodies");
    fs.writeFileSync(bodies, Array.from({ length: REQUESTS }, (_, i) => `{"number": ${i}}\n`).join(""));
    const log = path.join(folder, "stub.jsonl");
    const stub = await startServer(scope, "taskset", ["-c", SERVER_CPU, STUB, "--port", "0", "--log", log, "--delay",
        `turns:${DELAYS_MS.map((ms) => `${ms}ms`).join(",")}`]);
    const run = path.join(folder, "run");
    const result = await weigh(TARE, ["-q", "-c", 8, "-n", REQUESTS, "--body-lines", bodies, "-o", run, stub.url]);
    await stub.stop();
    if (result.code !== 0)
        console.log(`tare: exit ${result.code}\n${result.stderr}`);
    // What the stub really took: from its kernel's stamp of the request until before its send.
    const given = new Map(readStubLog(log).map((entry) => [entry.request, entry.took_ns]));
    const joined = readSamples(run).map((row) => ({
        told: Number(row.service_ns), given: given.get(Number(row.request)),
        delay: DELAYS_MS[Number(row.request) % DELAYS_MS.length],
    }));
    const us = (ns) => (ns / 1000).toFixed(1);
    let holds = joined.length === REQUESTS;
    for (const delay of DELAYS_MS) {
        const own = joined.filter((row) => row.delay === delay);
        const cells = [25, 50, 90].map((p) => {
            const [told, was] = [percentile(own.map((row) => row.told), p), percentile(own.map((row) => row.given), p)];
            holds &&= Math.abs(told - was) <= 0.01 * was + 15_000;
            return `p${p} ${us(told)} of ${us(was)}`;
        });
        console.log(`${String(delay).padStart(3)} ms: tare's service of the stub's own latency, us: ${cells.join(", ")}`);
    }
    const median = percentile(joined.map((row) => row.told - row.given), 50) / 1000;
    holds &&= median <= MEDIAN_LIMIT_US;
    figures.judged(`delays of ${DELAYS_MS.join(", ")} ms by turns: median(service - stub), and p25, p50, p90 of each`, holds,
        `${median.toFixed(1)} us`, `${MEDIAN_LIMIT_US} us, 1 % + 15 us`);
});
figures.keep();
