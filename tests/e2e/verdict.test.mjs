// verdict.test.mjs - every reason for distrust, provoked on the real program: the run says it in its
// summary and in run.json, with figures, and exits as it should. At which share exactly a reason begins
// is verdict_test.c's; here it is well beyond. What only a bug or a lack of kernel memory brings about is
// provoked there alone: identity_broken, and the invalid kind of cq_overflow. TARE_DISABLE and mishaps.c do
// to one process what would otherwise take a whole machine.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { IS_ROOT, ROOT, TARE, execute, percentile, readRun, readSamples, startNarrow, startNginx, startRawServer, startServer,
    startStub, tare, temporaryFolder, until } from "./support.mjs";

const UNIT_ONLY = new Set(["identity_broken"]);
const provoked = new Set(UNIT_ONLY);

/** A test that a reason is told. names: the reasons that it provokes. */
function provokes(names, title, options, body) {
    [names].flat().forEach((name) => provoked.add(name));
    test(`${[names].flat().join(", ")}: ${title}`, options, body ?? options);
}

/** Runs tare into a folder of the test's own. before: a command that runs it. code: where it must not exit
 *  as its verdict demands. Returns {run, stdout, output}. */
async function load(t, args, { before = [], env, onStart, code, ...options } = {}) {
    const output = path.join(temporaryFolder(t), "run");
    const [command, ...rest] = [...before, TARE, ...args.map(String)];
    const result = await execute(command, [...rest.slice(0, -1), "-o", output, rest.at(-1)],
        { env, onStart: (child) => onStart?.(child, output), ...options });
    assert.ok(fs.existsSync(path.join(output, "run.json")), result.stdout + result.stderr);
    const run = readRun(output);
    assert.equal(result.code, code ?? (run.validity.verdict === "invalid" ? 3 : 0), result.stdout + result.stderr);
    return { run, stdout: result.stdout, output };
}

/** The reason of that name, which must be there, with figures and advice, in the summary too. */
function expectReason({ run, stdout }, name, verdict, sentence = /./) {
    const reason = run.validity.reasons.find((one) => one.name === name);
    assert.ok(reason, `no ${name} in ${JSON.stringify(run.validity)}`);
    assert.equal(reason.verdict, verdict, reason.sentence);
    assert.match(reason.sentence, /[;:] ?\S/, "advice");
    assert.match(reason.sentence, sentence);
    assert.ok(["suspect", "invalid"].indexOf(run.validity.verdict) >= ["suspect", "invalid"].indexOf(verdict));
    if (stdout)
        assert.ok(stdout.includes(reason.sentence), stdout);
    return reason;
}

/** A library for LD_PRELOAD that does to one process what a machine might. */
async function buildMishaps(t) {
    const library = path.join(temporaryFolder(t), "mishaps.so");
    const built = await execute("cc", ["-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library,
        path.join(ROOT, "tests/e2e/mishaps.c")]);
    assert.equal(built.code, 0, built.stderr);
    return (mishap) => ({ LD_PRELOAD: library, ...mishap });
}

/** The last CPU that this process may use. */
function lastCpu() {
    const list = /Cpus_allowed_list:\s*(\S+)/.exec(fs.readFileSync("/proc/self/status", "latin1"))[1];
    return list.split(/[,-]/).at(-1);
}

/** A program that never sleeps, on one CPU. */
async function occupy(t, cpu) {
    const child = spawn("taskset", ["-c", cpu, "sh", "-c", "while :; do :; done"], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    t.after(() => { child.kill("SIGKILL"); return ended; });
    const used = () => Number(fs.readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1].split(" ")[11]);
    await until("the competitor to be busy", () => used() > 1);
}

/** Why there is no mount namespace to be had, or null. */
async function lacksNamespaces() {
    if (!IS_ROOT)
        return "needs root, to hide a file of /proc in a mount namespace";
    const tried = await execute("unshare", ["--mount", "true"]).catch((error) => ({ code: 1, stderr: error.message }));
    return tried.code === 0 ? null : `no mount namespace here: ${tried.stderr.trim()}`;
}

/** A file of one line that grows: next(i) is its i-th text, always of the same length. */
function keepWriting(t, file, next) {
    fs.writeFileSync(file, next(0));
    const descriptor = fs.openSync(file, "r+");
    let count = 0;
    const timer = setInterval(() => fs.writeSync(descriptor, next(++count), 0), 20);
    t.after(() => { clearInterval(timer); fs.closeSync(descriptor); });
}

const digits = (value) => String(value).padStart(12, "0");

// ---- the files and the ring ----

provokes("samples_dropped", "a file that must not grow any more", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const loaded = await load(t, ["-c", 8, "-n", 20_000, stub.url], {
        before: ["bash", "-c", 'trap "" XFSZ; ulimit -f 256; exec "$@"', "limited"], code: 2,
    });
    expectReason({ run: loaded.run }, "samples_dropped", "invalid", /^[\d,]+ rows could not be written; free space/);
    assert.notEqual(loaded.run.state, "complete");
});

provokes("cq_overflow", "a completion queue of 32, and 256 connections", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const loaded = await load(t, ["-c", 256, "-n", 20_000, stub.url], { env: { TARE_DISABLE: "cq_room" } });
    expectReason(loaded, "cq_overflow", "suspect", /full \d[\d,]* times.*fewer connections/);
    assert.equal(loaded.run.totals.requests, 20_000, "nothing was lost");
});

provokes("buffers_exhausted", "two receive buffers for 32 connections", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const loaded = await load(t, ["-c", 32, "-n", 2000, stub.url], { env: { TARE_DISABLE: "buffer_room" } });
    expectReason(loaded, "buffers_exhausted", "suspect", /^[\d,]+ receives for 2,000 responses/);
    assert.equal(loaded.run.outcomes.ok, 2000, "nothing was lost");
});

provokes("recording_stalls", "a writer that may be 64 rows behind, and no more", async (t) => {
    const stub = await startStub(t, ["--null"]);
    const loaded = await load(t, ["-c", 16, "-n", 2000, stub.url], { env: { TARE_DISABLE: "queue_room" } });
    expectReason(loaded, "recording_stalls", "suspect", /held back [\d,]+ times.*--samples/);
    assert.equal(loaded.run.totals.rows, 2000, "every row was written in the end");
});

provokes("connections_missing", "a server that takes two connections and no more", async (t) => {
    const server = await startServer(t, process.execPath, ["-e", `
        const server = require("node:http").createServer((q, a) => a.end("late"));
        server.listen({ port: 0, host: "127.0.0.1", backlog: 2 }, () => {
            require("node:fs").writeSync(1, "http://127.0.0.1:" + server.address().port + "\\n");
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500); // nobody is accepted meanwhile
        });`]);
    const loaded = await load(t, ["-c", 8, "-d", "2s", "--timeout", "1s", server.url]);
    expectReason(loaded, "connections_missing", "invalid", /^\d connections could not be opened before the start; ask/);
});

// ---- clocks and stamps ----

provokes("clock_stepped", "the clock is set forward while it runs", async (t) => {
    const mishap = await buildMishaps(t);
    const stub = await startStub(t, ["--delay", "fixed:1ms"]);
    /* The step comes by the program's age, the run a little later: where the machine is slow, later still. */
    const loaded = await load(t, ["-c", 2, "-d", "3s", stub.url], { env: mishap({ MISHAP_WALL: "5000000@1800" }) });
    expectReason(loaded, "clock_stepped", "invalid", /by 5\.0\d ms at most\); stop/);
    const calm = await load(t, ["-c", 2, "-d", "700ms", stub.url], { env: mishap({ MISHAP_WALL: "0@350" }) });
    assert.ok(!calm.run.validity.reasons.some(({ name }) => name === "clock_stepped"), "nor does the library step it");
});

provokes("latency_negative", "stamps from a clock that is ahead", async (t) => {
    const mishap = await buildMishaps(t);
    const stub = await startStub(t);
    const loaded = await load(t, ["-c", 4, "-n", 500, stub.url], { env: mishap({ MISHAP_WALL: "-20000000@0" }) });
    expectReason(loaded, "latency_negative", "invalid", /^[\d,]+ times came out below zero/);
});

provokes("service_impossible", "stamps from a clock that is behind by a quick answer", async (t) => {
    const mishap = await buildMishaps(t);
    const stub = await startStub(t, ["--null"]);
    const args = ["-c", 1, "--wait", "spin", "-n", 1000, stub.url];
    for (const share of [3, 10, 20, 5, 15, 30, 2, 40]) { // the answers of two runs are not equally quick
        const before = await load(t, args);
        const services = readSamples(before.output).map((row) => Number(row.service_ns));
        const { run } = await load(t, args, { env: mishap({ MISHAP_WALL: `${percentile(services, share)}@0` }) });
        const reason = run.validity.reasons.find(({ name }) => name === "service_impossible");
        if (!reason)
            continue;
        assert.match(reason.sentence, /^[\d,]+ of [\d,]+ service times are below 1 us.*--cpus/);
        return;
    }
    assert.fail("in none of 8 runs a service time was below 1 us");
});

provokes("stamps_missing", "the kernel stamps, but not these sockets", async (t) => {
    const mishap = await buildMishaps(t);
    const stub = await startStub(t);
    const loaded = await load(t, ["-c", 4, "-n", 500, stub.url], { env: mishap({ MISHAP_STAMPS: "1" }) });
    expectReason(loaded, "stamps_missing", "invalid", /^500 of 500 responses/);
});

provokes("stamps_unavailable", "a kernel without stamps", async (t) => {
    const stub = await startStub(t);
    const loaded = await load(t, ["-c", 4, "-n", 500, stub.url], { env: { TARE_DISABLE: "rx_stamps" } });
    expectReason(loaded, "stamps_unavailable", "suspect");
});

provokes("sends_misdated", "the thread stands still in the middle of submissions", async (t) => {
    const mishap = await buildMishaps(t);
    const stub = await startStub(t, ["--null"]);
    const { run } = await load(t, ["-c", 64, "-n", 30_000, stub.url], { env: mishap({ MISHAP_SUBMIT: "300000/15" }) });
    const reason = run.validity.reasons.find(({ name }) => name === "sends_misdated");
    assert.ok(reason, JSON.stringify(run));
    assert.match(reason.sentence, /sent [\d,]+ of [\d,]+ requests.*p99.*--cpus/);
});

// ---- the generator's own time ----

provokes("send_lag", "a program that never sleeps, on the generator's CPU", async (t) => {
    const cpu = lastCpu();
    const stub = await startStub(t);
    await occupy(t, cpu);
    const loaded = await load(t, ["-c", 8, "-R", 2000, "-d", "1s", "--cpus", cpu, stub.url]);
    expectReason(loaded, "send_lag", "invalid",
        /sent \S+ \S+ late or later, the median service time being .*for \d+ % of the run .* had no CPU.*--cpus/);
    assert.ok(loaded.run.generator.waited_share > 0.05, `${loaded.run.generator.waited_share}`);
});

provokes(["rate_missed", "generator_saturated"], "a generator that gets next to nothing of its CPU", async (t) => {
    const cpu = lastCpu();
    const stub = await startStub(t, ["--null"]);
    await occupy(t, cpu);
    const loaded = await load(t, ["-c", 32, "-R", "200k", "-d", "500ms", "--grace", "100ms", "--cpus", cpu, stub.url],
        { before: ["nice", "-n", "19"] });
    expectReason(loaded, "rate_missed", "invalid", /^only [\d,]+\/s of 200,000\/s were sent.*-t.*lower rate/);
    expectReason(loaded, "generator_saturated", "suspect", /had work for (9[5-9]|100) % of the time/);
    assert.equal(loaded.run.validity.limited_by, "generator");
});

test("a rate that the server cannot take is not the generator's fault", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:50ms"]);
    const { run } = await load(t, ["-c", 2, "-R", 200, "-d", "1s", "--grace", "1s", stub.url]);
    assert.ok(!run.validity.reasons.some(({ name }) => name === "rate_missed"), JSON.stringify(run.validity));
    assert.equal(run.validity.limited_by, "server");
});

test("a run by count ends with its last answer, and its rate does not wait for it", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:500ms"]);
    for (let attempt = 0;; attempt++) {
        const { run, stdout } = await load(t, ["-c", 200, "-R", 100, "-n", 40, stub.url]);
        /* The last of 40 sends may be late where others have the CPU; not each time. */
        if (attempt < 4 && run.validity.reasons.some(({ name }) => name === "rate_missed"))
            continue;
        assert.equal(run.validity.limited_by, "schedule", stdout);
        assert.match(stdout, /\b(98|99|100)(\.\d+)?\/s of 100 asked/);
        return;
    }
});

// ---- the machine ----

provokes("steal", "a hypervisor that takes what it likes", async (t) => {
    const lack = await lacksNamespaces();
    if (lack)
        return t.skip(lack);
    const stub = await startStub(t);
    const file = path.join(temporaryFolder(t), "stat");
    const line = (name, i) => `${name} ${[100 + i, 0, 100 + i, 1000 + i, 0, 0, 0, 10 * i, 0, 0].map(digits).join(" ")}\n`;
    keepWriting(t, file, (i) => line("cpu ", i) + line(`cpu${lastCpu()}`, i));
    for (const pin of [[], ["--cpus", lastCpu()]]) {
        const loaded = await load(t, ["-c", 2, "-d", "500ms", ...pin, stub.url],
            { before: ["unshare", "--mount", "sh", "-c", `mount --bind ${file} /proc/stat && exec "$@"`, "hidden"] });
        expectReason(loaded, "steal", "suspect", /took away \S+ \S+ of the \S+ \S+ of CPU time that was wanted/);
    }
});

provokes("throttled", "a quota that has run out, as the kernel tells of it", async (t) => {
    const lack = await lacksNamespaces();
    if (lack)
        return t.skip(lack);
    const stub = await startStub(t);
    const file = path.join(temporaryFolder(t), "cpu.stat");
    keepWriting(t, file, (i) => `nr_periods ${digits(i)}\nnr_throttled ${digits(i)}\nthrottled_usec ${digits(3000 * i)}\n`);
    const hide = `mount -t tmpfs none /sys/fs/cgroup && touch /sys/fs/cgroup/cpu.stat &&
        mount --bind ${file} /sys/fs/cgroup/cpu.stat && exec "$@"`;
    const loaded = await load(t, ["-c", 2, "-d", "500ms", stub.url], { before: ["unshare", "--mount", "sh", "-c", hide, "hidden"] });
    expectReason(loaded, "throttled", "suspect", /ran out in \d+ periods, .* stood still for \d.*cpu\.max/);
});

/** A control group with a tenth of a CPU: its folder, or why there is none. Version 2 or 1. */
function makeStarvedGroup(t) {
    for (const [root, quota, value] of [["/sys/fs/cgroup", "cpu.max", "10000 100000"],
        ["/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "10000"]]) {
        const folder = path.join(root, `tare-test-${process.pid}`);
        try {
            fs.mkdirSync(folder);
            t.after(() => until("the group to be empty", () => {
                try { fs.rmdirSync(folder); } catch (error) { return error.code === "ENOENT"; }
                return true;
            }));
            if (!fs.existsSync(path.join(folder, quota)))
                continue;
            fs.writeFileSync(path.join(folder, quota), value);
            return { folder, root };
        } catch { /* read-only, or not ours */ }
    }
    return { lack: "no control group with a CPU quota can be made here" };
}

provokes("throttled", "a control group with a tenth of a CPU", async (t) => {
    const { folder, lack } = makeStarvedGroup(t);
    if (lack)
        return t.skip(lack);
    const stub = await startStub(t);
    const loaded = await load(t, ["-c", 2, "-R", 500, "--wait", "spin", "-d", "1s", stub.url],
        { before: ["sh", "-c", `echo $$ >${folder}/cgroup.procs && exec "$@"`, "starved"] });
    expectReason(loaded, "throttled", "suspect", /ran out in \d+ periods/);
    assert.ok(loaded.run.load.throttled_ns > 50e6, `${loaded.run.load.throttled_ns} ns`);
});

test("a container's quota, whose group is the root of what is mounted there, counts once", async (t) => {
    const { folder, root, lack } = makeStarvedGroup(t);
    const lacking = lack ?? await lacksNamespaces();
    if (lacking)
        return t.skip(lacking);
    const stub = await startStub(t);
    const contain = `echo $$ >${folder}/cgroup.procs && exec unshare --mount --cgroup sh -c 'mount --bind ${folder} ${root} &&
        exec "$@"' contained "$@"`;
    const { run } = await load(t, ["-c", 2, "-R", 500, "--wait", "spin", "-d", "1s", stub.url],
        { before: ["sh", "-c", contain, "starved"] });
    const periods = Number(/nr_throttled (\d+)/.exec(fs.readFileSync(path.join(folder, "cpu.stat"), "latin1"))[1]);
    assert.ok(run.load.throttled_periods > 0 && run.load.throttled_periods <= periods,
        `${run.load.throttled_periods} of ${periods} periods`);
});

// ---- the server ----

provokes("keepalive_refused", "a server that says so, each time", async (t) => {
    const nginx = await startNginx(t, 'keepalive_timeout 0; location / { return 200 "once"; }');
    const loaded = await load(t, ["-c", 2, "-n", 200, nginx.url]);
    expectReason(loaded, "keepalive_refused", "suspect", /after 200 of 200 responses.*allow keep-alive/);
});

provokes("keepalive_refused", "a server that says nothing and closes", async (t) => {
    const server = await startRawServer(t, (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const loaded = await load(t, ["-c", 4, "-R", 100, "-n", 40, server.url]);
    expectReason(loaded, "keepalive_refused", "suspect", /after \d+ of 40 responses/);
});

test("keep-alive that ends after a thousand requests, as nginx has it, is no reason", async (t) => {
    const nginx = await startNginx(t, 'keepalive_requests 1000; location / { return 200 "often"; }');
    const { run } = await load(t, ["-c", 2, "-n", 5000, nginx.url]);
    assert.ok(run.anomalies.keepalive_refused >= 4, `${run.anomalies.keepalive_refused}`);
    assert.ok(!run.validity.reasons.some(({ name }) => name === "keepalive_refused"), JSON.stringify(run.validity));
});

provokes("failures_hide_latency", "a server that fails quickly and succeeds slowly", async (t) => {
    let count = 0;
    const answer = (socket, status) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    const server = await startRawServer(t, (socket) => {
        if (++count % 2)
            answer(socket, "503 Busy");
        else
            setTimeout(() => answer(socket, "200 OK"), 60);
    });
    const loaded = await load(t, ["-c", 4, "-n", 60, server.url]);
    expectReason(loaded, "failures_hide_latency", "suspect",
        /^\d+ of 60 requests did not succeed, and failing took .* where success took .* the server was spared work/);
});

provokes("failures_hide_latency", "answers that come too late", async (t) => {
    const stub = await startStub(t, ["--delay", "turns:1ms,1ms,1ms,2s"]);
    const loaded = await load(t, ["-c", 4, "-n", 40, "--timeout", "300ms", stub.url]);
    expectReason(loaded, "failures_hide_latency", "suspect", /^10 of 40 requests did not succeed.*--slo/);
});

provokes("ports_exhausted", "a connection for each request, and 100 local ports",
    { skip: !IS_ROOT && "network namespaces need root" }, async (t) => {
        const narrow = await startNarrow(t, 100);
        const loaded = await load(t, ["-c", 50, "-n", 400, "--reuse", "off", "http://127.0.0.1/"], { before: narrow.before });
        expectReason(loaded, "ports_exhausted", "suspect", /^\d+ requests found no free local port, of 100 .*--source/);
    });

// ---- what people read ----

/** Names of reasons and their verdicts, as the table for people has them. */
function readTable() {
    const rows = fs.readFileSync(path.join(ROOT, "engine/VERDICT.md"), "utf8").matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|(.*)\|$/gm);
    return new Map([...rows].map(([, name, verdicts, rest]) => {
        assert.equal(rest.split("|").length, 2, `${name}: when, and what to do`);
        return [name, verdicts];
    }));
}

test("the table of reasons names what the code names, and every reason is provoked", () => {
    const code = fs.readFileSync(path.join(ROOT, "engine/verdict.c"), "utf8");
    const verdicts = new Map();
    const note = (name, verdict) => verdicts.set(name, (verdicts.get(name) ?? new Set()).add(verdict.toLowerCase()));
    for (const [, name, verdict] of code.matchAll(/\{"(\w+)", ANOMALY_\w+, VERDICT_(\w+)/g))
        note(name, verdict);
    for (const [call, name] of code.matchAll(/\badd\(r, [^"]*?"(\w+)",/g))
        for (const [, verdict] of call.matchAll(/VERDICT_(\w+)/g))
            note(name, verdict);
    const table = readTable();
    assert.deepEqual([...table.keys()].sort(), [...verdicts.keys()].sort());
    for (const [name, known] of verdicts)
        assert.deepEqual(table.get(name).split(", ").sort(), [...known].sort(), name);
    assert.deepEqual([...provoked].sort(), [...table.keys()].sort());
});

test("README leads to the table", () => {
    assert.match(fs.readFileSync(path.join(ROOT, "README.md"), "utf8"), /engine\/VERDICT\.md/);
});

test("--strict: what is suspect exits 3 too", async (t) => {
    const stub = await startStub(t);
    await tare(["--strict", "-n", 10, "-c", 1, "-o", path.join(temporaryFolder(t), "run"), stub.url],
        { env: { TARE_DISABLE: "rx_stamps" }, code: 3 });
});
