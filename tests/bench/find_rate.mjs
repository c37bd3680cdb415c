// find_rate.mjs - the search for the highest rate against stubs of known capacity: N servers that are
// busy for a fixed time take N / that time requests/s and no more. The search has to end within 5 %.
//
//   node tests/bench/find_rate.mjs        BENCH_ROUNDS, at most 3, searches each
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execute } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { GENERATOR_CPU, ROUNDS, TARE, machineLine, startPinnedStub, withScope } from "./support.mjs";

const LIMIT = 5; // per cent
const SERVERS = [
    { servers: 4, ms: 2, goal: "p99<=30ms", connections: 64 },
    { servers: 16, ms: 5, goal: "p99<=40ms", connections: 128 },
    { servers: 64, ms: 8, goal: "p99<=40ms", connections: 512 },
];
const rate = (perSecond) => Math.round(perSecond).toLocaleString("en");

/** One search: find-rate.json, and how long it took in seconds. */
async function search(url, { goal, connections }) {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
    try {
        const began = Date.now();
        const { stdout, stderr } = await execute("taskset", ["-c", GENERATOR_CPU, TARE, "--json", "--samples", "none",
            "--find-rate", goal, "-c", String(connections), "-o", path.join(parent, "search"), url],
        { timeoutMs: 900_000 });
        if (process.env.BENCH_STEPS)
            console.log(stderr);
        return { ...JSON.parse(stdout), seconds: (Date.now() - began) / 1000 };
    } finally {
        fs.rmSync(parent, { recursive: true, force: true });
    }
}

console.log(`The highest rate, found. ${machineLine()}`);
console.log("server             capacity  goal        held       failed     off      steps  took   ended by");
const figures = new Figures("find_rate");
for (const server of SERVERS)
    await withScope(async (scope) => {
        const stub = await startPinnedStub(scope, ["--servers", String(server.servers), "--delay", `fixed:${server.ms}ms`]);
        const capacity = (server.servers * 1000) / server.ms;
        const name = `--find-rate against ${server.servers} servers of ${server.ms} ms (${rate(capacity)}/s): off by`;
        let worst = 0;
        let disturbed = 0;
        for (let round = 0; round < Math.min(ROUNDS, 3); round++) {
            const { answer, steps, seconds } = await search(stub.url, server);
            const off = 100 * (answer.low ? answer.low.rate_per_s / capacity - 1 : -1);
            if (answer.ended_by === "invalid")
                disturbed++;
            else
                worst = Math.max(worst, Math.abs(off));
            console.log([
                `${server.servers} of ${server.ms} ms`.padEnd(18),
                rate(capacity).padEnd(9),
                server.goal.padEnd(11),
                (answer.low ? `${rate(answer.low.rate_per_s)}/s` : "-").padEnd(10),
                (answer.high ? `${rate(answer.high.rate_per_s)}/s` : "-").padEnd(10),
                `${off.toFixed(1)} %`.padEnd(8),
                String(steps.length).padEnd(6),
                `${seconds.toFixed(0)} s`.padEnd(6),
                answer.ended_by,
            ].join(" "));
        }
        if (disturbed === Math.min(ROUNDS, 3))
            figures.cannot(name, `at most ${LIMIT} %`, "the machine left no run valid near the capacity");
        else
            figures.atMost(name, worst, LIMIT, `${worst.toFixed(1)} %`, " %");
        await stub.stop();
    });
figures.keep();
