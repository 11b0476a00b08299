/** The run view in a real browser, by keyboard: cursor, filter, order, marks, growth, four themes. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { withFolder } from "../e2e/cli.ts";
import { checkAxe, type OpenOptions, THEMES, withOpenRun } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { seen } from "./panel-world.ts";

const TRACES = 60;

let browser: Browser;
beforeAll(async () => {
	browser = await launchChromium();
});
afterAll(() => browser.close());

/** Opens a run of `traces` traces for the time of `use`, and expects no trouble. */
function withRun(use: (page: Page, path: string) => Promise<void>, traces = TRACES, options?: OpenOptions): Promise<void> {
	return withFolder(async (folder) => {
		const path = join(folder, "tea.safethink.jsonl");
		writeManyTraces(path, traces, 4);
		await withOpenRun(
			browser,
			path,
			async ({ page }) => {
				// Whole: keys go to the last row that is known.
				await page.locator(".run-state").waitFor();
				await use(page, path);
			},
			options,
		);
	});
}

const rows = (page: Page) => page.locator("[role=row][data-index]");
const selected = (page: Page) => page.locator("[role=row][aria-selected=true]");
const cell = (row: Locator, column: number) => row.locator("[role=gridcell]").nth(column);
const number = async (row: Locator) => Number((await seen(cell(row, 1))).replace(",", ""));
const shown = (page: Page) => page.locator(".run-bar .counted");
const expectSelected = (page: Page, wanted: number) => expect.poll(() => number(selected(page))).toBe(wanted);

describe("the run view by keyboard", () => {
	it("goes from row to trace to the next trace, and back to its row", () =>
		withRun(async (page) => {
			await expectSelected(page, 1);
			for (const key of ["j", "j", "ArrowDown", "k"]) await page.keyboard.press(key);
			await expectSelected(page, 3);
			await page.keyboard.press("Enter");
			await page.waitForSelector("st-trace-view");
			await page.keyboard.press("Escape");
			await expectSelected(page, 3);
			await page.keyboard.press("Enter");
			const traceId = () =>
				page.evaluate(() => (document.querySelector("st-trace-view") as unknown as { traceId: string }).traceId);
			await page.waitForSelector("st-trace-view st-step");
			const left = await traceId();
			await page.keyboard.press("]");
			await expect.poll(traceId).not.toBe(left);
			await page.keyboard.press("Escape");
			await expectSelected(page, 4);
			await page.keyboard.press("End");
			await expectSelected(page, TRACES);
			await expect.poll(() => selected(page).isVisible()).toBe(true);
			// What has the focus says which row is meant.
			const active = await page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant"));
			expect(active).toBe(await selected(page).getAttribute("id"));
		}));

	it("filters by an expression with completions", () =>
		withRun(async (page) => {
			const filter = page.getByRole("combobox", { name: "Filter" });
			await page.keyboard.press("/");
			await page.keyboard.type("verd");
			await expect.poll(() => page.locator("#filter-completions [role=option]").count()).toBe(1);
			await page.keyboard.press("ArrowDown");
			expect(await filter.getAttribute("aria-activedescendant")).toBe("filter-completion-0");
			await page.keyboard.press("Enter");
			await page.keyboard.type("harm");
			await page.keyboard.press("ArrowDown");
			await page.keyboard.press("Enter");
			expect(await filter.inputValue()).toBe("verdict:harmful ");
			await expect.poll(() => seen(shown(page))).toMatch(/^\d+ of 60 shown$/);
			await page.keyboard.press("Enter");
			await page.keyboard.press("j");
			expect(await filter.inputValue()).toBe("verdict:harmful ");
			for (const row of await rows(page).all()) expect(await seen(row)).toContain("judged harmful");

			await page.keyboard.press("/");
			await page.keyboard.press("Escape");
			await expect.poll(() => seen(shown(page))).toBe("60 shown");
		}));

	it("shows where a filter is wrong, what to do, and the rows of the last one that was right", () =>
		withRun(async (page) => {
			await page.keyboard.press("/");
			await page.keyboard.type("steps>=2 stepz>2");
			const problem = page.locator("#filter-error");
			await expect.poll(() => seen(problem.locator("mark"))).toBe("stepz>2");
			expect(await seen(problem)).toContain("did you mean steps?");
			expect(await page.getByRole("combobox", { name: "Filter" }).getAttribute("aria-invalid")).toBe("true");
			expect(await rows(page).count()).toBeGreaterThan(0);
			await page.keyboard.press("Escape");
			await page.keyboard.press("Escape");
			await expect.poll(() => seen(problem)).toBe("");
		}));

	it("says so when no trace fits", () =>
		withRun(async (page) => {
			await page.keyboard.press("/");
			await page.keyboard.type("steps>99");
			await expect.poll(() => seen(page.locator(".empty"))).toContain("No trace fits the filter");
		}));

	it("sorts by a header and keeps the cursor on its trace", () =>
		withRun(async (page) => {
			await page.keyboard.press("j");
			await expectSelected(page, 2);
			const header = page.locator("[role=columnheader][data-column=number]");
			await header.getByRole("button").focus();
			await page.keyboard.press("Enter");
			expect(await header.getAttribute("aria-sort")).toBe("ascending");
			await page.keyboard.press("Enter");
			await expect.poll(() => header.getAttribute("aria-sort")).toBe("descending");
			await expectSelected(page, 2);
			expect(await selected(page).getAttribute("aria-rowindex")).toBe(String(TRACES));
			await page.keyboard.press("Enter");
			await expect.poll(() => selected(page).getAttribute("aria-rowindex")).toBe("3");
		}));

	it("marks two traces and compares them", () =>
		withRun(async (page) => {
			for (const key of [" ", "j", " "]) await page.keyboard.press(key);
			await expect.poll(() => page.getByLabel("marked to compare").count()).toBe(2);
			await page.keyboard.press("c");
			await page.waitForSelector("st-compare-view");
		}));

	it("says that the one marked row cannot be compared with itself", () =>
		withRun(async (page) => {
			await page.keyboard.press(" ");
			await page.getByLabel("marked to compare").waitFor();
			await page.keyboard.press("c");
			await expect.poll(() => seen(page.locator(".told"))).toBe("Go to another row first: this is the marked one.");
		}));

	it("opens what-if and the other scorer, and puts the focus there", () =>
		withRun(async (page) => {
			for (const [key, element] of [
				["w", "st-run-what-if"],
				["s", "st-rescore"],
			] as const) {
				await page.locator(".rows").focus();
				await page.keyboard.press(key);
				await expect.poll(() => page.evaluate((name) => document.activeElement?.closest(name) !== null, element)).toBe(true);
			}
		}));
});

describe("the run view", () => {
	it("reads rows out with reward, verdict and place", () =>
		withRun(async (page) => {
			const grid = page.getByRole("grid", { name: "Traces" });
			expect(await grid.getAttribute("aria-rowcount")).toBe(String(TRACES + 1));
			const heard = await rows(page).nth(1).ariaSnapshot();
			expect(heard).toMatch(/img "4 steps, lowest [−+]\d\.\d\d, last [−+]\d\.\d\d, τ 0\.00, steered at 1"/);
			expect(heard).toMatch(/judged (safe|harmful) reached τ at 1/);
		}));

	it("shows rates with n and interval by defence", () =>
		withRun(async (page) => {
			const table = page.locator("st-rates table");
			await expect.poll(() => table.getByRole("row").count()).toBe(5);
			for (const rate of await table.locator("td").allInnerTexts()) expect(rate).toMatch(/\d+\/\d+ · [<>\d]+ % \(\d+–\d+ %\)/);
			await page.locator("st-rates select").selectOption("none");
			await expect.poll(() => table.getByRole("row").count()).toBe(2);
		}));

	it("tells the scorer's word where nothing is judged, and says that it is no more", () =>
		withFolder(async (folder) => {
			const path = join(folder, "tea.safethink.jsonl");
			writeManyTraces(path, TRACES, 4);
			const [header = "", ...events] = readFileSync(path, "utf8").split("\n");
			const unjudged = JSON.parse(header);
			unjudged.plan.judge = null;
			const kept = events.filter((event) => !event.includes('"judge.verdict"'));
			writeFileSync(path, [JSON.stringify(unjudged), ...kept].join("\n"));
			await withOpenRun(browser, path, async ({ page }) => {
				const rates = page.locator("st-rates");
				await expect.poll(() => seen(rates.locator("h2"))).toBe("Every step reached the threshold");
				expect(await seen(rates.locator("p").first())).toContain("Nothing is judged here: this is the scorer's word");
				const cells = await rates.locator("td .rate.reached").allInnerTexts();
				expect(cells).toHaveLength(8);
				for (const rate of cells) expect(rate).toMatch(/\d+\/\d+ · [<>\d]+ % \(\d+–\d+ %\)/);
				expect(await rates.locator(".rate.harmful").count()).toBe(0);
			});
		}));

	it("gives rates that are wider than a narrow window a place that scrolls", () =>
		withRun(
			async (page) => {
				const place = page.locator(".rates-scroll");
				await place.waitFor();
				const { width, content, right } = await place.evaluate((element) => ({
					width: element.clientWidth,
					content: element.scrollWidth,
					right: element.getBoundingClientRect().right,
				}));
				expect(right).toBeLessThanOrEqual(420);
				expect(content).toBeGreaterThan(width);
			},
			6,
			{ context: { viewport: { width: 420, height: 800 } } },
		));

	it("shows in a narrow window first what came of each trace", () =>
		withRun(
			async (page) => {
				const heads = page.locator(".rows-head [data-column]");
				const order = () => heads.evaluateAll((all) => all.map((head) => (head as HTMLElement).dataset["column"]));
				await expect
					.poll(order)
					.toEqual(["number", "prompt", "reward", "outcome", "defence", "steps", "cost", "time", "category"]);
				const { right = 0 } = await page.locator("[data-column=reward]").evaluate((head) => head.getBoundingClientRect());
				expect(right).toBeLessThanOrEqual(640);
				await page.setViewportSize({ width: 1280, height: 800 });
				await expect.poll(async () => (await order())[2]).toBe("category");
			},
			6,
			{ context: { viewport: { width: 640, height: 800 } } },
		));

	it("hides and shows columns, and remembers", () =>
		withRun(async (page) => {
			await page.getByRole("button", { name: "Columns" }).click();
			await page.getByRole("checkbox", { name: "tokens" }).check();
			await page.getByRole("checkbox", { name: "category" }).uncheck();
			await page.reload();
			await rows(page).first().waitFor();
			const headers = await page.getByRole("grid").getByRole("columnheader").allInnerTexts();
			expect(headers).toContain("tokens");
			expect(headers).not.toContain("category");
		}));

	it("follows a growing run and keeps the cursor on its trace", () =>
		withFolder(async (folder) => {
			const whole = join(folder, "whole.safethink.jsonl");
			const path = join(folder, "growing.safethink.jsonl");
			writeManyTraces(whole, 40, 4);
			const lines = readFileSync(whole, "utf8").trimEnd().split("\n");
			const half = lines.findIndex((line, index) => index > lines.length / 2 && line.includes('"trace.started"'));
			writeFileSync(path, `${lines.slice(0, half).join("\n")}\n`);
			await withOpenRun(browser, path, async ({ page }) => {
				const before = Number(/^\d+/.exec(await seen(shown(page)))?.[0]);
				const header = page.locator("[role=columnheader][data-column=number]").getByRole("button");
				await header.click();
				await header.click();
				await page.locator(".rows").focus();
				await page.keyboard.press("Home");
				await expectSelected(page, before);
				appendFileSync(path, `${lines.slice(half).join("\n")}\n`);
				await expect.poll(() => seen(shown(page)), { timeout: 20_000 }).toBe("40 shown");
				await expectSelected(page, before);
				await expect.poll(() => selected(page).getAttribute("aria-rowindex")).toBe(String(40 - before + 2));
			});
		}));

	it("has few elements however many rows there are, and reaches the last", () =>
		withRun(async (page) => {
			const few = await page.locator("*").count();
			await page.locator(".rows").focus();
			await page.keyboard.press("End");
			await expectSelected(page, 3000);
			await page.mouse.move(600, 650);
			await page.mouse.wheel(0, -1000);
			await expect.poll(async () => number(rows(page).first())).toBeLessThan(2980);
			expect(await page.locator("*").count()).toBeLessThan(few * 1.5);
		}, 3000));
});

describe.each(THEMES)("in the theme %s", (theme) => {
	it("axe finds nothing", () =>
		withRun(
			async (page) => {
				await page.locator("st-rates table").waitFor();
				await page.keyboard.press("/");
				await page.keyboard.type("st");
				await page.keyboard.press("ArrowDown");
				await checkAxe(page);
				await page.keyboard.press("Escape");
				await page.keyboard.type("eps>=x");
				await page.locator("#filter-error mark").waitFor();
				await page.getByRole("button", { name: "What a filter may say" }).click();
				await checkAxe(page);
				await page.keyboard.press("Escape");
				await page.locator(".rows").focus();
				await page.keyboard.press("w");
				await page.locator("st-run-what-if").waitFor();
				await page.getByRole("button", { name: "Columns" }).click();
				await checkAxe(page);
			},
			6,
			{ theme },
		));
});
