/** Draws scripts/icon.svg as the PNG that the extension's page shows: `node scripts/icon.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";

const SIDE = 128;
const svg = readFileSync("scripts/icon.svg", "utf8");
const browser = await playwright.launch({
	executablePath: await chromium.executablePath(),
	args: ["--no-sandbox", "--disable-gpu"],
});
try {
	const page = await browser.newPage({ viewport: { width: SIDE, height: SIDE } });
	await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
	writeFileSync("media/icon.png", await page.screenshot({ omitBackground: true }));
} finally {
	await browser.close();
}
