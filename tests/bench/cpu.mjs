// cpu.mjs - CPU time per request beside wrk: whole process, closed loop, all recording on, 64, 256 and
// 1024 connections, against a server that answers at once. Rounds interleave, so that a machine's
// moods fall on both; medians and quartiles are printed, and the ratio is taken round by round.
//
//   node tests/bench/cpu.mjs        NULLSRV=FILE adds another null server, which takes its port as argument
import { ROUNDS, SECONDS, machineLine, quartiles, startPinnedSilent, startPinnedStub, weigh, weighTare,
    withScope } from "./support.mjs";
import { percentile } from "../e2e/support.mjs";

const CONNECTIONS = [64, 256, 1024];
const LIMIT = 0.85; // of wrk's, at most

async function weighWrk(url, connections) {
    const result = await weigh("wrk", ["-t1", "-c", connections, "-d", `${SECONDS}s`, url]);
    const requests = Number(/(\d+) requests in/.exec(result.stdout)[1]);
    return { requests, us: result.cpuUs / requests };
}

async function weighOurs(url, connections) {
    const result = await weighTare(["-c", connections, "-d", `${SECONDS}s`, url]);
    const requests = result.run.totals.requests;
    return { requests, us: result.cpuUs / requests, verdict: result.run.validity.verdict };
}

async function compareAgainst(name, url) {
    console.log(`\nagainst ${name}: CPU us per request, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s`);
    console.log("connections   tare                  wrk                   tare / wrk            requests/s tare, wrk");
    const ratios = [];
    for (const connections of CONNECTIONS) {
        const rounds = [];
        for (let round = 0; round < ROUNDS; round++) {
            const ours = await weighOurs(url, connections);
            rounds.push({ ours, wrk: await weighWrk(url, connections) });
        }
        const column = (pick) => rounds.map(pick);
        const ratio = column(({ ours, wrk }) => ours.us / wrk.us);
        const rate = (pick) => Math.round(percentile(column(pick), 50) / SECONDS).toLocaleString("en");
        console.log([
            String(connections).padEnd(13),
            quartiles(column(({ ours }) => ours.us)).padEnd(21),
            quartiles(column(({ wrk }) => wrk.us)).padEnd(21),
            quartiles(ratio).padEnd(21),
            `${rate(({ ours }) => ours.requests)}, ${rate(({ wrk }) => wrk.requests)}`,
        ].join(" "));
        const invalid = rounds.filter(({ ours }) => ours.verdict === "invalid").length;
        if (invalid)
            console.log(`              ${invalid} of ${ROUNDS} runs were invalid`);
        ratios.push(percentile(ratio, 50));
    }
    return ratios;
}

console.log(`CPU per request. ${machineLine()}`);
const ratios = await withScope(async (scope) => {
    const stub = await startPinnedStub(scope, ["--null"]);
    const all = await compareAgainst("tare-stub --null", stub.url);
    await stub.stop();
    if (process.env.NULLSRV) {
        const server = await startPinnedSilent(scope, process.env.NULLSRV);
        all.push(...await compareAgainst(process.env.NULLSRV, server.url));
    }
    return all;
});
const worst = Math.max(...ratios);
console.log(`\nworst ratio ${worst.toFixed(2)}, the limit is ${LIMIT}: ${worst <= LIMIT ? "holds" : "BROKEN"}`);
