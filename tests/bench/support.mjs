// support.mjs - what the benchmarks share: a program's CPU time to the millisecond, pinning, rounds that
// interleave, quartiles, servers on a CPU of their own. Server on CPU 0, generator on CPU 1.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { STUB, TARE, execute, findFreePort, percentile, readRun, startNginx, startServer, until }
    from "../e2e/support.mjs";
import { runProgram, withScope } from "./scope.mjs";

export { TARE, withScope };
export const SERVER_CPU = "0";
export const GENERATOR_CPU = "1";

/** Number of rounds and seconds a round: BENCH_ROUNDS, BENCH_SECONDS. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);

/** Runs a program on the generator's CPU (cpus: on others): runProgram()'s result with cpuUs, by wait4(2) for
 *  the whole process and the children it waited for, and seconds on the clock. */
export async function weigh(command, args, { cpus = GENERATOR_CPU, ...options } = {}) {
    const result = await runProgram("bash", ["-c", `TIMEFORMAT="weighed %3R %3U %3S"; time "$@"`, "weigh",
        "taskset", "-c", cpus, command, ...args], options);
    const found = /^weighed ([\d.]+) ([\d.]+) ([\d.]+)$/m.exec(result.stderr);
    const [seconds, user, system] = found.slice(1).map(Number);
    return { ...result, seconds, cpuUs: (user + system) * 1e6 };
}

/** Runs a program on the generator's CPU and keeps looking at its peak of resident memory, in KiB (VmHWM,
 *  proc(5)). */
export async function peakKib(command, args) {
    let peak = 0;
    let timer;
    const result = await runProgram("taskset", ["-c", GENERATOR_CPU, command, ...args], {
        onStart: (child) => {
            timer = setInterval(() => {
                try {
                    const status = fs.readFileSync(`/proc/${child.pid}/status`, "latin1");
                    if (status.includes(`Name:\t${path.basename(command)}\n`))
                        peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]));
                } catch { /* it ended in between */ }
            }, 10);
        },
    });
    clearInterval(timer);
    return { ...result, kib: peak };
}

/** A stub on the server's CPU. */
export function startPinnedStub(scope, args, cpus = SERVER_CPU) {
    return startServer(scope, "taskset", ["-c", cpus, STUB, "--port", "0", ...args]);
}

/** nginx on the server's CPU; arguments as of startNginx(). */
export async function startPinnedNginx(scope, server, options = {}) {
    const nginx = await startNginx(scope, server, options);
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

/** The null servers that there are, one after the other: body(server, name) for the stub, and for the one that
 *  NULLSRV=FILE names. */
export async function withNullServers(body) {
    await withScope(async (scope) => body(await startPinnedStub(scope, ["--null"]), "tare-stub --null"));
    if (process.env.NULLSRV)
        await withScope(async (scope) => body(await startPinnedSilent(scope, process.env.NULLSRV),
            path.basename(process.env.NULLSRV)));
}

/** One run of tare into a folder of its own, which is removed: weigh()'s result with the run.json, and with
 *  what look(folder) saw. Invalid runs are told, but for those of a benchmark that makes them: isQuiet. */
export async function weighTare(args, { look = () => ({}), isQuiet = false, ...options } = {}) {
    return withScope(async (scope) => {
        const parent = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
        scope.after(() => fs.rmSync(parent, { recursive: true, force: true }));
        const folder = path.join(parent, "run");
        const result = await weigh(TARE, ["-q", ...args, "-o", folder], options);
        if (result.code !== 0 && result.code !== 3)
            throw new Error(`tare ${args.join(" ")}: exit ${result.code ?? result.signal}\n${result.stderr}`);
        const run = readRun(folder);
        if (result.code !== 0 && !isQuiet)
            console.log(`  tare ${args.join(" ")}: ${run.validity.reasons.map((one) => one.name).join(", ")}`);
        return { ...result, run, seen: await look(folder) };
    });
}

/** Measures subjects by turns, so that a machine's moods fall on all of them: {name: async function} to
 *  {name: [what it returned, a round each]}. Each round begins with another subject. */
export async function interleave(subjects, rounds = ROUNDS) {
    const names = Object.keys(subjects);
    const results = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
        for (let i = 0; i < names.length; i++) {
            const name = names[(i + round) % names.length];
            results[name].push(await subjects[name]());
        }
    return results;
}

/** Round by round, a over b. */
export const ratios = (a, b) => a.map((value, round) => value / b[round]);

/** Round by round, a minus b. */
export const differences = (a, b) => a.map((value, round) => value - b[round]);

export const median = (values) => percentile(values, 50);

/** What a request costs tare in a closed loop: {us, rate}, CPU us a request of the whole process, and requests/s. */
export async function weighRequests(url, connections, options = {}) {
    const { cpuUs, run } = await weighTare(["-c", connections, "-d", `${SECONDS}s`, ...(options.args ?? []), url], options);
    return { us: cpuUs / run.totals.requests, rate: run.totals.requests / SECONDS };
}

/** The same of another tool (tools.mjs) under a load of SECONDS. One that does nothing gets a second try. */
export async function weighTool(tool, load, isLast = false) {
    const result = await weigh(tool.file(), tool.command(load));
    const { requests } = tool.read(result, load);
    if (requests > 0)
        return { us: result.cpuUs / requests, rate: requests / SECONDS };
    console.log(`  ${tool.name} ended without requests: ${result.stdout}${result.stderr}`);
    if (isLast)
        throw new Error(`${tool.name} does not work`);
    return weighTool(tool, load, true);
}

/** Columns of a run's samples.csv as arrays of numbers, NaN where a field is empty or the column is not there. */
export function readSampleColumns(folder, names) {
    const [header, ...lines] = fs.readFileSync(path.join(folder, "samples.csv"), "latin1").split("\n");
    lines.pop(); // behind the last line's end
    const columns = header.split(",");
    const at = names.map((name) => columns.indexOf(name));
    const arrays = names.map(() => new Float64Array(lines.length));
    lines.forEach((line, row) => {
        const fields = line.split(",");
        at.forEach((column, i) => { arrays[i][row] = column < 0 || fields[column] === "" ? NaN : Number(fields[column]); });
    });
    return Object.fromEntries(names.map((name, i) => [name, arrays[i]]));
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
