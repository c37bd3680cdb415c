// figures.mjs - what a benchmark came to: each figure with its limit and whether it holds, printed and kept in
// results/bench.json, so that one table can show those of all benchmarks (table.mjs).
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "../e2e/support.mjs";
import { machineLine } from "./support.mjs";

const FILE = process.env.BENCH_JSON ?? path.join(ROOT, "results/bench.json");

export const HOLDS = "holds";
export const BROKEN = "BROKEN";

/** Everything that is kept, by benchmark; nothing where no benchmark has run yet. */
export function readFigures(file = FILE) {
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
}

/** Collects the figures of one benchmark; keep() writes them in place of those of an earlier time. */
export class Figures {
    constructor(bench) {
        this.bench = bench;
        this.started = new Date().toISOString();
        this.list = [];
    }

    /** A figure that must not be above its limit. text: how it was measured to be, "0.83 [0.81, 0.85]"; unit: what
     *  stands behind the limit. */
    atMost(name, value, limit, text = String(value), unit = "") {
        return this.add({ name, value, measured: text, limit: `at most ${limit}${unit}`,
            verdict: value <= limit ? HOLDS : BROKEN });
    }

    atLeast(name, value, limit, text = String(value), unit = "") {
        return this.add({ name, value, measured: text, limit: `at least ${limit}${unit}`,
            verdict: value >= limit ? HOLDS : BROKEN });
    }

    /** A figure that holds or not by a rule of its own. */
    judged(name, holds, text, limit) {
        return this.add({ name, measured: text, limit, verdict: holds ? HOLDS : BROKEN });
    }

    /** A figure that stands beside others and has no limit. */
    told(name, value, text = String(value)) {
        return this.add({ name, value, measured: text, limit: "", verdict: "" });
    }

    cannot(name, limit, why) {
        return this.add({ name, measured: "", limit, verdict: `not measurable here: ${why}` });
    }

    add(figure) {
        this.list.push(figure);
        if (figure.verdict)
            console.log(`${figure.name}: ${figure.measured}${figure.measured && ", "}` +
                `the limit is ${figure.limit}: ${figure.verdict}`);
        return figure.verdict === HOLDS;
    }

    keep(file = FILE) {
        const all = readFigures(file);
        all[this.bench] = { started: this.started, machine: machineLine(), figures: this.list };
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`);
        fs.renameSync(`${file}.new`, file);
    }
}
