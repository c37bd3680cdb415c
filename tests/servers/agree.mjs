// agree.mjs - loads a real server with requests that can be told from each other, and holds what the server logged
// against what tare recorded, request by request.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { checkRun, countBy } from "../e2e/check_run.mjs";
import { tare, temporaryFolder, until } from "../e2e/support.mjs";

/** Outcomes of requests that the server may or may not have seen. */
const CUT_OFF = new Set(["closed", "reset", "timeout", "in_flight"]);
/** Outcomes of requests that it cannot have seen. */
const UNSEEN = new Set(["connect_refused", "unsent"]);

/** A file of so many lines, each longer than the one before by a byte. */
function writeBodies(folder, count) {
    const file = path.join(folder, "bodies");
    fs.writeFileSync(file, Array.from({ length: count }, (_, i) => `${"x".repeat(i + 1)}\n`).join(""));
    return file;
}

/** Runs tare with `count` requests of different lengths. args: before the URL. onStart: of execute().
 *  Returns what checkRun() does, with a `body` in each row: the length of that request's body. */
export async function loadBodies(t, url, count, args, { code = [0, 3], onStart } = {}) {
    const folder = temporaryFolder(t);
    const output = path.join(folder, "run");
    const result = await tare(["-q", "-n", count, "--body-lines", writeBodies(folder, count), "-o", output, ...args, url],
        { code, onStart, timeoutMs: 90_000 });
    const checked = checkRun(output, count);
    for (const row of checked.rows)
        row.body = (Number(row.request) % count) + 1;
    return { ...checked, result };
}

/** The lines of the server's log by the length of the request's body. The bytes that tare sent say how long
 *  the head was. */
function logByBody(lines, rows) {
    const bodies = new Map(rows.filter((row) => row.outcome === "ok").map((row) => [Number(row.bytes_out), row.body]));
    const seen = new Map();
    for (const line of lines) {
        const body = line.body ?? bodies.get(line.received) ?? `${line.received} bytes`;
        seen.set(body, [...(seen.get(body) ?? []), line]);
    }
    return seen;
}

/** What tare calls ok stands in the server's log, once, with that status and so many bytes; and nothing stands
 *  there that tare did not send. isClean: no request may have been cut off. */
export function assertAgree(server, rows, { isClean = true } = {}) {
    const outcomes = countBy(rows, (row) => row.outcome);
    const lines = server.log();
    const byBody = logByBody(lines, rows);
    for (const row of rows) {
        const logged = byBody.get(row.body) ?? [];
        if (row.outcome === "ok") {
            assert.equal(logged.length, 1, `${row.body} bytes are ok, and stand ${logged.length} times in the log`);
            assert.equal(logged[0].status, Number(row.status));
            if (logged[0].sent !== undefined && !server.setup.countsWire)
                assert.equal(logged[0].sent, Number(row.bytes_in), "bytes that the server sent and tare received");
        } else if (UNSEEN.has(row.outcome)) {
            assert.equal(logged.length, 0, `request of ${row.body} bytes is ${row.outcome}, and stands in the log`);
        } else {
            assert.ok(CUT_OFF.has(row.outcome), `${row.outcome}: ${JSON.stringify(outcomes)}`);
            assert.ok(!isClean, `a request is ${row.outcome}: ${JSON.stringify(outcomes)}`);
            assert.ok(logged.length <= 1);
        }
    }
    const ok = rows.filter((row) => row.outcome === "ok").length;
    assert.ok(lines.length >= ok && lines.length <= rows.length, `${lines.length} lines for ${rows.length} attempts, ${ok} ok`);
    return outcomes;
}

/** Waits until the server has logged so many lines: some write theirs a little later. */
export function awaitLog(server, count) {
    let flushed = 0;
    return until(`${count} lines in the log`, () => {
        if (Date.now() - flushed > 200) {
            server.flush();
            flushed = Date.now();
        }
        return server.log().length >= count;
    }, 10_000);
}
