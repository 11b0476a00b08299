/** A run whose every free text is hostile, in a file with a hostile name: names, ids, verdicts, errors, plan, bad lines. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { sha256 } from "../../src/trace/hash.ts";
import { ROOT, withFolder } from "../e2e/cli.ts";
import { openRun, withBrowser } from "./browser.ts";
import { seen } from "./panel-world.ts";
import { TRACE, type TraceSpec, writeTraceRun } from "./trace-run.ts";

const NAME = `<img src=x onerror=ran=1>&"'\u202e $(touch x).safethink.jsonl`;
/** Names of fields that hold what somebody else wrote, ids included. */
const FREE = new Set(
	[
		"id",
		"traceId",
		"of",
		"attemptId",
		"request",
		"scorer",
		"judge",
		"detail",
		"verdict",
		"categories",
		"category",
		"group",
	].concat(["system", "source", "expected", "message", "remedy", "kind", "model", "url", "promptFolder", "path", "version"]),
);

function hostileText(origin: string): string {
	return (
		`<script>ran=1</script><img src="${origin}/i.png" onerror="ran=1"><svg onload=ran=1><a href="command:ran">go</a>` +
		`\u001b[31m\u202e\u0000\u2028__proto__ javascript:ran=1 ![i](${origin}/m.png) <link rel=stylesheet href="${origin}/s.css">` +
		`\ud800${"w".repeat(300)}`
	);
}

/** What the page asks for by name; a viewer takes no question of a megabyte. */
const IDS = new Set(["id", "traceId", "attemptId", "request"]);

/** Rewrites each line: free texts end in `text`. Kinds of servers and plans that a schema fixes stay. */
function makeHostile(path: string, text: string, keys: ReadonlySet<string> = FREE): void {
	const lines = readFileSync(path, "utf8").trimEnd().split("\n");
	const [first = "", ...rest] = lines.map((line) => JSON.parse(line));
	const changed = [
		{ ...first, plan: withText(first.plan, text, new Set(["model", "id", "name"])) },
		...rest.map((event) => withText(event, text, keys)),
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

/** A trace with the text in each of its places. */
function everywhere(text: string): TraceSpec {
	return {
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
	};
}

/** Appends a branch at step 2 of the run's trace, which went on with other words. */
function addBranch(path: string, branchId: string): void {
	const own = readFileSync(path, "utf8")
		.trimEnd()
		.split("\n")
		.filter((line) => line.includes(`"traceId":"${TRACE}"`) && !line.includes('"step":1,'))
		.map((line) => {
			const event = JSON.parse(line.replaceAll(TRACE, branchId));
			const branch = { of: TRACE, step: 2, parameters: { prefix: event.prompt?.text ?? "" } };
			return { ...event, id: `${event.id}-b`, ...(event.type === "trace.started" && { branch }) };
		});
	const others = own.map((event) => (event.type === "step.proposed" ? { ...event, text: `other ${event.text}` } : event));
	appendFileSync(path, others.map((event) => `${JSON.stringify(event)}\n`).join(""));
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

/** Of the hostile text. */
const UNSEEN = /[\u001b\u202e\u0000\u2028]/u;

async function unharmed(page: Page): Promise<void> {
	expect(await page.evaluate(() => "ran" in globalThis)).toBe(false);
	expect(await page.locator("body :is(script, iframe, object, embed, link, style, a[href], svg[onload])").count()).toBe(0);
	expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(3000);
	expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
	// What would be obeyed or hidden is neither in a text nor in an attribute.
	expect(await page.evaluate(() => document.body.outerHTML)).not.toMatch(UNSEEN);
	// Frames keep coming.
	await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

test("is shown as text everywhere, runs nothing, loads nothing", () =>
	withFolder((folder) =>
		withBrowser(async (browser) => {
			const server = await silentServer();
			const text = hostileText(server.origin);
			const path = writeTraceRun(join(folder, NAME), everywhere(text));
			addBranch(path, "branch");
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

				await page.locator("st-branches .branch-group").click();
				await page.getByRole("checkbox", { name: "mark re-run 1 to compare" }).check();
				await unharmed(page);
				await page.locator("st-branches").getByRole("button", { name: "Compare" }).click();
				await page.waitForSelector("st-compare-step .half");
				await expect.poll(() => seen(page.locator(".parting-sentence"))).toContain("they part at step 2");
				for (const key of ["o", "m", "m"]) await page.keyboard.press(key);
				expect(await seen(page.locator("st-compare-view"))).toContain("other <script>ran=1</script>");
				await unharmed(page);

				await page.keyboard.press("Escape");
				await page.waitForSelector("st-trace-view");
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

/** Longer than any page can show at once, in both directions. */
const ENDLESS = `${"w".repeat(200_000)}${"\n".repeat(200_000)}`;

test("names and texts without end are cut, and the page stays small and obeys", () =>
	withFolder((folder) =>
		withBrowser(async (browser) => {
			const path = writeTraceRun(join(folder, "tea.safethink.jsonl"), everywhere(ENDLESS));
			makeHostile(path, ENDLESS, new Set([...FREE].filter((key) => !IDS.has(key))));
			const opened = await openRun(browser, path);
			const { page } = opened;
			try {
				for (const key of ["o", "d", "m"]) await page.keyboard.press(key);
				await page.waitForSelector(".attempt");
				await small(page);
				await page.keyboard.press("q");
				await page.waitForSelector("dialog[open] dd");
				await small(page);
				await page.keyboard.press("Escape");
				await page.keyboard.press("Escape");
				await page.waitForSelector("[role=row][data-index]");
				await page.waitForSelector("st-rates table");
				await small(page);
			} finally {
				await opened.close();
			}
		}),
	));

async function small(page: Page): Promise<void> {
	await unharmed(page);
	const { characters, height } = await page.evaluate(() => ({
		characters: document.body.textContent?.length ?? 0,
		height: Math.max(...[...document.querySelectorAll("*")].map((element) => element.scrollHeight)),
	}));
	expect(characters).toBeLessThan(150_000);
	expect(height).toBeLessThan(20_000);
}

test("of images only a real picture is drawn; of others it is said what is wrong", () =>
	withFolder((folder) =>
		withBrowser(async (browser) => {
			const cake = readFileSync(join(ROOT, "samples", "images", "cake.png"));
			const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>ran=1</script></svg>');
			// Says that it has 50,000 × 50,000 pixels.
			const bomb = Buffer.from(cake);
			bomb.writeUInt32BE(50_000, 16);
			bomb.writeUInt32BE(50_000, 20);
			const hostile = `"><img src=x onerror=ran=1>\u202e.png`;
			const files = { "cake.png": cake, "bomb.png": bomb, [hostile]: svg };
			for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
			const image = (path: string, bytes: Buffer) => ({
				path,
				sha256: sha256(bytes),
				mediaType: "image/png",
				bytes: bytes.length,
			});
			const images = [
				...Object.entries(files).map(([name, bytes]) => image(name, bytes)),
				image("../gone.png", Buffer.from("gone")),
			];
			const opened = await openRun(browser, writeTraceRun(join(folder, "tea.safethink.jsonl"), { ...everywhere("tea"), images }));
			const { page } = opened;
			try {
				await expect.poll(() => page.locator("st-image .problem").count()).toBe(3);
				const told = await Promise.all((await page.locator("st-image").all()).map(seen));
				expect(told[0]).toContain("cake.png · 403 B");
				expect(told[1]).toMatch(/bomb\.png.* 50000 × 50000 pixels/);
				expect(told[2]).toContain("‹U+202E›");
				expect(told[3]).toMatch(/gone\.png.* — put it back/);
				expect(await page.locator("st-image :is(img, svg)").count()).toBe(2);
				expect(
					await page
						.locator("st-image img")
						.first()
						.evaluate((img: HTMLImageElement) => img.naturalWidth),
				).toBeGreaterThan(0);
				await page.getByRole("button", { name: "enlarge cake.png" }).press("Enter");
				await page.getByRole("dialog", { name: "cake.png" }).waitFor();
				await page.keyboard.press("Escape");
				await unharmed(page);
			} finally {
				await opened.close();
			}
		}),
	));
