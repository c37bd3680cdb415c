// second_opinion.test.mjs - our framing beside llhttp, node's own parser: on every response vector and on
// seeded mutations of them. Where the two differ, the difference is one of those explained here; any
// other is a failure.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import test from "node:test";
import { BUILD } from "../e2e/support.mjs";
import { readVectors } from "../vectors.mjs";

const { HTTPParser } = createRequire(import.meta.url)("_http_common");
const MUTANTS = Number(process.env.MUTANTS ?? 100_000);
const needed = new Set(); // explanations that some pair has needed

/** What llhttp makes of the first final response: as tests/bench/frame.c says it, and why where it is bad. */
function askLlhttp({ bytes, toHead, thenClose }) {
    const parser = new HTTPParser();
    parser.initialize(HTTPParser.RESPONSE, {}, 10_000_000, 0);
    let final = null;
    let body = 0;
    let done = null;
    parser[HTTPParser.kOnHeadersComplete] = (...about) => {
        const [status, , , keepAlive] = about.slice(5);
        if (final === null && (status >= 200 || status === 101))
            final = { status, keepAlive };
        return toHead ? 1 : 0;
    };
    parser[HTTPParser.kOnHeaders] = () => {};
    parser[HTTPParser.kOnBody] = (piece) => { body += done ? 0 : piece.length; };
    parser[HTTPParser.kOnMessageComplete] = () => {
        if (final && !done)
            done = `done ${final.status} ${body} ${final.keepAlive ? "keep-alive" : "close"}`;
    };
    let result = parser.execute(bytes);
    if (!done && !(result instanceof Error) && thenClose)
        result = parser.finish() ?? result;
    parser.close();
    if (done)
        return done;
    return result instanceof Error ? `bad ${result.code}` : "more";
}

/** What our parser makes of all of them, in one go. */
function askOurs(cases) {
    const pieces = cases.flatMap(({ bytes, toHead, thenClose }) => {
        const head = Buffer.alloc(5);
        head.writeUInt8((toHead ? 1 : 0) | (thenClose ? 2 : 0), 0);
        head.writeUInt32LE(bytes.length, 1);
        return [head, bytes];
    });
    return execFileSync(path.join(BUILD, "tools/frame"), { input: Buffer.concat(pieces), maxBuffer: 1e9 })
        .toString("latin1").trimEnd().split("\n");
}

/** Everything in which the two may differ. Each: a name, and whether it explains a pair. text: the input. */
const EXPLANATIONS = [
    ["we are told of a peer that closes in words of our own; llhttp calls it an end of input",
        (ours, theirs) => /^bad closed/.test(ours) && /^(bad HPE_INVALID_EOF_STATE|more|bad )/.test(theirs)],
    ["both refuse, each with its own word", (ours, theirs) => /^bad/.test(ours) && /^bad/.test(theirs)],
    ["RFC 9112 section 2.2 and 5.2: what a lenient reader may take (bare CR or LF, folds) we refuse",
        (ours) => /^bad (line_end|field_fold|field_space|field_colon|field_name|control_byte)/.test(ours)],
    ["section 4: we ask for \"HTTP/1.0\" or \"HTTP/1.1\"; llhttp knows more, and skips line ends before it",
        (ours) => /^bad (not_http|version)/.test(ours)],
    ["section 4: a status is three digits and 100 or more", (ours) => /^bad status/.test(ours)],
    ["section 6.1: a coding in HTTP/1.0, chunked twice or with parameters",
        (ours) => /^bad (coding|coding_repeated|coding_version)$/.test(ours)],
    ["RFC 9110 section 8.6: a list of equal lengths is one length; llhttp refuses any second",
        (ours, theirs) => /^(done|more)/.test(ours) && /(UNEXPECTED|INVALID)_CONTENT_LENGTH/.test(theirs)],
    ["a length that is no number, or two that differ: llhttp takes it where the message has no body anyhow",
        (ours) => /^bad (length|length_conflict|length_limit)$/.test(ours)],
    ["limits are ours", (ours) => /^bad \w+_limit$/.test(ours)],
    ["section 7.1: what is wrong in a chunk we say as soon as it is read", (ours) => /^bad chunk/.test(ours)],
    ["llhttp refuses a final coding other than chunked; section 6.3, rule 4 lets a response with one end by the close",
        (ours, theirs) => /^(done|more)/.test(ours) && /INVALID_TRANSFER_ENCODING/.test(theirs)],
    ["llhttp wants a CR or LF where section 7.1.1 has chunk extensions with spaces and quotes of any text",
        (ours, theirs) => /^(done|more)/.test(ours) && /INVALID_CHUNK_SIZE|STRICT/.test(theirs)],
    ["section 9.3: Connection is a list of words, and ours reads all of them; 101 ends HTTP/1.1 on the connection",
        (ours, theirs) => sameButKeepAlive(ours, theirs)],
    ["white space, or an empty member, behind chunked: RFC 9110 section 5.6.1.2 skips it; llhttp reads to the close",
        (ours, theirs, text) => /^(done|bad)/.test(ours) && /^(more|done .* close)$/.test(theirs) &&
            /transfer-encoding:[^\r]*chunked[ \t,]+[^\r]*\r\n/i.test(text)],
    ["RFC 9112 section 6.3, rule 1: an interim response has no body; llhttp reads one where it names a coding",
        (ours, theirs, text) => /^done/.test(ours) && theirs === "more" &&
            /^HTTP\/1\.. 1[^]*?transfer-encoding/i.test(text)],
    ["llhttp takes bytes behind a message that closes for an error", (ours, theirs) => /CLOSED_CONNECTION/.test(theirs)],
];

function sameButKeepAlive(ours, theirs) {
    const bare = (text) => text.replace(/ (keep-alive|close)$/, "");
    return ours.startsWith("done") && bare(ours) === bare(theirs);
}

/** Fails where a pair differs unexplained; returns how often each explanation was needed. */
function compare(cases) {
    const ours = askOurs(cases).map((line) => line.replace(/^(done \d+ \d+ \S+) \d+$/, "$1"));
    const used = new Map();
    const unexplained = [];
    assert.equal(ours.length, cases.length);
    cases.forEach((one, i) => {
        const theirs = askLlhttp(one);
        if (ours[i] === theirs)
            return;
        const found = EXPLANATIONS.find(([, explains]) => explains(ours[i], theirs, one.bytes.toString("latin1")));
        needed.add(found?.[0]);
        if (found)
            used.set(found[0], (used.get(found[0]) ?? 0) + 1);
        else
            unexplained.push(`${one.name}\n  ours ${ours[i]}, llhttp ${theirs}\n  ` +
                JSON.stringify(one.bytes.toString("latin1").slice(0, 400)));
    });
    assert.deepEqual(unexplained.slice(0, 10), [], `${unexplained.length} of ${cases.length} differ unexplained`);
    return used;
}

/** SplitMix64's little brother: seeded, so that a failure can be seen again. */
function seeded(seed) {
    let state = seed >>> 0;
    return (below) => {
        state = (state + 0x9e3779b9) >>> 0;
        let z = state;
        z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
        z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
        return ((z ^ (z >>> 16)) >>> 0) % below;
    };
}

const vectors = readVectors("response").filter(({ bytes }) => bytes.length < 5000);
const asCase = ({ name, bytes, options }) =>
    ({ name, bytes, toHead: options.includes("to-head"), thenClose: options.includes("then-close") });

// What llhttp takes has changed from release to release, and the explanations are of this one on.
const skip = Number(process.versions.llhttp.split(".")[0]) < 9 && `node brings llhttp ${process.versions.llhttp}, 9 is needed`;

test("every vector: llhttp agrees, or the difference is explained", { skip }, (t) => {
    assert.ok(vectors.length > 150);
    for (const [why, times] of compare(vectors.map(asCase)))
        t.diagnostic(`${times} x ${why}`);
});

test(`${MUTANTS} mutants of the vectors`, { skip }, (t) => {
    const random = seeded(20261120);
    const pieces = ["\r\n", "\n", "\r", " ", "\t", ":", ",", "0", "1", "9", "-", "+", "chunked", "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", ";", "\"", "\0", "\xff", "HTTP/1.1", "a"];
    const mutants = Array.from({ length: MUTANTS }, (_, number) => {
        const one = asCase(vectors[random(vectors.length)]);
        let text = one.bytes.toString("latin1");
        for (let changes = 1 + random(3); changes > 0; changes--) {
            const at = random(text.length + 1);
            const kind = random(4);
            const size = random(4);
            if (kind === 0)
                text = text.slice(0, at) + text.slice(at + 1 + size);
            else if (kind === 1)
                text = text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at);
            else if (kind === 2)
                text = text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
            else
                text = text.slice(0, at) + text.slice(at, at + 8 * size) + text.slice(at);
        }
        return { ...one, name: `mutant ${number} of ${one.name}`, bytes: Buffer.from(text, "latin1") };
    });
    for (const [why, times] of compare(mutants))
        t.diagnostic(`${times} x ${why}`);
});

test("no explanation is idle", { skip }, () => {
    const idle = EXPLANATIONS.map(([why]) => why).filter((why) => !needed.has(why));
    assert.deepEqual(idle, [], "these explain nothing any more");
});
