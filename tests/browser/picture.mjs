// picture.mjs - takes the README's picture of a page.
//
//   node tests/browser/picture.mjs results/demo/report/report.html tests/browser/page.png
import { pathToFileURL } from "node:url";
import { startBrowser, untilDrawn } from "./support.mjs";

const [page, picture] = process.argv.slice(2);
const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 1080, height: 1240 }, colorScheme: "light" });
const tab = await context.newPage();
await tab.goto(pathToFileURL(page).href);
await untilDrawn(tab);
await tab.screenshot({ path: picture });
await browser.close();
