// compare.test.mjs - comparisons, regressions and baselines, on run folders that make_run invents (the same
// bytes each time) and on tare's own: answers, intervals, refusals, exit codes.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { BUILD, execute, report, startStub, tare, temporaryFolder } from "./support.mjs";

const shared = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
const BASE = path.join(shared, "base");
const SLOWER = path.join(shared, "slower");
const AGAIN = path.join(shared, "again");
after(() => fs.rmSync(shared, { recursive: true, force: true }));

/** Invents a run. */
async function makeRun(folder, ...settings) {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    const made = await execute(path.join(BUILD, "tools/make_run"), [folder, ...settings]);
    assert.equal(made.code, 0, made.stderr);
}

before(async () => {
    for (let i = 1; i <= 5; i++) {
        await makeRun(path.join(BASE, String(i)), "rows=4000", "rate=2000", `seed=${i}`, "median_us=1000");
        await makeRun(path.join(SLOWER, String(i)), "rows=4000", "rate=2000", `seed=${i + 20}`, "median_us=1100");
        await makeRun(path.join(AGAIN, String(i)), "rows=4000", "rate=2000", `seed=${i + 40}`, "median_us=1000");
    }
});

function edit(file, change) {
    fs.writeFileSync(file, change(fs.readFileSync(file, "latin1")), "latin1");
}

/** Makes a report; its JSON, and what the program said. */
async function compare(t, args, code = 0) {
    const output = path.join(temporaryFolder(t), "report");
    const result = await report(["-o", output, ...args], { code });
    return { ...result, output, json: JSON.parse(fs.readFileSync(path.join(output, "report.json"), "utf8")) };
}

const metric = (comparison, name) => comparison.metrics.find((one) => one.metric === name);

test("groups are answered for: slower, by how much, how sure", async (t) => {
    const { json, stdout } = await compare(t, [BASE, SLOWER]);
    const [comparison] = json.comparisons;
    assert.equal(comparison.basis, "groups");
    assert.equal(comparison.answer, "worse");
    const p50 = metric(comparison, "p50");
    assert.ok(p50.low_percent < 10 && p50.high_percent > 10, `10 % in ${p50.low_percent} to ${p50.high_percent}`);
    assert.ok(p50.high_percent - p50.low_percent < 6, "and not much else");
    assert.equal(p50.words, "slower");
    assert.ok(p50.p < 0.001 && p50.p_rank < 0.01 && !p50.doubted);
    assert.match(stdout, /slower is slower: p99 \S+ \S+, \S+ % above base \(\S+ to \S+ %\)/);
    assert.doesNotMatch(stdout, /within these two runs/);
});

test("groups of the same kind are not called different", async (t) => {
    const { json, stdout } = await compare(t, [BASE, AGAIN]);
    const [comparison] = json.comparisons;
    assert.match(comparison.answer, /^(same|unsure)$/);
    assert.match(metric(comparison, "p50").words, /about the same|cannot tell/);
    assert.match(stdout, /again (is about as fast|and base cannot be told apart by these runs)/);
});

test("one run against one speaks of these two alone", async (t) => {
    const { json, stdout } = await compare(t, [path.join(BASE, "1"), path.join(SLOWER, "1")]);
    assert.equal(json.comparisons[0].basis, "two runs");
    assert.match(stdout, /is slower within these two runs: /);
    const one = await compare(t, [path.join(BASE, "1"), path.join(AGAIN, "1")]);
    assert.match(one.stdout, /within these two runs|cannot be told apart by these two runs/);
});

test("each percentile of a run has an interval, from rows and from slices", async (t) => {
    for (const samples of ["1", "10", "0"]) {
        const run = path.join(temporaryFolder(t), "run");
        await makeRun(run, "rows=40000", "rate=4000", `one_in=${samples}`);
        const { json } = await compare(t, [run]);
        const { intervals } = json.runs[0].series.service;
        for (const [name, interval] of Object.entries(intervals)) {
            assert.equal(interval.blocks_of, "time", name);
            assert.ok(interval.low <= interval.value, `${name}: ${JSON.stringify(interval)}`);
            assert.ok(interval.value <= interval.high, `${name}: ${JSON.stringify(interval)}`);
        }
        assert.equal(intervals.p50.quality, "good");
        assert.equal(intervals.p99.quality, "good");
        assert.equal(intervals["p99.999"].quality, "unresolved");
        assert.ok(intervals.p50.blocks >= 32 && intervals.p50.blocks <= 64);
    }
});

test("what was not made alike is refused, each reason by its name, and shown when forced", async (t) => {
    const other = path.join(temporaryFolder(t), "other");
    await makeRun(other, "rows=4000", "rate=2000", "seed=7", "median_us=500");
    edit(path.join(other, "run.json"), (text) => text.replace('"connections":64', '"connections":10')
        .replace('"cpu_model":"invented"', '"cpu_model":"another"'));
    const args = [path.join(BASE, "1"), other];
    const refused = await compare(t, args, 3);
    const [comparison] = refused.json.comparisons;
    assert.equal(comparison.comparable, false);
    assert.deepEqual(comparison.refusals.map((one) => one.name), ["connections", "machine"]);
    assert.match(refused.stderr, /other and 1 cannot be compared: connections: 64 and 10\n +machine: invented and another/);
    assert.match(refused.stderr, /--force/);
    assert.doesNotMatch(refused.stdout, /faster|slower/);
    assert.equal(refused.json.watermark, null);
    const forced = await compare(t, ["--force", ...args]);
    assert.match(forced.stdout, /other is faster/);
    assert.match(forced.json.watermark, /^forced: connections: 64 and 10; machine: invented and another$/);
});

test("an invalid run is compared with nothing", async (t) => {
    const bad = path.join(temporaryFolder(t), "bad");
    await makeRun(bad, "rows=4000", "rate=2000", "seed=7");
    edit(path.join(bad, "run.json"), (text) => text.replace(/"verdict":"valid","reasons":\[\]/,
        '"verdict":"invalid","reasons":[{"name":"clock_stepped","sentence":"the clock stepped"}]'));
    const refused = await compare(t, [path.join(BASE, "1"), bad], 3);
    assert.deepEqual(refused.json.comparisons[0].refusals.map((one) => one.name), ["invalid"]);
    assert.match(refused.stderr, /bad and 1 cannot be compared: bad is invalid/);
    assert.doesNotMatch(refused.stdout, /faster|slower|told apart/);
    const forced = await compare(t, ["--force", path.join(BASE, "1"), bad]);
    assert.equal(forced.json.watermark, "forced: bad is invalid");
});

test("a regression passes, fails, or is left open, and --inconclusive says what open counts", async (t) => {
    const gate = (limit, ...more) => ["--max-regression", limit, ...more, BASE, SLOWER];
    const passed = await compare(t, gate("p50<=1.2x"));
    assert.match(passed.stdout, /^pass {2}slower: p50 is \S+ \S+, 1\.\d+ times the base's .* \(1\.\d+ to 1\.\d+\): at most 1\.2 times/m);
    const failed = await compare(t, gate("p50<=1.05x"), 1);
    assert.match(failed.stdout, /^FAIL {2}slower: p50/m);
    const [result] = failed.json.gates;
    assert.ok(result.low > 1 && result.low < result.ratio && result.ratio < result.high && result.p_adjusted < 0.05);
    const ratio = result.ratio.toFixed(3);
    const open = await compare(t, gate(`p50<=${(Number(ratio) + 0.002).toFixed(3)}x`));
    assert.equal(open.json.gates[0].verdict, "inconclusive");
    assert.match(open.stdout, /^open .*these runs cannot tell/m);
    assert.match(open.stderr, /a gate is open: .*\n {2,}run tare for longer, or several times/);
    await compare(t, gate(`p50<=${(Number(ratio) + 0.002).toFixed(3)}x`, "--inconclusive", "fail"), 1);
});

test("Holm: one lucky gate among many is not enough to fail", async (t) => {
    const { json } = await compare(t, ["--max-regression", "p50<=1x", "--max-regression", "p75<=1x", "--max-regression",
        "p90<=1x", "--max-regression", "p95<=1x", "--max-regression", "p99<=1x", BASE, AGAIN]);
    const gates = json.gates;
    assert.equal(gates.length, 5);
    const smallest = Math.min(...gates.map((one) => one.p));
    assert.ok(Math.abs(Math.min(...gates.map((one) => one.p_adjusted)) - Math.min(1, 5 * smallest)) < 1e-9);
    assert.ok(gates.every((one) => one.p_adjusted >= one.p && one.verdict !== "fail"), JSON.stringify(gates));
});

test("availability and points of errors", async (t) => {
    const folder = temporaryFolder(t);
    const good = path.join(folder, "good");
    const bad = path.join(folder, "bad");
    await makeRun(good, "rows=4000", "rate=2000", "failures=0");
    await makeRun(bad, "rows=4000", "rate=2000", "failures=20000");
    await compare(t, ["--slo", "availability>=99.9%", good]);
    const below = await compare(t, ["--slo", "availability>=99.9%", bad], 1);
    assert.match(below.stdout, /^FAIL {2}bad: availability is 9[78]\.\d %: \d+ of 4,000 requests did not succeed, 4 are allowed/m);
    await compare(t, ["--max-regression", "errors<=+0.1%", good, bad], 1);
    await compare(t, ["--max-regression", "errors<=+5%", good, bad]);
});

test("a baseline stands for the runs it was made of", async (t) => {
    const file = path.join(temporaryFolder(t), "kept/baseline.json");
    await compare(t, ["--save-baseline", file, BASE]);
    const kept = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.equal(kept.schema, 1);
    assert.equal(kept.kind, "baseline");
    assert.equal(kept.runs.length, 5);
    assert.ok(fs.statSync(file).size < 20_000, "small enough for a repository");
    const held = await compare(t, ["--baseline", file, AGAIN]);
    assert.equal(held.json.gates.length, 4);
    assert.ok(held.json.gates.every((one) => one.verdict !== "fail"), held.stdout);
    const failed = await compare(t, ["--baseline", file, SLOWER], 1);
    assert.match(failed.stdout, /^FAIL {2}slower: p50 is .* times the base's/m);
    assert.match(failed.stdout, /slower is slower: .* above the baseline/);
    // The same gates as against the folder itself, but for what buckets round.
    const gate = ["--max-regression", "p95<=1.05x"];
    const against = (await compare(t, [...gate, BASE, SLOWER], 1)).json.gates[0];
    const kept95 = (await compare(t, ["--baseline", file, ...gate, SLOWER], 1)).json.gates[0];
    for (const key of ["ratio", "low", "high"])
        assert.ok(Math.abs(against[key] / kept95[key] - 1) < 1e-9, `${key}: ${against[key]} and ${kept95[key]}`);
});

test("a baseline of one run has its intervals, and grows by the runs held against it", async (t) => {
    const file = path.join(temporaryFolder(t), "baseline.json");
    await compare(t, ["--save-baseline", file, path.join(BASE, "1")]);
    const p50 = () => JSON.parse(fs.readFileSync(file, "utf8")).runs[0].figures
        .find((one) => one.figure === "p50" && one.series === "service");
    assert.ok(p50().low < p50().value && p50().value < p50().high);
    const first = await compare(t, ["--baseline", file, path.join(SLOWER, "1")], [0, 1]);
    assert.equal(first.json.baseline.comparisons[0].basis, "two runs");
    for (let i = 0; i < 5; i++)
        await compare(t, ["--baseline", file, "--save-baseline", file, AGAIN], [0, 1]);
    assert.equal(JSON.parse(fs.readFileSync(file, "utf8")).runs.length, 20, "the oldest make room");
});

test("a baseline of another load is refused, and no run that is not to be trusted becomes one", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "baseline.json");
    await compare(t, ["--save-baseline", file, path.join(BASE, "1")]);
    const before = fs.readFileSync(file, "latin1");
    edit(file, (text) => text.replace('"connections": 64', '"connections": 5'));
    const refused = await compare(t, ["--baseline", file, "--save-baseline", path.join(folder, "new.json"), path.join(BASE, "2")], 3);
    assert.match(refused.stderr, /cannot be compared: connections: 5 and 64/);
    assert.match(refused.stderr, /new\.json is not written/);
    assert.ok(!fs.existsSync(path.join(folder, "new.json")));
    fs.writeFileSync(file, before);
    await compare(t, ["--baseline", file, path.join(BASE, "2")]);
});

test("a file that is no baseline: cause and remedy, and no report", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "baseline.json");
    const good = path.join(folder, "good.json");
    await compare(t, ["--save-baseline", good, path.join(BASE, "1")]);
    const text = fs.readFileSync(good, "latin1");
    const spoilt = ["", "{", "[]", "{}", text.slice(0, 900), text.replace('"schema": 1', '"schema": 9'),
        text.replace('"kind": "baseline"', '"kind": "report"'), text.replace(/"runs": \[[^]*\]/, '"runs": []'),
        text.replace(/"value": \d+/, '"value": "fast"'), text.replace(/"quality": "good"/, '"quality": "fine"'),
        text.replace(/"low": \d+/, '"low": 99999999999999')];
    for (const [index, spoil] of spoilt.entries()) {
        fs.writeFileSync(file, spoil, "latin1");
        const output = path.join(folder, `report-${index}`);
        const result = await report(["-o", output, "--baseline", file, path.join(BASE, "1")], { code: 2 });
        assert.match(result.stderr, /^tare-report: .*baseline\.json.*\n {2,}\S/, spoil.slice(0, 60));
        assert.ok(!fs.existsSync(output));
    }
    const missing = await report(["--baseline", path.join(folder, "none.json"), path.join(BASE, "1")], { code: 2 });
    assert.match(missing.stderr, /none\.json: No such file/);
});

test("real runs: three against three on a stub that is a fifth slower", async (t) => {
    const folder = temporaryFolder(t);
    for (const [name, delay] of [["before", "fixed:2ms"], ["after", "fixed:2400us"]]) {
        const stub = await startStub(t, ["--delay", delay]);
        for (let i = 1; i <= 3; i++)
            await tare(["-q", "-c", 4, "-n", 400, "-o", path.join(folder, name, String(i)), stub.url], { code: [0, 3] });
    }
    const { json, stdout } = await compare(t, ["--force", path.join(folder, "before"), path.join(folder, "after")]);
    const p50 = metric(json.comparisons[0], "p50");
    assert.equal(p50.answer, "worse", stdout);
    assert.ok(p50.change_percent > 8 && p50.change_percent < 40, `${p50.change_percent} %`);
});
