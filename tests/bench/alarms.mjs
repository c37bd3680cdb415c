// alarms.mjs - false alarms: the README's own commands, with short durations and nothing pinned, against the
// stub and nginx, and every reason for distrust that they bring about.
//
//   node tests/bench/alarms.mjs        ALARM_RUNS=100 ALARM_SECONDS=3
//
// A reason is a false alarm only where nothing else was going on, so each run waits for a quiet machine, and
// is set apart where other programs or the hypervisor took more than 1 % of it meanwhile. alarms.test.mjs is
// a short form.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, TARE, readRun, startNginx, startStub } from "../e2e/support.mjs";
import { Figures } from "./figures.mjs";
import { runProgram, scopedFolder, withScope } from "./scope.mjs";
import { machineLine } from "./support.mjs";

const OTHERS_MAX_SHARE = 0.01; // of all CPUs: daemons that never sleep take half of it
const STARTING_MS = 10; // of CPU time of what starts and ends the programs
const PATIENCE_MS = 10_000; // for a quiet machine, before each run
const LOOK_MS = 200;
const TICK_MS = 10; // USER_HZ, the unit of /proc/stat

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const read = (file) => fs.readFileSync(file, "latin1");

/** What the groups at the top of a version 2 hierarchy have used, in ms. */
function readGroups() {
    const root = "/sys/fs/cgroup";
    return fs.readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory())
        .reduce((total, { name }) => total + Number(/^usage_usec (\d+)/m.exec(read(`${root}/${name}/cpu.stat`))[1]) / 1000, 0);
}

/** CPU time of all programs since boot, in ms, by the finest counter there is, and what it is off by. Interrupts
 *  are left out: on loopback they are the run's own. */
function readPrograms() {
    for (const [look, error] of [
        [() => Number(read("/sys/fs/cgroup/cpuacct/cpuacct.usage")) / 1e6, 0],
        [readGroups, 0],
        [() => /^cpu +(\d+) (\d+) (\d+)/m.exec(read("/proc/stat")).slice(1)
            .reduce((total, ticks) => total + Number(ticks) * TICK_MS, 0), 2 * TICK_MS],
    ])
        try {
            return { programs: look(), error };
        } catch { /* the next one, then */ }
    throw new Error("/proc/stat is not there");
}

/** What the CPUs did since boot, in ms: for programs, and for other machines. */
function readMachine() {
    const ticks = /^cpu +(.*)$/m.exec(read("/proc/stat"))[1].split(" ").map(Number);
    return { ...readPrograms(), stolen: ticks[7] * TICK_MS, at: performance.now(), own: process.cpuUsage() };
}

/** CPU time of a server, in ms, and of the kernel's threads that carry packets on loopback. */
function readServing(pid) {
    const carriers = fs.readdirSync("/proc").filter((one) => /^\d+$/.test(one)).filter((one) => {
        try { return /^ksoftirqd\//.test(read(`/proc/${one}/comm`)); } catch { return false; /* it ended */ }
    });
    return [String(pid), ...carriers].flatMap((one) => fs.readdirSync(`/proc/${one}/task`).map((thread) => [one, thread]))
        .reduce((total, [one, thread]) => total + Number(read(`/proc/${one}/task/${thread}/schedstat`).split(" ")[0]) / 1e6, 0);
}

/** The share of the machine that others than this process and `own` ms of CPU time had since `before`. */
function shareOfOthers(before, own) {
    const now = readMachine();
    const here = process.cpuUsage(before.own);
    const others = now.programs - before.programs - own - (here.user + here.system) / 1000 + now.stolen - before.stolen;
    return (others - before.error) / ((now.at - before.at) * os.cpus().length);
}

async function awaitQuiet() {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
        const before = readMachine();
        await sleep(LOOK_MS);
        if (shareOfOthers(before, 0) <= OTHERS_MAX_SHARE)
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
    const before = readMachine();
    const served = readServing(server.pid);
    const result = await runProgram("bash", ["-c", 'TIMEFORMAT="used %3U %3S"; time "$@"', "weigh",
        TARE, "-q", ...args, "-o", output, server.url]);
    const used = /^used ([\d.]+) ([\d.]+)$/m.exec(result.stderr).slice(1).reduce((total, s) => total + Number(s) * 1000, 0);
    const others = shareOfOthers(before, used + readServing(server.pid) - served + STARTING_MS);
    const run = readRun(output);
    fs.rmSync(output, { recursive: true });
    return { reasons: run.validity.reasons, others };
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
    const seconds = Number(process.env.ALARM_SECONDS ?? 3);
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
