// lag.mjs - the generator's own lateness: send lag in open loop, 20,000/s, 64 connections, nginx on the other
// CPU; spinning beside another generator, and hybrid beside spinning, by turns: it moves with the neighbours.
//
//   node tests/bench/lag.mjs        OPEN=FILE: a program run as FILE PORT CONNECTIONS SECONDS RATE SPIN that
//                                   prints "send lateness ... p50=N p90=N p99=N p99.9=N us"
import { percentile } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { ROUNDS, SECONDS, differences, interleave, machineLine, median, quartiles, readSampleColumns, startPinnedNginx, weigh,
    weighTare, withScope } from "./support.mjs";

const RATE = 20_000;
const PERCENTILES = [50, 90, 99, 99.9];
const LIMIT_SPIN_US = 1;   // above the other's p99
const LIMIT_HYBRID_US = 3; // above spin's p99

async function lagOfOther(port) {
    const result = await weigh(process.env.OPEN, [port, 64, SECONDS, RATE, 1]);
    const line = /send lateness.*/.exec(result.stdout)[0];
    return PERCENTILES.map((p) => Number(new RegExp(`p${p}=([\\d.]+)`).exec(line)[1]));
}

async function lagOfOurs(url, wait) {
    const result = await weighTare(["-c", 64, "-R", RATE, "-d", `${SECONDS}s`, "--wait", wait, url], {
        look: (run) => {
            const lags = readSampleColumns(run, ["send_lag_ns"]).send_lag_ns.filter((ns) => ns >= 0).map((ns) => ns / 1000);
            return PERCENTILES.map((p) => percentile(lags, p));
        },
    });
    return result.seen;
}

function judge(figures, name, rounds, who, beside, limit) {
    const p99 = (one) => rounds[one].map((round) => round[PERCENTILES.indexOf(99)]);
    const beyond = differences(p99(who), p99(beside));
    figures.atMost(name, median(beyond), limit, `${quartiles(beyond, 1)} us`, " us");
}

console.log(`Send lag, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s. ${machineLine()}`);
const figures = new Figures("lag");
await withScope(async (scope) => {
    const nginx = await startPinnedNginx(scope, 'access_log off; location / { return 200 "Hello, World!"; }');
    const rounds = await interleave({
        ...(process.env.OPEN ? { other: () => lagOfOther(nginx.port) } : {}),
        spin: () => lagOfOurs(nginx.url, "spin"),
        hybrid: () => lagOfOurs(nginx.url, "hybrid"),
    });
    for (const [who, all] of Object.entries(rounds)) {
        const cells = PERCENTILES.map((p, i) => quartiles(all.map((round) => round[i]), 1));
        console.log(`${who.padEnd(8)}${PERCENTILES.map((p, i) => `p${p} ${cells[i]}`).join("   ")}`);
        PERCENTILES.forEach((p, i) => figures.told(`${who}, p${p}, us`, median(all.map((round) => round[i])), cells[i]));
    }
    const name = "send lag p99 at 20,000/s, round by round: spin minus a bare sender's";
    if (process.env.OPEN)
        judge(figures, name, rounds, "spin", "other", LIMIT_SPIN_US);
    else
        figures.cannot(name, `at most ${LIMIT_SPIN_US} us`, "OPEN=FILE names the other");
    judge(figures, "send lag p99 at 20,000/s, round by round: hybrid minus spin", rounds, "hybrid", "spin", LIMIT_HYBRID_US);
});
figures.keep();
