// weigh.test.mjs - tare --weigh: ends in time, writes what a later run on the same machine takes along,
// and leaves nothing behind, whichever way it ends.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { execute, readRun, report, startStub, tare, TARE, temporaryFolder, until } from "./support.mjs";

const MODES = ["spin", "hybrid", "block"];

/** Whether a process with this id is there, zombies included. */
function exists(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

const childrenOf = (pid) =>
    fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

/** Starts a calibration, and calls act(child, stub) when its stub listens; stub is the stub's pid. */
async function weighUntilStub(folder, act) {
    let stub = 0;
    let acted = Promise.resolve();
    const result = await execute(TARE, ["--weigh", "-o", folder], {
        onStart: (child) => {
            child.stderr.once("data", () => {
                [stub] = childrenOf(child.pid);
                acted = Promise.resolve(act(child, stub));
            });
        },
    });
    await acted;
    assert.ok(stub > 0, `no stub was seen: ${result.stderr}`);
    return { ...result, stub };
}

function checkSpread(spread, name, most_ns) {
    for (const key of ["count", "p50_ns", "p99_ns", "p99.9_ns"])
        assert.ok(Number.isInteger(spread[key]), `${name}: ${key}`);
    assert.ok(spread.count > 100, `${name}: ${spread.count} values`);
    assert.ok(spread.p50_ns <= spread.p99_ns && spread.p99_ns <= spread["p99.9_ns"], name);
    assert.ok(spread.p50_ns < most_ns, `${name}: p50 ${spread.p50_ns}`);
}

/** Orders of magnitude, with room for a machine that others use too. */
function checkFigures(weight) {
    const between = (value, low, high, name) => assert.ok(value > low && value < high, `${name}: ${value}`);
    between(weight.clock_ns, 0, 100_000, "clock");
    between(weight.nop_ns, 0, 1e6, "NOP");
    between(weight.nop_batch_ns, 0, 1e6, "NOPs together");
    between(weight.request.cpu_ns, 100, 1e6, "request");
    between(weight.request.cpu_bare_ns, 100, 1e6, "request, none recorded");
    between(weight.request.rate_per_s, 100, 1e8, "rate");
    between(weight.request.busy_share, 0, 1.5, "busy");
    between(weight.send_lag.rate_per_s, 0, 20_001, "rate of the send lag");
    between(weight.took_ns, 5e9, 60e9, "time taken");
    for (const mode of MODES)
        checkSpread(weight.send_lag[mode], mode, 1e9);
    checkSpread(weight.service_error.server, "server", 1e9);
    assert.equal(weight.service_error.server_delay_ns, 1e6);
    checkSpread(weight.service_error.single, "single", 1e6);
    const { stamps } = weight.service_error;
    assert.ok(stamps.count > 100 && stamps.p50_ns > 0 && stamps.p50_ns < 1e6, JSON.stringify(stamps));
    assert.ok(weight.service_error.server.p50_ns > 0, "the loopback takes some time");
}

test("a calibration ends in time, and runs beside it take it along", async (t) => {
    const folder = temporaryFolder(t);
    const started = Date.now();
    const { stdout } = await tare(["--weigh", "-o", folder], { timeoutMs: 60_000 });
    const took_s = (Date.now() - started) / 1000;
    assert.ok(took_s > 5 && took_s < 30, `${took_s} s`);
    assert.deepEqual(fs.readdirSync(folder), ["weight.json"]);
    for (const words of ["send lag, spin", "send lag, hybrid", "send lag, block", "service time, too long by",
        "by the server's word", "a reading of the clock", "a NOP through the ring", "the rate of one thread"])
        assert.ok(stdout.includes(`\n${words} `) || stdout.includes(`\n  ${words} `), `${words} in ${stdout}`);

    const file = path.join(folder, "weight.json");
    const document = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.equal(document.tool, "tare");
    assert.deepEqual(document.command.slice(1), ["--weigh", "-o", folder]);
    checkFigures(document.weight);

    const stub = await startStub(t, ["--null"]);
    const run = async (name, args = []) => {
        const result = await tare(["-n", "50", "-c", "2", "-o", path.join(folder, name), ...args, stub.url]);
        return { ...result, run: readRun(path.join(folder, name)) };
    };
    const taken = await run("taken");
    assert.deepEqual(taken.run.weight, document.weight);
    assert.deepEqual(taken.run.machine, document.machine);
    assert.match(taken.stdout, /^this machine's scale, weighed on \d{4}-\d\d-\d\d: send lag p99 .* \(block\), /m);
    assert.deepEqual((await run("group/1")).run.weight, document.weight);
    await report(["--force", "-o", path.join(folder, "report"), path.join(folder, "taken")], { code: [0, 3] });
    const [reported] = JSON.parse(fs.readFileSync(path.join(folder, "report/report.json"), "utf8")).runs;
    assert.deepEqual(reported.folders[0].weight.send_lag, document.weight.send_lag);
    assert.match(fs.readFileSync(path.join(folder, "report/report.html"), "utf8"), /What it errs by on its machine/);

    for (const change of [(one) => { one.machine.kernel += "x"; }, (one) => { one.machine.host = "other"; },
        (one) => { one.machine.cpus++; }, (one) => { one.version = "0.0.1"; }]) {
        const doctored = structuredClone(document);
        change(doctored);
        fs.writeFileSync(file, JSON.stringify(doctored));
        const other = await run(`other${doctored.machine.kernel.length}${doctored.machine.host}` +
            `${doctored.machine.cpus}${doctored.version}`);
        assert.equal(other.run.weight, undefined);
        assert.ok(!other.stdout.includes("this machine's scale"), other.stdout);
        assert.ok(!other.stderr.includes("weight.json"), other.stderr);
    }
    fs.writeFileSync(file, "{}");
    const broken = await run("broken");
    assert.equal(broken.run.weight, undefined);
    assert.match(broken.stderr, /weight\.json beside .* is not as tare writes it.*\n.*weigh anew/);
});

test("a calibration may be a file, and JSON on stdout", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "deep/here.json");
    const { stdout, stderr } = await tare(["--weigh", "--json", "-o", file], { timeoutMs: 60_000 });
    assert.deepEqual(JSON.parse(stdout), JSON.parse(fs.readFileSync(file, "utf8")));
    assert.match(stderr, /^weighing against tare-stub at http:\/\/127\.0\.0\.1:\d+\//m);
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ["here.json"]);
});

test("a Ctrl-C ends it with nothing left: no stub, no run, no file", async (t) => {
    const folder = temporaryFolder(t);
    const { code, stub } = await weighUntilStub(folder, (child) => child.kill("SIGINT"));
    assert.equal(code, 130);
    assert.ok(!exists(stub), `the stub ${stub} is still there`);
    assert.deepEqual(fs.readdirSync(folder), []);
});

test("a stub that dies ends it, with cause and remedy", async (t) => {
    const folder = temporaryFolder(t);
    const { code, stderr, stub } = await weighUntilStub(folder, (_, pid) => process.kill(pid, "SIGKILL"));
    assert.equal(code, 2);
    assert.match(stderr, /^tare: .+\n {6}\S/m);
    assert.ok(!exists(stub));
    assert.deepEqual(fs.readdirSync(folder), []);
});

test("the stub does not outlive a tare that is killed", async (t) => {
    const folder = temporaryFolder(t);
    const { signal, stub } = await weighUntilStub(folder, (child) => child.kill("SIGKILL"));
    assert.equal(signal, "SIGKILL");
    await until("the stub to end", () => !exists(stub));
});

test("without a stub beside it, it says what is missing", async (t) => {
    const folder = temporaryFolder(t);
    const alone = path.join(folder, "tare");
    fs.copyFileSync(TARE, alone);
    const { code, stderr } = await execute(alone, ["--weigh", "-o", path.join(folder, "out")]);
    assert.equal(code, 2);
    assert.match(stderr, /^tare: \S*\/tare-stub, which --weigh loads, cannot be run: No such file.*\n {6}make builds it/);
    assert.deepEqual(fs.readdirSync(folder), ["tare"]);
});

test("a place that cannot be written is told before anything is weighed", async (t) => {
    const folder = path.join(temporaryFolder(t), "taken.json");
    fs.mkdirSync(folder);
    const taken = await execute(TARE, ["--weigh", "-o", folder]);
    assert.equal(taken.code, 2);
    assert.equal(taken.stderr, `tare: ${folder} cannot be written: Is a directory\n      name another place with -o\n`);
    const started = Date.now();
    const { code, stderr } = await execute(TARE, ["--weigh", "-o", "/dev/null/x.json"]);
    assert.equal(code, 2);
    assert.equal(stderr, "tare: /dev/null/ cannot be written: Not a directory\n      name another place with -o\n");
    assert.ok(Date.now() - started < 4000);
});

test("what makes no sense with it is refused", async () => {
    for (const args of [["-c", "5"], ["-R", "100"], ["http://127.0.0.1:1/"], ["--wait", "spin"], ["--strict"]]) {
        const { code, stderr } = await execute(TARE, ["--weigh", ...args]);
        assert.equal(code, 2, args.join(" "));
        assert.match(stderr, /^tare: .*--weigh.*\n {6}leave/, args.join(" "));
    }
});
