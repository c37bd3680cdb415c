// bodies.mjs - CPU time per request with bodies of 4 KiB and 64 KiB: files from nginx, 64 connections, closed
// loop, tare with all recording on beside wrk, h2load and ab by turns; the best of them sets the limit.
//
//   node tests/bench/bodies.mjs
import fs from "node:fs";
import path from "node:path";
import { Figures } from "./figures.mjs";
import { ROUNDS, SECONDS, interleave, machineLine, median, quartiles, ratios, startPinnedNginx, weighRequests,
    weighTool, withScope } from "./support.mjs";
import { findTools } from "./tools.mjs";

const CONNECTIONS = 64;
const SIZES_KIB = [4, 64];
const JUDGES = ["wrk", "h2load", "ab"];
const LIMIT = 1.05; // of the best of them, at most

async function compareSize(figures, tools, nginx, kib) {
    fs.writeFileSync(path.join(nginx.folder, `www/${kib}.bin`), "x".repeat(kib * 1024));
    const url = `${nginx.url}${kib}.bin`;
    const load = { url, connections: CONNECTIONS, seconds: SECONDS };
    const rounds = await interleave({
        tare: () => weighRequests(url, CONNECTIONS),
        ...Object.fromEntries(tools.map((tool) => [tool.name, () => weighTool(tool, load)])),
    });
    const us = (who) => rounds[who].map((round) => round.us);
    for (const who of Object.keys(rounds)) {
        console.log(`${String(kib).padStart(3)} KiB   ${who.padEnd(9)} ${quartiles(us(who)).padEnd(22)}` +
            Math.round(median(rounds[who].map((round) => round.rate))).toLocaleString("en").padStart(9));
        figures.told(`${who}, ${kib} KiB, us`, median(us(who)), quartiles(us(who)));
    }
    const best = JUDGES.reduce((a, b) => (median(us(b)) < median(us(a)) ? b : a));
    const ratio = ratios(us("tare"), us(best));
    figures.atMost(`CPU per request, ${kib} KiB bodies: tare / ${best}, the best of ${JUDGES.join(", ")}`, median(ratio),
        LIMIT, quartiles(ratio));
}

console.log(`CPU per request, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s, nginx, ` +
    `${CONNECTIONS} connections. ${machineLine()}`);
console.log("body      who       us a request          requests/s");
const figures = new Figures("bodies");
const tools = findTools(JUDGES).found;
await withScope(async (scope) => {
    const nginx = await startPinnedNginx(scope, "access_log off; sendfile on;");
    for (const kib of SIZES_KIB)
        await compareSize(figures, tools, nginx, kib);
});
figures.keep();
