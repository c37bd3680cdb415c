// plan.test.mjs - plans as people use them: what would run, wrong ones, runs with their report and exit code, secrets,
// beginning again, Ctrl-C.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { ROOT, TARE, execute, findFreePort, readRun, startStub, temporaryFolder } from "./support.mjs";

/** Writes a plan; returns its path and that of a root that does not exist yet. */
function writePlan(t, text) {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "plan.yaml");
    fs.writeFileSync(file, text);
    return { file, root: path.join(folder, "suite") };
}

const runPlan = (file, args, options) => execute(TARE, ["--plan", file, ...args], options);

/** Every file of a folder with its bytes as text. */
function readAll(folder) {
    return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
        .map((one) => [one.name, fs.readFileSync(path.join(one.parentPath ?? one.path, one.name), "latin1")]);
}

test("wrong plans: place, cause and remedy, exit 2, nothing started", async (t) => {
    let touched = 0;
    const server = net.createServer((socket) => { touched++; socket.destroy(); });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${server.address().port}`;
    const targets = "targets: {home: {url: /}}\n";
    for (const [text, message] of [
        [`url: ${url}\n${targets}scenarios:\n  light:\n    conections: 5\n`,
            /plan\.yaml:5:5: unknown key 'conections'; did you mean 'connections'\?\n {6}\S/],
        [`url: ${url}\n${targets}scenarios: {light: {connections: 1000000000}}\n`, /plan\.yaml:3:34: .*1000000000.*\n {6}\S/],
        [`url: ${url}\ntargets: {home: {url: /, weight: 0}}\nscenarios: {a: {}}\n`, /plan\.yaml:2:34: the weight '0'.*\n {6}\S/],
        [`url: ${url}\n${targets}scenarios: {a: {targets: nothere}}\n`, /plan\.yaml:3:26: no target .*'nothere'\n {6}\S/],
        [`url: ${url}\n${targets}scenarios: [`, /plan\.yaml:\d:\d+: no YAML: .*\n {6}\S/],
        [`url: http://\${TARE_NO_SUCH}/\n`, /plan\.yaml:1:6: the environment has no variable TARE_NO_SUCH\n {6}\S/],
    ]) {
        const { file, root } = writePlan(t, text);
        const result = await runPlan(file, ["-o", root]);
        assert.equal(result.code, 2, result.stderr);
        assert.match(result.stderr, message);
        assert.match(result.stderr, /^tare: \//);
        assert.equal(result.stdout, "");
        assert.ok(!fs.existsSync(root));
    }
    assert.equal(touched, 0);
});

test("options that do not go with a plan, or without one", async (t) => {
    const { file } = writePlan(t, "url: http://127.0.0.1:9\ntargets: {a: {url: /}}\nscenarios: {s: {}}\n");
    for (const [args, message] of [
        [["--plan", file, "http://127.0.0.1/"], /takes no URL/],
        [["--plan", file, "--json"], /--json does not go with --plan/],
        [["--plan", file, "--only", "x"], /--only x names no scenario/],
        [["--plan", `${file}.not`], /plan\.yaml\.not/],
        [["--dry-run", "http://127.0.0.1/"], /name it with --plan/],
        [["--only", "x", "http://127.0.0.1/"], /name it with --plan/],
    ]) {
        const result = await execute(TARE, args);
        assert.equal(result.code, 2, result.stdout);
        assert.match(result.stderr, message);
    }
});

test("the examples say what they would run, and no secret", async () => {
    for (const name of fs.readdirSync(path.join(ROOT, "tests/plans"))) {
        const file = path.join(ROOT, "tests/plans", name);
        const result = await runPlan(file, ["--dry-run"], { env: { API_TOKEN: "s3cr3t-of-mine" } });
        assert.equal(result.code, 0, result.stderr);
        assert.match(result.stdout, /^\d+ runs: /m);
        assert.doesNotMatch(result.stdout, /s3cr3t/);
        const shorter = await runPlan(file, ["--dry-run", "-d", "1s"], { env: { API_TOKEN: "x" } });
        assert.match(shorter.stdout, /^but for --duration, as the command line says$/m);
        const list = await runPlan(file, ["--list"], { env: { API_TOKEN: "s3cr3t-of-mine" } });
        assert.match(list.stdout, /^([\w.-]+\n)+$/);
    }
});

test("two variants in turns, a page for each scenario, a gate that says no, and the same again", async (t) => {
    const fast = await startStub(t, []);
    const slow = await startStub(t, ["--delay", "fixed:20ms"]);
    const { file, root } = writePlan(t, `
variants: {fast: 'http://127.0.0.1:${fast.port}', slow: 'http://127.0.0.1:${slow.port}'}
headers: {Authorization: 'Bearer \${TOKEN}', X-Own: '\${TOKEN}'}
targets:
  one: {url: /one, weight: 3, slo: p95<10s}
  two: {url: /two, method: PUT}
scenarios:
  few: {requests: 40, connections: [1, 2], slo: errors<=0%}
  strict: {requests: 20, connections: 2, targets: one, slo: max<10ms}
repeat: 2
`);
    const env = { TOKEN: "s3cr3t-of-mine" };
    const first = await runPlan(file, ["-o", root, "--only", "few-2"], { env });
    assert.ok([0, 3].includes(first.code), first.stdout + first.stderr);
    const order = [...first.stdout.matchAll(/^\[(\d)\/4\] few-2, (fast|slow), run (\d): /gm)].map((m) => m.slice(1).join(" "));
    assert.deepEqual(order, ["1 fast 1", "2 slow 1", "3 slow 2", "4 fast 2"]);
    const run = readRun(path.join(root, "few-2/slow/2"));
    assert.deepEqual(run.targets.map(({ name }) => name), ["GET /one", "PUT /two"]);
    assert.ok(fs.existsSync(path.join(root, "few-2/report/report.html")));
    const before = fs.statSync(path.join(root, "few-2/slow/2/run.json")).mtimeMs;

    const second = await runPlan(file, ["-o", root], { env });
    assert.equal(fs.statSync(path.join(root, "few-2/slow/2/run.json")).mtimeMs, before);
    assert.equal([...second.stdout.matchAll(/few-2, .*: complete already, kept$/gm)].length, 4);
    assert.match(second.stdout, /^FAIL {2}slow: .*max/m);
    assert.ok([1, 3].includes(second.code), `exit ${second.code}: ${second.stdout}${second.stderr}`);
    for (const [name, bytes] of readAll(root))
        assert.ok(!bytes.includes("s3cr3t"), `the secret stands in ${name}`);
    assert.ok(!(second.stdout + second.stderr).includes("s3cr3t"));

    fs.appendFileSync(file, "# another plan now\n");
    const other = await runPlan(file, ["-o", root], { env });
    assert.equal(other.code, 2);
    assert.match(other.stderr, /suite/);
});

test("a server that is away: told, the others run, exit 2", async (t) => {
    const there = await startStub(t, []);
    const { file, root } = writePlan(t, `
variants: {there: 'http://127.0.0.1:${there.port}', away: 'http://127.0.0.1:${await findFreePort()}'}
targets: {home: {url: /}}
scenarios: {few: {requests: 5, connections: 1}}
`);
    const result = await runPlan(file, ["-o", root]);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /few, away, run 1 failed: .*nothing listens/);
    assert.match(result.stderr, /few has no run of away, so that it is not judged/);
    assert.equal(readRun(path.join(root, "few/there/1")).state, "complete");
});

test("Ctrl-C ends the suite with what was measured, exit 130, and the rest can follow", async (t) => {
    const stub = await startStub(t, ["--delay", "fixed:1ms"]);
    const { file, root } = writePlan(t, `
url: http://127.0.0.1:${stub.port}
targets: {home: {url: /}}
scenarios: {short: {requests: 5, connections: 1}, long: {duration: 60s}, never: {requests: 1}}
`);
    const result = await runPlan(file, ["-o", root], {
        onStart: (child) => {
            const timer = setInterval(() => {
                if (fs.existsSync(path.join(root, "long/server/1/run.json"))) {
                    clearInterval(timer);
                    child.kill("SIGINT");
                }
            }, 20);
            t.after(() => clearInterval(timer));
        },
    });
    assert.equal(result.code, 130, result.stderr);
    assert.equal(readRun(path.join(root, "short/server/1")).state, "complete");
    assert.equal(readRun(path.join(root, "long/server/1")).state, "interrupted");
    assert.ok(!fs.existsSync(path.join(root, "never")));
});

test("the schema that editors complete a plan by has the options that a scenario takes", async (t) => {
    const schema = JSON.parse(fs.readFileSync(path.join(ROOT, "engine/plan.schema.json"), "utf8"));
    const { stdout } = await execute(TARE, ["--help"]);
    const names = [...stdout.matchAll(/^ {2}(?:-\w, | {4})--([a-z-]+) /gm)].map(([, name]) => name);
    assert.ok(names.length > 40, stdout);
    const taken = [];
    for (const name of names) {
        const { file } = writePlan(t, `url: http://127.0.0.1:9\ntargets: {a: {url: /}}\nscenarios: {s: {${name}: {}}}\n`);
        const { stderr } = await runPlan(file, ["--dry-run"]);
        if (!/unknown key/.test(stderr)) // a map is never a value
            taken.push(name);
    }
    assert.deepEqual(Object.keys(schema.$defs.options.properties).sort(), taken.sort());
    const { stderr } = await runPlan(writePlan(t, "url: http://127.0.0.1:9\nx: 1\n").file, ["--dry-run"]);
    assert.match(stderr, new RegExp(`a plan has ${Object.keys(schema.properties).join(", ")}$`, "m"));
});
