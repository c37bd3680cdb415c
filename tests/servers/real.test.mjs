// real.test.mjs - servers that people run, as Debian packs them: what they log and what tare recorded agree,
// request by request, with connections that end by count, by rest, by a reload and by a restart.
import assert from "node:assert/strict";
import test from "node:test";
import { countBy } from "../e2e/check_run.mjs";
import { reasonNames } from "../e2e/support.mjs";
import { assertAgree, awaitLog, loadBodies } from "./agree.mjs";
import { kinds, startReal } from "./servers.mjs";

const EACH = 7; // requests a connection, where a server has a limit
const connectionsOf = (rows) => new Set(rows.map((row) => row.connection)).size;

/** A test for each kind of server, skipped by name where its package cannot be had. */
function testEach(title, body, takes = () => true) {
    for (const [name, kind] of Object.entries(kinds))
        if (takes(kind))
            test(`${name}: ${title}`, { skip: kind.absent() ?? false }, (t) => body(t, kind, name));
}

testEach("each request is logged once, with its status and its bytes", async (t, kind) => {
    const server = await startReal(t, kind);
    const { rows } = await loadBodies(t, server.url, 1000, ["-c", 8]);
    await awaitLog(server, 1000);
    assert.deepEqual(assertAgree(server, rows), { ok: 1000 });
    assert.equal(connectionsOf(rows), 8, "connections are kept");
    const piped = await startReal(t, kind);
    const other = await loadBodies(t, piped.url, 400, ["-c", 4, "-p", 4]);
    await awaitLog(piped, 400);
    assert.deepEqual(assertAgree(piped, other.rows), { ok: 400 });
});

testEach(`connections end after ${EACH} requests`, async (t, kind) => {
    const server = await startReal(t, kind, { requestsEach: EACH });
    const { rows, run } = await loadBodies(t, server.url, 500, ["-c", 5]);
    await awaitLog(server, 500);
    assert.deepEqual(assertAgree(server, rows), { ok: 500 });
    const each = Object.values(countBy(rows, (row) => row.connection));
    assert.ok(Math.max(...each) <= EACH + 1, `${Math.max(...each)} requests on one connection`); // lighttpd counts its own way
    assert.ok(each.length >= 500 / (EACH + 1), `${each.length} connections`);
    assert.match(reasonNames(run).join(), /keepalive_refused/);
}, (kind) => kind.hasLimit);

/** Those that rest do so at the same time. */
test("connections that rested too long are replaced before they are used", { concurrency: 8 }, (t) =>
    Promise.all(Object.entries(kinds).map(([name, kind]) => t.test(name, { skip: kind.absent() ?? false }, async (one) => {
        const server = await startReal(one, kind, { idleMs: 200 });
        const { rows, run } = await loadBodies(one, server.url, 4, ["-c", 1, "-R", "0.4", "--wait", "block"]);
        await awaitLog(server, 4);
        assert.deepEqual(assertAgree(server, rows), { ok: 4 });
        assert.equal(connectionsOf(rows), 4); // they rest for 2.5 s; Node adds 1 s to what it is told, lighttpd counts whole ones
        assert.ok(run.anomalies.closed_while_idle >= 3, JSON.stringify(run.anomalies));
    }))));

testEach("reloads under load: who is cut off is told, and nobody is refused", async (t, kind, name) => {
    const server = await startReal(t, kind);
    const timers = [];
    t.after(() => timers.forEach(clearTimeout));
    const { rows } = await loadBodies(t, server.url, 1500, ["-c", 8, "-R", 1000, "--timeout", "5s"], {
        onStart: () => timers.push(setTimeout(() => server.reload(), 400), setTimeout(() => server.reload(), 900)),
    });
    const ok = rows.filter((row) => row.outcome === "ok").length;
    await awaitLog(server, ok);
    const outcomes = assertAgree(server, rows, { isClean: false });
    assert.equal(outcomes.connect_refused ?? 0, 0, `${name}: ${JSON.stringify(outcomes)}`);
    assert.ok(ok >= 1500 - 2 * 8, JSON.stringify(outcomes)); // at most one of each connection at each reload
}, (kind) => kind !== kinds.node && kind !== kinds.lighttpd);

testEach("a restart under load: named outcomes while it is away, and all well again behind it", async (t, kind) => {
    const server = await startReal(t, kind);
    const timers = [];
    let restarted;
    t.after(() => timers.forEach(clearTimeout));
    const { rows } = await loadBodies(t, server.url, 2000, ["-c", 8, "-R", 500, "--timeout", "2s"], {
        onStart: () => timers.push(setTimeout(() => { restarted = server.restart(); }, 700)),
    });
    await restarted;
    const ok = rows.filter((row) => row.outcome === "ok");
    await awaitLog(server, ok.length);
    const outcomes = assertAgree(server, rows, { isClean: false });
    assert.ok(ok.length >= 800, JSON.stringify(outcomes));
    const last = rows.filter((row) => Number(row.scheduled_ns) > 3.7e9);
    assert.ok(last.length > 100 && last.every((row) => row.outcome === "ok"), JSON.stringify(countBy(last, (row) => row.outcome)));
});
