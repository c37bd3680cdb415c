// support.mjs - what the tests of the report's files share: runs of every kind, a run that is invented,
// and schemas that know every key. Packages of tests/package.json, beside those of e2e/support.mjs.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import Ajv from "ajv/dist/2020.js";
import { BUILD, ROOT, execute, readRun } from "../e2e/support.mjs";

/** Text that spreadsheets, pages, shells and XML would each like to run. */
export const HOSTILE = "=cmd|' /C calc'!A0</script>";

/** Invents a run folder by make_run. */
export async function makeRun(folder, ...values) {
    const made = await execute(path.join(BUILD, "tools/make_run"), [folder, ...values], { timeoutMs: 120_000 });
    assert.equal(made.code, 0, made.stderr);
    return folder;
}

/** Changes run.json of a folder. */
export function editRun(folder, change) {
    const run = readRun(folder);
    change(run);
    fs.writeFileSync(path.join(folder, "run.json"), JSON.stringify(run));
}

/** Keys that a schema does not describe are wrong here, though readers of newer files pass over them. */
function close(schema) {
    if (Array.isArray(schema))
        return schema.map(close);
    if (schema === null || typeof schema !== "object")
        return schema;
    const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
    return closed.type === "object" && closed.properties ? { ...closed, additionalProperties: false } : closed;
}

/** A function that fails where a document is not as the schema in `file` says. */
export function validator(file) {
    const schema = JSON.parse(fs.readFileSync(path.join(ROOT, file), "utf8"));
    const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(close(schema));
    return (document, what) => assert.ok(validate(document),
        `${what}: ${JSON.stringify(validate.errors?.slice(0, 5), null, 1)}`);
}

/** A CSV file by RFC 4180, as {columns, rows}; a row is an object of texts. */
export function parseCsv(file) {
    const text = fs.readFileSync(file, "utf8");
    const records = [];
    let at = 0;
    while (at < text.length) {
        const fields = [];
        let separator;
        do {
            const match = /"((?:[^"]|"")*)"(,|\n)|([^",\n]*)(,|\n)/y;
            match.lastIndex = at;
            const found = match.exec(text);
            assert.ok(found, `${file}: no field at byte ${at}: ${text.slice(at, at + 60)}`);
            at = match.lastIndex;
            fields.push(found[1] === undefined ? found[3] : found[1].replaceAll('""', '"'));
            separator = found[2] ?? found[4];
        } while (separator === ",");
        records.push(fields);
    }
    const [columns, ...rows] = records;
    for (const row of rows)
        assert.equal(row.length, columns.length, `${file}: ${row}`);
    return { columns, rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))) };
}
