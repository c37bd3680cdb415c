// page.test.mjs - the page as a reader has it: in light and dark, on phones and paper, with a script and
// without. The runs are tare's own, made once for all tests here.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { report, startRawServer, startStub, tare, temporaryFolder } from "../e2e/support.mjs";
import { countPixels, openPage, overflowOf, startBrowser, untilDrawn } from "./support.mjs";

const shared = fs.mkdtempSync(path.join(os.tmpdir(), "tare-test-"));
const EVIL = "<img src=x onerror=alert(1)>";
const BLUE = [0, 114, 178];
const SKY = [86, 180, 233]; // the first run's colour on a dark page
const pages = {};
let browser;

/** A copy of a run, on a machine that was weighed. */
function weigh(name, from) {
    const spread = (p50_ns, p99_ns, far_ns) => ({ count: 20000, p50_ns, p99_ns, "p99.9_ns": far_ns });
    fs.cpSync(path.join(shared, from), path.join(shared, name), { recursive: true });
    const file = path.join(shared, name, "run.json");
    const weight = {
        weighed_utc: "2026-11-20T12:04:00Z", took_ns: 7e9, shares_cpu: false, steal_ns: 0, waited_share: 0,
        throttled_periods: 0,
        clock_ns: 22.7, nop_ns: 191, nop_batch_ns: 72.6,
        request: { connections: 64, cpu_ns: 4630, cpu_bare_ns: 4330, rate_per_s: 198195, busy_share: 0.98 },
        send_lag: { rate_per_s: 20000, spin: spread(100, 300, 12100), hybrid: spread(200, 900, 14000),
            block: spread(23000, 90000, 2.2e6) },
        service_error: { stamps: spread(290000, 310000, 350000), single: spread(290100, 520000, 990000),
            server_delay_ns: 1e6, server: spread(13800, 25000, 90000) },
    };
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), weight }));
}

/** A copy of a run whose server was watched: it takes a quarter of a CPU, and 1 MB more each second. */
function watchServer(name, from) {
    fs.cpSync(path.join(shared, from), path.join(shared, name), { recursive: true });
    const file = path.join(shared, name, "resources.csv");
    const [head, ...rows] = fs.readFileSync(file, "utf8").trim().split("\n");
    const seconds = [...new Set(rows.map((row) => Number(row.split(",")[0])))];
    const server = seconds.map((s) => `${s},server,4242,${s * 2e8},${s * 5e7},${40e6 + s * 1e6},40,8,0`);
    fs.writeFileSync(file, [head, ...rows, ...server, ""].join("\n"));
}

/** Makes runs, and of each list of them a page. A run may be called invalid here: nothing is timed. */
before(async () => {
    const undo = [];
    const scope = { after: (action) => undo.push(action) };
    const run = (name, args, url) =>
        tare(["-q", ...args, "-o", path.join(shared, name), url], { code: [0, 3] });
    const slow = await startStub(scope, ["--delay", "lognormal:12ms,0.5"]);
    const fast = await startStub(scope, ["--delay", "lognormal:6ms,0.4"]);
    const failing = await startStub(scope, ["--status", "503", "--delay", "fixed:2ms"]);
    const closing = await startRawServer(scope, (socket) => socket.destroy());
    await Promise.all([
        run("baseline", ["-R", "300", "-c", "8", "-d", "6s", "-w", "1s"], slow.url),
        run("optimized", ["-R", "300", "-c", "8", "-d", "6s", "-w", "1s"], fast.url),
        run("closed loop", ["-c", "4", "-d", "3s"], fast.url),
        run("errors", ["-c", "2", "-d", "3s"], failing.url),
        run(EVIL, ["-n", "30", "-c", "2"], closing.url),
        run("once", ["-n", "1", "-c", "1"], fast.url),
    ]);
    fs.mkdirSync(path.join(shared, "group"));
    for (const name of ["baseline", "optimized"])
        fs.cpSync(path.join(shared, name), path.join(shared, "group", name), { recursive: true });
    const make = async (name, runs, args = []) => {
        const output = path.join(shared, `page-${name}`);
        await report(["--force", "-o", output, ...args, ...runs.map((one) => path.join(shared, one))],
            { code: [0, 1, 3] });
        pages[name] = path.join(output, "report.html");
    };
    await make("two", ["baseline", "optimized"], ["--slo", "p99<=20ms", "--slo", "errors<=1%"]);
    await make("one", ["closed loop"]);
    await make("once", ["once"]);
    await make("errors", ["errors"]);
    await make("evil", ["closed loop", EVIL]);
    await make("group", ["group", "baseline"]);
    for (const name of ["weighed", "weighed too"])
        weigh(name, name === "weighed" ? "baseline" : "optimized");
    await make("weighed", ["weighed", "weighed too"]);
    watchServer("watched", "baseline");
    await make("watched", ["watched"]);
    await make("many", ["baseline", "optimized", "closed loop", "errors", "once", EVIL, "group"]);
    for (const action of undo)
        await action();
    browser = await startBrowser();
});

after(async () => {
    await browser?.close();
    fs.rmSync(shared, { recursive: true, force: true });
});

test("every page opens in silence, asks nobody for anything and draws all its charts", async (t) => {
    for (const [name, file] of Object.entries(pages)) {
        const { page, complaints, requests } = await openPage(t, browser, file);
        assert.deepEqual(complaints, [], name);
        assert.deepEqual(requests.filter((url) => !url.startsWith("data:")).length, 1, `${name}: ${requests}`);
        const figures = await page.$$eval("figure[id]", (list) => list.map((figure) => figure.id));
        for (const figure of figures) {
            const { drawn } = await countPixels(page, figure);
            assert.ok(drawn > 500, `${name}: ${figure} has ${drawn} pixels`);
            assert.ok(await page.isHidden(`#${figure} > svg.chart`), `${name}: ${figure} is shown twice`);
        }
        const { size } = fs.statSync(file);
        assert.ok(size <= (name === "many" ? 900 : 300) * 1024, `${name} has ${size} bytes`);
    }
});

test("every page has its charts, headings and tables without scripts", async (t) => {
    for (const [name, file] of Object.entries(pages)) {
        const { page, complaints } = await openPage(t, browser, file, { scripts: false });
        assert.deepEqual(complaints, [], name);
        assert.equal(await page.locator("canvas").count(), 0);
        for (const chart of await page.locator("figure > svg.chart").all()) {
            assert.ok(await chart.isVisible(), name);
            assert.ok((await chart.getAttribute("aria-label")).length > 10, name);
        }
        assert.ok((await page.locator("h1").innerText()).length > 10, name);
        assert.ok(await page.locator("table").count() >= 4, name);
    }
    const { page } = await openPage(t, browser, pages.two, { scripts: false });
    const ids = await page.$$eval("figure", (list) => list.map((figure) => figure.id));
    for (const id of ["spread", "ratio", "share", "rate", "flight", "median", "tail", "heat-0", "heat-1"])
        assert.ok(ids.includes(id), `${id} is not among ${ids}`);
});

test("a phone has no need to scroll sideways, a wide screen gives width to the charts", async (t) => {
    for (const [name, file] of Object.entries(pages)) {
        for (const scripts of [true, false]) {
            const { page } = await openPage(t, browser, file, { width: 360, scripts });
            assert.equal(await overflowOf(page), 0, `${name}, scripts ${scripts}`);
        }
    }
    const { page: phone } = await openPage(t, browser, pages.two, { width: 360 });
    for (const cell of await phone.locator("#changed tbody tr:nth-child(3) > *").all()) { // the answer is in view
        const { x, width } = await cell.boundingBox();
        assert.ok(x >= 0 && x + width <= 360, await cell.innerText());
    }
    const { page } = await openPage(t, browser, pages.two, { width: 2560 });
    assert.equal(await overflowOf(page), 0);
    assert.ok((await page.locator("#spread .u-over").boundingBox()).width > 1300);
});

test("the policy refuses what the reporter did not write", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "spoilt.html");
    let asked = 0;
    const server = await startRawServer(t, (socket) => { asked++; socket.destroy(); });
    const spoil = "<script>window.spoilt = 1</script><style>h1 { display: none }</style>" +
        `<img src="${server.url}x"></body>`;
    fs.writeFileSync(file, fs.readFileSync(pages.two, "utf8").replace("</body>", spoil));
    const { page, complaints } = await openPage(t, browser, file);
    assert.equal(await page.evaluate(() => window.spoilt), undefined);
    assert.ok(await page.isVisible("h1"));
    assert.equal(complaints.filter((text) => /Content Security Policy/.test(text)).length, 3, complaints.join("\n"));
    assert.equal(asked, 0);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/<meta http-equiv[^>]*>/, ""));
    const unguarded = await openPage(t, browser, file);
    assert.equal(await unguarded.page.evaluate(() => window.spoilt), 1, "without the policy it runs");
    assert.ok(asked > 0);
});

test("a name that is markup stays a name", async (t) => {
    for (const name of ["evil", "many"]) {
        const { page } = await openPage(t, browser, pages[name]);
        assert.equal(await page.locator("img").count(), 0);
        assert.ok((await page.locator(".run h3").allInnerTexts()).includes(EVIL));
    }
});

test("a theme chosen while the page is open is the canvas's too", async (t) => {
    const { page } = await openPage(t, browser, pages.two);
    assert.ok((await countPixels(page, "rate", BLUE)).near > 50);
    assert.equal((await countPixels(page, "rate", SKY)).near, 0);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => matchMedia("(prefers-color-scheme: dark)").matches);
    await untilDrawn(page);
    assert.ok((await countPixels(page, "rate", SKY)).near > 50);
});

test("what the scale errs by is a band, in canvas and drawing, in both themes and on a phone", async (t) => {
    for (const [dark, colour] of [[false, [227, 231, 236]], [true, [43, 49, 56]]]) {
        for (const width of [1280, 360]) {
            const { page } = await openPage(t, browser, pages.weighed, { dark, width });
            const band = await countPixels(page, "scale", colour);
            assert.ok(band.near > 0.05 * band.drawn && band.near > 2000, JSON.stringify({ dark, width, band }));
            assert.ok((await countPixels(page, "spread", colour)).near < band.near / 2, "a grid is no band");
        }
        const { page } = await openPage(t, browser, pages.weighed, { dark, scripts: false });
        const floor = page.locator("#scale path.floor");
        assert.equal(await floor.evaluate((path) => getComputedStyle(path).fill), `rgb(${colour.join(", ")})`);
        assert.ok((await floor.boundingBox()).height > 20);
        assert.ok(await page.locator("#scale .floor-text").isVisible());
    }
    const { page } = await openPage(t, browser, pages.two);
    assert.equal(await page.locator("#scale").count(), 0, "nobody has weighed there");
});

test("the margin that matters is drawn around no change, in the drawing and on the canvas", async (t) => {
    const { page } = await openPage(t, browser, pages.two, { scripts: false });
    const strip = page.locator("#ratio rect.near").first();
    const [box, plot] = [await strip.boundingBox(), await page.locator("#ratio > svg.chart").boundingBox()];
    assert.ok(box.height > 2 && box.height < plot.height / 2 && box.width > plot.width / 4, JSON.stringify(box));
    assert.equal(await strip.evaluate((rect) => getComputedStyle(rect).fill), "rgb(227, 231, 236)");
    const zero = await page.locator("#ratio line.zero").boundingBox();
    assert.ok(Math.abs(zero.y - (box.y + box.height / 2)) < 1.5, "it lies around the line");
    assert.ok(await page.locator("#changed td.plot rect.strip").count() > 3);
    const { page: live } = await openPage(t, browser, pages.two);
    const near = await live.evaluate(() => {
        const canvas = document.querySelector("#ratio canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) /* --line at 60 % */
            count += Math.abs(data[i] - 227) < 3 && Math.abs(data[i + 2] - 236) < 3 && Math.abs(data[i + 3] - 153) < 3;
        return count;
    });
    assert.ok(near > 200, String(near));
});

/** The texts of the hover labels of a figure. */
const labelsOf = (page, figure) => page.locator(`#${figure} .live .end`).allInnerTexts();

test("a hover shows its moment in every chart over time, with the table's values", async (t) => {
    const { page } = await openPage(t, browser, pages.two);
    const over = page.locator("#median .u-over");
    await over.scrollIntoViewIfNeeded();
    await over.hover({ position: { x: 300, y: 40 } });
    const moments = await page.locator("#rate .moment, #median .moment, #tail .moment").allInnerTexts();
    assert.match(moments[0], /^\d:\d\d$/);
    assert.equal(new Set(moments).size, 1, moments.join());
    assert.ok(await page.isHidden("#spread .moment"));
    const row = await page.$$eval("section table tbody tr", (rows, moment) => {
        const found = rows.find((one) => one.querySelector("th").textContent === moment);
        return [...found.cells].map((cell) => cell.textContent);
    }, moments[0]);
    /* time, then asked/s, done/s, p50, p99, errors of each run */
    const number = (text) => parseFloat(text.replaceAll(",", ""));
    const shown = Object.fromEntries((await labelsOf(page, "tail")).map((text) => [text.split(" ").pop(), number(text)]));
    assert.equal(shown.baseline, Number(row[4]), String(row));
    assert.equal(shown.optimized, Number(row[9]), String(row));
    const rates = Object.fromEntries((await labelsOf(page, "rate")).map((text) => [text.split(" ").pop(), number(text)]));
    assert.equal(rates.baseline, Number(row[2]), String(row));
    await page.mouse.move(2, 2);
    assert.deepEqual((await labelsOf(page, "tail")).sort(), ["baseline", "optimized"]);
});

test("what generator and server took moves with the other charts over time", async (t) => {
    const { page } = await openPage(t, browser, pages.watched);
    for (const id of ["cpu", "memory", "server-cpu", "server-memory"])
        assert.ok(await page.isVisible(`#${id} canvas`), id);
    const over = page.locator("#median .u-over");
    await over.scrollIntoViewIfNeeded();
    await over.hover({ position: { x: 300, y: 40 } });
    const moments = await page.locator("#median .moment, #cpu .moment, #server-cpu .moment").allInnerTexts();
    assert.equal(moments.length, 3);
    assert.equal(new Set(moments).size, 1, moments.join());
    assert.deepEqual(await labelsOf(page, "server-cpu"), ["25 watched"]);
    assert.match((await labelsOf(page, "server-memory"))[0], /^4[0-9](\.[0-9])? watched$/);
    const { page: other } = await openPage(t, browser, pages.two);
    assert.equal(await other.locator("#server-cpu").count(), 0, "nobody watched that server");
    assert.ok(await other.isVisible("#cpu canvas"));
});

/** Whether each chart over time shows all of it. */
const isWhole = (page) => page.evaluate(() => ["rate", "median", "tail"].map((id) =>
    document.querySelector(`#${id} .reset`).hidden));

test("a drag zooms in all charts over time, and Escape goes back", async (t) => {
    const { page } = await openPage(t, browser, pages.two);
    const over = page.locator("#rate .u-over");
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40);
    await page.mouse.up();
    assert.deepEqual(await isWhole(page), [false, false, false]);
    assert.ok(await page.isHidden("#spread .reset"));
    await page.locator("#tail .live").focus();
    await page.keyboard.press("Escape");
    assert.deepEqual(await isWhole(page), [true, true, true]);
    await page.keyboard.press("Home");
    await page.keyboard.press("+");
    assert.deepEqual(await isWhole(page), [false, false, false]);
    await page.locator("#median .reset").click();
    assert.deepEqual(await isWhole(page), [true, true, true]);
});

test("arrow keys move along a chart and say what is there", async (t) => {
    const { page } = await openPage(t, browser, pages.two);
    await page.locator("#spread .live").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    const said = () => page.locator("#spread .said").innerText();
    const first = await said();
    assert.match(first, /^p1\.0, [\d.]+ [µm]?s baseline, [\d.]+ [µm]?s optimized$/);
    await page.keyboard.press("Shift+ArrowRight");
    assert.notEqual(await said(), first);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowUp"); // not a key of ours: it scrolls
    assert.match(await said(), /^p\d/);
});

test("canvas and drawing agree on where a line runs", async (t) => {
    const { page } = await openPage(t, browser, pages.two);
    for (const figure of ["spread", "rate", "median", "tail"]) {
        const misses = await page.evaluate((id) => {
            const element = document.getElementById(id);
            const canvas = element.querySelector("canvas");
            const place = canvas.getBoundingClientRect();
            const context = canvas.getContext("2d");
            element.classList.remove("drawn"); /* the drawing is laid out in the canvas's place */
            const drawing = element.querySelector("svg.chart").getBoundingClientRect();
            const line = element.querySelector("path.line.run-0:not([stroke-dasharray])");
            const wrong = [];
            for (let share = 0.02; share < 1; share += 0.02) {
                const at = line.getPointAtLength(line.getTotalLength() * share).matrixTransform(line.getScreenCTM());
                const [x, y] = [Math.round(at.x - drawing.left), Math.round(at.y - drawing.top)];
                const { data } = context.getImageData(x - 2, y - 2, 5, 5);
                let near = 0;
                for (let i = 0; i < data.length; i += 4)
                    near += data[i + 3] > 60 && /* a run's colour, which no grid has; another may lie on it */
                        Math.max(...data.slice(i, i + 3)) - Math.min(...data.slice(i, i + 3)) > 60;
                if (near === 0)
                    wrong.push([x, y]);
            }
            element.classList.add("drawn");
            return { wrong, sizes: [place.width > 0, drawing.width > 0] };
        }, figure);
        assert.deepEqual(misses, { wrong: [], sizes: [true, true] }, figure);
    }
});

test("paper has the drawings, in light, and every table open", async (t) => {
    for (const [name, scripts] of [["two", true], ["two", false], ["many", false]]) {
        const { page } = await openPage(t, browser, pages[name], { dark: true, scripts, width: 688 }); // A4's
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        for (const chart of await page.locator("figure > svg.chart").all())
            assert.ok(await chart.isVisible());
        assert.equal(await overflowOf(page), 0, name);
        if (name === "two") {
            const wide = page.locator("#changed table");
            const [table, room] = [await wide.boundingBox(), await page.locator("main").boundingBox()];
            assert.ok(table.x + table.width <= room.x + room.width + 0.5, JSON.stringify([table, room]));
            const heights = await wide.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.offsetHeight));
            assert.ok(Math.max(...heights) < 70, `a row is broken up: ${heights}`);
        }
        assert.equal(await page.locator(".live:visible").count(), 0);
        for (const table of await page.locator("details table").all())
            assert.ok((await table.boundingBox())?.height > 20, `a table is closed, scripts ${scripts}`);
        const paper = (await page.pdf({ format: "A4" })).toString("latin1");
        assert.match(paper, /^%PDF-/);
    }
});

test("a page whose styles and scripts were stripped is still a page", async (t) => {
    const file = path.join(temporaryFolder(t), "stripped.html");
    const text = fs.readFileSync(pages.two, "utf8");
    fs.writeFileSync(file, text.replace(/<style>[^]*?<\/style>/g, "").replace(/<script>[^]*?<\/script>/g, ""));
    const { page, complaints } = await openPage(t, browser, file, { scripts: true });
    assert.deepEqual(complaints, []);
    const line = await page.$eval("#rate path.line", (path) => getComputedStyle(path).stroke);
    assert.equal(line, `rgb(${BLUE.join(", ")})`);
    assert.ok((await page.locator("#spread > svg.chart").boundingBox()).width > 800);
});
