// files.test.mjs - what the reporter writes, read by what others read it with: JSON against its schema,
// JUnit by an XML parser, Markdown rendered, CSV by RFC 4180; of runs that are large, empty, or named by
// somebody who means harm.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { marked } from "marked";
import { SaxesParser } from "saxes";
import { readRun, report, startStub, tare, temporaryFolder } from "../e2e/support.mjs";
import { HOSTILE, editRun, makeRun, parseCsv, validator } from "./support.mjs";

const shared = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
const at = (...names) => path.join(shared, ...names);
const checkReport = validator("report/report.schema.json");
const checkBaseline = validator("report/baseline.schema.json");
const checkRun = validator("engine/run.schema.json");
const read = (folder, name) => fs.readFileSync(path.join(folder, name), "utf8");
after(() => fs.rmSync(shared, { recursive: true, force: true }));

before(async () => {
    const undo = [];
    const scope = { after: (action) => undo.push(action) };
    const stub = await startStub(scope, ["--delay", "fixed:1ms"]);
    const failing = await startStub(scope, ["--status", "503"]);
    const load = (name, url, ...more) => tare(["-q", "-c", 4, "-o", at(name), ...more, url], { code: [0, 3] });
    await load("run", stub.url, "-n", 400);
    await load("open", stub.url, "-R", 300, "-d", "1s", "--arrivals", "poisson");
    await load("thinned", stub.url, "-n", 400, "--samples", "1/4");
    await load("one", stub.url, "-n", 1);
    await load("failing", failing.url, "-n", 60);
    for (const name of ["group/1", "group/2", "group/3"])
        await load(name, stub.url, "-n", 200);
    for (const action of undo)
        await action();
    await makeRun(at("many"), "rows=20000", "targets=1000", "failures=20000", "timeouts=1000");
    await makeRun(at("empty"), "rows=0");
    await makeRun(at("hostile"), "rows=2000", "targets=3");
    editRun(at("hostile"), (run) => {
        run.targets[0].name = HOSTILE;
        run.targets[0].url = `http://h/${HOSTILE}`;
        run.targets[1].name = "a|b`c`[x](javascript:y)\n\u0001\ufffe\"&";
        run.command = ["tare", HOSTILE, "`id`"];
    });
});

/** A report of runs in a folder of its own. */
async function reportOf(t, args, runs, code = [0, 1, 3]) {
    const folder = path.join(temporaryFolder(t), "report");
    const said = await report(["-o", folder, ...args, ...runs.map((name) => at(name))], { code });
    return { folder, said };
}

/** The elements of an XML document that is well-formed, in order: {name, attributes, text}. */
function parseXml(text) {
    const elements = [];
    const open = [];
    const parser = new SaxesParser();
    parser.on("error", (error) => { throw error; });
    parser.on("opentag", ({ name, attributes }) => {
        elements.push({ name, attributes, text: "", within: open.at(-1) });
        open.push(elements.at(-1));
    });
    parser.on("text", (part) => { if (open.length) open.at(-1).text += part; });
    parser.on("closetag", () => open.pop());
    parser.write(text).close();
    return elements;
}

/** Holds the counts of suites against their cases. Returns the cases. */
function checkJunit(text) {
    const elements = parseXml(text);
    const cases = elements.filter(({ name }) => name === "testcase");
    for (const suite of elements.filter(({ name }) => name === "testsuite" || name === "testsuites")) {
        const own = suite.name === "testsuites" ? cases : cases.filter(({ within }) => within === suite);
        const ended = (how) => elements.filter(({ name, within }) => name === how && own.includes(within)).length;
        assert.equal(Number(suite.attributes.tests), own.length);
        assert.equal(Number(suite.attributes.failures), ended("failure"));
        assert.equal(Number(suite.attributes.errors), ended("error"));
        assert.equal(Number(suite.attributes.skipped), ended("skipped"));
    }
    return cases.map((one) => ({ ...one.attributes,
        ending: elements.find(({ within, name }) => within === one && name !== "system-out")?.name ?? "passed" }));
}

const GATES = ["p95<=1s", "p50<=1us", "mean<=1s", "max<=1s", "rate>=1", "errors<=1%", "errors<=1", "availability>=99%"]
    .flatMap((gate) => ["--slo", gate]);

test("report.json of every kind of run is as its schema says, and run.json as its own", async (t) => {
    const all = [["run"], ["open"], ["thinned"], ["one"], ["failing"], ["many"], ["empty"], ["hostile"],
        ["run", "group", "failing"], ["group", "group"], ["run", "open"]];
    for (const runs of all) {
        const { folder } = await reportOf(t, runs.length > 1 ? [...GATES, "--max-regression", "p95<=2x"] : GATES, runs);
        checkReport(JSON.parse(read(folder, "report.json")), runs.join(" "));
    }
    for (const name of ["run", "open", "thinned", "one", "failing", "group/1"])
        checkRun(readRun(at(name)), name);
    const running = readRun(at("run"));
    for (const key of ["elapsed", "totals", "outcomes", "measured", "send_path", "anomalies", "load", "recording",
        "generator", "validity"])
        delete running[key];
    assert.throws(() => checkRun(running, "complete, and without its end"));
    checkRun({ ...running, state: "running" }, "running");
});

test("a report against a baseline file is as the schema says", async (t) => {
    const file = path.join(temporaryFolder(t), "baseline.json");
    await reportOf(t, ["--save-baseline", file], ["group"]);
    const { folder } = await reportOf(t, ["--baseline", file, "--force"], ["run"]);
    checkReport(JSON.parse(read(folder, "report.json")), "baseline");
    assert.ok(parseCsv(path.join(folder, "delta.csv")).rows.every(({ base }) => base === "the baseline"));
    assert.equal(checkJunit(read(folder, "junit.xml")).length, 4);
    assert.match(read(folder, "report.md"), /\n### run against the baseline\n/);
});

test("a baseline of every kind of run is as its schema says, and one that is added to", async (t) => {
    const folder = temporaryFolder(t);
    const save = async (name, ...args) => {
        await reportOf(t, ["--force", "--save-baseline", path.join(folder, name), ...args.slice(1)], [args[0]]);
        const baseline = JSON.parse(read(folder, name));
        checkBaseline(baseline, name);
        return baseline;
    };
    for (const name of ["run", "open", "thinned", "one", "failing", "group", "many", "hostile"])
        await save(`${name}.json`, name, "--slo", "p99.5<=1s");
    const one = await save("first.json", "run");
    const { runs } = await save("second.json", "run", "--baseline", path.join(folder, "first.json"));
    assert.deepEqual([one.runs.length, runs.length], [1, 2]);
    for (const spoil of [(b) => delete b.made.loop, (b) => { b.kind = "report"; }, (b) => { b.more = 1; },
        (b) => { b.runs = []; }, (b) => { b.runs[0].figures[0].figure = "p"; }, (b) => { delete b.runs[0].figures[0].low; }]) {
        const wrong = structuredClone(one);
        spoil(wrong);
        assert.throws(() => checkBaseline(wrong, "spoilt"));
    }
});

test("canary: the schema tells a wrong report from a right one", async (t) => {
    const { folder } = await reportOf(t, GATES, ["run"]);
    const right = JSON.parse(read(folder, "report.json"));
    for (const spoil of [(r) => delete r.headline, (r) => { r.gates[0].verdict = "ok"; }, (r) => { r.more = 1; },
        (r) => { r.runs[0].series.service.p95_ns = "1"; }, (r) => { r.runs[0].folders[0].config.extra = 1; }]) {
        const wrong = structuredClone(right);
        spoil(wrong);
        assert.throws(() => checkReport(wrong, "spoilt"));
    }
});

test("junit.xml: a case a gate, told apart as failed and skipped", async (t) => {
    const { folder, said } = await reportOf(t, GATES, ["run", "failing"]);
    const cases = checkJunit(read(folder, "junit.xml")).filter(({ classname }) => classname !== "tare-report");
    const gates = JSON.parse(read(folder, "report.json")).gates;
    assert.equal(cases.length, 16);
    const endings = { pass: "passed", fail: "failure", inconclusive: "skipped" };
    for (const { gate, run, verdict } of gates)
        assert.ok(cases.some(({ classname, name, ending }) =>
            classname === run && name === gate && ending === endings[verdict]), `${run}: ${gate}: ${verdict}`);
    assert.ok([1, 3].includes(said.code));
    const none = await reportOf(t, [], ["run"]);
    assert.ok(checkJunit(read(none.folder, "junit.xml")).length <= 1);
});

test("report.md: the verdict first, tables of as many cells as their heads, and no row too many", async (t) => {
    const { folder } = await reportOf(t, GATES, ["group", "group"]);
    const markdown = read(folder, "report.md");
    assert.match(markdown, /^## .+\n\n\*\*(FAIL|Not to be trusted)/);
    const tokens = marked.lexer(markdown);
    const tables = tokens.filter(({ type }) => type === "table");
    assert.deepEqual(tokens.filter(({ type }) => type === "heading").map(({ depth }) => depth)[0], 2);
    assert.equal(tables[0].rows.length, 16);
    assert.ok(tables.length >= 3);
    const many = await reportOf(t, GATES, ["many"]);
    assert.ok(fs.statSync(path.join(many.folder, "report.md")).size < 200_000);
    assert.match(read(many.folder, "report.md"), /900 more are in `targets\.csv`/);
});

test("a target's name is text in every file, whatever it says", async (t) => {
    const { folder } = await reportOf(t, ["--slo", `${HOSTILE}:p95<=1s`], ["hostile"], [0, 1, 2, 3]);
    const names = JSON.parse(read(folder, "report.json")).runs[0].targets.map(({ name }) => name);
    assert.equal(names[0], HOSTILE);
    for (const file of ["summary.csv", "targets.csv"]) {
        const found = new Set(parseCsv(path.join(folder, file)).rows.map(({ target }) => target));
        assert.ok(found.has(`'${HOSTILE}`), `${file}: ${[...found]}`);
        assert.ok([...found].every((name) => !/^[=+\-@\t\r]/.test(name)));
    }
    assert.equal(checkJunit(read(folder, "junit.xml"))[0].name, `${HOSTILE}:p95<=1s`);
    const markdown = read(folder, "report.md");
    const html = marked.parse(markdown);
    assert.ok(!/<\/?script|<a |<img/.test(html), html);
    const tables = marked.lexer(markdown).filter(({ type }) => type === "table");
    assert.equal(tables.at(-1).rows.length, 3, "a row a target");
    assert.ok(html.replaceAll("&#39;", "'").includes("=cmd|' /C calc'!A0&lt;/script&gt;"), html);
    const page = read(folder, "report.html");
    assert.ok(!page.includes("A0</script>"), "the page's data ends where it should");
});

test("runs of nothing, of one request and of failures alone have every file", async (t) => {
    for (const name of ["empty", "one", "failing"]) {
        const { folder } = await reportOf(t, GATES, [name]);
        for (const file of ["summary", "targets", "delta", "timeseries", "distribution"])
            assert.ok(parseCsv(path.join(folder, `${file}.csv`)).columns.length > 4, file);
        checkJunit(read(folder, "junit.xml"));
        assert.match(read(folder, "report.md"), /^## /);
        assert.match(read(folder, "report.html"), /<\/html>\s*$/);
    }
});

test("numbers in CSV are plain decimals, and as wide as the head says", async (t) => {
    const { folder } = await reportOf(t, [], ["many", "many"]);
    assert.equal(parseCsv(path.join(folder, "targets.csv")).rows.length, 2000);
    for (const file of ["summary", "targets", "delta", "timeseries", "distribution"])
        for (const row of parseCsv(path.join(folder, `${file}.csv`)).rows)
            for (const [name, value] of Object.entries(row))
                if (/_(ns|s|per_s|percent|value|bytes)$|^(low|high|value|count|requests)$/.test(name))
                    assert.match(value, /^(-?\d+(\.\d+)?)?$/, `${file}: ${name}: ${value}`);
});
