// table.mjs - every figure that the benchmarks have kept, its limit, and whether it holds.
//
//   node tests/bench/table.mjs [FILE]        results/bench.json by default
import { BROKEN, HOLDS, readFigures } from "./figures.mjs";

const all = Object.entries(readFigures(process.argv[2]));
const rows = all.flatMap(([bench, { figures }]) => figures.filter((one) => one.verdict)
    .map((one) => [bench, one.name, one.measured, one.limit, one.verdict]));
for (const machine of new Set(all.map(([, { machine }]) => machine)))
    console.log(machine);
console.log("\n| benchmark | figure | measured | limit | |\n|---|---|---|---|---|");
for (const row of rows)
    console.log(`| ${row.join(" | ")} |`);
const count = (verdict) => rows.filter((row) => row[4] === verdict).length;
const [hold, broken] = [count(HOLDS), count(BROKEN)];
console.log(`\n${hold} hold, ${broken} BROKEN, ${rows.length - hold - broken} not measurable here`);
