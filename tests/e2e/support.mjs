// support.mjs - what every end to end test needs: programs run to their end, servers that are ready
// when a function returns and gone when its test ends, run folders read. Only node's own library.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const BUILD = path.resolve(ROOT, process.env.TARE_BUILD ?? "build");
export const TARE = path.join(BUILD, "tare");
export const STUB = path.join(BUILD, "tare-stub");
export const REPORT = path.join(BUILD, "tare-report");
export const IS_ROOT = process.getuid() === 0;

export const PATH = `${process.env.PATH}:/usr/sbin:/sbin`; // where Debian keeps nginx

/** A folder of the test's own, removed when the test ends. */
export function temporaryFolder(t) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** Runs a program to its end: {code, signal, stdout, stderr}. Takes it down after timeoutMs.
 *  onStart: called with the child, for tests that signal it. */
export function execute(command, args, { env = {}, cwd = ROOT, timeoutMs = 60_000, onStart } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd, env: { ...process.env, PATH, ...env }, stdio: ["ignore", "pipe", "pipe"],
        });
        const result = { stdout: "", stderr: "" };
        child.stdout.on("data", (bytes) => { result.stdout += bytes; });
        child.stderr.on("data", (bytes) => { result.stderr += bytes; });
        const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
        child.on("error", reject);
        child.on("close", (code, signal) => {
            clearTimeout(timer);
            resolve({ ...result, code, signal });
        });
        onStart?.(child);
    });
}

/** What a run may be called invalid for because a test shares its machine with others. */
const NOISE = new Set(["sends_misdated", "send_lag", "rate_missed"]);

/** Runs tare, and shows what it said when it does not exit as expected. code: one, or several; by
 *  default 0, and 3 where nothing but the machine's other work is the reason. */
export async function tare(args, { code, ...options } = {}) {
    const result = await execute(TARE, args.map(String), options);
    if (code === undefined && result.code === 3) {
        const { reasons } = readRun(args[args.indexOf("-o") + 1]).validity;
        if (reasons.every(({ name, verdict }) => verdict !== "invalid" || NOISE.has(name)))
            return result;
    }
    return expectExit(result, code === undefined ? 0 : code, "tare", args);
}

export async function report(args, { code = 0, ...options } = {}) {
    return expectExit(await execute(REPORT, args.map(String), options), code, "tare-report", args);
}

function expectExit(result, code, name, args) {
    const allowed = [code].flat();
    if (!allowed.includes(result.code))
        assert.fail(`${name} ${args.join(" ")}: exit ${result.code ?? result.signal} instead of ` +
            `${allowed.join(" or ")}\n${result.stdout}${result.stderr}${verdictOf(args)}`);
    return result;
}

/** Why the run that the arguments name is not to be trusted, if there is one. */
function verdictOf(args) {
    try {
        return JSON.stringify(readRun(args[args.indexOf("-o") + 1]).validity);
    } catch {
        return "";
    }
}

/** Names of the reasons for a run's verdict. */
export const reasonNames = (run) => run.validity.reasons.map((reason) => reason.name);

/** Starts a program that says "http://ADDRESS:PORT" when it listens.
 *  Returns {pid, port, url, child, stop()}; stop() ends it and returns all that it printed. */
export function startServer(t, command, args, { env = {} } = {}) {
    const child = spawn(command, args, {
        env: { ...process.env, PATH, ...env }, stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
    const stop = async (signal = "SIGTERM") => {
        child.kill("SIGCONT"); // one that a test has stopped hears nothing else
        child.kill(signal);
        return { ...(await ended), text };
    };
    t.after(() => stop("SIGKILL"));
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${command} does not say where it listens: ${text}`)), 20_000);
        t.after(() => clearTimeout(timer));
        const look = (bytes) => {
            text += bytes;
            const found = /https?:\/\/[^\s/]*:(\d+)/.exec(text);
            clearTimeout(found ? timer : undefined);
            if (found)
                resolve({ child, pid: child.pid, port: Number(found[1]), url: `http://127.0.0.1:${found[1]}/`, stop });
        };
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        child.on("error", reject);
        ended.then(({ code, signal }) =>
            reject(new Error(`${command} ended before it listened (${code ?? signal}): ${text}`)));
    });
}

/** Starts the stub on a free port. */
export function startStub(t, args = [], options = {}) {
    return startServer(t, STUB, ["--port", "0", ...args.map(String)], options);
}

/** A port that was free a moment ago; who binds it may still be too late. */
export async function findFreePort() {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/** Does 127.0.0.1 take connections there? */
export function canConnect(port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("connect", () => { socket.destroy(); resolve(true); });
        socket.on("error", () => resolve(false));
    });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until ask() is true; fails after limitMs with the words of `what`. */
export async function until(what, ask, limitMs = 10_000) {
    const end = Date.now() + limitMs;
    while (!(await ask())) {
        if (Date.now() > end)
            throw new Error(`waited ${limitMs} ms for ${what}`);
        await sleep(5);
    }
}

/** Starts nginx as one process in a folder of its own. server: lines inside its server block, or a function of
 *  the folder that makes them; listen: more words of its listen line; log: the form of its log's lines; more:
 *  lines behind the server, or such a function. Returns {child, pid, port, url, folder, requests(), stop()};
 *  requests() are those it has logged. */
export async function startNginx(t, server, options = {}) {
    const folder = temporaryFolder(t);
    fs.mkdirSync(path.join(folder, "www"));
    for (let attempt = 0; attempt < 5; attempt++) {
        const port = await findFreePort();
        fs.writeFileSync(path.join(folder, "nginx.conf"), nginxConfig(folder, port, server, options));
        const child = spawn("nginx", ["-e", "stderr", "-p", folder, "-c", path.join(folder, "nginx.conf")],
            { env: { ...process.env, PATH }, stdio: ["ignore", "ignore", "pipe"] });
        let text = "";
        let isGone = false;
        child.stderr.on("data", (bytes) => { text += bytes; });
        const ended = new Promise((resolve, reject) => {
            child.on("error", reject);
            child.on("close", () => { isGone = true; resolve(); });
        });
        const stop = async () => { child.kill("SIGTERM"); await ended; };
        t.after(stop);
        await until("nginx to listen", async () => isGone || canConnect(port));
        if (isGone && /Address already in use/.test(text))
            continue; // somebody took the port in between
        assert.ok(!isGone, `nginx did not start: ${text}`);
        const requests = () => fs.readFileSync(path.join(folder, "access.log"), "latin1").split("\n").length - 1;
        return { child, pid: child.pid, port, url: `http://127.0.0.1:${port}/`, folder, requests, stop };
    }
    throw new Error("no port stayed free for nginx");
}

function nginxConfig(folder, port, server, { listen = "", log, more = "" }) {
    const lines = (given) => (typeof given === "function" ? given(folder) : given);
    return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
${IS_ROOT ? "user root;" : ""}
worker_rlimit_nofile 40000;
events { worker_connections 20000; }
http {
  ${log ? `log_format own '${log}';` : ""}
  access_log ${folder}/access.log ${log ? "own" : "combined"}; default_type text/plain; keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi; client_max_body_size 1g;
  server { listen 127.0.0.1:${port} backlog=4096 ${listen}; root ${folder}/www;
    ${lines(server)}
  }
  ${lines(more)}
}
`;
}

/** A TCP server of the test's own: onRequest(socket, headText) is called for each whole request head,
 *  and a body is not looked at. For answers that no well-behaved server gives. */
export async function startRawServer(t, onRequest, host = "127.0.0.1") {
    const sockets = new Set();
    const server = net.createServer((socket) => {
        sockets.add(socket);
        let head = "";
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => {});
        socket.on("data", (bytes) => {
            head += bytes.toString("latin1");
            for (let end; (end = head.indexOf("\r\n\r\n")) >= 0;) {
                const one = head.slice(0, end);
                head = head.slice(end + 4);
                onRequest(socket, one);
            }
        });
    });
    server.listen(0, host);
    await new Promise((resolve, reject) => { server.once("listening", resolve); server.once("error", reject); });
    t.after(() => {
        for (const socket of sockets)
            socket.destroy();
        return new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address();
    return { port, url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/`, server };
}

/** Starts a server in a network namespace of its own, where there are so many local ports, none of which is
 *  used twice within a minute; it answers, and leaves closing to the client. Needs root. before: a command that
 *  runs another in there; inside(): runs tare there. */
export async function startNarrow(t, ports) {
    const answer = JSON.stringify("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const code = `const server = require("net").createServer((s) => { s.on("error", () => {}); s.on("data", () => s.write(${answer})); });
        server.listen({ port: 80, host: "0.0.0.0", backlog: 4096 }, () => console.log("http://127.0.0.1:80"))`;
    const script = `ip link set lo up && echo 20000 ${20000 + ports - 1} >/proc/sys/net/ipv4/ip_local_port_range &&
        echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse && exec "$0" -e "$1"`;
    const server = await startServer(t, "unshare", ["-n", "sh", "-c", script, process.execPath, code]);
    const before = ["nsenter", "-t", String(server.pid), "-n"];
    const inside = (args, options) => execute(before[0], [...before.slice(1), TARE, ...args.map(String)], options);
    return { ...server, before, inside };
}

/** run.json of a run folder. */
export function readRun(folder) {
    return JSON.parse(fs.readFileSync(path.join(folder, "run.json"), "utf8"));
}

/** A CSV file of ours as {columns, rows}; a row is an object of texts. No field of ours has quotes. */
export function readCsv(file) {
    const [header, ...lines] = fs.readFileSync(file, "latin1").split("\n");
    const columns = header.split(",");
    assert.equal(lines.pop(), "", `${file} ends with a line's end`);
    const rows = lines.map((line, index) => {
        const fields = line.split(",");
        assert.equal(fields.length, columns.length, `${file}:${index + 2}: ${line}`);
        return Object.fromEntries(columns.map((column, i) => [column, fields[i]]));
    });
    return { columns, rows };
}

export const readSamples = (folder) => readCsv(path.join(folder, "samples.csv")).rows;

/** The stub's log, an object for each request. took_ns is what the stub really took, from the kernel's
 *  stamp of the request until before its send; the stamps themselves are beyond a double's 53 bits. */
export function readStubLog(file) {
    return fs.readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => {
        const stamp = (name) => BigInt(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1] ?? 0);
        return { ...JSON.parse(line), took_ns: Number(stamp("sent_ns") - stamp("received_ns")) };
    });
}

/** Nearest rank (Hyndman-Fan type 1), as the project has it everywhere. p: 0 to 100. */
export function percentile(values, p) {
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.max(Math.ceil((sorted.length * p) / 100), 1) - 1];
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);
