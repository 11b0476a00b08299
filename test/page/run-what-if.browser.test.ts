/** The run's numbers in a real browser: what if over its traces, and rates beside re-runs. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { DRAWN, panelPages } from "./panel-pages.ts";
import { goTo, seen, TRICKED } from "./panel-world.ts";

const withRunPage = panelPages();

async function filterBy(page: Page, filter: string): Promise<void> {
	await page.keyboard.press("/");
	await page.keyboard.type(filter);
	await page.keyboard.press("Enter");
	await expect.poll(() => seen(page.locator(".run-bar .counted"))).toMatch(/of \d+ shown$/);
}

const chosen = (page: Page) => page.locator("#st-run-defence").inputValue();

it("begins with safethink, and with the defence that a filter leaves alone", () =>
	withRunPage(async (page) => {
		await page.keyboard.press("w");
		await expect.poll(() => chosen(page)).toBe("safethink");
		await filterBy(page, "defence:none");
		await expect.poll(() => chosen(page)).toBe("none");
	}));

it(
	"says in sentences what is determined, and keeps one line of what was started twice",
	() =>
		withRunPage(async (page) => {
			await page.keyboard.press("w");
			const jobs = page.locator("st-run-what-if .jobs li");
			await page.getByRole("button", { name: "Replay all traces" }).click();
			await expect.poll(() => seen(page.locator(".what-if-result")), DRAWN).toContain("every sample that they need.");
			await page.getByRole("button", { name: "Replay all traces" }).click();
			await page.waitForTimeout(500);
			await expect.poll(() => jobs.count()).toBe(1);
			await page.getByRole("button", { name: /^dismiss/ }).click();
			await expect.poll(() => jobs.count()).toBe(0);
			await filterBy(page, "defence:safethink steps>99");
			await page.getByRole("button", { name: "Replay the filtered traces" }).click();
			await expect.poll(() => seen(page.locator(".what-if-result")), DRAWN).toContain("There was no trace to replay. judged");
		}),
	DRAWN.timeout,
);

it(
	"says that its rates leave out the branches which the filter shows",
	() =>
		withRunPage(async (page) => {
			await page.waitForSelector("st-rates table");
			expect(await seen(page.locator("st-rates"))).not.toContain("not counted");
			await goTo(page, { view: "trace", traceId: TRICKED, step: 2 });
			await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).fill("2");
			await page.keyboard.press("Enter");
			await expect.poll(() => seen(page.locator("st-results")), DRAWN).toMatch(/of 2 judged safe (?!.*running)/);
			await page.locator(".crumbs").getByRole("button", { name: "film.safethink.jsonl" }).click();
			await expect.poll(() => seen(page.locator("st-rates .rates-head"))).toContain("2 branches are not counted.");
			await filterBy(page, "branch:no");
			await expect.poll(() => seen(page.locator("st-rates .rates-head"))).not.toContain("not counted");
		}),
	DRAWN.timeout,
);
