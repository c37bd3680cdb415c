// support.mjs - Debian's chromium, silent and alone, and what a page did while it was open.
import assert from "node:assert/strict";
import fs from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts a browser with an empty profile of its own. */
export function startBrowser() {
    const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => fs.existsSync(file));
    assert.ok(executablePath, "chromium is not installed: apt install chromium");
    return chromium.launch({ executablePath, args: FLAGS });
}

/** Waits until the browser has drawn what it knows. */
export function untilDrawn(page) {
    return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Opens a file. Returns {page, complaints, requests}: what the console said, and each address that was
 *  asked for. The page is closed when the test ends. */
export async function openPage(t, browser, file, { width = 1280, dark = false, scripts = true } = {}) {
    const context = await browser.newContext({
        viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light", javaScriptEnabled: scripts,
        locale: "en-GB",
    });
    t.after(() => context.close());
    const page = await context.newPage();
    const complaints = [];
    const requests = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    if (scripts)
        await untilDrawn(page);
    return { page, complaints, requests };
}

/** What a figure's canvas shows: how many of its pixels are not empty, and how many are near a colour
 *  given as [red, green, blue]. */
export function countPixels(page, figure, colour = [0, 0, 0]) {
    return page.evaluate(([id, [red, green, blue]]) => {
        const canvas = document.querySelector(`#${id} canvas`);
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const counts = { drawn: 0, near: 0 };
        for (let i = 0; i < data.length; i += 4) {
            counts.drawn += data[i + 3] > 0;
            counts.near += data[i + 3] > 200 && Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) +
                Math.abs(data[i + 2] - blue) < 24;
        }
        return counts;
    }, [figure, colour]);
}

/** Pixels that stick out of the window to the right. */
export function overflowOf(page) {
    return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
