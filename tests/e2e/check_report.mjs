// check_report.mjs - recomputes what a report says of its runs from their rows, as a stranger would, and
// holds report.json, summary.csv, the terminal and the page against it: to the ns, or to the last digit
// that is shown. For runs whose rows are all kept and few enough to be known exactly.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { percentile, readCsv, readRun, readSamples, sum } from "./support.mjs";

const PERCENTILES = ["p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999"];
const CENSORED = new Set(["timeout", "in_flight", "unsent"]);
const number = (row, name) => (row[name] === "" ? 0 : Number(row[name]));

/** The latency that a loop is judged by. */
function latencyOf(row, loop) {
    const parts = loop === "open"
        ? ["wait_ns", "connect_ns", "tls_ns", "send_lag_ns", "service_ns"] : ["service_ns"];
    return sum(parts.map((name) => number(row, name)));
}

/** What the rows of the runs in `folders`, repeats of one another, add up to. */
export function recompute(folders) {
    const { loop } = readRun(folders[0]).config;
    const rows = folders.flatMap(readSamples).filter(({ phase, last }) => phase === "measure" && last === "1");
    const seconds = folders.flatMap((folder) => readCsv(path.join(folder, "seconds.csv")).rows)
        .filter(({ phase }) => phase === "measure");
    const measured_s = sum(folders.map((folder) => readRun(folder).elapsed.measure_ns)) / 1e9;
    const rate = (name) => sum(seconds.map((row) => Number(row[name]))) / measured_s;
    const ok = rows.filter(({ outcome }) => outcome === "ok");
    return {
        loop,
        requests: rows.length,
        successes: ok.length,
        censored: rows.filter(({ outcome }) => CENSORED.has(outcome)).length,
        latencies: ok.map((row) => latencyOf(row, loop)).sort((a, b) => a - b),
        throughput: rate("done"), success_rate: rate("ok"), sent_rate: rate("sent"),
    };
}

/* Numbers as people read them, written again from the words of engine/units.h. */
const digits = (value, unit) => `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
export function formatTime(ns) {
    return ns < 9950 ? `${(ns / 1e3).toFixed(ns < 1000 ? 1 : 2)} us` : ns < 999.5e3 ? digits(ns / 1e3, "us")
        : ns < 999.5e6 ? digits(ns / 1e6, "ms") : digits(ns / 1e9, "s");
}
export const formatCount = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
export const formatRate = (rate) =>
    `${rate < 99.95 ? Number(rate.toPrecision(3)) : formatCount(Math.floor(rate + 0.5))}/s`;
export const formatShare = (share) => `${Number((share * 100).toPrecision(3))} %`;

const near = (is, expected, what) =>
    assert.ok(Math.abs(is - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${is}, not ${expected}`);

function checkJson(run, facts) {
    const series = run.series[facts.loop === "open" ? "response" : "service"];
    for (const name of ["requests", "successes", "censored"])
        assert.equal(run[name], facts[name], name);
    assert.equal(run.failures, facts.requests - facts.successes - facts.censored);
    near(run.error_share, facts.requests ? 1 - facts.successes / facts.requests : 0, "error_share");
    near(run.throughput_per_s, facts.throughput, "throughput");
    near(run.successes_per_s, facts.success_rate, "successes");
    near(run.sent_per_s, facts.sent_rate, "sent");
    if (facts.successes === 0)
        return assert.equal(series, undefined);
    assert.ok(series.exact);
    assert.equal(series.count, facts.successes);
    assert.equal(series.min_ns, facts.latencies[0]);
    assert.equal(series.max_ns, facts.latencies.at(-1));
    near(series.mean_ns, sum(facts.latencies) / facts.successes, "mean");
    for (const name of PERCENTILES) {
        const p = Number(name.slice(1));
        assert.equal(series[`${name}_ns`], percentile(facts.latencies, p), name);
        const beyond = facts.successes - Math.max(1, Math.ceil(Number((facts.successes * p / 100).toFixed(6))));
        assert.equal(series.unresolved.includes(name), beyond < 10, `${name} of ${facts.successes} is thin`);
    }
}

function checkSummary(rows, name, facts) {
    const value = (metric, stat) => {
        const found = rows.filter((row) => row.run === name && row.target === "all" &&
            row.metric === metric && row.stat === stat);
        assert.equal(found.length, 1, `${name}: ${metric} ${stat}`);
        return Number(found[0].value);
    };
    const thousandths = (rate) => Math.round(rate * 1000) / 1000;
    assert.ok(Math.abs(value("throughput", "rate") - thousandths(facts.throughput)) < 0.0011);
    assert.ok(Math.abs(value("throughput", "successes") - thousandths(facts.success_rate)) < 0.0011);
    assert.equal(value("requests", "all"), facts.requests);
    assert.equal(value("requests", "successes"), facts.successes);
    for (const p of facts.successes ? PERCENTILES : [])
        assert.equal(value(facts.loop === "open" ? "response" : "service", p),
            percentile(facts.latencies, Number(p.slice(1))), p);
}

/** The row of a run on the terminal: its name, throughput, p50, p95, p99, p99.9, errors. */
function checkTerminal(stdout, name, facts) {
    const line = stdout.split("\n").find((one) => one.startsWith(`${name} `));
    assert.ok(line, `${name} in\n${stdout}`);
    const cells = line.slice(name.length).trim().split(/ {2,}/).map((cell) => cell.replace("~", ""));
    const times = [50, 95, 99, 99.9].map((p) =>
        facts.successes ? formatTime(percentile(facts.latencies, p)) : "-");
    const failed = facts.requests - facts.successes;
    assert.deepEqual(cells.slice(0, 6),
        [formatRate(facts.throughput), ...times, failed ? formatShare(failed / facts.requests) : "0"], line);
}

const plain = (html) => html.replace(/<small>[^]*?<\/small>/g, "").replace(/<[^>]*>/g, "")
    .replaceAll("\u00a0", " ").replaceAll("µs", "us").trim();

/** The five figures on a run's card, and the table of percentiles. */
function checkPage(page, name, index, facts) {
    const card = page.split("<section class=\"run ")[index + 1];
    assert.ok(card.includes(`${name}</h3>`), name);
    const figures = Object.fromEntries([...card.matchAll(/<dt>(.*?)<\/dt><dd[^>]*>(.*?)<\/dd>/g)]
        .map((found) => [found[1], plain(found[2])]));
    assert.equal(figures.throughput, formatRate(facts.throughput));
    assert.equal(figures.errors, formatCount(facts.requests - facts.successes));
    for (const p of [50, 95, 99].filter((one) => figures[`p${one}`] !== undefined))
        assert.equal(figures[`p${p}`], facts.successes ? formatTime(percentile(facts.latencies, p)) : "–", `p${p}`);
    const table = page.slice(page.indexOf("<th scope=\"row\">smallest"), page.indexOf("<th scope=\"row\">largest"));
    const rows = [...table.matchAll(/<th scope="row">(p[\d.]+)(<td.*)/g)];
    assert.ok(rows.length >= 1, "a table of percentiles");
    for (const row of rows) {
        const cell = `<td${row[2].split("<td").at(index + 1)}`;
        assert.equal(plain(cell).replace(", thin", ""),
            facts.successes ? formatTime(percentile(facts.latencies, Number(row[1].slice(1)))) : "–",
            `${row[1]} in the table`);
    }
}

/** How many requests are above a limit, failed and censored ones included, and how many may be. */
function checkGate(gate, facts) {
    const [, p, limit] = /^p([\d.]+)<=(\d+)us$/.exec(gate.gate);
    const above = facts.requests - facts.latencies.filter((ns) => ns <= Number(limit) * 1000).length;
    const allowed = Number(BigInt(facts.requests) * BigInt(Math.round((100 - Number(p)) * 10000)) / 1000000n);
    assert.deepEqual([gate.above, gate.allowed], [above, allowed], gate.gate);
    assert.equal(gate.verdict, above <= allowed && facts.requests > 0 ? "pass" : "fail", gate.gate);
}

/** Holds the report in `folder`, which printed `stdout`, against its runs. runs: [{name, folders}].
 *  Gates are to be of the form pNN<=NNNus. */
export function checkReport(folder, stdout, runs) {
    const json = JSON.parse(fs.readFileSync(path.join(folder, "report.json"), "utf8"));
    const summary = readCsv(path.join(folder, "summary.csv")).rows;
    const page = fs.readFileSync(path.join(folder, "report.html"), "utf8");
    assert.equal(json.runs.length, runs.length);
    runs.forEach(({ name, folders }, index) => {
        const facts = recompute(folders);
        const run = json.runs[index];
        assert.equal(run.name, name);
        checkJson(run, facts);
        checkSummary(summary, name, facts);
        checkTerminal(stdout, name, facts);
        checkPage(page, name, index, facts);
        for (const gate of json.gates.filter((one) => one.run === name))
            checkGate(gate, facts);
    });
}
