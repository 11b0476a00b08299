/** A run whose every free text is hostile, in a file with a hostile name: names, ids, verdicts, errors, plan, bad lines. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { withFolder } from "../e2e/cli.ts";
import { openRun, withBrowser } from "./browser.ts";
import { writeTraceRun } from "./trace-run.ts";

const NAME = `<img src=x onerror=ran=1>&"'\u202e $(touch x).safethink.jsonl`;
/** Names of fields that hold what somebody else wrote, ids included. */
const FREE = new Set(
	["id", "traceId", "attemptId", "request", "scorer", "judge", "detail", "verdict", "categories", "category", "group"].concat([
		"system",
		"source",
		"expected",
		"message",
		"remedy",
		"kind",
		"model",
		"url",
		"promptFolder",
		"path",
		"version",
	]),
);

function hostileText(origin: string): string {
	return (
		`<script>ran=1</script><img src="${origin}/i.png" onerror="ran=1"><svg onload=ran=1><a href="command:ran">go</a>` +
		`\u001b[31m\u202e\u0000\u2028__proto__ javascript:ran=1 ![i](${origin}/m.png) <link rel=stylesheet href="${origin}/s.css">` +
		`\ud800${"w".repeat(300)}`
	);
}

/** Rewrites each line: free texts end in `text`. Kinds of servers and plans that a schema fixes stay. */
function makeHostile(path: string, text: string): void {
	const lines = readFileSync(path, "utf8").trimEnd().split("\n");
	const [first = "", ...rest] = lines.map((line) => JSON.parse(line));
	const changed = [
		{ ...first, plan: withText(first.plan, text, new Set(["model", "id", "name"])) },
		...rest.map((event) => withText(event, text, FREE)),
	];
	writeFileSync(path, changed.map((event) => `${JSON.stringify(event)}\n`).join(""));
	appendFileSync(path, Buffer.from([0xff, 0xfe, 0x3c, 0x0a]));
	appendFileSync(
		path,
		`{"type":"${text.slice(0, 40).replaceAll('"', "'")}","id":"x1","time":"2026-01-01T00:00:00.000Z"}\n<script>ran=1</script>\n`,
	);
}

function withText(value: unknown, text: string, keys: ReadonlySet<string>, key = ""): unknown {
	if (typeof value === "string") return keys.has(key) ? value + text : value;
	if (Array.isArray(value)) return value.map((item) => withText(item, text, keys, key));
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withText(inner, text, keys, name)]));
}

/** A server that must hear nothing. */
async function silentServer(): Promise<{ origin: string; heard: string[]; close(): void }> {
	const heard: string[] = [];
	const server = createServer((request, response) => {
		heard.push(request.url ?? "");
		response.end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, close: () => server.close() };
}

async function unharmed(page: Page): Promise<void> {
	expect(await page.evaluate(() => "ran" in globalThis)).toBe(false);
	expect(await page.locator("body :is(script, iframe, object, embed, link, style, a[href], svg[onload])").count()).toBe(0);
	expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(3000);
	expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
	// Frames keep coming.
	await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

test("is shown as text everywhere, runs nothing, loads nothing", () =>
	withFolder((folder) =>
		withBrowser(async (browser) => {
			const server = await silentServer();
			const text = hostileText(server.origin);
			const path = writeTraceRun(join(folder, NAME), {
				prompt: text,
				steps: [
					[
						{ text, reward: -0.5 },
						{ text: `${text} taken`, reward: 0.5, prefix: text, flags: [text] },
					],
					[{ text, reward: null }],
				],
				discarded: text,
				answer: text,
			});
			makeHostile(path, text);
			const opened = await openRun(browser, path);
			try {
				const { page } = opened;
				await page.waitForSelector("st-step");
				await unharmed(page);
				expect(await page.locator("st-trace-view").textContent()).toContain("<script>ran=1</script>");
				for (const key of ["o", "d", "m", "p", "b", "b"]) await page.keyboard.press(key);
				await unharmed(page);
				await page.keyboard.press("q");
				await page.waitForSelector("dialog[open]");
				await unharmed(page);
				await page.keyboard.press("Escape");
				await page.keyboard.press("Escape");
				await page.waitForSelector("[role=row][data-index]");
				expect(await page.locator("st-run-view").textContent()).toContain("<img src=x onerror=ran=1>");
				expect(await page.locator("st-notices").textContent()).toMatch(/2 lines of the run cannot be read/);
				await unharmed(page);
				await page.getByRole("combobox", { name: "Filter" }).fill(`category:"${text.slice(0, 30).replaceAll('"', "")}"`);
				await page.keyboard.press("Enter");
				await unharmed(page);
				expect(server.heard).toEqual([]);
			} finally {
				server.close();
				await opened.close();
			}
		}),
	));
