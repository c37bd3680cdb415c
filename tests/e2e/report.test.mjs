// report.test.mjs - from run folders to reports: the files and their figures, gates and exit codes, what
// a broken, torn or newer run folder gets. The runs are tare's own, made once for all tests here.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { percentile, readCsv, readRun, readSamples, report, startStub, tare, temporaryFolder, until }
    from "./support.mjs";

const shared = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
const FAST = path.join(shared, "fast");
const SLOW = path.join(shared, "slow");
after(() => fs.rmSync(shared, { recursive: true, force: true }));

before(async () => {
    const undo = [];
    const scope = { after: (action) => undo.push(action) };
    for (const [output, delay] of [[FAST, "fixed:2ms"], [SLOW, "fixed:6ms"]]) {
        const stub = await startStub(scope, ["--delay", delay]);
        await tare(["-q", "-c", 4, "-n", 400, "-o", output, stub.url]);
    }
    for (const action of undo)
        await action();
});

/** A copy of a run that a test may spoil. */
function copyRun(t, run) {
    const copy = path.join(temporaryFolder(t), path.basename(run));
    fs.cpSync(run, copy, { recursive: true });
    return copy;
}

function edit(file, change) {
    fs.writeFileSync(file, change(fs.readFileSync(file, "latin1")), "latin1");
}

const listFiles = (folder) => fs.readdirSync(folder).sort();

test("a report has its files, and the percentiles are those of the rows", async (t) => {
    const output = path.join(temporaryFolder(t), "report");
    await report(["-o", output, FAST]);
    assert.deepEqual(listFiles(output), ["delta.csv", "distribution.csv", "junit.xml", "report.html", "report.json",
        "report.md", "summary.csv", "targets.csv", "timeseries.csv"]);
    const service = readSamples(FAST).map((row) => Number(row.service_ns));
    const text = fs.readFileSync(path.join(output, "summary.csv"), "latin1");
    for (const p of [50, 95, 99])
        assert.ok(text.includes(String(percentile(service, p))), `p${p} = ${percentile(service, p)} in\n${text}`);
    readCsv(path.join(output, "timeseries.csv"));
    readCsv(path.join(output, "distribution.csv"));
    JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8"));
});

test("a report names what it was made of: commands, versions, and the hash of each file", async (t) => {
    const output = path.join(temporaryFolder(t), "report");
    await report(["-o", output, FAST, SLOW]);
    const page = fs.readFileSync(path.join(output, "report.html"), "utf8");
    const json = JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8"));
    for (const [i, folder] of [FAST, SLOW].entries()) {
        const { files, command, machine } = json.runs[i].folders[0];
        assert.deepEqual(files.map(({ name }) => name),
            ["run.json", "samples.csv", "histograms.csv", "seconds.csv", "resources.csv"]);
        for (const { name, bytes, sha256 } of files) {
            const content = fs.readFileSync(path.join(folder, name));
            assert.equal(bytes, content.length, name);
            assert.equal(sha256, createHash("sha256").update(content).digest("hex"), name);
            assert.ok(page.includes(`>${sha256}\n`), name);
        }
        for (const text of [command, machine.kernel, machine.liburing, `tare ${json.version}`])
            assert.ok(page.includes(text), text);
    }
    assert.match(page, /made by tare-report [\d.]+, built with jansson [\d.]+ and OpenSSL 3[\d.]*; charts by uPlot 1\.6\./);
});

test("--format chooses the files", async (t) => {
    const output = path.join(temporaryFolder(t), "report");
    await report(["-o", output, "--format", "md,junit", FAST]);
    assert.deepEqual(listFiles(output), ["junit.xml", "report.md"]);
    const wrong = await report(["-o", output, "--format", "md,xml", FAST], { code: 2 });
    assert.match(wrong.stderr, /'xml'\n {2,}.*html, json, csv, md, junit/);
});

test("the page is one file that fetches nothing", async (t) => {
    const output = path.join(temporaryFolder(t), "report");
    await report(["-o", output, SLOW, FAST]);
    const page = fs.readFileSync(path.join(output, "report.html"), "utf8");
    assert.match(page, /^<!doctype html>/i);
    assert.match(page, /<\/html>\s*$/);
    assert.doesNotMatch(page, /<(script|img|link|iframe)[^>]+(src|href)\s*=\s*["']?(https?:)?\/\//i);
    assert.doesNotMatch(page, /@import|url\(\s*["']?https?:/i);
});

test("made twice, byte for byte the same", async (t) => {
    const folder = temporaryFolder(t);
    const output = path.join(folder, "report");
    const read = () => listFiles(output).map((name) => [name, fs.readFileSync(path.join(output, name), "latin1")]);
    await report(["-o", output, SLOW, FAST]);
    const first = read();
    fs.rmSync(output, { recursive: true });
    await report(["-o", output, SLOW, FAST]);
    assert.deepEqual(read(), first);
});

test("gates decide the exit code: 0 where they hold, 1 where one says no", async (t) => {
    const output = () => path.join(temporaryFolder(t), "report");
    await report(["-o", output(), "--slo", "p95<=1s", FAST]);
    await report(["-o", output(), "--slo", "p95<=1s", "--slo", "service.p50<=1ms", FAST], { code: 1 });
    const judged = await report(["-o", output(), "--slo", "p95<=4ms", SLOW, FAST], { code: 1 });
    assert.match(judged.stdout, /p95/);
    await report(["-o", output(), "--slo", "p95<=4ms", FAST]);
});

test("a gate counts failed requests as above every limit", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--status", "503"]);
    await tare(["-q", "-c", 4, "-n", 100, "-o", path.join(folder, "failing"), stub.url]);
    await report(["-o", path.join(folder, "report"), "--slo", "p50<=10s", path.join(folder, "failing")], { code: 1 });
});

test("a gate speaks of response time in open loop, of service time where it is named", async (t) => {
    const folder = temporaryFolder(t);
    const run = path.join(folder, "queueing");
    const stub = await startStub(t, ["--delay", "fixed:20ms"]);
    await tare(["-q", "-c", 2, "-R", 200, "-d", "1s", "-o", run, stub.url]);
    const judge = (gate, code) => report(["--force", "-o", path.join(folder, "report"), "--slo", gate, run], { code });
    await judge("p50<=100ms", 1); // half of them queue for longer than that
    await judge("service.p50<=100ms", 0);
});

test("thinned samples, none at all, and a group of repeats", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--delay", "fixed:1ms"]);
    const load = (name, ...more) => tare(["-q", "-c", 4, "-n", 400, "-o", path.join(folder, name), ...more, stub.url]);
    await load("thin", "--samples", "1/10");
    await load("none", "--samples", "none");
    await load("group/1");
    await load("group/2");
    for (const name of ["thin", "none", "group"]) {
        const output = path.join(folder, `report-${name}`);
        await report(["-o", output, "--slo", "p50<=1s", path.join(folder, name)], { code: [0, 3] });
        assert.match(fs.readFileSync(path.join(output, "report.html"), "utf8"), /<\/html>\s*$/);
    }
});

test("the second run is compared with the first, negative is faster", async (t) => {
    const folder = path.join(temporaryFolder(t), "report");
    const result = await report(["-o", folder, SLOW, FAST]);
    const median = (run) => percentile(readSamples(run).map((row) => Number(row.service_ns)), 50);
    const percent = Math.round((median(FAST) / median(SLOW) - 1) * 100);
    assert.ok(percent < -50 && percent > -80, `${percent} %`);
    assert.match(result.stdout + fs.readFileSync(path.join(folder, "report.json"), "utf8"), /faster|better|-0?\.?\d/);
});

test("a gate that cannot be read: what is wrong, what would be right, and no report", async (t) => {
    const output = path.join(temporaryFolder(t), "report");
    for (const gate of ["p95", "p95<=fast", "p101<=1s", "q95<=1s", ""]) {
        const result = await report(["-o", output, "--slo", gate, FAST], { code: 2 });
        assert.match(result.stderr, /^tare-report: .{5,}\n {2,}\S/, gate);
        assert.ok(!fs.existsSync(output), gate);
    }
});

test("no run, a folder that holds none, and a missing one", async (t) => {
    const folder = temporaryFolder(t);
    const none = await report([], { code: 2 });
    assert.match(none.stderr, /^tare-report: .{5,}\n {2,}\S/);
    for (const run of [folder, path.join(folder, "missing")]) {
        const result = await report(["-o", path.join(folder, "report"), run], { code: 2 });
        assert.match(result.stderr, /^tare-report: .{5,}/);
        assert.ok(result.stderr.includes(run), result.stderr);
    }
});

test("a broken row in a complete run: file, line and column are told", async (t) => {
    const breaks = {
        service_ns: (fields) => { fields[6] = "12x4"; },
        outcome: (fields) => { fields[10] = "okay"; },
        phase: (fields) => { fields[14] = ""; },
    };
    for (const [column, spoil] of Object.entries(breaks)) {
        const run = copyRun(t, FAST);
        edit(path.join(run, "samples.csv"), (text) => {
            const lines = text.split("\n");
            const fields = lines[99].split(",");
            spoil(fields);
            lines[99] = fields.join(",");
            return lines.join("\n");
        });
        const output = path.join(temporaryFolder(t), "report");
        const result = await report(["-o", output, run], { code: 2 });
        assert.match(result.stderr, /^tare-report: .*samples\.csv/, column);
        assert.match(result.stderr, /\b100\b/, `the line: ${result.stderr}`);
        assert.ok(result.stderr.includes(column), `the column: ${result.stderr}`);
        assert.ok(!fs.existsSync(path.join(output, "report.html")), "nothing half-written");
    }
});

test("a row too many, one too few, a field missing", async (t) => {
    const changes = [
        (text) => text.replace(/\n[^\n]*\n$/, "\n"),
        (text) => text + text.trimEnd().split("\n").at(-1) + "\n",
        (text) => text.replace(/,[^,\n]*\n$/, "\n"),
    ];
    for (const change of changes) {
        const run = copyRun(t, FAST);
        edit(path.join(run, "samples.csv"), change);
        const result = await report(["-o", path.join(temporaryFolder(t), "report"), run], { code: [2, 3] });
        assert.match(result.stderr + result.stdout, /samples\.csv|identit|rows|requests/i);
    }
});

test("a run folder of a newer schema, and a run.json that is none", async (t) => {
    const newer = copyRun(t, FAST);
    edit(path.join(newer, "run.json"), (text) => text.replace(/("schema"\s*:\s*)1\b/, "$199"));
    const result = await report(["-o", path.join(temporaryFolder(t), "report"), newer], { code: 2 });
    assert.match(result.stderr, /^tare-report: .*schema.*99/);
    assert.match(result.stderr, /\n {2,}.*use the tare-report/);
    const torn = copyRun(t, FAST);
    edit(path.join(torn, "run.json"), (text) => text.slice(0, text.length / 2));
    const broken = await report(["-o", path.join(temporaryFolder(t), "report"), torn], { code: 2 });
    assert.match(broken.stderr, /^tare-report: .*run\.json/);
});

test("kill -9: at most the torn last row is dropped, and the run is called invalid", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--null"]);
    const run = path.join(folder, "run");
    const samples = path.join(run, "samples.csv");
    await tare(["-q", "-c", 8, "-d", "30s", "-o", run, stub.url], {
        code: null,
        onStart: async (child) => {
            await until("rows on disk", () => fs.existsSync(samples) && fs.statSync(samples).size > 1_000_000);
            child.kill("SIGKILL");
        },
    });
    assert.equal(readRun(run).state, "running");
    const lines = fs.readFileSync(samples, "latin1").split("\n");
    const columns = lines[0].split(",").length;
    const torn = lines.slice(0, -1).filter((line) => line.split(",").length !== columns);
    assert.equal(torn.length, 0, `torn in the middle: ${torn[0]}`);
    const output = path.join(folder, "report");
    const result = await report(["-o", output, run], { code: 3 });
    assert.match(result.stdout + result.stderr, /invalid|not complete|did not end/i);
});

test("a row torn at the end is dropped and counted in a run that was killed, an error in a complete one", async (t) => {
    const tear = (run) => edit(path.join(run, "samples.csv"), (text) => text.slice(0, -20));
    const complete = copyRun(t, FAST);
    tear(complete);
    const strict = await report(["-o", path.join(temporaryFolder(t), "report"), complete], { code: 2 });
    assert.match(strict.stderr, /samples\.csv/);
    assert.match(strict.stderr, /\b401\b/, "the last line");
    const killed = copyRun(t, FAST);
    tear(killed);
    edit(path.join(killed, "run.json"), (text) => text.replace(/("state"\s*:\s*)"complete"/, '$1"running"'));
    const output = path.join(temporaryFolder(t), "report");
    await report(["-o", output, killed], { code: 3 });
});
