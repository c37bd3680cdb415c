// churn.mjs - a server that kills a random connection every millisecond: counts agree with the server's, and
// neither memory nor descriptors nor slots are lost.
import assert from "node:assert/strict";
import net from "node:net";
import path from "node:path";
import { checkRun, countBy } from "../e2e/check_run.mjs";
import { readCsv, tare, temporaryFolder } from "../e2e/support.mjs";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CONNECTIONS = 64;
const GROWTH_LIMIT_BYTES = 0.5e6; // in the second half

/** {url, counts: {accepted, received, answered, killed}}; requests have no body. */
async function startChurn(t) {
    const sockets = [];
    const counts = { accepted: 0, received: 0, answered: 0, killed: 0 };
    const server = net.createServer((socket) => {
        counts.accepted++;
        sockets.push(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.splice(sockets.indexOf(socket), 1));
        socket.on("data", (bytes) => {
            for (let at = -1; (at = bytes.indexOf("\r\n\r\n", at + 1)) >= 0;) {
                counts.received++;
                counts.answered += socket.writable ? 1 : 0;
                socket.write(ANSWER);
            }
        });
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    let last = Date.now();
    const timer = setInterval(() => { // a timer may come late: as many as are due
        for (; last < Date.now(); last++) {
            const socket = sockets[Math.floor(Math.random() * sockets.length)];
            if (!socket || socket.destroyed)
                continue;
            counts.killed++;
            if (last % 2 === 0)
                socket.resetAndDestroy();
            else
                socket.destroy();
        }
    }, 1);
    t.after(() => {
        clearInterval(timer);
        sockets.slice().forEach((socket) => socket.destroy());
        return new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${server.address().port}/`, counts };
}

/** Loads it for so many seconds and holds both sides against each other. Returns what it came to, for people. */
export async function churn(t, seconds) {
    const server = await startChurn(t);
    const output = path.join(temporaryFolder(t), "run");
    await tare(["-q", "-c", CONNECTIONS, "-R", 2000, "-d", `${seconds}s`, "--timeout", "2s", "-o", output, server.url],
        { code: [0, 3], timeoutMs: (seconds + 60) * 1000 });
    const { rows, run } = checkRun(output);
    const outcomes = countBy(rows, (row) => row.outcome);
    const { accepted, received, answered, killed } = server.counts;
    const told = JSON.stringify({ outcomes, ...server.counts, anomalies: run.anomalies });
    assert.ok(killed > seconds * 200 && outcomes.ok > seconds * 500, told);
    assert.ok(outcomes.ok <= answered && answered <= received && received <= rows.length, told);
    const opened = CONNECTIONS + run.anomalies.reconnects + 1; // one looked whether somebody listens
    assert.ok(accepted <= opened && accepted >= new Set(rows.map((row) => row.connection)).size, told);
    for (const name of Object.keys(outcomes))
        assert.match(name, /^(ok|reset|closed|connect_refused|in_flight|timeout|unsent)$/, told);
    const own = readCsv(path.join(output, "resources.csv")).rows.filter((row) => row.process === "generator");
    const first = own[Math.floor(own.length / 2)]; // by then its histograms have their pages
    const last = own.at(-1);
    assert.ok(Number(last.resident_bytes) - Number(first.resident_bytes) <= GROWTH_LIMIT_BYTES, JSON.stringify(own));
    assert.ok(Number(last.descriptors) - Number(first.descriptors) <= 1, JSON.stringify(own));
    return `${rows.length} attempts, ${JSON.stringify(outcomes)}; the server answered ${answered} and killed ${killed} of ` +
        `${accepted} connections; resident ${(first.resident_bytes / 1e6).toFixed(1)} to ` +
        `${(last.resident_bytes / 1e6).toFixed(1)} MB, descriptors ${first.descriptors} to ${last.descriptors}`;
}
