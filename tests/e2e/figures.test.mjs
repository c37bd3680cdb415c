// figures.test.mjs - every number that a report shows is what the rows of its runs add up to: in
// report.json, in summary.csv, on the terminal and on the page.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { checkReport } from "./check_report.mjs";
import { report, startRawServer, startStub, tare, temporaryFolder } from "./support.mjs";

const GATES = ["p50<=1500us", "p95<=800000us", "p99<=12345us", "p99.99<=5000us"].flatMap((gate) => ["--slo", gate]);

/** Makes a report of runs and of groups (folders of their parent), and checks it. */
async function check(folder, names, groups = {}) {
    const output = path.join(folder, "report");
    const result = await report(["--force", "-o", output, ...GATES, ...names.map((name) => path.join(folder, name))],
        { code: [0, 1] });
    checkReport(output, result.stdout, names.map((name) => ({
        name, folders: (groups[name] ?? [""]).map((one) => path.join(folder, name, one)),
    })));
}

/** A run whose verdict is of no interest here: nothing is timed. */
const run = (folder, name, args, url) =>
    tare(["-q", ...args, "-o", path.join(folder, name), url], { code: [0, 3] });

test("two closed loops, one of them with requests that end after it", async (t) => {
    const folder = temporaryFolder(t);
    const fast = await startStub(t, ["--delay", "lognormal:2ms,0.8"]);
    const slow = await startStub(t, ["--delay", "fixed:400ms"]);
    await run(folder, "fast", ["-c", 4, "-d", "1s", "-w", "200ms"], fast.url);
    await run(folder, "slow", ["-c", 4, "-d", "1s"], slow.url);
    await check(folder, ["fast", "slow"]);
});

test("an open loop that queues, times out and leaves requests unsent", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--delay", "turns:1ms,300ms,5ms"]);
    await run(folder, "queue", ["-c", 2, "-R", 60, "-d", "1s", "--timeout", "200ms", "--grace", "200ms"], stub.url);
    await check(folder, ["queue"]);
});

test("answers of all kinds, and a run without a single success", async (t) => {
    const folder = temporaryFolder(t);
    let count = 0;
    const mixed = await startRawServer(t, (socket) => {
        count++;
        if (count % 7 === 0)
            socket.destroy();
        else
            socket.write(`HTTP/1.1 ${count % 5 === 0 ? "503 no" : "200 OK"}\r\nContent-Length: 0\r\n\r\n`);
    });
    const failing = await startStub(t, ["--status", "500"]);
    await run(folder, "mixed", ["-c", 3, "-n", 1000], mixed.url);
    await run(folder, "failing", ["-c", 2, "-n", 50], failing.url);
    await check(folder, ["mixed", "failing"]);
});

test("a group of repeats, and one request", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--delay", "exponential:2ms"]);
    for (const repeat of ["1", "2", "10"])
        await run(folder, path.join("group", repeat), ["-c", 4, "-n", 300], stub.url);
    await run(folder, "once", ["-c", 1, "-n", 1], stub.url);
    await check(folder, ["group", "once"], { group: ["1", "2", "10"] });
});

test("a figure that is off by its last digit is found, wherever it stands", async (t) => {
    const folder = temporaryFolder(t);
    const output = path.join(folder, "report");
    const stub = await startStub(t, ["--delay", "fixed:2ms"]);
    await run(folder, "one", ["-c", 4, "-n", 200], stub.url);
    const { stdout } = await report(["-o", output, path.join(folder, "one")]);
    const look = (printed) => checkReport(output, printed, [{ name: "one", folders: [path.join(folder, "one")] }]);
    look(stdout);
    assert.throws(() => look(stdout.replace(/2\.(\d)(\d) ms/, (_, a, b) => `2.${a}${(Number(b) + 1) % 10} ms`)));
    const spoil = (name, change) => {
        const file = path.join(output, name);
        const text = fs.readFileSync(file, "utf8");
        assert.notEqual(change(text), text, name);
        fs.writeFileSync(file, change(text));
        assert.throws(() => look(stdout), name);
        fs.writeFileSync(file, text);
    };
    spoil("report.json", (text) => text.replace(/"p95_ns": (\d+)/g, (_, ns) => `"p95_ns": ${Number(ns) + 1}`));
    spoil("summary.csv", (text) => text.replace("successes,200,", "successes,199,"));
    spoil("report.html", (text) => text.replace(/<dt>p50<\/dt><dd[^>]*>\d/, (found) => `${found}1`));
    spoil("report.html", (text) => text.replace(/<th scope="row">p99<td[^>]*>/, "$&1"));
});
