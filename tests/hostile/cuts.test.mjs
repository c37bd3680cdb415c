// cuts.test.mjs - a peer that stalls, closes or resets anywhere: each response vector is cut at every byte,
// and the outcome that tare records for each request is the one that the cut calls for.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { readVectors } from "../vectors.mjs";
import { checkRun, countBy } from "../e2e/check_run.mjs";
import { tare, temporaryFolder } from "../e2e/support.mjs";

const CUTS_EACH_BELOW = 2000; // a vector above it is cut at its ends and at places spread between

/** The outcome of a whole response with this status. */
const outcomeOf = (status) => (status < 400 ? "ok" : status < 500 ? "status_4xx" : "status_5xx");

/** The head of the final response, interim ones left out, and where it ends: {fields, end}. */
function finalHead(vector) {
    const text = vector.bytes.toString("latin1");
    const [interim] = /^(HTTP\/1\.. 1(?!01)[^]*?\r\n\r\n)*/.exec(text);
    const end = text.indexOf("\r\n\r\n", interim.length);
    return { fields: text.slice(interim.length, end), end: end < 0 ? Infinity : end + 4 };
}

/** Does the connection's end end this response? RFC 9112 section 6.3, rule 8. */
function endsWithConnection(vector) {
    const { fields, end } = finalHead(vector);
    if (end === Infinity || vector.options.includes("to-head"))
        return false;
    const codings = [...fields.matchAll(/^transfer-encoding:(.*)$/gim)].map((match) => match[1]).join(",");
    return !/^HTTP\/1\.. (101|204|304)/.test(fields) && !/^content-length:/im.test(fields) &&
        !/(^|,)[ \t]*chunked[ \t,\r]*$/i.test(codings);
}

/** What must be recorded when the first `cut` bytes come, and then the end: "stall", "fin" or "rst". */
function expectedOutcome(vector, cut, ending) {
    const [kind, what] = vector.results[0].split(" ");
    const mark = vector.stops[0] ?? vector.bytes.length;
    const isByEnd = endsWithConnection(vector) && kind !== "bad";
    if (kind === "bad" && !what.startsWith("closed") && cut >= Math.min(mark + 1, vector.bytes.length))
        return "malformed";
    if (kind === "done" && cut >= mark && !isByEnd)
        return outcomeOf(Number(what));
    if (ending === "fin")
        return isByEnd && cut >= finalHead(vector).end ? outcomeOf(Number(what)) : "closed";
    return ending === "stall" ? "timeout" : "reset";
}

function cutsOf({ bytes, stops }) {
    const all = new Set();
    const isShort = bytes.length < CUTS_EACH_BELOW;
    const step = isShort ? 1 : Math.ceil(bytes.length / 50);
    for (let cut = 0; cut <= bytes.length; cut += step)
        all.add(cut);
    for (const near of [...stops, bytes.length])
        for (let cut = Math.max(near - 2, 0); cut <= Math.min(near + 2, bytes.length); cut++)
            all.add(cut);
    return [...all];
}

/** A server that plays case number N to the request whose body is N: sends its bytes, then ends so. */
async function startPeer(t, cases, ending) {
    const sockets = new Set();
    const server = net.createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        let text = "";
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => {});
        socket.on("data", (bytes) => {
            text += bytes.toString("latin1");
            const request = /^Content-Length: (\d+)\r\n(?:[^]*?\r\n)?\r\n([^]*)$/im.exec(text);
            if (!request || request[2].length < Number(request[1]))
                return;
            text = "";
            const { vector, cut } = cases[Number(request[2])];
            socket.write(vector.bytes.subarray(0, cut), () => {
                if (ending === "fin")
                    socket.end();
                else if (ending === "rst")
                    socket.resetAndDestroy();
            });
        });
    });
    server.listen(0, "127.0.0.1", 4096);
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => {
        sockets.forEach((socket) => socket.destroy());
        return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${server.address().port}/`;
}

async function playAll(t, vectors, ending, args, connections) {
    const cases = vectors.flatMap((vector) => cutsOf(vector).map((cut) => ({ vector, cut })))
        // A stall is seen only where the response is not whole, nor known to be broken.
        .filter(({ vector, cut }) => ending !== "stall" || expectedOutcome(vector, cut, ending) === "timeout");
    const folder = temporaryFolder(t);
    fs.writeFileSync(path.join(folder, "cases"), cases.map((_, number) => `${number}\n`).join(""));
    const output = path.join(folder, "run");
    await tare(["-q", "-c", connections, "-n", cases.length, "--body-lines", path.join(folder, "cases"), "-o", output,
        ...args, await startPeer(t, cases, ending)], { code: [0, 3], timeoutMs: 200_000 });
    const { rows } = checkRun(output, cases.length);
    const begun = new Set();
    const wrong = rows.filter((row) => {
        const { vector, cut } = cases[Number(row.request)];
        // After a whole response the next request may be on its way when the connection ends behind it.
        const isFirst = !begun.has(row.connection);
        begun.add(row.connection);
        return row.outcome !== expectedOutcome(vector, cut, ending) &&
            (isFirst || !["closed", "reset"].includes(row.outcome));
    }).map((row) => {
        const { vector, cut } = cases[Number(row.request)];
        return `${vector.name}, ${cut} of ${vector.bytes.length} bytes, then ${ending}: ${row.outcome} instead of ` +
            expectedOutcome(vector, cut, ending);
    });
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${cases.length} cases`);
    return rows;
}

// Where the end of the first of several messages is not marked, nothing is known of its cuts.
const vectors = readVectors("response").filter(({ results, stops }) => stops.length + 1 >= results.length);
const toGet = vectors.filter(({ options }) => !options.includes("to-head"));
const toHead = vectors.filter(({ options }) => options.includes("to-head"));

test("the vectors are all there", () => {
    assert.ok(toGet.length >= 200, `${toGet.length} vectors`);
    assert.ok(toHead.length >= 5);
});

test("each vector, cut at every byte, then the server closes", async (t) => {
    const rows = await playAll(t, toGet, "fin", ["--timeout", "60s"], 1000);
    const counts = countBy(rows, (row) => row.outcome);
    assert.ok(counts.ok > 100 && counts.closed > 1000 && counts.malformed > 100, JSON.stringify(counts));
    await playAll(t, toHead, "fin", ["-X", "HEAD", "--timeout", "60s"], 8);
});

test("each vector, cut at every byte, then the server resets the connection", async (t) => {
    // A reset takes with it what the peer's kernel has not sent yet: only what leaves at once can be told.
    const short = toGet.filter(({ bytes }) => bytes.length < CUTS_EACH_BELOW);
    await playAll(t, short, "rst", ["--timeout", "60s"], 1000);
    await playAll(t, toHead, "rst", ["-X", "HEAD", "--timeout", "60s"], 8);
});

test("each vector, cut at every byte, then nothing more comes", async (t) => {
    await playAll(t, toGet, "stall", ["--timeout", "500ms"], 400);
    await playAll(t, toHead, "stall", ["-X", "HEAD", "--timeout", "100ms"], 50);
});
