// cpu.mjs - CPU time per request beside wrk, the floor and gcannon: whole process, closed loop, all recording
// on, 64, 256 and 1024 connections, against servers that answer at once. Medians and quartiles are
// printed, and ratios are taken round by round. Then, where it stands above the floor, what for.
//
//   node tests/bench/cpu.mjs [CONNECTIONS...]
//     FLOOR=FILE     the least a generator can cost, run as FILE PORT CONNECTIONS SECONDS 3
//     TS=FILE        the same with and without receive stamps: FILE PORT CONNECTIONS SECONDS 0 0|1
//     GCANNON=FILE   another generator on io_uring; NULLSRV=FILE another null server, run as FILE PORT
import { Figures } from "./figures.mjs";
import { breakDown } from "./breakdown.mjs";
import { ROUNDS, SECONDS, interleave, machineLine, median, quartiles, ratios, weighRequests, weighTool, withNullServers }
    from "./support.mjs";
import { findTools } from "./tools.mjs";

const CONNECTIONS = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [64, 256, 1024];
const LIMITS = { wrk: 0.80, floor: 1.10, gcannon: 1.00 }; // of the other's, at most
const AIM = "gcannon"; // which records nothing: what is aimed at, not promised
const BREAKDOWN_CONNECTIONS = CONNECTIONS.includes(256) ? 256 : CONNECTIONS[0];

async function compareAt(figures, tools, server, name, connections) {
    const load = { url: server.url, port: server.port, connections, seconds: SECONDS };
    const rounds = await interleave({
        tare: () => weighRequests(server.url, connections),
        ...Object.fromEntries(tools.map((tool) => [tool.name, () => weighTool(tool, load)])),
    });
    const us = (who) => rounds[who].map((round) => round.us);
    for (const who of Object.keys(rounds)) {
        const beside = who === "tare" ? "" : quartiles(ratios(us("tare"), us(who)));
        const rate = Math.round(median(rounds[who].map((round) => round.rate))).toLocaleString("en");
        console.log([String(connections).padEnd(13), who.padEnd(9), quartiles(us(who)).padEnd(21),
            beside.padEnd(21), rate.padStart(9)].join(" "));
        figures.told(`${who}, ${name}, ${connections}, us`, median(us(who)), quartiles(us(who)));
    }
    return Object.fromEntries(tools.map((tool) => [tool.name, ratios(us("tare"), us(tool.name))]));
}

console.log(`CPU per request, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s. ${machineLine()}`);
const figures = new Figures("cpu");
const { found, missing } = findTools(["wrk", "floor", "gcannon"]);
for (const line of missing)
    console.log(line);
await withNullServers(async (server, name) => {
    console.log(`\nagainst ${name}\nconnections   who       us a request          tare / it             requests/s`);
    const all = [];
    for (const connections of CONNECTIONS)
        all.push([connections, await compareAt(figures, found, server, name, connections)]);
    console.log("");
    for (const [connections, ratio] of all)
        for (const who of Object.keys(ratio))
            figures.atMost(`CPU per request, ${name}, ${connections}: tare / ${who}`, median(ratio[who]), LIMITS[who],
                quartiles(ratio[who]), who === AIM ? ", an aim" : "");
    await breakDown(figures, server, name, BREAKDOWN_CONNECTIONS);
});
figures.keep();
