// breakdown.mjs - where each tenth of a microsecond of CPU above the floor goes: tare as it is, then with one
// thing after the other switched off, then the floor. Each row is the difference of two medians, so that the
// rows add up to the whole; a second table divides the same whole by threads.
import { ROUNDS, SECONDS, TARE, interleave, median, quartiles, weigh, weighTare, weighTool } from "./support.mjs";
import { runProgram } from "./scope.mjs";
import { TOOLS } from "./tools.mjs";

// In order: each is without what those before it are without. `off` names what its row shows the cost of.
const STEPS = [
    { name: "as it is" },
    { name: "no-send-stamps", args: ["--send-stamps", "none"], off: "transmit stamps of some requests" },
    { name: "no-rows", args: ["--samples", "none"], off: "rows of samples.csv" },
    { name: "no-recording", disable: "recording", off: "histograms, seconds, sums" },
    { name: "no-stamps", disable: "rx_stamps", off: "receive stamps" },
];

/** The steps that this build knows: an unknown option ends with 2, an unknown name changes nothing. */
async function findSteps() {
    const { stdout } = await runProgram(TARE, ["--help"]);
    return STEPS.filter(({ args }) => !args || stdout.includes(args[0]));
}

/** Each step with the options and switches of those before it. */
function accumulate(steps) {
    let [args, disable] = [[], []];
    return steps.map((step) => {
        args = [...args, ...(step.args ?? [])];
        disable = [...disable, ...(step.disable ? [step.disable] : [])];
        return { ...step, args, env: { TARE_DISABLE: disable.join(",") } };
    });
}

async function weighStep(step, url, connections) {
    const { cpuUs, run } = await weighTare(["-c", connections, "-d", `${SECONDS}s`, ...step.args, url],
        { env: step.env, isQuiet: true });
    const requests = run.totals.sent;
    const inRun = (run.generator.cpu_user_ns + run.generator.cpu_system_ns) / 1000;
    return { us: cpuUs / requests, inRun: inRun / requests, writer: run.recording.cpu_ns / 1000 / requests };
}

async function weighStamps(server, connections, withStamps) {
    const result = await weigh(process.env.TS, [server.port, connections, SECONDS, 0, withStamps ? 1 : 0]);
    return { us: Number(/cpu\/req=([\d.]+)us/.exec(result.stdout)[1]) };
}

function printRows(title, rows, total) {
    console.log(`\n| ${title} | us a request |\n|---|---|`);
    for (const [name, us] of rows)
        console.log(`| ${name} | ${us.toFixed(2)} |`);
    const added = rows.reduce((sum, [, us]) => sum + us, 0);
    console.log(`| **tare, whole process** | **${total.toFixed(2)}** (the rows add up to ${added.toFixed(2)}) |`);
}

/** Rows from the floor up to tare as it is. */
function layersOf(steps, medians, floorUs) {
    const last = steps.at(-1).name;
    const above = steps.slice(1).map((step, i) => [step.off, medians[steps[i].name].us - medians[step.name].us]);
    return [
        ["the floor: bytes sent and received, nothing looked at", floorUs],
        ["framing, connections' states, times, rows handed to the writer", medians[last].inRun - floorUs],
        ["set-up before the clock starts, and the end", medians[last].us - medians[last].inRun],
        ...above.reverse(),
    ];
}

/** Prints both tables and keeps their rows as figures. */
export async function breakDown(figures, server, name, connections) {
    if (!process.env.FLOOR) {
        console.log("\nno breakdown: floor not built (FLOOR=FILE names it)");
        return;
    }
    const steps = accumulate(await findSteps());
    const stamps = process.env.TS ? { "ts without": () => weighStamps(server, connections, false),
        "ts with": () => weighStamps(server, connections, true) } : {};
    const rounds = await interleave({
        ...Object.fromEntries(steps.map((step) => [step.name, () => weighStep(step, server.url, connections)])),
        floor: () => weighTool(TOOLS.floor, { port: server.port, connections, seconds: SECONDS }),
        ...stamps,
    });
    const medians = Object.fromEntries(Object.entries(rounds).map(([who, all]) => [who,
        Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((round) => round[key]))]))]));
    console.log(`\nWhere it goes: ${name}, ${connections} connections, medians of ${ROUNDS} rounds`);
    const whole = medians["as it is"];
    const layers = layersOf(steps, medians, medians.floor.us);
    printRows("by what is done", layers, whole.us);
    printRows("by who does it", [
        ["set-up before the clock starts, and the end", whole.us - whole.inRun],
        ["the writer", whole.writer],
        ["the worker, and the main thread", whole.inRun - whole.writer],
    ], whole.us);
    if (process.env.TS)
        console.log(`\nreceive stamps on the floor: ${quartiles(rounds["ts with"].map((round, i) =>
            round.us - rounds["ts without"][i].us))} us; with them it takes ${medians["ts with"].us.toFixed(2)} us`);
    for (const [what, us] of layers)
        figures.told(`breakdown, ${name}, ${connections}: ${what}`, us, us.toFixed(2));
}
