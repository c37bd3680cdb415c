// support.mjs - what the benchmarks share: a program's CPU time to the millisecond, pinning, quartiles,
// servers by the same means as the end to end tests. Server on CPU 0, generator on CPU 1.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { STUB, TARE, execute, findFreePort, percentile, readRun, startNginx, startServer, until }
    from "../e2e/support.mjs";

export { TARE };
export const SERVER_CPU = "0";
export const GENERATOR_CPU = "1";

/** Runs body(scope); what it hands to scope.after() is undone at the end, last first. */
export async function withScope(body) {
    const undo = [];
    try {
        return await body({ after: (action) => undo.push(action) });
    } finally {
        for (const action of undo.reverse())
            await action();
    }
}

/** Runs a program on the generator's CPU: execute()'s result with cpuUs, of the whole process and of
 *  the children it waited for, and seconds on the clock. */
export async function weigh(command, args, options = {}) {
    const result = await execute("bash", ["-c", `TIMEFORMAT="weighed %3R %3U %3S"; time "$@"`, "weigh",
        "taskset", "-c", GENERATOR_CPU, command, ...args.map(String)], { timeoutMs: 300_000, ...options });
    const found = /^weighed ([\d.]+) ([\d.]+) ([\d.]+)$/m.exec(result.stderr);
    const [seconds, user, system] = found.slice(1).map(Number);
    return { ...result, seconds, cpuUs: (user + system) * 1e6 };
}

/** Runs a program on the generator's CPU and keeps looking at its peak of resident memory, in MB. */
export async function peakMegabytes(command, args) {
    let peak = 0;
    let timer;
    const result = await execute("taskset", ["-c", GENERATOR_CPU, command, ...args.map(String)], {
        timeoutMs: 300_000,
        onStart: (child) => {
            timer = setInterval(() => {
                try {
                    const status = fs.readFileSync(`/proc/${child.pid}/status`, "latin1");
                    if (status.includes(`Name:\t${path.basename(command)}\n`))
                        peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) / 1000);
                } catch { /* it ended in between */ }
            }, 10);
        },
    });
    clearInterval(timer);
    return { ...result, megabytes: peak };
}

/** A stub on the server's CPU. */
export function startPinnedStub(scope, args) {
    return startServer(scope, "taskset", ["-c", SERVER_CPU, STUB, "--port", "0", ...args]);
}

/** nginx on the server's CPU. */
export async function startPinnedNginx(scope, server) {
    const nginx = await startNginx(scope, server);
    await execute("taskset", ["-c", "-p", SERVER_CPU, String(nginx.pid)]);
    return nginx;
}

/** A server that takes its port as an argument and says nothing, on the server's CPU. */
export async function startPinnedSilent(scope, command) {
    const port = await findFreePort();
    const child = spawn("taskset", ["-c", SERVER_CPU, command, String(port)], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    scope.after(() => { child.kill("SIGTERM"); return ended; });
    await until(`${command} to listen`, async () => (await execute("bash",
        ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`])).code === 0);
    return { port, url: `http://127.0.0.1:${port}/`, pid: child.pid };
}

/** One run of tare into a folder of its own, which is removed: weigh()'s result with the run.json. */
export async function weighTare(args, look = () => ({})) {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
    const folder = path.join(parent, "run");
    try {
        const result = await weigh(TARE, ["-q", ...args, "-o", folder]);
        const run = readRun(folder);
        if (result.code !== 0)
            console.log(`  tare ${args.join(" ")}: exit ${result.code}, ${JSON.stringify(run.validity.reasons)}`);
        return { ...result, run, seen: await look(folder) };
    } finally {
        fs.rmSync(parent, { recursive: true, force: true });
    }
}

/** "0.74 [0.73, 0.76]": the median and the quartiles. */
export function quartiles(values, digits = 2) {
    const [low, middle, high] = [25, 50, 75].map((p) => percentile(values, p).toFixed(digits));
    return `${middle} [${low}, ${high}]`;
}

/** What the figures were measured on, as one line. */
export function machineLine() {
    const model = os.cpus()[0].model.trim();
    return `${os.cpus().length} x ${model}, Linux ${os.release()}`;
}

/** Number of rounds and seconds a round: BENCH_ROUNDS, BENCH_SECONDS. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
