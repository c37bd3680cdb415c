// recording.mjs - what it costs to record: CPU per request with all recording on, without the rows of
// samples.csv, and with none at all (TARE_DISABLE=recording: the writer takes what the worker hands it and
// throws it away; the run counts every row as dropped, and is invalid). Closed loop, 64 connections.
//
//   node tests/bench/recording.mjs        NULLSRV=FILE adds another null server
import { Figures } from "./figures.mjs";
import { ROUNDS, SECONDS, interleave, machineLine, median, quartiles, ratios, weighTare, withNullServers }
    from "./support.mjs";

const CONNECTIONS = 64;
const LIMIT = 1.05; // of what it costs without, at most

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
const figures = new Figures("recording");
await withNullServers(async (server, name) => {
    const rounds = await interleave({
        "all recording on": () => weighRun(server.url, {}),
        "--samples none": () => weighRun(server.url, { args: ["--samples", "none"] }),
        "recording off": () => weighRun(server.url, { disable: "recording" }),
    });
    console.log(`\nagainst ${name}\n                    whole process         of it the writer`);
    const column = (who, key) => rounds[who].map((round) => round[key]);
    for (const who of Object.keys(rounds)) {
        console.log(`${who.padEnd(19)} ${quartiles(column(who, "us")).padEnd(21)} ${quartiles(column(who, "writer"))}`);
        figures.told(`${name}, ${who}, us`, median(column(who, "us")), quartiles(column(who, "us")));
    }
    const ratio = ratios(column("all recording on", "us"), column("recording off", "us"));
    figures.atMost(`CPU per request, ${name}: recording on / off`, median(ratio), LIMIT, quartiles(ratio));
});
figures.keep();
