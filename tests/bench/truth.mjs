// truth.mjs - service time as tare tells it, beside a packet capture of the same run: nginx on CPU 0,
// tare in open loop on CPU 1, tcpdump on loopback (which needs root). For each kind of exchange the
// difference of p50, p90 and p99 is printed; it should be within 5 us or 10 % of the wire's.
//
//   node tests/bench/truth.mjs      TRUTH_RATE=20k, BENCH_SECONDS=5 and BENCH_ROUNDS=3 by environment
import fs from "node:fs";
import path from "node:path";
import { spawn } from "node:child_process";
import { BUILD, execute, percentile, readSamples, temporaryFolder } from "../e2e/support.mjs";
import { GENERATOR_CPU, SERVER_CPU, machineLine, startPinnedNginx, weighTare, withScope } from "./support.mjs";

const RATE = process.env.TRUTH_RATE ?? "20k";
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const PERCENTILES = [50, 90, 99, 99.9];

const KINDS = [
    { name: "13 bytes", path: "hello" },
    { name: "64 KiB", path: "big.bin" },
    { name: "chunked", path: "chunked.html" },
    { name: "64 KiB POST", path: "hello", body: "x".repeat(65536) },
];

// A response without Content-Length comes of server-side includes.
const SERVER = `
    access_log off;
    location /hello { return 200 "Hello, World!"; }
    location /chunked.html { ssi on; ssi_types text/plain; default_type text/html; }`;

async function startCapture(port, file) {
    const child = spawn("taskset", ["-c", SERVER_CPU, "tcpdump", "-i", "lo", "-s", "96", "-B", "262144",
        "--time-stamp-precision=nano", "-w", file, `tcp port ${port}`], { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    const ended = new Promise((resolve) => child.on("close", resolve));
    await new Promise((resolve, reject) => {
        child.stderr.on("data", (bytes) => { text += bytes; if (/listening on/.test(text)) resolve(); });
        ended.then(() => reject(new Error(`tcpdump: ${text}`)));
    });
    return async () => {
        // The kernel hands captured packets over by the block, the last one a second after it began; and
        // where the server had the CPU, tcpdump has still to write what it is given.
        for (let size = -1; size !== fs.statSync(file).size;) {
            size = fs.statSync(file).size;
            await new Promise((resolve) => setTimeout(resolve, 1500));
        }
        child.kill("SIGINT");
        await ended;
        const dropped = Number(/(\d+) packets? dropped by kernel/.exec(text)?.[1] ?? NaN);
        return dropped;
    };
}

function quantiles(ns) {
    return Object.fromEntries(PERCENTILES.map((p) => [`p${p}`, percentile(ns, p)]));
}

async function measure(scope, wire, kind, nginx, round) {
    const folder = temporaryFolder(scope);
    const capture = path.join(folder, "wire.pcap");
    const stop = await startCapture(nginx.port, capture);
    const body = kind.body ? ["--body", `@${path.join(nginx.folder, "www/body")}`] : [];
    const result = await weighTare(["-c", 64, "-R", RATE, "-d", `${SECONDS}s`, "--wait", "spin", ...body,
        `${nginx.url}${kind.path}`], { look: (run) => {
        const rows = readSamples(run);
        const column = (name) => rows.map((row) => Number(row[name]));
        return { rows: rows.length, service: quantiles(column("service_ns")),
            lag: quantiles(column("send_lag_ns")) };
    } });
    const dropped = await stop();
    const seen = JSON.parse((await execute(wire, [capture, String(nginx.port)])).stdout);
    fs.rmSync(capture);
    const cell = (ns) => (ns / 1000).toFixed(1).padStart(9);
    const line = (name, of) => console.log(`  ${name.padEnd(22)}${PERCENTILES.map((p) => cell(of[`p${p}`])).join("")}`);
    console.log(`${kind.name}, round ${round + 1}: ${result.seen.rows} rows, ${seen.requests} on the wire, ` +
        `${dropped} packets dropped, ${result.run.validity.verdict}`);
    line("wire", seen);
    line("tare service", result.seen.service);
    line("tare send lag", result.seen.lag);
    const worst = PERCENTILES.slice(0, 3).map((p) => {
        const off = Math.abs(result.seen.service[`p${p}`] - seen[`p${p}`]);
        return { off, holds: off <= Math.max(5000, 0.1 * seen[`p${p}`]) };
    });
    const holds = worst.every((one) => one.holds) && dropped === 0 && seen.requests === result.seen.rows;
    console.log(`  differs by ${worst.map((one) => (one.off / 1000).toFixed(1)).join(", ")} us at p50, p90, p99: ` +
        (holds ? "holds" : "BROKEN"));
    return holds;
}

console.log(`Truth: us, open loop ${RATE}/s, 64 connections, spin, ${SECONDS} s. ${machineLine()}`);
console.log(`                              ${PERCENTILES.map((p) => `p${p}`.padStart(9)).join("").slice(6)}`);
await withScope(async (scope) => {
    const wire = path.join(BUILD, "tools/wire");
    const nginx = await startPinnedNginx(scope, SERVER);
    const www = (name) => path.join(nginx.folder, "www", name);
    fs.writeFileSync(www("big.bin"), "x".repeat(65536));
    fs.writeFileSync(www("chunked.html"), "Hello, World!");
    fs.writeFileSync(www("body"), "x".repeat(65536));
    let broken = 0;
    for (const kind of KINDS)
        for (let round = 0; round < ROUNDS; round++)
            broken += (await measure(scope, wire, kind, nginx, round)) ? 0 : 1;
    console.log(`${broken} of ${KINDS.length * ROUNDS} rounds broke the limit of 5 us or 10 %`);
});
