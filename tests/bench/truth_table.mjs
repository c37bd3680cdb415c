// truth_table.mjs - the tables of truth.mjs, in Markdown: for each exchange and load what every tool says beside
// the wire of its own run; and whether tare's service times are within 3 us or 5 % of it, cell by cell.
import { BROKEN, HOLDS } from "./figures.mjs";
import { differences, median, quartiles } from "./support.mjs";
import { percentile } from "../e2e/support.mjs";
import { PERCENTILES } from "./tools.mjs";

const LIMIT_US = 3;
const LIMIT_SHARE = 0.05; // of the wire's, where that is more

const CLOSED = "closed";
const SHORT = [50, 99];
const NAMES = PERCENTILES.map((p) => `p${p}`).join(" | ");
const RULES = PERCENTILES.map(() => "---").join("|");

// What tells its latencies in several ways gets a row for each.
const WAYS = [
    { key: "told", name: (tool) => tool },
    { key: "corrected", name: (tool) => `${tool}, less the send path` },
    { key: "uncorrected", name: (tool) => `${tool}, uncorrected (-U)` },
];

/** Digits that mean something: 0.1 us below 100 us, and whole us above. */
const us = (value) => (Math.abs(value) < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en"));
const signed = (value) => (value < 0 ? "" : "+") + us(value);

/** Said, wire and their difference at one percentile over the rounds of one tool; null where it says nothing. */
function cellOf(measures, key, p) {
    const seen = measures.filter((one) => Number.isFinite(one[key]?.[p] ?? NaN));
    if (seen.length === 0)
        return null;
    const said = seen.map((one) => one[key][p]);
    const wire = seen.map((one) => one.wire.us[p]);
    const off = differences(said, wire);
    const limit = Math.max(LIMIT_US, LIMIT_SHARE * median(wire));
    return { said: median(said), wire: median(wire), off, limit, holds: Math.abs(median(off)) <= limit };
}

function describe(cell) {
    if (!cell)
        return "–";
    const [low, high] = [25, 75].map((p) => percentile(cell.off, p));
    const spread = cell.off.length > 1 ? ` [${signed(low)}, ${signed(high)}]` : "";
    return `${us(cell.said)} (${us(cell.wire)}) ${signed(median(cell.off))}${spread}`;
}

const waysOf = (measures) => WAYS.filter(({ key }) => measures.some((one) => one[key]));

const ours = (key) => ["tare, spin", "tare, hybrid"].map((tool) => [tool, key]);
const isOurs = (tool) => tool.startsWith("tare");

/** [[key, those of its kind], ...] in the order in which keys were first seen. */
function groupBy(list, keyOf) {
    const groups = new Map();
    for (const one of list)
        groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
    return [...groups];
}

function loadText(kind, at) {
    return `${kind}, ${at === CLOSED ? "closed loop" : `${Number(at).toLocaleString("en")} requests/s`}`;
}

/** Why a tool is not in the table of one load. */
function explainMissing(at, kind, hasWrk2) {
    if (at === CLOSED)
        return [["wrk2", hasWrk2 ? "it always takes a rate" : "not built (WRK2=FILE names it)"],
            ...(kind === "chunked" ? [["ab", "HTTP/1.0, which has no chunks"]] : [])];
    return [["wrk, ab", "they take no rate"], ...(hasWrk2 ? [] : [["wrk2", "not built (WRK2=FILE names it)"]])];
}

function printLoad(kind, at, measures, hasWrk2) {
    console.log(`\n**${loadText(kind, at)}**\n\n| tool | requests/s | ${NAMES} |\n|---|---|${RULES}|`);
    for (const [tool, own] of groupBy(measures, (one) => one.tool))
        for (const way of waysOf(own)) {
            const rate = Math.round(median(own.map((one) => one.wire.rate))).toLocaleString("en");
            const cells = PERCENTILES.map((p) => describe(cellOf(own, way.key, p)));
            console.log(`| ${way.name(tool)} | ${rate} | ${cells.join(" | ")} |`);
        }
    const present = new Set(measures.map((one) => one.tool));
    for (const [tool, why] of explainMissing(at, kind, hasWrk2).filter(([name]) => !present.has(name)))
        console.log(`| ${tool} | ${why} | ${PERCENTILES.map(() => "–").join(" | ")} |`);
}

/** p50 and p99 of every tool less the wire's in one row a load: what a reader has time for. */
function printShort(loads) {
    const columns = [...ours("corrected"), ["wrk2", "uncorrected"], ["wrk", "told"], ["h2load", "told"], ["hey", "told"], ["ab", "told"]];
    const text = (own, key) => {
        const cells = SHORT.map((p) => own && cellOf(own, key, p));
        return cells.every(Boolean) ? cells.map(({ off }) => signed(median(off))).join(", ") : "–";
    };
    console.log(`\n| p50, p99 | the wire | ${columns.map(([tool, key]) => (key === "uncorrected" ? `${tool} -U` : tool)).join(" | ")} |\n|---|---${"|---".repeat(columns.length)}|`);
    for (const { kind, at, measures } of loads) {
        const tools = new Map(groupBy(measures, (one) => one.tool));
        const base = tools.get("tare, spin") ?? measures;
        const wire = SHORT.map((p) => us(median(base.map((one) => one.wire.us[p])))).join(", ");
        console.log(`| ${loadText(kind, at)} | ${wire} | ${columns.map(([tool, key]) => text(tools.get(tool), key)).join(" | ")} |`);
    }
}

/** Each of tare's cells against the limit; returns them for the figures. */
function printJudgement(loads) {
    console.log(`\n**tare's service time within ${LIMIT_US} us or ${LIMIT_SHARE * 100} % of the wire**, the difference in us:\n`);
    console.log(`| exchange, load | tare | rounds | ${NAMES} |\n|---|---|---|${RULES}|`);
    const judged = [];
    for (const { kind, at, measures } of loads)
        for (const [tool, own] of groupBy(measures.filter((one) => isOurs(one.tool)), (one) => one.tool))
            for (const way of waysOf(own)) {
                const name = way.name(tool).slice("tare, ".length);
                const cells = PERCENTILES.map((p) => ({ p, ...cellOf(own, way.key, p) }));
                const words = cells.map((cell) => `${signed(median(cell.off))} ${cell.holds ? HOLDS : `**${BROKEN}**`}`);
                console.log(`| ${loadText(kind, at)} | ${name} | ${own.length} | ${words.join(" | ")} |`);
                judged.push(...cells.map((cell) => ({ name, load: loadText(kind, at), ...cell })));
            }
    console.log("");
    return judged;
}

function keepFigures(figures, judged) {
    for (const [name, cells] of groupBy(judged, (cell) => cell.name)) {
        const good = cells.filter((cell) => cell.holds);
        const worst = cells.reduce((a, b) => (Math.abs(median(b.off)) / b.limit > Math.abs(median(a.off)) / a.limit ? b : a));
        figures.judged(`service time beside the wire, ${name}`, good.length === cells.length,
            `${good.length} of ${cells.length} cells; the worst is ${worst.load}, p${worst.p}: ` +
            `${quartiles(worst.off, 1)} us off at ${us(worst.wire)} us`,
        `${LIMIT_US} us or ${LIMIT_SHARE * 100} % in every cell`);
    }
}

/** Prints all tables of {machine, seconds, connections, hasWrk2, measures} and gives tare's cells to figures. */
export function printTruth(found, figures) {
    console.log(`Truth: ${found.connections} connections, runs of ${found.seconds} s, nginx on one core and the generator ` +
        `on another; ${found.machine}.`);
    console.log("A cell has what the tool says (what the wire says of the same run) and the difference, in us: medians " +
        "of the rounds, and of the difference its quartiles.");
    const loads = groupBy(found.measures, (one) => `${one.kind}/${one.at}`)
        .map(([, measures]) => ({ kind: measures[0].kind, at: measures[0].at, measures }));
    for (const { kind, at, measures } of loads)
        printLoad(kind, at, measures, found.hasWrk2);
    if (found.measures.some((one) => one.corrected))
        console.log("\n*Less the send path*: `service_ns - send_path_ns` in rows that have a transmit stamp, and less the " +
            "run's median send path in those that have none.");
    console.log("\nIn short, what each adds to the wire of its own run, in us; tare's less the send path:");
    printShort(loads);
    const judged = printJudgement(loads);
    keepFigures(figures, judged);
}
