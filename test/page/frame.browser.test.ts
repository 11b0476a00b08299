/** What surrounds the views, in a real browser: themes, the list of keys, the foot of the page on a narrow screen. */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { KEYS } from "../../webview/core/keys.ts";
import { withFolder } from "../e2e/cli.ts";
import { checkAxe, type OpenOptions, startViewer, withOpenRun } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { seen } from "./panel-world.ts";

/** The page tries again every second. */
const NOTICED = { timeout: 20_000 };

let browser: Browser;
beforeAll(async () => {
	browser = await launchChromium();
});
afterAll(() => browser.close());

function withPage(use: (page: Page) => Promise<void>, options?: OpenOptions): Promise<void> {
	return withFolder(async (folder) => {
		const path = join(folder, "tea.safethink.jsonl");
		writeManyTraces(path, 6, 3);
		await withOpenRun(browser, path, ({ page }) => use(page), options);
	});
}

const theme = (page: Page) => page.evaluate(() => document.documentElement.dataset["theme"]);

describe("the page's frame", () => {
	it("takes the system's theme, follows it, and keeps another that is chosen", () =>
		withPage(async (page) => {
			expect(await theme(page)).toBe("light");
			await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
			await expect.poll(() => theme(page)).toBe("hc-dark");
			await page.getByRole("combobox", { name: "theme" }).selectOption("dark");
			expect(await theme(page)).toBe("dark");
			await page.reload();
			await page.waitForSelector("footer");
			expect(await theme(page)).toBe("dark");
			await page.getByRole("combobox", { name: "theme" }).selectOption("system");
			expect(await theme(page)).toBe("hc-dark");
		}));

	it("lists every key, opened and closed by keyboard", () =>
		withPage(async (page) => {
			await page.keyboard.press("?");
			const dialog = page.getByRole("dialog", { name: "All keys" });
			await dialog.waitFor();
			expect(await dialog.locator("tbody tr").count()).toBe(KEYS.length);
			await checkAxe(page);
			await page.setViewportSize({ width: 420, height: 300 });
			expect(await dialog.evaluate((element) => element.scrollTop)).toBe(0);
			await page.keyboard.press("Escape");
			await expect.poll(() => dialog.isVisible()).toBe(false);
			await page.keyboard.press("j");
			await expect.poll(() => page.locator("[aria-selected=true]").getAttribute("data-index")).toBe("1");
		}));

	it("obeys the keys at its foot when they are clicked", () =>
		withPage(async (page) => {
			await page.locator("footer [data-command=nextStep]").click();
			await expect.poll(() => page.locator("[aria-selected=true]").getAttribute("data-index")).toBe("1");
			await page.locator("footer [data-command=filter]").click();
			await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Filter");
		}));

	it("shows the keys of a trace at its foot where there is room", () =>
		withPage(async (page) => {
			await page.keyboard.press("Enter");
			await page.waitForSelector("st-step");
			const inSight = await page.evaluate(() => {
				const end = document.querySelector("footer .keys")?.getBoundingClientRect().bottom ?? 0;
				return [...document.querySelectorAll<HTMLElement>("footer .key")]
					.filter((key) => key.getBoundingClientRect().bottom <= end)
					.map((key) => key.dataset["command"]);
			});
			const named = KEYS.filter(({ views, footer }) => footer && views.includes("trace")).map(({ command }) => command);
			expect(new Set(inSight)).toEqual(new Set(named));
			expect(named).toEqual(expect.arrayContaining(["whatIf", "rescore", "attempts", "request", "previousTrace", "nextTrace"]));
		}));

	it("fits a narrow screen", () =>
		withPage(
			async (page) => {
				const wide = await page.evaluate(() =>
					["footer", "st-run-header", "st-notices", ".run-bar"].filter((name) => {
						const element = document.querySelector(name);
						return element !== null && element.scrollWidth > innerWidth;
					}),
				);
				expect(wide).toEqual([]);
				// Keys that do not fit are cut off, but not the one that lists them all.
				const cut = await page.evaluate(() => {
					const end = document.querySelector("footer .keys")?.getBoundingClientRect().bottom ?? 0;
					return [...document.querySelectorAll<HTMLElement>("footer .key")]
						.filter((key) => key.getBoundingClientRect().bottom > end)
						.map((key) => key.dataset["command"]);
				});
				expect(cut).toContain("toggleBlur");
				expect(cut).not.toContain("showKeys");
				expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
			},
			{ context: { viewport: { width: 500, height: 700 } } },
		));

	it("says when the viewer is gone", () =>
		withFolder(async (folder) => {
			const path = join(folder, "tea.safethink.jsonl");
			writeManyTraces(path, 4, 3);
			const viewer = await startViewer(path);
			const page = await browser.newPage();
			await page.goto(viewer.address);
			await page.locator("[role=row][data-index]").first().waitFor();
			await viewer.stop();
			const problem = page.locator("st-notices .problem");
			await expect.poll(() => seen(problem), NOTICED).toContain("the viewer does not answer — start `safethink view` again");
			await page.locator("st-rates select").selectOption("group");
			await problem.getByRole("button", { name: "Try again" }).click();
			await page.waitForTimeout(300);
			expect((await seen(page.locator("body"))).match(/does not answer/g)).toHaveLength(1);
			await page.close();
		}));

	it("notices by itself that the viewer is back", () =>
		withFolder(async (folder) => {
			const path = join(folder, "tea.safethink.jsonl");
			writeManyTraces(path, 4, 3);
			const viewer = await startViewer(path);
			const page = await browser.newPage();
			await page.route("**/notices", (route) => route.abort());
			await page.goto(viewer.address);
			const problem = page.locator("st-notices .problem");
			await expect.poll(() => seen(problem), NOTICED).toContain("the viewer does not answer");
			await page.unroute("**/notices");
			await expect.poll(() => problem.count(), NOTICED).toBe(0);
			expect(await page.locator("[role=row][data-index]").count()).toBe(4);
			await page.close();
			await viewer.stop();
		}));

	it("can be read with forced colours", () =>
		withPage(
			async (page) => {
				const line = page.locator(".sparkline path").first();
				// Strokes are not forced by the browser.
				expect(await line.evaluate((path) => getComputedStyle(path).stroke)).not.toBe("none");
				const pill = page.locator(".rows .pill").first();
				expect(await pill.evaluate((element) => getComputedStyle(element).borderStyle)).toBe("solid");
			},
			{ context: { forcedColors: "active" } },
		));
});
