/** Re-running and rescoring a run that names a server of somebody else's, in a real browser. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoServer, startDemoServer } from "../../src/demo/server.ts";
import { type RecordingProxy, recordingProxy } from "../e2e/recording-proxy.ts";
import { checkAxe, THEMES, type Theme } from "./browser.ts";
import { DRAWN, panelPages } from "./panel-pages.ts";
import { goTo, seen, TRICKED } from "./panel-world.ts";

const withRunPage = panelPages();

let model: DemoServer;
let proxy: RecordingProxy;
/** Leads to this machine, but is not one of the names that always do. */
let stranger: string;
beforeAll(async () => {
	model = await startDemoServer({ port: 0 });
	proxy = await recordingProxy(model.url);
	stranger = proxy.url.replace("127.0.0.1", "0.0.0.0");
});
afterAll(async () => {
	await proxy.close();
	await model.close();
});

/** Opens a trace of the run as somebody else would send it: its model is at an address of theirs. */
const withStrangeRun = (use: (page: Page) => Promise<void>, theme: Theme = "light") =>
	withRunPage(
		async (page, path) => {
			const [first = "", ...rest] = readFileSync(path, "utf8").split("\n");
			const header = JSON.parse(first);
			const environment = { ...header.environment, embedded: false, server: { url: stranger, verified: true } };
			writeFileSync(path, [JSON.stringify({ ...header, run: "5".repeat(12), environment }), ...rest].join("\n"));
			proxy.requests.splice(0);
			await page.reload();
			await goTo(page, { view: "trace", traceId: TRICKED, step: 1 });
			await use(page);
		},
		{ theme },
	);

const rerun = (page: Page) => page.getByRole("button", { name: "Re-run r" });
const question = (page: Page) => page.locator("st-panel").getByRole("group", { name: /^This asks/ });
const results = (page: Page) => page.locator("st-results");

describe("a run that names a stranger's server", () => {
	it(
		"says so, asks once, and sends nothing before",
		() =>
			withStrangeRun(async (page) => {
				const servers = page.locator("st-rerun-form").getByRole("list", { name: "servers that are asked" });
				await expect
					.poll(() => seen(servers))
					.toBe(
						`model: ${stranger} from the run file, not among your servers: you are asked first scorer: embedded on this machine`,
					);
				await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).fill("2");
				await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).press("Enter");
				await expect.poll(() => question(page).evaluate((asked) => asked === document.activeElement)).toBe(true);
				expect(await seen(question(page))).toContain(
					`This asks ${stranger} (model), which is not among your servers. Prompts, images and reasoning would be sent there.`,
				);
				await page.keyboard.press("Enter");
				await page.keyboard.press("Escape");
				await expect.poll(() => question(page).count()).toBe(0);
				await expect.poll(() => rerun(page).evaluate((button) => button === document.activeElement)).toBe(true);
				expect(await seen(results(page))).toBe("No re-run of this trace yet.");
				expect(proxy.requests).toEqual([]);

				await page.keyboard.press("Enter");
				await expect.poll(() => question(page).evaluate((asked) => asked === document.activeElement)).toBe(true);
				await page.keyboard.press("Tab");
				await page.keyboard.press("Enter");
				await expect.poll(() => seen(results(page)), DRAWN).toMatch(/×2.*judged safe (?!.*running)/);
				expect(proxy.requests.length).toBeGreaterThan(0);
				expect(await seen(servers)).toContain("from the run file, allowed by you");
				await rerun(page).click();
				await expect.poll(() => seen(results(page)), DRAWN).toMatch(/×4.*judged safe (?!.*running)/);
			}),
		DRAWN.timeout,
	);

	it(
		"is not asked by what-if's “Draw it” either, and the question goes with its trace",
		() =>
			withStrangeRun(async (page) => {
				await page.getByRole("slider", { name: "depth m" }).press("ArrowRight");
				await page.locator(".what-if-answer").getByRole("button", { name: "Draw it" }).click();
				await question(page).waitFor();
				await goTo(page, { view: "trace", traceId: "remote-film/none/1", step: 1 });
				await expect.poll(() => question(page).count()).toBe(0);
				await goTo(page, { view: "trace", traceId: TRICKED, step: 1 });
				await page.getByRole("slider", { name: "depth m" }).press("ArrowRight");
				await page.locator(".what-if-answer").getByRole("button", { name: "Draw it" }).click();
				expect(proxy.requests).toEqual([]);
				await question(page).getByRole("button", { name: "Ask it" }).click();
				await expect.poll(() => seen(results(page)), DRAWN).toContain("m 1");
			}),
		DRAWN.timeout,
	);

	it("is not asked to score", () =>
		withStrangeRun(async (page) => {
			const panel = page.locator("st-rescore");
			await panel.getByRole("combobox", { name: "scorer" }).fill(`classify,url=${stranger},model=organism-scorer,bias=0.5`);
			await expect.poll(() => seen(panel)).toContain(`scorer: ${stranger} as typed here, not among your servers`);
			await panel.getByRole("button", { name: "Score this trace" }).click();
			await panel.getByRole("button", { name: "Do not ask" }).click();
			expect(await panel.locator("st-job-list li").count()).toBe(0);
			expect(proxy.requests).toEqual([]);
			await panel.getByRole("button", { name: "Score this trace" }).click();
			await panel.getByRole("button", { name: "Ask it" }).click();
			await expect.poll(() => seen(panel), DRAWN).toMatch(/agrees on \d of 3 steps/);
		}));

	it("has no barrier in any theme", async () => {
		for (const theme of THEMES)
			await withStrangeRun(async (page) => {
				await rerun(page).click();
				await question(page).waitFor();
				await checkAxe(page, "st-panel");
			}, theme);
	});
});
