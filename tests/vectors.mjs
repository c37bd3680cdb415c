// vectors.mjs - the response vectors of tests/vectors as bytes, for tests that send them. The notation is
// described in tests/vectors/README.md.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), "vectors");

/** A line's text as {bytes, stops}: bytes in latin1, stops where it has \! */
function decode(text) {
    let bytes = "";
    const stops = [];
    const plain = { r: "\r", n: "\n", t: "\t", 0: "\0", "\\": "\\" };
    for (let i = 0; i < text.length; i++) {
        if (text[i] !== "\\") {
            bytes += text[i];
            continue;
        }
        const mark = text[++i];
        if (mark in plain) {
            bytes += plain[mark];
        } else if (mark === "!") {
            stops.push(bytes.length);
        } else if (mark === "x") {
            bytes += String.fromCharCode(parseInt(text.slice(i + 1, i + 3), 16));
            i += 2;
        } else if (mark === "{") {
            const [whole, count, unit] = /^\{(\d+):([^}]*)\}/.exec(text.slice(i));
            bytes += decode(unit).bytes.repeat(Number(count));
            i += whole.length - 1;
        } else {
            throw new Error(`unknown escape \\${mark}`);
        }
    }
    return { bytes, stops };
}

/** Takes the sign for "no line end here" off: a backslash that no other escapes. */
function withoutLineEnd(line) {
    const isOpen = /(^|[^\\])(\\\\)*\\$/.test(line);
    return isOpen ? line.slice(0, -1) : `${line}\\r\\n`;
}

/** All vectors of one kind ("response"): {name, bytes (Buffer), stops, options, results}. */
export function readVectors(kind) {
    const vectors = [];
    for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith(".md") && name !== "README.md").sort()) {
        const text = fs.readFileSync(path.join(FOLDER, file), "utf8");
        const blocks = new RegExp(`^## (.*)\\n(?:(?!^##|^\`\`\`)[^\\n]*\\n)*^\`\`\`${kind}(.*)\\n([^]*?)^\`\`\`\\n` +
            "^```result\\n([^]*?)^```$", "gm");
        for (const [, name, options, input, result] of text.matchAll(blocks)) {
            const { bytes, stops } = decode(input.split("\n").slice(0, -1).map(withoutLineEnd).join(""));
            vectors.push({ name: `${file}: ${name}`, bytes: Buffer.from(bytes, "latin1"), stops,
                options: options.trim().split(" ").filter(Boolean), results: result.trim().split("\n") });
        }
    }
    return vectors;
}
