// coverage.mjs - how much of each file the tests have run, by gcov: lines, and branches taken at least
// once. The pure rooms (layers 0 and 1 of the engine) must have every branch, all of it at least 90 %.
//
//   node tests/coverage.mjs        after the tests of VARIANT=coverage; `make coverage` does both
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const OBJECTS = "build/coverage/obj";
const PURE_MIN = 100;
const ALL_MIN = 90;

/** Names of the engine's rooms in these layers, out of the README's table. */
function roomsOfLayers(layers) {
    const readme = fs.readFileSync("README.md", "utf8");
    return layers.flatMap((layer) => new RegExp(`^\\| ${layer} \\| \`([a-z_. ]+)\``, "m").exec(readme)[1].split(" "));
}

/** What gcov says of one object: {file: {lines, linesRun, branches, branchesRun}}. */
function readObject(gcno) {
    const text = execFileSync("gcov", ["-b", "-n", gcno], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const count = (part, share, of) => Math.round((Number(share) * Number(of)) / 100);
    return text.split(/^File '/m).slice(1).map((part) => {
        const [, file] = /^([^']*)'/.exec(part);
        const lines = /Lines executed:([\d.]+)% of (\d+)/.exec(part) ?? [0, 0, 0];
        const branches = /Taken at least once:([\d.]+)% of (\d+)/.exec(part) ?? [0, 0, 0];
        return { file, lines: Number(lines[2]), linesRun: count(part, lines[1], lines[2]),
            branches: Number(branches[2]), branchesRun: count(part, branches[1], branches[2]) };
    });
}

const share = (run, of) => (of === 0 ? 100 : (100 * run) / of);
const percent = (value) => `${(Math.floor(value * 10) / 10).toFixed(1)} %`.padStart(9);

const files = ["engine", "report"].flatMap((room) => fs.readdirSync(path.join(OBJECTS, room))
    .filter((name) => name.endsWith(".gcno"))
    .flatMap((name) => readObject(path.join(OBJECTS, room, name))
        .filter(({ file }) => file === `${room}/${name.replace(".gcno", ".c")}`)));
if (files.length === 0)
    throw new Error(`no object in ${OBJECTS}: make coverage builds and runs them`);

const pure = new Set(roomsOfLayers([0, 1]).map((room) => `engine/${room}.c`));
const missing = [];
console.log(`${"file".padEnd(34)}    lines  branches`);
for (const one of files.sort((a, b) => share(a.branchesRun, a.branches) - share(b.branchesRun, b.branches))) {
    const branches = share(one.branchesRun, one.branches);
    const isPure = pure.has(one.file);
    if (isPure && branches < PURE_MIN)
        missing.push(`${one.file} lacks ${one.branches - one.branchesRun} branches of ${one.branches}`);
    console.log(`${one.file.padEnd(34)}${percent(share(one.linesRun, one.lines))} ${percent(branches)}${isPure ? "  pure" : ""}`);
}
const sum = (key) => files.reduce((total, file) => total + file[key], 0);
const all = share(sum("branchesRun"), sum("branches"));
const lines = share(sum("linesRun"), sum("lines"));
console.log(`${"all".padEnd(34)}${percent(lines)} ${percent(all)}`);
for (const line of missing)
    console.log(`BROKEN: ${line}, and it is pure`);
if (lines < ALL_MIN)
    console.log(`BROKEN: ${lines.toFixed(1)} % of all lines is below ${ALL_MIN} %`);
process.exitCode = missing.length > 0 || lines < ALL_MIN ? 1 : 0;
