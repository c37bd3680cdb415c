// record.mjs - what recording costs a row, without a server: instructions by function (valgrind), which are
// the same on every machine and beside every neighbour, and nanoseconds, warm and with cold caches.
//
//   make units && node tests/bench/record.mjs        RECORD=FILE: another build of build/tools/record
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execute } from "../e2e/support.mjs";
import { ROUNDS, machineLine, quartiles } from "./support.mjs";

const RECORD = path.resolve(process.env.RECORD ?? "build/tools/record");
const ROWS = 1_000_000;
const VARIANTS = [[], ["cold_kb=4096"], ["slice=1024"], ["slice=1024", "cold_kb=4096"], ["slice=1024", "file=1"],
    ["slice=1024", "one_in=0"], ["open=1", "rate=20000"]];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tare-record-"));

/** Instructions a row of everything below recorder_take(): [function, instructions][], and their sum. */
async function countInstructions(args) {
    const out = path.join(folder, "callgrind.out");
    await execute("valgrind", ["--tool=callgrind", "--toggle-collect=recorder_take", `--callgrind-out-file=${out}`,
        RECORD, `rows=${ROWS}`, ...args], { cwd: folder, timeoutMs: 300_000 });
    const { stdout } = await execute("callgrind_annotate", ["--auto=no", "--threshold=100", out]);
    const functions = new Map();
    for (const [, count, name] of stdout.matchAll(/^ *([\d,]+) \([ \d.]+%\) +\S+:([\w.@]+)/gm))
        functions.set(name, (functions.get(name) ?? 0) + Number(count.replaceAll(",", "")) / ROWS);
    const sorted = [...functions].sort((a, b) => b[1] - a[1]);
    return { sorted, sum: sorted.reduce((total, [, count]) => total + count, 0) };
}

async function nanoseconds(args) {
    const { stdout } = await execute(RECORD, [`rows=${ROWS}`, ...args], { cwd: folder });
    const [, name, ns] = /^(.*): ([\d.]+) ns a row/m.exec(stdout);
    return { name, ns: Number(ns) };
}

console.log(`The cost of recording. ${machineLine()}`);
try {
    for (const args of [["slice=1024"], ["open=1", "rate=20000"]]) {
        const { sorted, sum } = await countInstructions(args);
        console.log(`\n${sum.toFixed(0)} instructions a row, ${args.join(" ")}`);
        for (const [name, count] of sorted.filter(([, one]) => one >= 1))
            console.log(`${count.toFixed(0).padStart(8)}  ${name}`);
    }
    console.log(`\nCPU ns a row, median [quartiles] of ${ROUNDS} rounds`);
    const found = VARIANTS.map(() => []);
    for (let round = 0; round < ROUNDS; round++)
        for (const [i, args] of VARIANTS.entries())
            found[i].push(await nanoseconds(args));
    for (const rounds of found)
        console.log(`${quartiles(rounds.map(({ ns }) => ns), 1).padEnd(24)} ${rounds[0].name}`);
} finally {
    fs.rmSync(folder, { recursive: true });
}
