// access.test.mjs - the page for everybody: what axe-core finds, what the keyboard does, what is left under
// the policy of a CI server, and that each number is the report's own.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { report, startStub, tare } from "../e2e/support.mjs";
import { openPage, startBrowser } from "./support.mjs";

const shared = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
const AXE = fileURLToPath(new URL("../node_modules/axe-core/axe.min.js", import.meta.url));
/* What Jenkins serves reports under, unless it is told otherwise. */
const JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'";
const EVIL = "=cmd|' /C calc'!A0</script>";
const pages = {};
let browser;

/** Two groups of runs against one server, with a target that is a formula and markup. */
before(async () => {
    const undo = [];
    const stub = await startStub({ after: (action) => undo.push(action) }, ["--delay", "lognormal:4ms,0.4"]);
    const run = (name, args) =>
        tare(["-q", "-c", "4", "-d", "3s", ...args, "-o", path.join(shared, name), stub.url],
            { code: [0, 3] });
    for (const name of ["a/1", "a/2", "b/1", "b/2"])
        await run(name, []);
    await run("open", ["-R", "200"]);
    for (const name of ["a/1", "a/2", "b/1", "b/2", "open"]) { // a busy machine may make a run invalid: not here
        const file = path.join(shared, name, "run.json");
        const json = JSON.parse(fs.readFileSync(file, "utf8"));
        json.validity = { ...json.validity, verdict: "valid", reasons: [] };
        json.targets = [{ ...json.targets[0], name: EVIL }, { ...json.targets[0], id: 1, name: "GET /two" }];
        fs.writeFileSync(file, JSON.stringify(json));
    }
    const make = async (name, runs, args = []) => {
        const output = path.join(shared, `page-${name}`);
        await report([...args, "-o", output, ...runs.map((one) => path.join(shared, one))], { code: [0, 1, 3] });
        pages[name] = path.join(output, "report.html");
    };
    await make("groups", ["a", "b"], ["--slo", "p99<=1s"]);
    await make("one", ["open"]);
    await make("refused", ["a", "open"]);
    await make("forced", ["a", "open"], ["--force"]);
    for (const action of undo)
        await action();
    browser = await startBrowser();
});

after(async () => {
    await browser?.close();
    fs.rmSync(shared, { recursive: true, force: true });
});

test("axe-core finds nothing serious, in light and dark and on a phone", async (t) => {
    for (const [name, file] of Object.entries(pages))
        for (const [dark, width] of [[false, 1280], [true, 1280], [false, 360]]) {
            /* The page's own policy lets no stranger's script in: axe is put into a copy without it. */
            const copy = path.join(shared, `axe-${name}.html`);
            fs.writeFileSync(copy, fs.readFileSync(file, "utf8").replace(/<meta http-equiv[^>]*>/, ""));
            const { page } = await openPage(t, browser, copy, { dark, width });
            await page.addScriptTag({ path: AXE });
            const { violations, passes } = await page.evaluate(() => window.axe.run());
            const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
            assert.deepEqual(grave.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]), [],
                `${name}, dark ${dark}, ${width} px`);
            assert.ok(passes.length > 20, "axe looked at something");
        }
});

test("under a CI server's policy the message stands: no script, no style, drawings in colour", async (t) => {
    for (const [name, file] of Object.entries(pages)) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
        t.after(() => context.close());
        const page = await context.newPage();
        await page.route("**/*.html", (route) => route.fulfill({
            path: file, headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": JENKINS },
        }));
        await page.goto("http://ci.invalid/report.html");
        assert.ok((await page.locator("h1").innerText()).length > 10, name);
        assert.equal(await page.locator("canvas").count(), 0, name);
        const drawings = await page.locator("figure > svg.chart").all();
        assert.ok(drawings.length >= 2, name); // how latency is spread
        for (const drawing of drawings)
            assert.ok((await drawing.boundingBox()).width > 700, name);
        const line = page.locator("#spread path.line").first();
        assert.notEqual(await line.evaluate((path) => getComputedStyle(path).stroke), "none", name);
    }
});

test("what cannot be compared is refused, and what was forced is watermarked", async (t) => {
    const refused = await openPage(t, browser, pages.refused);
    assert.match(await refused.page.locator("h1").innerText(), /cannot be compared/);
    assert.ok(await refused.page.locator(".refusal li").count() > 0);
    assert.equal(await refused.page.locator("#changed table").count(), 0);
    assert.equal(await refused.page.locator("#ratio").count(), 0);
    const forced = await openPage(t, browser, pages.forced);
    assert.ok(await forced.page.isVisible("svg.forced"));
    assert.match(await forced.page.locator(".watermark").innerText(), /^forced: /);
    assert.equal(await forced.page.locator("#changed table").count(), 1);
});

test("each number for the script and the CSVs is that of report.json", async (t) => {
    const { page } = await openPage(t, browser, pages.groups);
    const data = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent));
    const json = JSON.parse(fs.readFileSync(path.join(path.dirname(pages.groups), "report.json"), "utf8"));
    const near = (a, b, what) => assert.ok(a === b || Math.abs(a - b) <= 1e-8 * Math.abs(b) + 5.1e-7, `${what}: ${a}, ${b}`);
    const metrics = json.comparisons[0].metrics;
    assert.equal(data.delta.length, metrics.filter((row) => row.change_percent !== null).length);
    for (const [, , metric, unit, base, other, change, low, high, answer, quality] of data.delta) {
        const row = metrics.find((one) => one.metric === metric);
        const scale = unit === "percent" ? 100 : 1;
        const same = (text, value) => near(text === "" ? null : Number(text), value, metric);
        same(base, row.base * scale);
        same(other, row.other * scale);
        same(change, row.change_percent);
        same(low, row.low_percent);
        same(high, row.high_percent);
        assert.deepEqual([answer, quality], [row.answer, row.quality]);
    }
    /* What people read in the table of changes: the same, rounded. */
    const words = await page.$$eval("#changed tbody tr", (rows) => rows.map((row) =>
        [...row.cells].map((cell) => cell.textContent)));
    assert.ok(words.length >= 4);
    for (const [name, base, , change] of words) {
        const row = metrics.find((one) => one.metric === name);
        if (/^[−+][\d.]+\u00a0%$/.test(change))
            assert.equal(parseFloat(change.replace("−", "-")).toFixed(1), row.change_percent.toFixed(1), name);
        if (base.endsWith("ms"))
            assert.ok(Math.abs(parseFloat(base) * 1e6 / row.base - 1) < 0.006, `${name}: ${base}`);
    }
});

/** Fields as they stand in a CSV file, quotes and all. */
const rowsOf = (text) => text.trim().split("\n").map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)
    .map((field) => field.replace(/,$/, "")).slice(0, line.endsWith(",") ? undefined : -1));

/** Holds what the page saved against the file that the report wrote: the same bytes in each field of the
 *  columns that both have; of the charts' points, the same numbers to four digits. */
function checkLikeFile(name, [head, ...rows]) {
    const [wholeHead, ...whole] = rowsOf(fs.readFileSync(path.join(path.dirname(pages.groups), `${name}.csv`), "utf8"));
    const isPoints = name === "timeseries" || name === "distribution";
    if (!isPoints) {
        const columns = head.map((column) => wholeHead.indexOf(column));
        assert.ok(!columns.includes(-1), `${name}: ${head} of ${wholeHead}`);
        const lines = new Set(whole.map((row) => columns.map((column) => row[column]).join()));
        for (const row of rows)
            assert.ok(lines.has(row.join()), `${name}: no line of the file is ${row}`);
        return;
    }
    const named = (names, row) => Object.fromEntries(names.map((column, i) => [column, row[i]]));
    const lines = whole.map((line) => named(wholeHead, line));
    let checked = 0;
    const isNear = (value, low, high) => {
        checked++;
        assert.ok(Number(value) >= Number(low) * (1 - 1e-3) && Number(value) <= Number(high) * (1 + 1e-3),
            `${name}: ${value} is not in ${low} to ${high}`);
    };
    for (const of of rows.map((row) => named(head, row))) {
        const own = lines.filter((line) => line.run === of.run);
        if (name === "distribution") { // between the file's percentiles on either side
            const [place, at] = [Number(of.percentile), (line) => Number(line.percentile)];
            isNear(of.latency_ns, own.findLast((line) => at(line) <= place).latency_ns,
                own.find((line) => at(line) >= place).latency_ns);
            continue;
        }
        const other = own.find((line) => Number(line.start_s) + Number(line.length_s) / 2 === Number(of.middle_s));
        for (const column of ["p50_ns", "p99_ns", "in_flight", "backlog"].filter((one) => of[one]))
            isNear(of[column], other[column], other[column]);
    }
    assert.ok(checked > 3, `${name}: ${checked} numbers`);
}

test("targets are sorted and filtered, and saved without a formula", async (t) => {
    const { page, complaints, requests } = await openPage(t, browser, pages.groups);
    const names = () => page.$$eval("#targets tbody tr:not([hidden]) th", (heads) => heads.map((th) => th.textContent));
    assert.equal((await names()).length, 2);
    await page.locator("#targets th button").first().focus();
    await page.keyboard.press("Enter");
    const down = await names();
    await page.keyboard.press("Enter");
    assert.deepEqual(await names(), down.reverse());
    assert.equal(await page.locator("#targets th[aria-sort=ascending]").count(), 1);
    await page.locator(".filter").fill("CMD|");
    assert.deepEqual(await names(), [EVIL]);
    for (const name of ["summary", "delta", "timeseries", "distribution", "targets"]) {
        const waiting = page.waitForEvent("download");
        await page.getByRole("button", { name: `save ${name}.csv` }).click();
        const download = await waiting;
        assert.equal(download.suggestedFilename(), `${name}.csv`);
        const text = fs.readFileSync(await download.path(), "utf8");
        const rows = rowsOf(text);
        assert.ok(rows.length > 2, name);
        assert.equal(new Set(rows.map((row) => row.length)).size, 1, `${name}: ${text.slice(0, 300)}`);
        if (name === "targets")
            assert.ok(rows.some((row) => row[1] === `"'${EVIL}"`), text);
        checkLikeFile(name, rows);
    }
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.filter((url) => !/^(data|blob):/.test(url)).length, 1);
});

test("percentile charts zoom together by the keyboard, and time charts are left alone", async (t) => {
    const { page } = await openPage(t, browser, pages.groups);
    const whole = (id) => page.$eval(`#${id} .reset`, (button) => button.hidden);
    await page.locator("#spread .live").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    assert.match(await page.locator("#spread .said").innerText(), /^p\d/);
    for (let i = 0; i < 4; i++) // a curve may be short: the first half of the axis can hold all of it
        await page.keyboard.press("+");
    assert.deepEqual([await whole("spread"), await whole("share")], [false, true]);
    if (await page.locator("#ratio").count())
        assert.equal(await whole("ratio"), false);
    if (await page.locator("#rate").count())
        assert.equal(await whole("rate"), true);
    await page.keyboard.press("Escape");
    assert.equal(await whole("spread"), true);
});
