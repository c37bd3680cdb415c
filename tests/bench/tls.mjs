// tls.mjs - CPU time per request over TLS beside wrk: the same nginx, the same version and cipher, which the
// server forces on both; 256 connections, closed loop, keep-alive, all recording on. Whole process, medians and
// quartiles of interleaved rounds.
//
//   node tests/bench/tls.mjs [VERSION...]        TLSv1.2, TLSv1.3; BENCH_ROUNDS, BENCH_SECONDS
import { makeAuthority } from "../e2e/certificates.mjs";
import { temporaryFolder } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { ROUNDS, SECONDS, interleave, machineLine, median, quartiles, ratios, startPinnedNginx, weighTare, weighTool,
    withScope } from "./support.mjs";
import { findTools } from "./tools.mjs";

const CONNECTIONS = 256;
const LIMIT = 0.9; // of wrk's
const CIPHERS = { "TLSv1.2": "ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.3": "TLS_AES_128_GCM_SHA256" };
const versions = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CIPHERS);

async function startServer(scope, version) {
    const { cert, key } = await (await makeAuthority(temporaryFolder(scope))).issue("server");
    const cipher = version === "TLSv1.2" ? `ssl_ciphers ${CIPHERS[version]};` : `ssl_conf_command Ciphersuites ${CIPHERS[version]};`;
    const nginx = await startPinnedNginx(scope, `access_log off; ssl_certificate ${cert}; ssl_certificate_key ${key};
        ssl_protocols ${version}; ${cipher} location / { return 200 "Hello, World!"; }`, { listen: "ssl" });
    return nginx.url.replace("http", "https");
}

/** One run of tare, over what the server forces. */
async function weighSecure(url, version) {
    const { cpuUs, run } = await weighTare(["-k", "-c", CONNECTIONS, "-d", `${SECONDS}s`, url]);
    if (run.tls.version !== version || run.tls.cipher !== CIPHERS[version])
        throw new Error(`${run.tls.version}, ${run.tls.cipher} was spoken`);
    return { us: cpuUs / run.totals.requests, rate: run.totals.requests / SECONDS };
}

console.log(`CPU per request over TLS, us, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s. ${machineLine()}`);
const figures = new Figures("tls");
const { found: [wrk], missing } = findTools(["wrk"]);
for (const line of missing)
    console.log(line);
for (const version of wrk ? versions : [])
    await withScope(async (scope) => {
        const url = await startServer(scope, version);
        const rounds = await interleave({
            tare: () => weighSecure(url, version),
            wrk: () => weighTool(wrk, { url, connections: CONNECTIONS, seconds: SECONDS }),
        });
        const us = (who) => rounds[who].map((round) => round.us);
        for (const who of Object.keys(rounds)) {
            const rate = Math.round(median(rounds[who].map((round) => round.rate))).toLocaleString("en");
            console.log(`${version}  ${who.padEnd(5)} ${quartiles(us(who)).padEnd(22)} ${rate.padStart(9)}/s`);
            figures.told(`${who}, ${version}, us`, median(us(who)), quartiles(us(who)));
        }
        const ratio = ratios(us("tare"), us("wrk"));
        figures.atMost(`CPU per request, ${version}, ${CIPHERS[version]}, ${CONNECTIONS}: tare / wrk`, median(ratio), LIMIT,
            quartiles(ratio));
    });
if (!wrk)
    figures.cannot("CPU per request over TLS: tare / wrk", `at most ${LIMIT}`, missing[0]);
figures.keep();
