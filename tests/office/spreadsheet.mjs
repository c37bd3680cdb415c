// spreadsheet.mjs - how LibreOffice understands a CSV file: it converts it, as opening it would, and the
// types of its cells are read from the workbook. Just enough of ZIP and of SpreadsheetML for that.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { execute } from "../e2e/support.mjs";

/** One member of a ZIP archive (APPNOTE.TXT sections 4.3.7, 4.3.12, 4.3.16). */
function readZipMember(file, name) {
    const bytes = fs.readFileSync(file);
    const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
    const count = bytes.readUInt16LE(end + 10);
    let at = bytes.readUInt32LE(end + 16);
    for (let i = 0; i < count; i++) {
        const nameBytes = bytes.readUInt16LE(at + 28);
        if (bytes.toString("utf8", at + 46, at + 46 + nameBytes) === name) {
            const packed = bytes.readUInt32LE(at + 20);
            const local = bytes.readUInt32LE(at + 42);
            const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
            return zlib.inflateRawSync(bytes.subarray(from, from + packed)).toString("latin1");
        }
        at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
    throw new Error(`${file} holds no ${name}`);
}

/** Opens a CSV file in LibreOffice. Returns {rows, columns}: for each column, in the order of the sheet,
 *  its header and how many of its cells below are number, text and empty. */
export async function openInSpreadsheet(csv, folder) {
    const result = await execute("soffice", ["--headless", `-env:UserInstallation=file://${folder}/profile`,
        "--convert-to", "xlsx", "--outdir", folder, csv], { timeoutMs: 180_000 });
    const workbook = path.join(folder, `${path.basename(csv, ".csv")}.xlsx`);
    assert.ok(fs.existsSync(workbook), `soffice: ${result.stdout}${result.stderr}`);
    const sheet = readZipMember(workbook, "xl/worksheets/sheet1.xml");
    const headers = fs.readFileSync(csv, "latin1").split("\n", 1)[0].split(",");
    const columns = new Map();
    let rows = 0;
    for (const [, reference, row, attributes, content] of sheet.matchAll(
        /<c r="([A-Z]+)(\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/g)) {
        rows = Math.max(rows, Number(row));
        if (row === "1")
            columns.set(reference, { header: headers[columns.size], numbers: 0, texts: 0 });
        else if (content?.includes("<v>"))
            columns.get(reference)[/ t="(n)"/.test(attributes) || !/ t="/.test(attributes) ? "numbers" : "texts"]++;
    }
    assert.equal(columns.size, headers.length, "a column of the sheet for each of the file");
    return { rows: rows - 1, columns: [...columns.values()] };
}
