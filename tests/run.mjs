// run.mjs - runs test programs one after the other and adds up what they say.
//
//   node tests/run.mjs build/unit/*_test tests/e2e/*.test.mjs tests/floor.sh
//
// A .mjs file is run by node:test; anything else is a program that prints TAP (cmocka does, when asked).
// The last line is "N passed, N failed", alone. Exit 1 when a test failed, when a program died or
// told of fewer tests than it had planned, or when nothing ran at all. A skip is named before the
// last line, with its reason.
import { spawn } from "node:child_process";
import path from "node:path";

const LIMIT_MS = 300_000; // one program; nothing here takes half of it

/** Runs a command and collects all that it prints. Its whole group dies when it takes too long. */
async function collect(command, args, env) {
    const child = spawn(command, args, {
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        // A runner inside a test must not speak its parent's private protocol.
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    });
    let out = "";
    let all = "";
    child.stdout.on("data", (bytes) => { out += bytes; all += bytes; });
    child.stderr.on("data", (bytes) => { all += bytes; });
    let late = false;
    const timer = setTimeout(() => { late = true; process.kill(-child.pid, "SIGKILL"); }, LIMIT_MS);
    const [code, signal] = await new Promise((resolve) => {
        child.on("close", (...end) => resolve(end));
        child.on("error", (error) => { all += `${error.message}\n`; resolve([127, null]); });
    });
    clearTimeout(timer);
    const died = late ? `took more than ${LIMIT_MS / 1000} s` : signal ? `died of ${signal}` : null;
    return { out, all, code, died };
}

/** Counts what a TAP stream says at its top level. */
function countTap(out) {
    const tally = { passed: 0, failed: 0, planned: 0, skips: [] };
    for (const line of out.split("\n")) {
        const plan = /^1\.\.(\d+)/.exec(line);
        if (plan)
            tally.planned += Number(plan[1]);
        const result = /^(not )?ok\b[ \d]*(.*)/.exec(line);
        if (!result)
            continue;
        if (/#\s*skip/i.test(result[2])) // cmocka writes "not ok 3 # SKIP name"
            tally.skips.push(result[2].replace(/^- /, "").replace(/#\s*skip\s*/i, "").trim());
        else if (result[1])
            tally.failed++;
        else
            tally.passed++;
    }
    tally.missing = tally.planned - tally.passed - tally.failed - tally.skips.length;
    return tally;
}

/** Counts by node:test's own summary, which looks into suites; skips are found by their lines. */
function countNode(out) {
    const number = (name) => Number(new RegExp(`^# ${name} (\\d+)`, "m").exec(out)?.[1] ?? NaN);
    const skips = [...out.matchAll(/^ *ok \d+ - (.*?) # (?:SKIP|TODO) ?(.*)$/gm)]
        .map(([, name, reason]) => `${name}: ${reason || "no reason given"}`);
    const passed = number("pass");
    if (Number.isNaN(passed))
        return { passed: 0, failed: 0, planned: 1, missing: 1, skips };
    return { passed, failed: number("fail") + number("cancelled"), planned: passed, missing: 0, skips };
}

/** What a reader needs of a failed program's output: not the tests that passed. */
function withoutPasses(all) {
    return all
        .replace(/^( *)# Subtest: .*\n\1ok .*\n\1  ---\n[^]*?\n\1  \.\.\.\n/gm, "")
        .replace(/^( *ok |TAP version|1\.\.\d|# (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ).*\n/gm, "")
        .trimEnd();
}

async function runOne(file) {
    const isNode = file.endsWith(".mjs");
    const began = Date.now();
    const result = isNode
        ? await collect(process.execPath, ["--test", "--test-reporter=tap", file], {})
        : await collect(path.resolve(file), [], { CMOCKA_MESSAGE_OUTPUT: "TAP" });
    const tally = isNode ? countNode(result.out) : countTap(result.out);
    let why = result.died;
    if (!why && tally.missing > 0)
        why = `${tally.missing} planned, and never told of`;
    if (!why && tally.planned === 0 && tally.skips.length === 0)
        why = "ran no test";
    if (!why && tally.failed === 0 && result.code !== 0)
        why = `exit ${result.code}, though no test failed`;
    if (why)
        tally.failed++;
    const words = [`${tally.passed} passed`];
    if (tally.failed)
        words.push(`${tally.failed} FAILED`);
    if (tally.skips.length)
        words.push(`${tally.skips.length} skipped`);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const name = path.relative(process.cwd(), path.resolve(file));
    console.log(`${name.padEnd(40)} ${words.join(", ").padEnd(24)} ${seconds.padStart(6)} s`);
    if (tally.failed) {
        console.log(withoutPasses(result.all).replace(/^/gm, "    "));
        if (why)
            console.log(`    ${name}: ${why}`);
    }
    return { ...tally, skips: tally.skips.map((skip) => `${name}: ${skip}`) };
}

const total = { passed: 0, failed: 0, skips: [] };
for (const file of process.argv.slice(2)) {
    const one = await runOne(file);
    total.passed += one.passed;
    total.failed += one.failed;
    total.skips.push(...one.skips);
}
for (const skip of total.skips)
    console.log(`SKIPPED ${skip}`);
if (total.passed + total.failed === 0)
    console.log("no test ran: that is a failure too");
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
