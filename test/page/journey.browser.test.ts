/** A researcher's whole way on the embedded model, by keyboard alone and by pointer: filter, trace, prefix, re-run, compare, back, reload. */
import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { DRAWN, panelPages } from "./panel-pages.ts";
import { seen } from "./panel-world.ts";

const withRunPage = panelPages();

const SAMPLES = 8;
/** Of eight samples, each with its interval; never one rate for both. */
const RATES = /“Is this fair to all\?” · always injected ×8.*\d of 8 judged safe \d+–\d+ %.*\d of 8 reached τ \d+–\d+ %/;

const selected = (page: Page) => page.locator("[role=row][aria-selected=true]");
const counted = (page: Page) => seen(page.locator(".run-bar .counted"));
const results = (page: Page) => seen(page.locator("st-results"));
const title = (page: Page) => seen(page.getByRole("heading", { level: 1 }));
const has = (of: Locator) => of.evaluate((element) => element === document.activeElement);

/** Presses Tab until the element has the focus. @throws when it is not reached */
async function tabTo(page: Page, to: Locator, key = "Tab"): Promise<void> {
	for (let presses = 0; presses < 80; presses++) {
		if (await has(to)) return;
		await page.keyboard.press(key);
	}
	throw new Error(`not reached by ${key}: ${to}`);
}

async function comparedWithOrigin(page: Page): Promise<void> {
	await page.waitForSelector("st-compare-step");
	expect(await seen(page.getByRole("region", { name: "trace A" }))).toMatch(/none/);
	expect(await seen(page.getByRole("region", { name: "trace B" }))).toMatch(/from 1 · “Is this fair to all\?”/);
	await expect.poll(() => seen(page.locator(".parting-sentence"))).toMatch(/They part at the first step|they part at step/);
}

/** Back in the run: filter and row are those that were left, before and after a reload. */
async function foundAgain(page: Page, filter: string, row: string): Promise<void> {
	const whereItWas = async () => {
		await selected(page).waitFor();
		expect(await page.getByRole("combobox", { name: "Filter" }).inputValue()).toBe(filter);
		await expect.poll(() => seen(selected(page))).toBe(row);
	};
	await whereItWas();
	await page.reload();
	await whereItWas();
}

it(
	"by keyboard alone",
	() =>
		withRunPage(async (page) => {
			await page.keyboard.press("/");
			await page.keyboard.type("defence:none branch:no");
			await page.keyboard.press("Enter");
			await expect.poll(() => counted(page)).toBe("2 of 4 shown");
			await expect.poll(() => has(page.locator(".rows"))).toBe(true);
			await page.keyboard.press("j");
			await page.keyboard.press("k");
			const row = await seen(selected(page));
			await page.keyboard.press("Enter");
			await page.waitForSelector("st-step");

			await page.keyboard.press("j");
			await page.keyboard.press("k");
			await expect.poll(() => has(page.locator("[data-step='1']"))).toBe(true);
			await page.keyboard.press("e");
			await expect.poll(() => has(page.locator("st-step").getByRole("combobox"))).toBe(true);
			await page.keyboard.type("Is this fair to all?");
			await page.keyboard.press("Enter");
			const rerun = page.getByRole("button", { name: "Re-run r" });
			await expect.poll(() => has(rerun)).toBe(true);
			await tabTo(page, page.getByRole("combobox", { name: "inject" }), "Shift+Tab");
			await page.keyboard.type("always");
			await tabTo(page, page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }));
			await page.keyboard.press("ControlOrMeta+a");
			await page.keyboard.type(String(SAMPLES));
			await page.keyboard.press("Enter");
			await expect.poll(() => results(page), DRAWN).toMatch(RATES);

			await tabTo(page, page.getByRole("button", { name: "compare re-run 1 with the original" }));
			await page.keyboard.press("Enter");
			await comparedWithOrigin(page);
			await page.keyboard.press("Escape");
			await page.waitForSelector("st-trace-view st-step");
			await page.keyboard.press("Escape");
			await foundAgain(page, "defence:none branch:no", row);

			// The open trace is found again too, with what came of the re-run.
			await page.keyboard.press("Enter");
			await page.waitForSelector("st-step");
			await page.keyboard.press("j");
			const open = await title(page);
			await page.reload();
			await page.waitForSelector("[data-step='2'][aria-current=step]");
			expect(await title(page)).toBe(open);
			await expect.poll(() => results(page)).toMatch(RATES);
		}),
	DRAWN.timeout,
);

it(
	"by pointer alone, but for what is typed",
	() =>
		withRunPage(async (page) => {
			const filter = page.getByRole("combobox", { name: "Filter" });
			await filter.click();
			await filter.pressSequentially("defence:none branch:no");
			await expect.poll(() => counted(page)).toBe("2 of 4 shown");
			const first = page.locator("[role=row][data-index='0']");
			const row = await seen(first);
			await first.getByRole("button").click();
			await page.waitForSelector("st-step");
			await page.locator("[data-step='1']").getByRole("button", { name: "+ prefix" }).click();
			await page.locator("st-step").getByRole("combobox").pressSequentially("Is this fair to all?");
			await page.getByRole("combobox", { name: "inject" }).selectOption("always");
			await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).fill(String(SAMPLES));
			await page.getByRole("button", { name: "Re-run r" }).click();
			await expect.poll(() => results(page), DRAWN).toMatch(RATES);

			await page.locator("st-branches .branch-group").click();
			await page.getByRole("checkbox", { name: "mark re-run 8 to compare" }).click();
			await page.locator("st-branches").getByRole("button", { name: "Compare" }).click();
			await comparedWithOrigin(page);
			await page.locator("footer [data-command=back]").click();
			await page.locator("footer [data-command=showRun]").click();
			await foundAgain(page, "defence:none branch:no", row);
		}),
	DRAWN.timeout,
);
