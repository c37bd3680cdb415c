// tools.mjs - the other load generators: how each is asked for a load on one thread, and what its words come to,
// in requests and in us. What a tool cannot do is null: its command, or a percentile.
import fs from "node:fs";
import path from "node:path";
import { percentile } from "../e2e/support.mjs";

export const PERCENTILES = [50, 90, 99, 99.9];

// More requests than any of them sends in a second; ab wants a number and fills a table of that size.
const REQUESTS_PER_SECOND_MAX = 300_000;

const number = (pattern, text) => Number(pattern.exec(text)?.[1] ?? NaN);

/** Percentiles of what a tool wrote of each request, in us. */
function quantilesOf(us) {
    return Object.fromEntries(PERCENTILES.map((p) => [p, us.length ? percentile(us, p) : null]));
}

/** "1.20ms" in us, as wrk and wrk2 write times. */
function readTime(text) {
    const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
    return Number(value) * { us: 1, ms: 1e3, s: 1e6, m: 6e7 }[unit];
}

/** wrk and wrk2 take a body by a script; wrk tells its p99.9 by one only. */
function writeScript(load, lines) {
    const script = path.join(load.folder, "load.lua");
    const post = load.body ? ['wrk.method = "POST"', `local file = io.open("${load.body}", "rb")`,
        'wrk.body = file:read("*a")', "file:close()"] : [];
    fs.writeFileSync(script, [...post, ...lines, ""].join("\n"));
    return ["-s", script];
}

const WRK_TELLS = `done = function(summary, latency)
    for _, p in ipairs({${PERCENTILES.join(", ")}}) do io.write(string.format("told %g %d\\n", p, latency:percentile(p))) end
end`;

const wrk = {
    name: "wrk",
    file: () => "wrk",
    command: (load) => load.rate ? null : ["-t1", "-c", load.connections, "-d", `${load.seconds}s`,
        ...(load.tells || load.body ? writeScript(load, load.tells ? [WRK_TELLS] : []) : []), load.url],
    read: ({ stdout }) => ({
        requests: number(/(\d+) requests in/, stdout),
        told: Object.fromEntries(PERCENTILES.map((p) => [p, number(new RegExp(`^told ${p} (\\d+)$`, "m"), stdout)])),
    }),
};

/** One of wrk2's two tables: the corrected latencies, or the others, which its -U adds. */
function readSpectrum(stdout, title) {
    const table = stdout.slice(stdout.indexOf(title)).split("\n\n")[0];
    return Object.fromEntries(PERCENTILES.map((p) =>
        [p, readTime(new RegExp(`^ *${p.toFixed(3)}% +(\\S+) *$`, "m").exec(table)?.[1] ?? "")]));
}

// It calibrates for ten seconds and 5 ms a connection, and then forgets what it has seen.
const wrk2Calibration = (load) => 10 + load.connections * 0.005;

const wrk2 = {
    name: "wrk2",
    file: () => process.env.WRK2 ?? null,
    missing: "WRK2=FILE names it",
    warmupSeconds: wrk2Calibration,
    command: (load) => load.rate ? ["-t1", "-c", load.connections, "-R", load.rate, "-L", "-U", "-d",
        `${Math.ceil(wrk2Calibration(load) + load.seconds)}s`, ...(load.body ? writeScript(load, []) : []), load.url] : null,
    read: ({ stdout }) => ({
        requests: number(/Total count += +(\d+)/, stdout),
        told: readSpectrum(stdout, "Recorded Latency"),
        uncorrected: readSpectrum(stdout, "Uncorrected Latency"),
    }),
};

const h2load = {
    name: "h2load",
    file: () => "h2load",
    command: (load) => ["--h1", "-t", 1, "-c", load.connections, "-D", load.seconds,
        ...(load.rate ? [`--rps=${load.rate / load.connections}`] : []), ...(load.body ? ["-d", load.body] : []),
        // It says no percentiles; those of its log are what its users take.
        ...(load.tells ? [`--log-file=${path.join(load.folder, "h2load.log")}`] : []), load.url],
    read: ({ stdout }, load) => {
        const requests = number(/(\d+) done/, stdout);
        if (!load.tells)
            return { requests, told: {} };
        const log = path.join(load.folder, "h2load.log");
        const us = readFields(log, "\t", 2);
        fs.rmSync(log); // it appends: the next run's would hold this one's too
        if (us.length > requests)
            throw new Error(`h2load's log has ${us.length} requests, it did ${requests}`);
        return { requests, told: quantilesOf(us) };
    },
};

const hey = {
    name: "hey",
    file: () => "hey",
    command: (load) => ["-cpus", 1, "-c", load.connections, "-z", `${load.seconds}s`, "-o", "csv",
        ...(load.rate ? ["-q", load.rate / load.connections] : []),
        ...(load.body ? ["-m", "POST", "-D", load.body] : []), load.url],
    read: ({ stdout }) => {
        const us = stdout.split("\n").slice(1).filter(Boolean).map((line) => parseFloat(line) * 1e6);
        return { requests: us.length, told: quantilesOf(us) };
    },
};

const ab = {
    name: "ab",
    file: () => "ab",
    // HTTP/1.0: no server sends it chunks, and a body without a length ends the connection.
    command: (load) => load.rate || load.isChunked ? null : ["-q", "-k", "-c", load.connections, "-t", load.seconds,
        "-n", load.seconds * REQUESTS_PER_SECOND_MAX, ...(load.body ? ["-p", load.body, "-T", "text/plain"] : []),
        ...(load.tells ? ["-e", path.join(load.folder, "ab.csv")] : []), load.url],
    read: ({ stdout }, load) => {
        const requests = number(/Complete requests: +(\d+)/, stdout);
        if (!load.tells)
            return { requests, told: {} };
        const rows = new Map(fs.readFileSync(path.join(load.folder, "ab.csv"), "latin1").split("\n").slice(1)
            .map((line) => line.split(",").map(Number)));
        return { requests, told: Object.fromEntries(PERCENTILES.map((p) => [p, rows.has(p) ? rows.get(p) * 1e3 : null])) };
    },
};

const WARMUP_S = 0.1; // gcannon's, which its counters leave out and its CPU time does not

const gcannon = {
    name: "gcannon",
    file: () => process.env.GCANNON ?? null,
    missing: "GCANNON=FILE names it",
    command: (load) => load.rate || load.body ? null : [load.url, "-t", 1, "-c", load.connections, "-d", load.seconds],
    read: ({ stdout }, load) => ({
        requests: Math.round(number(/(\d+) responses/, stdout) * (load.seconds + WARMUP_S) / load.seconds),
        told: {},
    }),
};

// prototypes/floor.c: the least that a generator can cost; it takes whatever comes for one response.
const floor = {
    name: "floor",
    file: () => process.env.FLOOR ?? null,
    missing: "FLOOR=FILE names it",
    command: (load) => [load.port, load.connections, load.seconds, 3],
    read: ({ stdout }, load) => ({ requests: number(/rps=(\d+)/, stdout) * load.seconds, told: {} }),
};

/** One column of a file of lines, as numbers. */
function readFields(file, separator, column) {
    return fs.readFileSync(file, "latin1").split("\n").filter(Boolean).map((line) => Number(line.split(separator)[column]));
}

export const TOOLS = { wrk, wrk2, h2load, hey, ab, gcannon, floor };

/** Where a tool is found, for heads of tables: the tools of a list that are there, and why others are not. */
export function findTools(names) {
    const found = names.map((name) => TOOLS[name]).filter((tool) => tool.file());
    const missing = names.map((name) => TOOLS[name]).filter((tool) => !tool.file())
        .map((tool) => `${tool.name}: not built (${tool.missing})`);
    return { found, missing };
}
