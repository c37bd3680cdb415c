// page_numbers.test.mjs - every time, rate and size that the page writes is a number of report.json, or of
// timeseries.csv for moments, or a sum that is named here: nothing on it is a page's own.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { formatRate, formatTime } from "./check_report.mjs";
import { readCsv, report, startStub, tare, temporaryFolder } from "./support.mjs";

/** Every number in a JSON value, with those that the page adds up. */
function numbersOf(value, found = new Set()) {
    if (typeof value === "number")
        found.add(value);
    else if (value && typeof value === "object") {
        Object.values(value).forEach((one) => numbersOf(one, found));
        if ("cpu_user_ns" in value) // CPU time, of the whole
            found.add(value.cpu_user_ns + value.cpu_system_ns);
    }
    return found;
}

/** Of a group and of each run, what a request cost; where limits stand in the words of a gate. */
function addSums(found, json) {
    for (const { folders } of json.runs) {
        const cpu = folders.reduce((sum, { cost }) => sum + cost.cpu_user_ns + cost.cpu_system_ns, 0);
        const attempts = folders.reduce((sum, { totals }) => sum + totals.attempts, 0);
        for (const [key, name] of [["recording_cpu_ns", "cost"], ["recording_bytes", "cost"]])
            found.add(folders.reduce((sum, folder) => sum + folder[name][key], 0));
        found.add(cpu).add(Math.floor(cpu / attempts));
    }
    return found;
}

const bytesText = (bytes) => {
    const unit = bytes < 999.5 ? 0 : bytes < 999.5e3 ? 1 : bytes < 999.5e6 ? 2 : 3;
    const value = bytes / 1000 ** unit;
    return `${value.toFixed(unit > 0 && value < 9.95 ? 1 : 0)} ${["B", "kB", "MB", "GB"][unit]}`;
};

/** The words of a page that are figures: without drawings, commands, explanations, and the table of phases,
 *  whose means are sums of other means. */
function wordsOf(page) {
    const main = page.slice(page.indexOf("<main>"), page.indexOf("</main>"))
        .replace(/<pre[^]*?<\/pre>|<dl class="words">[^]*?<\/dl>|<table id="phases">[^]*?<\/table>/g, " ");
    let depth = 0;
    return main.split(/(<svg\b[^>]*>|<\/svg>)/).filter((part) => {
        const opens = part.startsWith("<svg");
        depth += opens && !part.endsWith("/>") ? 1 : part === "</svg>" ? -1 : 0;
        return depth === 0 && !opens && part !== "</svg>";
    }).join(" ").replace(/<[^>]*>/g, " ").replaceAll("&nbsp;", " ").replaceAll("\u00a0", " ").replaceAll("µs", "us");
}

/** Holds each figure of the page against the report's. Returns how many there were of each kind. */
function checkPage(folder) {
    const words = wordsOf(fs.readFileSync(path.join(folder, "report.html"), "utf8"));
    const json = JSON.parse(fs.readFileSync(path.join(folder, "report.json"), "utf8"));
    const known = addSums(numbersOf(json), json);
    for (const row of readCsv(path.join(folder, "timeseries.csv")).rows)
        for (const value of Object.values(row).filter((text) => /^[\d.]+$/.test(text)))
            known.add(Number(value));
    const sets = [
        [/(?<![\d.,])\d+(?:,\d{3})*(?:\.\d+)? (?:us|ms|s)(?![\w/])/g, (value) => formatTime(Math.round(value))],
        [/(?<![\d.,])\d+(?:,\d{3})*(?:\.\d+)?\/s\b/g, formatRate],
        [/(?<![\d.,])\d+(?:,\d{3})*(?:\.\d+)? (?:B|kB|MB|GB)\b/g, bytesText],
    ];
    return sets.map(([pattern, format]) => {
        const written = new Set([...known].filter((value) => value >= 0).map(format));
        const told = words.match(pattern) ?? [];
        const strange = told.filter((text) => !written.has(text)).map((text) =>
            words.slice(words.indexOf(text) - 60, words.indexOf(text) + 40).replace(/\s+/g, " "));
        assert.deepEqual(strange, [], `${pattern} of ${folder}`);
        return told.length;
    });
}

test("each time, rate and size on the page is the report's", async (t) => {
    const folder = temporaryFolder(t);
    const run = (name, args, url) => tare(["-q", ...args, "-o", path.join(folder, name), url], { code: [0, 3] });
    const slow = await startStub(t, ["--delay", "lognormal:5ms,0.5"]);
    const fast = await startStub(t, ["--delay", "lognormal:3ms,0.4"]);
    await Promise.all([
        run("base", ["-c", 4, "-d", "2s", "-w", "1s"], slow.url),
        run("open", ["-c", 8, "-R", 300, "-d", "2s"], slow.url),
        ...[1, 2, 3].map((one) => run(`group/${one}`, ["-c", 4, "-d", "2s", "-w", "1s"], fast.url)),
    ]);
    for (const [names, least] of [[["base", "group"], 60], [["open"], 30], [["base", "open", "group"], 80]]) {
        const output = path.join(folder, `report-${names.join("-")}`);
        await report(["--force", "-o", output, ...names.map((name) => path.join(folder, name))], { code: [0, 3] });
        const [times, rates, sizes] = checkPage(output);
        assert.ok(times >= least && rates >= 2 && sizes >= 4, `${names}: ${[times, rates, sizes]}`);
        const file = path.join(output, "report.html"); // the test can fail
        const page = fs.readFileSync(file, "utf8");
        fs.writeFileSync(file, page.replace(/<th scope="row">p50<td>\d/, (cell) => `${cell}7`));
        assert.throws(() => checkPage(output), { code: "ERR_ASSERTION" });
    }
});
