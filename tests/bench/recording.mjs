// recording.mjs - what it costs to record: CPU per request with all recording on, without the rows of
// samples.csv, and with none at all (TARE_DISABLE=recording: the writer takes what the worker hands it and
// throws it away; the run counts every row as dropped, and is invalid); and without transmit stamps. Closed
// loop, 64 connections.
//
//   node tests/bench/recording.mjs        NULLSRV=FILE adds another null server
import { Figures } from "./figures.mjs";
import { runProgram } from "./scope.mjs";
import { ROUNDS, SECONDS, TARE, interleave, machineLine, median, quartiles, ratios, weighTare,
    withNullServers } from "./support.mjs";

const CONNECTIONS = 64;
const LIMIT = 1.05; // of what it costs without, at most
const LIMIT_STAMPS = 1.02; // of what it costs without transmit stamps

async function weighRun(url, { args = [], disable = "" }) {
    const isOff = disable === "recording";
    const { cpuUs, run } = await weighTare(["-c", CONNECTIONS, "-d", `${SECONDS}s`, ...args, url],
        { env: { TARE_DISABLE: disable }, isQuiet: isOff });
    if (isOff !== (run.totals.requests === 0))
        throw new Error(`TARE_DISABLE=${disable}, and ${run.totals.requests} requests are recorded`);
    return { us: cpuUs / run.totals.sent, writer: run.recording.cpu_ns / 1000 / run.totals.sent };
}

console.log(`CPU per request, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections. ` +
    machineLine());
const WITHOUT_STAMPS = "--send-stamps none";
const knowsStamps = (await runProgram(TARE, ["--help"])).stdout.includes("--send-stamps");
const figures = new Figures("recording");
await withNullServers(async (server, name) => {
    const rounds = await interleave({
        "all recording on": () => weighRun(server.url, {}),
        "--samples none": () => weighRun(server.url, { args: ["--samples", "none"] }),
        "recording off": () => weighRun(server.url, { disable: "recording" }),
        ...(knowsStamps ? { [WITHOUT_STAMPS]: () => weighRun(server.url, { args: WITHOUT_STAMPS.split(" ") }) } : {}),
    });
    console.log(`\nagainst ${name}\n                    whole process         of it the writer`);
    const column = (who, key) => rounds[who].map((round) => round[key]);
    for (const who of Object.keys(rounds)) {
        console.log(`${who.padEnd(19)} ${quartiles(column(who, "us")).padEnd(21)} ${quartiles(column(who, "writer"))}`);
        figures.told(`${name}, ${who}, us`, median(column(who, "us")), quartiles(column(who, "us")));
    }
    const ratio = ratios(column("all recording on", "us"), column("recording off", "us"));
    figures.atMost(`CPU per request, ${name}: recording on / off`, median(ratio), LIMIT, quartiles(ratio));
    if (!knowsStamps)
        return;
    const stamps = ratios(column("all recording on", "us"), column(WITHOUT_STAMPS, "us"));
    figures.atMost(`CPU per request, ${name}: with transmit stamps / without`, median(stamps), LIMIT_STAMPS, quartiles(stamps));
});
figures.keep();
