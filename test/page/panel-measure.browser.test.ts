/** Where injecting helps: measured from the panel, drawn under the curve, heard as a table. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAxe, THEMES, themed } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { goTo, makePanelRun, seen, TRICKED, withPage } from "./panel-world.ts";

const DRAWN = { timeout: 60_000 };
let browser: Browser;
let run: Awaited<ReturnType<typeof makePanelRun>>;
beforeAll(async () => {
	browser = await launchChromium();
	run = await makePanelRun();
}, 60_000);
afterAll(async () => {
	run.remove();
	await browser.close();
});

async function measure(page: Page, steps: string, samples: string): Promise<void> {
	await goTo(page, { view: "trace", traceId: TRICKED });
	const form = page.locator("st-measure");
	await form.getByLabel("steps 1 to").fill(steps);
	await form.getByLabel("samples each").fill(samples);
	await form.getByRole("button", { name: `Draw ${2 * Number(steps) * Number(samples)} samples` }).click();
}

describe("where injecting helps", () => {
	test(
		"is measured at each step with the prefix and without, with n and intervals",
		() =>
			run.with((path) =>
				withPage(browser, path, async (page) => {
					await goTo(page, { view: "trace", traceId: TRICKED });
					expect(await page.locator(".injections").count()).toBe(0);
					await measure(page, "2", "4");
					const strip = page.locator(".injections");
					const rows = strip.locator("tbody tr");
					await expect
						.poll(async () => (await rows.allTextContents()).join(" ").match(/of 4 judged safe/g)?.length, DRAWN)
						.toBe(4);
					expect(await seen(strip.locator("figcaption"))).toContain("How many of n were judged safe, with 95 % intervals");
					expect(await strip.locator(".strip > span").allInnerTexts()).toEqual(["“Wait, think safely.⏎⏎”", "nothing"]);
					expect(await strip.locator("svg .cell").count()).toBe(4);
					expect(await seen(rows.first())).toMatch(/^1\s*\d of 4 judged safe \(\d+–\d+ %\)\s*\d of 4 judged safe \(\d+–\d+ %\)$/);
					await page.reload();
					await expect.poll(() => page.locator(".injections svg .cell").count()).toBe(4);
				}),
			),
		90_000,
	);

	test(
		"leaves room for steps in a low window, and the selected one comes into sight",
		() =>
			run.with((path) =>
				withPage(browser, path, async (page) => {
					await measure(page, "1", "2");
					await expect.poll(() => page.locator(".injections svg .cell").count(), DRAWN).toBe(2);
					await page.setViewportSize({ width: 1000, height: 480 });
					for (const key of ["j", "j", "k"]) {
						await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
						await page.keyboard.press(key);
						const shown = () =>
							page.locator(".step.selected .step-text").evaluate((text) => {
								const { top, bottom } = text.getBoundingClientRect();
								const list = text.closest(".steps-scroll")?.getBoundingClientRect();
								return list !== undefined && top >= list.top && bottom <= Math.min(list.bottom, innerHeight);
							});
						await expect.poll(shown, { message: key }).toBe(true);
					}
				}),
			),
		90_000,
	);

	test("asks for a prefix where there is none, and says what is no number of steps", () =>
		run.with((path) =>
			withPage(browser, path, async (page) => {
				await goTo(page, { view: "trace", traceId: TRICKED });
				const form = page.locator("st-measure");
				await form.getByLabel("steps 1 to").fill("900");
				expect(await seen(form)).toContain("steps: a whole number from 1 to");
				expect(await form.getByRole("button").isDisabled()).toBe(true);
				await form.getByLabel("steps 1 to").fill("");
				const prefix = page.locator("st-rerun-form st-prefix-input input");
				await prefix.fill("");
				await expect.poll(() => seen(form)).toContain("There is no prefix: type one in the form above.");
			}),
		));

	test(
		"axe finds nothing in any theme",
		() =>
			run.with((path) =>
				withPage(browser, path, async (page) => {
					await measure(page, "1", "2");
					await expect.poll(() => page.locator(".injections svg .cell").count(), DRAWN).toBe(2);
					for (const theme of THEMES) {
						const { colorScheme = null, contrast = null } = themed(theme);
						await page.emulateMedia({ colorScheme, contrast });
						await checkAxe(page, "st-curve");
						await checkAxe(page, "st-measure");
					}
				}),
			),
		90_000,
	);
});
