// scope.mjs - what a benchmark has begun, and how all of it ends: when it is through, when it fails, and on
// Ctrl-C, which leaves no server, no capture and no folder behind.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ROOT } from "../e2e/support.mjs";

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`; // where Debian keeps nginx and tcpdump
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const groups = new Set(); // process groups of what runProgram() runs now
const scopes = new Set();

async function close(undo) {
    while (undo.length > 0)
        await undo.pop()();
}

function killGroup(pid) {
    try {
        process.kill(-pid, "SIGKILL");
    } catch { /* it ended in between */ }
}

let isEnding = false;
async function interrupt(signal) {
    if (isEnding)
        return;
    isEnding = true;
    for (const pid of groups)
        killGroup(pid);
    for (const undo of [...scopes].reverse())
        await close(undo).catch(() => {});
    process.exit(SIGNALS[signal]);
}

for (const signal of Object.keys(SIGNALS))
    process.on(signal, interrupt);

/** Runs body(scope); what it hands to scope.after() is undone at the end, last first. */
export async function withScope(body) {
    const undo = [];
    scopes.add(undo);
    try {
        return await body({ after: (action) => undo.push(action) });
    } finally {
        await close(undo);
        scopes.delete(undo);
    }
}

/** A folder that goes when the scope ends. */
export function scopedFolder(scope) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tare-bench-"));
    scope.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** Runs a program to its end, in a process group of its own, so that nothing of it is left on Ctrl-C:
 *  {code, signal, stdout, stderr}. onStart: called with the child. Taken down after timeoutMs. */
export function runProgram(command, args, { env = {}, timeoutMs = 300_000, onStart } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args.map(String), {
            cwd: ROOT, env: { ...process.env, PATH, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true,
        });
        const chunks = { stdout: [], stderr: [] };
        child.stdout.on("data", (bytes) => chunks.stdout.push(bytes));
        child.stderr.on("data", (bytes) => chunks.stderr.push(bytes));
        child.on("error", reject);
        if (child.pid === undefined)
            return;
        groups.add(child.pid);
        const timer = setTimeout(() => killGroup(child.pid), timeoutMs);
        child.on("close", (code, signal) => {
            clearTimeout(timer);
            groups.delete(child.pid);
            if (isEnding)
                return; // who waits for it is not to go on
            const text = (name) => Buffer.concat(chunks[name]).toString("utf8");
            resolve({ code, signal, stdout: text("stdout"), stderr: text("stderr") });
        });
        onStart?.(child);
    });
}
