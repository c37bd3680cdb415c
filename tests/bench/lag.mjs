// lag.mjs - the generator's own lateness: send lag in open loop, 20,000/s, 64 connections, spinning, nginx on
// the other CPU. It moves with the neighbours on a machine, so another generator can run in turn.
//
//   node tests/bench/lag.mjs        OPEN=FILE: a program run as FILE PORT CONNECTIONS SECONDS RATE SPIN that
//                                   prints "send lateness ... p50=N p90=N p99=N p99.9=N us"
import { percentile, readSamples } from "../e2e/support.mjs";
import { ROUNDS, SECONDS, machineLine, quartiles, startPinnedNginx, weigh, weighTare, withScope } from "./support.mjs";

const RATE = 20_000;
const PERCENTILES = [50, 90, 99, 99.9];
const LIMIT_US = 2; // above the other's p99

async function lagOfOther(port) {
    const result = await weigh(process.env.OPEN, [port, 64, SECONDS, RATE, 1]);
    const line = /send lateness.*/.exec(result.stdout)[0];
    return PERCENTILES.map((p) => Number(new RegExp(`p${p}=([\\d.]+)`).exec(line)[1]));
}

async function lagOfOurs(url) {
    const result = await weighTare(["-c", 64, "-R", RATE, "-d", `${SECONDS}s`, "--wait", "spin", url], (run) => {
        const lags = readSamples(run).map((row) => Number(row.send_lag_ns) / 1000);
        return PERCENTILES.map((p) => percentile(lags, p));
    });
    return result.seen;
}

function show(name, rounds) {
    console.log(`${name.padEnd(8)}${PERCENTILES.map((p, i) =>
        `p${p} ${quartiles(rounds.map((round) => round[i]), 1)}`).join("   ")}`);
}

console.log(`Send lag, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s. ${machineLine()}`);
await withScope(async (scope) => {
    const nginx = await startPinnedNginx(scope, 'access_log off; location / { return 200 "Hello, World!"; }');
    const [ours, others] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
        ours.push(await lagOfOurs(nginx.url));
        if (process.env.OPEN)
            others.push(await lagOfOther(nginx.port));
    }
    show("tare", ours);
    if (!process.env.OPEN)
        return;
    show("other", others);
    const beyond = percentile(ours.map((round) => round[2]), 50) - percentile(others.map((round) => round[2]), 50);
    console.log(`p99 is ${beyond.toFixed(1)} us above the other's, the limit is ${LIMIT_US}: ${beyond <= LIMIT_US ? "holds" : "BROKEN"}`);
});
