// capture.mjs - a packet capture on loopback while something runs, and what wire.c reads from it: the service
// times that the wire saw. tcpdump needs root; it works on a CPU of its own where there are three, else on the
// server's, never on the generator's.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { BUILD, execute } from "../e2e/support.mjs";
import { scopedFolder } from "./scope.mjs";
import { SERVER_CPU, withScope } from "./support.mjs";
import { PERCENTILES } from "./tools.mjs";

const CAPTURE_CPU = os.cpus().length > 2 ? "2" : SERVER_CPU;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Packets that carry bytes or begin a connection; what wire.c needs of them stands in the first 96. */
function startTcpdump(scope, port, file) {
    const child = spawn("taskset", ["-c", CAPTURE_CPU, "tcpdump", "-i", "lo", "-s", "96", "-B", "262144",
        "--time-stamp-precision=nano", "-w", file,
        `tcp port ${port} and (tcp[13] & 2 != 0 or ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) != 0)`],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, PATH } });
    const capture = { child, text: "" };
    capture.ended = new Promise((resolve) => child.on("close", resolve));
    scope.after(() => { child.kill("SIGKILL"); return capture.ended; });
    return new Promise((resolve, reject) => {
        child.stderr.on("data", (bytes) => {
            capture.text += bytes;
            if (/listening on/.test(capture.text))
                resolve(capture);
        });
        child.on("error", reject);
        capture.ended.then(() => reject(new Error(`tcpdump ended: ${capture.text}`)));
    });
}

/** The kernel hands captured packets over by the block, the last one a second after it began; and where the
 *  server had the CPU, tcpdump has still to write what it is given. */
async function stopTcpdump(capture, file) {
    for (let size = -1; size !== fs.statSync(file).size;) {
        size = fs.statSync(file).size;
        await sleep(1200);
    }
    capture.child.kill("SIGINT");
    await capture.ended;
    return Number(/(\d+) packets? dropped by kernel/.exec(capture.text)?.[1] ?? NaN);
}

/** Ends the program where nothing can be captured, with the remedy, before anything is measured. */
export async function demandCapture() {
    try {
        await withScope(async (scope) => startTcpdump(scope, 1, path.join(scopedFolder(scope), "none.pcap")));
    } catch (error) {
        console.error(`no packets can be captured on loopback: ${error.message.trim()}\n` +
            "      run this as root (sudo make truth), with tcpdump installed (make truth does that)");
        process.exit(2);
    }
}

/** Captures what goes to and from a server's port while body() runs; what begins in the first `skipSeconds` of it is
 *  left out. Returns {result, wire}: what body returned, and {requests, rate, dropped, us: {50: ..., 99.9: ...}}. */
export async function captureWhile(port, skipSeconds, body) {
    return withScope(async (scope) => {
        const file = path.join(scopedFolder(scope), "wire.pcap");
        const capture = await startTcpdump(scope, port, file);
        const result = await body();
        const dropped = await stopTcpdump(capture, file);
        const read = await execute(path.join(BUILD, "tools/wire"), [file, port, skipSeconds].map(String));
        if (read.code !== 0)
            throw new Error(read.stderr);
        const seen = JSON.parse(read.stdout);
        return { result, wire: {
            requests: seen.requests, rate: seen.requests / seen.seconds, dropped,
            us: Object.fromEntries(PERCENTILES.map((p) => [p, seen[`p${p}`] / 1000])),
        } };
    });
}
