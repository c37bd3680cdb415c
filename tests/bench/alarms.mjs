// alarms.mjs - false alarms: the README's own commands, with short durations and nothing pinned, against the
// stub and nginx, and every reason for distrust that they bring about.
//
//   node tests/bench/alarms.mjs        ALARM_RUNS=100 ALARM_SECONDS=1
//
// A reason is a false alarm only where nothing else was going on, so each run waits for a quiet machine, and
// is set apart where other programs or the hypervisor took more than 2 % of it meanwhile. alarms.test.mjs is
// a short form.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, TARE, readRun, startNginx, startStub } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { runProgram, scopedFolder, withScope } from "./scope.mjs";
import { machineLine } from "./support.mjs";

const OTHERS_MAX_SHARE = 0.02; // of all CPUs
const PATIENCE_MS = 10_000; // for a quiet machine, before each run
const LOOK_MS = 200;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const TICK_MS = 10; // USER_HZ, the unit of /proc/stat

/** What the CPUs did since boot, in ms: for programs, and for other machines. Interrupts are left out: on
 *  loopback they are the run's own. */
function readMachine() {
    const ticks = /^cpu +(.*)$/m.exec(fs.readFileSync("/proc/stat", "latin1"))[1].split(" ").map(Number);
    return { programs: (ticks[0] + ticks[1] + ticks[2]) * TICK_MS, stolen: ticks[7] * TICK_MS };
}

/** CPU time of a process, in ms. */
function readProcess(pid) {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The share of the machine that others than `own` ms of CPU time had since `before`, `tookMs` ago. */
function shareOfOthers(before, own, tookMs) {
    const now = readMachine();
    const others = now.programs - before.programs - own + now.stolen - before.stolen;
    return (others - 2 * TICK_MS) / (tookMs * os.cpus().length); // what differences of ticks are off by
}

async function awaitQuiet() {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
        const before = readMachine();
        await sleep(LOOK_MS);
        if (shareOfOthers(before, 0, LOOK_MS) <= OTHERS_MAX_SHARE)
            return;
    }
}

/** The README's commands that load a server, as lists of arguments. */
function readExamples(bodies, seconds) {
    const text = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");
    const commands = [...text.matchAll(/^ {4}build\/tare (-.*? (?:http:\S+|URL))(?: .*)?$/gm)].map(([, line]) => line);
    if (commands.length < 3)
        throw new Error("the README has no commands to run");
    return commands.map((line) => line.split(" ").filter((word) => !/^(http:|URL$)/.test(word))
        .map((word) => (word === "30s" ? `${seconds}s` : word === "bodies.jsonl" ? bodies : word))
        .join(" ").replace(/ -o \S+/, "").split(" "));
}

/** One run: its reasons, and what others had of the machine. */
async function runOnce(args, server, folder) {
    await awaitQuiet();
    const output = path.join(folder, "run");
    const before = { ...readMachine(), own: readProcess(server.pid) + readProcess(process.pid), at: Date.now() };
    await runProgram(TARE, ["-q", ...args, "-o", output, server.url]);
    const run = readRun(output);
    const own = readProcess(server.pid) + readProcess(process.pid) - before.own +
        (run.generator.cpu_user_ns + run.generator.cpu_system_ns) / 1e6;
    const others = shareOfOthers(before, own, Date.now() - before.at);
    fs.rmSync(output, { recursive: true });
    return { reasons: run.validity.reasons, others, generator: run.generator };
}

/** "3 send_lag, 1 steal" */
function countReasons(runs) {
    const counts = new Map();
    for (const { name } of runs.flatMap(({ reasons }) => reasons))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

const isQuiet = ({ others }) => others <= OTHERS_MAX_SHARE;

/** Runs the README's commands in turn, so many times in all: {args, name, runs} for each command and server.
 *  onAlarm: called with a text for each reason of a quiet run. */
export async function runExamples(count, seconds, scope, onAlarm) {
    const folder = scopedFolder(scope);
    const bodies = path.join(folder, "bodies.jsonl");
    fs.writeFileSync(bodies, Array.from({ length: 400 }, (_, i) => `{"number": ${i}}\n`).join(""));
    const servers = {
        stub: await startStub(scope),
        nginx: await startNginx(scope, 'access_log off; location / { return 200 "Hello, World!"; }'),
    };
    const cases = readExamples(bodies, seconds).flatMap((args) => Object.keys(servers).map((name) => ({ args, name, runs: [] })));
    for (let i = 0; i < count; i++) {
        const one = cases[i % cases.length];
        const run = await runOnce(one.args, servers[one.name], folder);
        one.runs.push(run);
        if (isQuiet(run))
            run.reasons.forEach(({ sentence }) => onAlarm(`${one.args.join(" ")} (${one.name}): ${sentence}`));
    }
    return cases;
}

/** {quiet, disturbed}: the runs of all cases. */
export function partRuns(cases) {
    const runs = cases.flatMap((one) => one.runs);
    return { quiet: runs.filter(isQuiet), disturbed: runs.filter((run) => !isQuiet(run)) };
}

async function main() {
    const count = Number(process.env.ALARM_RUNS ?? 100);
    const seconds = Number(process.env.ALARM_SECONDS ?? 1);
    console.log(`False alarms in ${count} runs of the README's commands, ${seconds} s each. ${machineLine()}`);
    const cases = await withScope((scope) => runExamples(count, seconds, scope, (text) => console.log(`  ${text}`)));
    for (const one of cases) {
        const { quiet, disturbed } = partRuns([one]);
        console.log(`${one.args.map((word) => path.basename(word)).join(" ").padEnd(42)} ${one.name.padEnd(6)} ` +
            `quiet ${String(quiet.length).padStart(3)}: ${countReasons(quiet).padEnd(24)} ` +
            `disturbed ${String(disturbed.length).padStart(3)}: ${countReasons(disturbed)}`);
    }
    const { quiet, disturbed } = partRuns(cases);
    const alarms = quiet.filter(({ reasons }) => reasons.length > 0).length;
    const figures = new Figures("alarms");
    const name = "quiet runs of the README's commands with a reason for distrust";
    figures.told("runs that others disturbed", disturbed.length);
    if (quiet.length < count / 2)
        figures.cannot(name, "at most 0", `others disturbed ${disturbed.length} of ${count} runs`);
    else
        figures.atMost(name, alarms, 0, `${alarms} of ${quiet.length}`);
    figures.keep();
}

if (process.argv[1] === fileURLToPath(import.meta.url))
    await main();
