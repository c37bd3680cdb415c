// office.test.mjs - a spreadsheet opens what tare writes, and sees numbers where numbers are.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { BUILD, execute, report, startStub, tare, temporaryFolder } from "../e2e/support.mjs";
import { openInSpreadsheet } from "./spreadsheet.mjs";

const ROWS = 100_000;
const SAMPLES_TEXT = ["outcome", "phase", "stamp"];
const SUMMARY_TEXT = ["run", "target", "metric", "stat", "unit", "quality", "worth"];
/* Columns of text of the other files. */
const TEXT = {
    targets: ["run", "target", "method", "url", "latency", "p50_worth", "p95_worth", "p99_worth"],
    delta: ["base", "other", "metric", "unit", "answer", "words", "quality", "basis"],
    timeseries: ["run"],
    distribution: ["run", "worth"],
};

test("canary: a column that is text is seen to be text", async (t) => {
    const folder = temporaryFolder(t);
    fs.writeFileSync(path.join(folder, "odd.csv"), "a_ns,b_ns\n1,2\n3,4 us\n,5\n");
    const { rows, columns } = await openInSpreadsheet(path.join(folder, "odd.csv"), folder);
    assert.equal(rows, 3);
    assert.deepEqual(columns, [{ header: "a_ns", numbers: 2, texts: 0 }, { header: "b_ns", numbers: 2, texts: 1 }]);
});

test("samples.csv of 100,000 rows and summary.csv open with numeric columns", async (t) => {
    const folder = temporaryFolder(t);
    const stub = await startStub(t, ["--null"]);
    const run = path.join(folder, "run");
    await tare(["-q", "-c", 32, "-n", ROWS, "-o", run, stub.url]);
    const samples = await openInSpreadsheet(path.join(run, "samples.csv"), folder);
    assert.equal(samples.rows, ROWS);
    for (const { header, numbers, texts } of samples.columns) {
        if (SAMPLES_TEXT.includes(header))
            assert.equal(texts, ROWS, `${header} is text`);
        else
            assert.equal(texts, 0, `${header} is numeric, or empty: ${numbers} numbers, ${texts} texts`);
    }
    assert.equal(samples.columns.find(({ header }) => header === "service_ns").numbers, ROWS);
    await report(["-o", path.join(folder, "report"), run]);
    const summary = await openInSpreadsheet(path.join(folder, "report/summary.csv"), folder);
    assert.ok(summary.rows >= 1);
    for (const { header, numbers, texts } of summary.columns)
        assert.equal(SUMMARY_TEXT.includes(header) ? numbers : texts, 0, `${header}: ${numbers} numbers, ${texts} texts`);
    assert.equal(summary.columns.find(({ header }) => header === "value").numbers, summary.rows);
});

test("every file of a report opens with numbers where numbers are, and runs nothing", async (t) => {
    const folder = temporaryFolder(t);
    const run = path.join(folder, "=1+2");
    const made = await execute(path.join(BUILD, "tools/make_run"), [run, "rows=20000", "targets=5", "timeouts=2000"]);
    assert.equal(made.code, 0, made.stderr);
    await report(["--format", "csv", "-o", path.join(folder, "report"), run, run], { code: [0, 3] });
    for (const [name, text] of Object.entries(TEXT)) {
        const { rows, columns } = await openInSpreadsheet(path.join(folder, `report/${name}.csv`), folder);
        assert.ok(rows >= 10, name);
        for (const { header, numbers, texts } of columns)
            assert.equal(text.includes(header) ? numbers : texts, 0, `${name}: ${header}: ${numbers} numbers, ${texts} texts`);
        assert.equal(columns[0].texts, rows, `${name}: a run named =1+2 is text`);
    }
});
