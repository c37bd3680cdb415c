// truth.mjs - what tare and other generators say of a server, beside a packet capture of the same run: nginx on
// CPU 0, one generator on CPU 1, 64 connections, kinds of exchanges at several loads, in rounds that
// interleave. The measurements are kept in results/truth.json, the tables printed by truth_table.mjs.
//
//   node tests/bench/truth.mjs [--print | --add]    --print: the tables of what was measured before;
//                                                   --add: adds to it
//     WRK2=FILE                 wrk2, where it is built
//     TRUTH_ROUNDS=9            of tare; a third of that of the others
//     TRUTH_SECONDS=3           a run
//     TRUTH_KINDS, TRUTH_LOADS, TRUTH_TOOLS      lists, "13 bytes,chunked" "20000,closed" "tare,wrk"
import fs from "node:fs";
import path from "node:path";
import { ROOT, percentile } from "../e2e/support.mjs";
import { captureWhile, demandCapture } from "./capture.mjs";
import { Figures } from "./figures.mjs";
import { machineLine, median, readSampleColumns, startPinnedNginx, weigh, weighTare, withScope } from "./support.mjs";
import { PERCENTILES, TOOLS } from "./tools.mjs";
import { printTruth } from "./truth_table.mjs";

const FILE = path.join(ROOT, "results/truth.json");
const ROUNDS = Number(process.env.TRUTH_ROUNDS ?? 9);
const SECONDS = Number(process.env.TRUTH_SECONDS ?? 3);
const CONNECTIONS = 64;
const CLOSED = "closed";

// Rates that one core of a server and the capture beside it can serve: 64 KiB take nginx 15 to 25 us a
// request, a response put together by server-side includes about 15.
const KINDS = [
    { name: "13 bytes", path: "hello", loads: [5_000, 20_000, 60_000, CLOSED] },
    { name: "chunked", path: "chunked.html", isChunked: true, loads: [5_000, 10_000, 20_000, CLOSED] },
    { name: "64 KiB", path: "big.bin", loads: [2_000, 5_000, 10_000, CLOSED] },
    { name: "64 KiB POST", path: "hello", hasBody: true, loads: [2_000, 5_000, 10_000, CLOSED] },
];
const WAITS = { open: ["spin", "hybrid"], closed: ["block", "spin", "hybrid"] };
const OTHERS = ["wrk2", "wrk", "h2load", "hey", "ab"];

// A response without Content-Length comes of server-side includes.
const SERVER = `
    access_log off;
    location /hello { return 200 "Hello, World!"; }
    location /chunked.html { ssi on; ssi_types text/plain; default_type text/html; }`;

const wanted = (name, text) => !process.env[name] || process.env[name].split(",").includes(String(text));

const quantilesOf = (us) => Object.fromEntries(PERCENTILES.map((p) => [p, percentile(us, p)]));

/** Service time as the rows have it; and less the send path, from the call until the kernel stamped the segment
 *  on its way out: a row's own where it was stamped, the median of those where it was not. */
function readService(folder) {
    const { service_ns: service, send_path_ns: paths } = readSampleColumns(folder, ["service_ns", "send_path_ns"]);
    const stamped = paths.filter((ns) => !Number.isNaN(ns));
    const typical = stamped.length ? median(stamped) : NaN;
    const corrected = service.map((ns, i) => ns - (Number.isNaN(paths[i]) ? typical : paths[i]));
    const us = (column) => quantilesOf(column.filter((ns) => !Number.isNaN(ns)).map((ns) => ns / 1000));
    return { requests: service.length, told: us(service), ...(stamped.length ? { corrected: us(corrected) } : {}) };
}

/** What measures one tool at one load: its name for the tables, and run(load) for {requests, told, ...}. */
function tareSubject(wait) {
    return {
        tool: `tare, ${wait}`,
        warmupSeconds: () => 0,
        run: async (load) => {
            const { seen, run } = await weighTare(["-c", load.connections, "-d", `${load.seconds}s`, "--wait", wait,
                ...(load.rate ? ["-R", load.rate] : []), ...(load.body ? ["--body", `@${load.body}`] : []), load.url],
            { look: readService, isQuiet: true });
            return { ...seen, verdict: run.validity.verdict, reasons: run.validity.reasons.map(({ name }) => name) };
        },
    };
}

function otherSubject(tool) {
    return {
        tool: tool.name,
        warmupSeconds: tool.warmupSeconds ?? (() => 0),
        run: async (load) => {
            const result = await weigh(tool.file(), tool.command(load));
            const read = tool.read(result, load);
            if (!(read.requests > 0))
                throw new Error(`${tool.name} ended without requests: ${result.stderr.slice(-500)}`);
            return read;
        },
    };
}

/** Everything to be measured, with the number of rounds it gets. */
function plan(nginx) {
    const subjects = [];
    for (const kind of KINDS.filter(({ name }) => wanted("TRUTH_KINDS", name)))
        for (const at of kind.loads.filter((load) => wanted("TRUTH_LOADS", load))) {
            const load = { url: `${nginx.url}${kind.path}`, connections: CONNECTIONS, seconds: SECONDS, tells: true,
                rate: at === CLOSED ? null : at, body: kind.hasBody ? path.join(nginx.folder, "www/body") : null,
                isChunked: kind.isChunked, folder: nginx.folder };
            const add = (subject, rounds) => subjects.push({ ...subject, kind: kind.name, at, load, rounds });
            const few = Math.ceil(ROUNDS / 3);
            for (const wait of wanted("TRUTH_TOOLS", "tare") ? WAITS[load.rate ? "open" : "closed"] : [])
                add(tareSubject(wait), ROUNDS);
            for (const tool of OTHERS.filter((name) => wanted("TRUTH_TOOLS", name)).map((name) => TOOLS[name]))
                if (tool.file() && tool.command(load))
                    add(otherSubject(tool), few);
        }
    return subjects;
}

async function measure(subject, port, round) {
    const { kind, at, tool, load } = subject;
    const told = (text) => console.error(`round ${round + 1}  ${kind}, ${at}, ${tool}: ${text}`);
    try {
        const { result, wire } = await captureWhile(port, subject.warmupSeconds(load), () => subject.run(load));
        told(`${result.requests} requests, ${wire.requests} on the wire; p50 ${result.told[50]} us, wire ${wire.us[50]} us` +
            (result.verdict && result.verdict !== "valid" ? `; ${result.verdict}: ${result.reasons.join(", ")}` : "") +
            (wire.dropped ? `; ${wire.dropped} packets dropped: left out` : ""));
        return wire.dropped === 0 ? [{ kind, at, tool, round, ...result, wire }] : [];
    } catch (error) {
        told(error.message.trim());
        return [];
    }
}

async function measureAll(found) {
    await demandCapture();
    fs.mkdirSync(path.dirname(FILE), { recursive: true });
    await withScope(async (scope) => {
        const nginx = await startPinnedNginx(scope, SERVER);
        const write = (name, text) => fs.writeFileSync(path.join(nginx.folder, "www", name), text);
        write("big.bin", "x".repeat(65536));
        write("chunked.html", "Hello, World!");
        write("body", "x".repeat(65536));
        const subjects = plan(nginx);
        for (let round = 0; round < ROUNDS; round++) {
            for (const subject of subjects.filter(({ rounds }) => round < rounds)) {
                found.measures.push(...await measure(subject, nginx.port, round));
                fs.writeFileSync(FILE, `${JSON.stringify(found, null, 1)}\n`);
            }
        }
    });
}

const figures = new Figures("truth");
const isPrinting = process.argv.includes("--print");
const found = isPrinting || process.argv.includes("--add") ? JSON.parse(fs.readFileSync(FILE, "utf8"))
    : { machine: machineLine(), seconds: SECONDS, connections: CONNECTIONS, hasWrk2: TOOLS.wrk2.file() !== null, measures: [] };
if (!isPrinting)
    await measureAll(found);
printTruth(found, figures);
figures.keep();
