// threads.mjs - two threads beside one: CPU per request, and requests/s where the CPUs for it are free: two for
// the workers, one for the writer, three for a server that two workers cannot saturate. Closed loop.
//
//   node tests/bench/threads.mjs
import os from "node:os";
import { Figures } from "./figures.mjs";
import { ROUNDS, SECONDS, interleave, machineLine, median, quartiles, ratios, startPinnedStub, weighRequests, withScope }
    from "./support.mjs";

const CONNECTIONS = 256;
const LIMIT_CPU = 1.05; // of one thread's, at most
const LIMIT_RATE = 1.9; // times one thread's, at least
const CPUS_NEEDED = 6;

const cpus = os.cpus().length;
const hasRoom = cpus >= CPUS_NEEDED;
const serverThreads = hasRoom ? Math.floor(cpus / 2) : 1;
const serverCpus = `0-${serverThreads - 1}`;
const generatorCpus = `${serverThreads}-${cpus - 1}`;

console.log(`Two threads beside one, median [quartiles] of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections; ` +
    `server on CPU ${serverCpus}, generator on CPU ${generatorCpus}. ${machineLine()}`);
const figures = new Figures("threads");
await withScope(async (scope) => {
    const stub = await startPinnedStub(scope, ["--null", "--threads", String(serverThreads)], serverCpus);
    const rounds = await interleave({
        one: () => weighRequests(stub.url, CONNECTIONS, { args: ["-t", 1], cpus: generatorCpus }),
        two: () => weighRequests(stub.url, CONNECTIONS, { args: ["-t", 2], cpus: generatorCpus }),
    });
    const column = (who, key) => rounds[who].map((round) => round[key]);
    for (const who of Object.keys(rounds))
        console.log(`${who}   ${quartiles(column(who, "us"))} us a request, ` +
            `${Math.round(median(column(who, "rate"))).toLocaleString("en")}/s`);
    const cpu = ratios(column("two", "us"), column("one", "us"));
    figures.atMost(`CPU per request: two threads / one${hasRoom ? "" : ", on the same CPU"}`, median(cpu), LIMIT_CPU,
        quartiles(cpu));
    const rate = ratios(column("two", "rate"), column("one", "rate"));
    const name = "requests/s: two threads / one";
    if (hasRoom)
        figures.atLeast(name, median(rate), LIMIT_RATE, quartiles(rate));
    else
        figures.cannot(name, `at least ${LIMIT_RATE}`, `${cpus} CPUs, ${CPUS_NEEDED} are needed`);
});
figures.keep();
