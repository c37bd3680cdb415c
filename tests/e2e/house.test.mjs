// house.test.mjs - rules of the house that a machine can see (CONTRIBUTING.md).
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { ROOT } from "./support.mjs";

/** Source files of the product by their path from the root, without comments and texts. */
function readSources() {
    const sources = new Map();
    for (const folder of ["engine", "report"])
        for (const name of fs.readdirSync(path.join(ROOT, folder)).filter((one) => /\.[ch]$/.test(one)))
            sources.set(`${folder}/${name}`, fs.readFileSync(path.join(ROOT, folder, name), "utf8"));
    return sources;
}

/** The tests' own source files by their path from the root. */
function readTests() {
    const folders = fs.readdirSync(path.join(ROOT, "tests"), { withFileTypes: true })
        .filter((one) => one.isDirectory() && one.name !== "node_modules").map((one) => `tests/${one.name}`);
    return folders.flatMap((folder) => fs.readdirSync(path.join(ROOT, folder))
        .filter((name) => /\.([ch]|mjs|sh)$/.test(name))
        .map((name) => [`${folder}/${name}`, fs.readFileSync(path.join(ROOT, folder, name), "utf8")]));
}

const bare = (text) => text.replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*/g, "").replace(/"(\\.|[^"\\])*"/g, '""');

/** Files in which a pattern stands. */
function filesWith(sources, pattern) {
    return [...sources].filter(([, text]) => pattern.test(text)).map(([name]) => name).sort();
}

const sources = readSources();
const code = new Map([...sources].map(([name, text]) => [name, bare(text)]));

test("only ring.c knows liburing, only clock.c reads time, only main and stub exit", () => {
    assert.deepEqual(filesWith(sources, /#include <liburing/), ["engine/ring.c"]);
    assert.deepEqual(filesWith(code, /\b(clock_gettime|gettimeofday|timespec_get|clock_nanosleep)\s*\(/), ["engine/clock.c"]);
    const allowed = ["engine/main.c", "engine/stub.c", "report/main.c"];
    assert.deepEqual(filesWith(code, /\b_?exit\s*\(/).filter((name) => !allowed.includes(name)), []);
});

test("every file says first what it is, by its name", () => {
    for (const [name, text] of sources)
        assert.ok(text.startsWith(`/* ${path.basename(name)} - `), `${name} begins with ${text.slice(0, 40)}`);
});

test("a file is at most 500 lines long, the Makefile at most 150", () => {
    for (const [name, text] of sources)
        assert.ok(text.split("\n").length <= 501, `${name} has ${text.split("\n").length - 1} lines`);
    for (const [name, text] of readTests())
        assert.ok(text.split("\n").length <= 501, `${name} has ${text.split("\n").length - 1} lines`);
    assert.ok(fs.readFileSync(path.join(ROOT, "Makefile"), "utf8").split("\n").length <= 151);
});

test("the engine does not know the report", () => {
    const report = new Set(fs.readdirSync(path.join(ROOT, "report")).filter((name) => name.endsWith(".h")));
    const engine = new Set(fs.readdirSync(path.join(ROOT, "engine")).filter((name) => name.endsWith(".h")));
    for (const [name, text] of sources)
        for (const [, header] of text.matchAll(/^#include "(.*)"/gm))
            if (name.startsWith("engine/") && report.has(header))
                assert.ok(engine.has(header), `${name} includes ${header}`);
});
