// cases.mjs - what is done to each real server, over plain connections and over TLS.
import assert from "node:assert/strict";
import test from "node:test";
import { countBy } from "../e2e/check_run.mjs";
import { reasonNames } from "../e2e/support.mjs";
import { assertAgree, awaitLog, loadBodies } from "./agree.mjs";
import { kinds, startReal } from "./servers.mjs";

const EACH = 7; // requests a connection, where a server has a limit
const connectionsOf = (rows) => new Set(rows.map((row) => row.connection)).size;

/** A test for each kind of server, skipped by name where its package cannot be had. */
export function testEach(title, body, takes = () => true) {
    for (const [name, kind] of Object.entries(kinds))
        if (takes(kind))
            test(`${name}: ${title}`, { skip: kind.absent() ?? false }, (t) => body(t, kind));
}

/** Calls while a run is under way; returns execute()'s onStart, and cancels what the test did not live to see. */
function whileRunning(t, calls) {
    const timers = [];
    t.after(() => timers.forEach(clearTimeout));
    return () => calls.forEach(([ms, call]) => timers.push(setTimeout(call, ms)));
}

/** Each request is logged once, one after the other on a connection, and several at a time. */
export async function eachIsLogged(t, kind, ask, args = []) {
    const server = await startReal(t, kind, ask);
    const { rows } = await loadBodies(t, server.url, 1000, ["-c", 8, ...args]);
    await awaitLog(server, 1000);
    assert.deepEqual(assertAgree(server, rows), { ok: 1000 });
    assert.equal(connectionsOf(rows), 8, "connections are kept");
    const piped = await startReal(t, kind, ask);
    const other = await loadBodies(t, piped.url, 400, ["-c", 4, "-p", 4, ...args]);
    await awaitLog(piped, 400);
    assert.deepEqual(assertAgree(piped, other.rows), { ok: 400 });
}

export async function connectionsEndByCount(t, kind, ask, args = []) {
    const server = await startReal(t, kind, { ...ask, requestsEach: EACH });
    const { rows, run } = await loadBodies(t, server.url, 500, ["-c", 5, ...args]);
    await awaitLog(server, 500);
    assert.deepEqual(assertAgree(server, rows), { ok: 500 });
    const each = Object.values(countBy(rows, (row) => row.connection));
    assert.ok(Math.max(...each) <= EACH + 1, `${Math.max(...each)} requests on one connection`); // lighttpd and apache2 say 1 more
    assert.ok(each.length >= 500 / (EACH + 1), `${each.length} connections`);
    assert.match(reasonNames(run).join(), /keepalive_refused/);
}

export async function connectionsEndByRest(t, kind, ask, args = []) {
    const server = await startReal(t, kind, { ...ask, idleMs: 200 });
    const { rows, run } = await loadBodies(t, server.url, 4, ["-c", 1, "-R", "0.4", "--wait", "block", ...args]);
    await awaitLog(server, 4);
    assert.deepEqual(assertAgree(server, rows), { ok: 4 });
    // They rest for 2.5 s; Node adds 1 s to what it is told, lighttpd counts whole ones.
    assert.equal(connectionsOf(rows), 4);
    assert.ok(run.anomalies.closed_while_idle >= 3, JSON.stringify(run.anomalies));
}

/** Twice anew with the same configuration: who is cut off is told, and nobody is refused. */
export async function reloads(t, kind, ask, args = []) {
    const server = await startReal(t, kind, ask);
    const { rows } = await loadBodies(t, server.url, 1500, ["-c", 8, "-R", 1000, "--timeout", "5s", ...args],
        { onStart: whileRunning(t, [[400, server.reload], [900, server.reload]]) });
    const ok = rows.filter((row) => row.outcome === "ok").length;
    await awaitLog(server, ok);
    const outcomes = assertAgree(server, rows, { isClean: false });
    assert.equal(outcomes.connect_refused ?? 0, 0, JSON.stringify(outcomes));
    assert.ok(ok >= 1500 - 2 * 8, JSON.stringify(outcomes)); // at most one of each connection at each reload
}

/** Away for a while: named outcomes meanwhile, and all well again behind it. */
export async function restarts(t, kind, ask, args = []) {
    const server = await startReal(t, kind, ask);
    let restarted;
    const { rows } = await loadBodies(t, server.url, 2000, ["-c", 8, "-R", 500, "--timeout", "2s", ...args],
        { onStart: whileRunning(t, [[700, () => { restarted = server.restart(); }]]) });
    await restarted;
    const ok = rows.filter((row) => row.outcome === "ok").length;
    await awaitLog(server, ok);
    const outcomes = assertAgree(server, rows, { isClean: false });
    assert.ok(ok >= 800, JSON.stringify(outcomes));
    const last = rows.filter((row) => Number(row.scheduled_ns) > 3.7e9);
    assert.ok(last.length > 100 && last.every((row) => row.outcome === "ok"), JSON.stringify(countBy(last, (row) => row.outcome)));
}
