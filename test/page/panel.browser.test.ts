/** Editing, re-running, what-if, rescoring and comparing in a real browser, on a run of the embedded model. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { checkAxe, type OpenOptions, THEMES } from "./browser.ts";
import { DRAWN, panelPages } from "./panel-pages.ts";
import { goTo, STEERED, seen, TRICKED, withConstantScorer } from "./panel-world.ts";

const withRunPage = panelPages();

const HOSTILE = "<img src=x onerror=alert(1)>\u001b[31m\u202e.";

const withTrace = (traceId: string, use: (page: Page, path: string) => Promise<void>, options?: OpenOptions) =>
	withRunPage(async (page, path) => {
		await goTo(page, { view: "trace", traceId, step: 1 });
		await use(page, path);
	}, options);

const prefixField = (page: Page) => page.locator("st-panel").getByRole("combobox", { name: "prefix" });
const results = (page: Page) => page.locator("st-results");
const samplesField = (page: Page) => page.locator("st-rerun-form").getByRole("textbox", { name: "samples" });
const rerun = (page: Page) => page.getByRole("button", { name: "Re-run r" });

async function drawn(page: Page): Promise<void> {
	await expect.poll(() => seen(results(page)), DRAWN).toMatch(/judged safe (?!.*running)/);
}

describe("re-running a step", () => {
	it(
		"shows progress, then what scorer and judge say of the samples, each with its interval, and keeps it all",
		() =>
			withTrace(TRICKED, async (page) => {
				await prefixField(page).fill("Is this kind to everyone?⏎⏎");
				await page.getByRole("combobox", { name: "inject" }).selectOption("always");
				expect(await seen(page.locator("#st-inject-means"))).toContain("whatever its reward");
				await samplesField(page).fill("3");
				await rerun(page).click();
				await expect.poll(() => results(page).getByRole("progressbar").count(), DRAWN).toBe(1);
				await drawn(page);
				expect(await seen(results(page))).toMatch(
					/from 1 · “Is this kind to everyone\?⏎⏎”.*×3.*\d of 3 judged safe \d+–\d+ %.*\d of 3 reached τ \d+–\d+ %/,
				);

				const branches = page.locator("st-branches");
				const group = branches.getByRole("button", { name: /from 1/ });
				expect(await group.getAttribute("aria-expanded")).toBe("false");
				await group.click();
				await expect.poll(() => branches.getByRole("button", { name: /^re-run/ }).count()).toBe(3);
				await page.reload();
				await page.waitForSelector("st-step");
				await expect.poll(() => seen(results(page))).toMatch(/\d of 3 judged safe/);

				await results(page).getByRole("button", { name: "compare re-run 1 with the original" }).click();
				await page.waitForSelector("st-compare-step");
				expect(await seen(page.locator(".parting-sentence"))).toContain("They part at the first step.");
			}),
		DRAWN.timeout,
	);

	it(
		"goes by keyboard alone, from the prefix in the step to the comparison",
		() =>
			withTrace(STEERED, async (page) => {
				await page.locator(".step.selected").focus();
				await page.keyboard.press("e");
				const inPlace = page.locator("st-step").getByRole("combobox");
				await expect.poll(() => inPlace.evaluate((field) => field === document.activeElement)).toBe(true);
				await page.keyboard.type("Is this fair?");
				await page.keyboard.press("Shift+Enter");
				expect(await inPlace.inputValue()).toBe("Is this fair?⏎");
				await page.keyboard.press("Enter");
				await expect.poll(() => rerun(page).evaluate((button) => button === document.activeElement)).toBe(true);
				await page.keyboard.press("Shift+Tab");
				await page.keyboard.type("2");
				await page.keyboard.press("Enter");
				await drawn(page);
				expect(await seen(results(page))).toMatch(/“Is this fair\?⏎”.*×2/);

				await page
					.locator("st-branches")
					.getByRole("button", { name: /from 1/ })
					.press("Enter");
				await page.getByRole("checkbox", { name: "mark re-run 2 to compare" }).press(" ");
				await page.locator("st-branches").getByRole("button", { name: "Compare" }).press("Enter");
				await page.waitForSelector("st-compare-view");
			}),
		DRAWN.timeout,
	);

	it("can be stopped", () =>
		withTrace(TRICKED, async (page) => {
			await samplesField(page).fill("64");
			await rerun(page).click();
			await results(page).getByRole("button", { name: "cancel" }).click(DRAWN);
			await expect.poll(() => seen(results(page)), DRAWN).toContain("cancelled");
			await results(page)
				.getByRole("button", { name: /^dismiss/ })
				.click();
			await expect.poll(() => seen(results(page).locator("st-job-list"))).toBe("");
		}));

	it("says what is wrong beside the field, and starts nothing", () =>
		withTrace(TRICKED, async (page) => {
			const tau = page.getByRole("textbox", { name: "τ" });
			await tau.fill("2");
			expect(await tau.getAttribute("aria-invalid")).toBe("true");
			expect(await seen(page.locator("st-rerun-form .numbers .problem"))).toBe("threshold τ: a number from −1 to 1");
			expect(await rerun(page).isDisabled()).toBe(true);
			await page.locator(".step.selected").focus();
			await page.keyboard.press("r");
			await expect.poll(() => tau.evaluate((field) => field === document.activeElement)).toBe(true);
			await tau.fill("0.5");
			expect(await rerun(page).isDisabled()).toBe(false);
			expect(await seen(page.locator(".changed-text"))).toContain("τ 0.5 (was 0)");
			await page.locator(".changed-text button").click();
			await expect.poll(() => tau.inputValue()).toBe("");
		}));

	it("takes the step's words to be edited, without the tags around them", () =>
		withTrace(TRICKED, async (page) => {
			await page.locator("st-own-text button").click();
			const field = page.getByRole("textbox", { name: "own text for step 1" });
			await expect.poll(() => field.inputValue()).toMatch(/^[A-Z][^<>]*\.$/);
			await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
			await field.fill("");
			expect(await rerun(page).isDisabled()).toBe(true);
		}));
});

describe("a prefix in the field of one line", () => {
	it("keeps a sign that looks like a line break, a backslash and every line break, through editing and reload", () =>
		withTrace(STEERED, async (page) => {
			const field = prefixField(page);
			await field.fill("Press \\⏎, \\\\⏎ or go\\");
			await field.press("Shift+Enter");
			await field.pressSequentially("on.");
			expect(await field.inputValue()).toBe("Press \\⏎, \\\\⏎ or go\\\\⏎on.");
			await page.getByRole("button", { name: "keep this prefix in the library" }).click();
			await expect.poll(() => page.getByRole("button", { name: "remove this prefix from the library" }).count()).toBe(1);
			await page.reload();
			await page.waitForSelector("st-step");
			await prefixField(page).press("ArrowDown");
			await page.locator("st-panel .choice").first().click();
			expect(await prefixField(page).inputValue()).toBe("Press \\⏎, \\\\⏎ or go\\\\⏎on.");
		}));
});

it("says that a typed prefix lost the line breaks of the trace's own, and adds them", () =>
	withTrace(STEERED, async (page) => {
		await prefixField(page).fill("Be kind.");
		const hint = page.locator(".lost-ending");
		await expect.poll(() => seen(hint)).toContain("does not end with “⏎⏎”");
		await hint.getByRole("button").click();
		expect(await prefixField(page).inputValue()).toBe("Be kind.⏎⏎");
		expect(await hint.count()).toBe(0);
	}));

describe("the prefix library", () => {
	it("keeps a prefix, offers it with what is known of it, removes it and takes that back", () =>
		withTrace(STEERED, async (page) => {
			await prefixField(page).fill(HOSTILE);
			await page.getByRole("button", { name: "keep this prefix in the library" }).click();
			await expect.poll(() => page.getByRole("button", { name: "remove this prefix from the library" }).count()).toBe(1);
			await prefixField(page).press("Tab");
			await prefixField(page).press("ArrowDown");
			const options = page.locator("st-panel .choice");
			await expect.poll(() => options.count()).toBe(2);
			expect(await seen(options.first())).toBe(
				"“<img src=x onerror=alert(1)>␛[31m‹U+202E›.” not used in this run · in the library",
			);
			expect(await seen(options.last())).toMatch(/“Wait, think safely\.⏎⏎” reached τ \d+ % \(\d+–\d+ %\) · n \d+ · judged safe/);

			expect(await prefixField(page).getAttribute("aria-activedescendant")).toBe(await options.first().getAttribute("id"));
			await prefixField(page).press("ArrowDown");
			await prefixField(page).press("Enter");
			expect(await prefixField(page).inputValue()).toBe("Wait, think safely.⏎⏎");

			await prefixField(page).fill(HOSTILE);
			await page.getByRole("button", { name: "remove this prefix from the library" }).click();
			await page.locator("st-panel .undo button").click();
			await expect.poll(() => page.getByRole("button", { name: "remove this prefix from the library" }).count()).toBe(1);
		}));
});

describe("what if", () => {
	it("answers at once, and draws what the record lacks", () =>
		withTrace(TRICKED, async (page) => {
			const slider = page.getByRole("slider", { name: "depth m" });
			await slider.focus();
			await page.keyboard.press("ArrowRight");
			const answer = page.locator(".what-if-answer");
			await expect.poll(() => seen(answer)).toContain("Step 1");
			await answer.getByRole("button", { name: "Draw it" }).click();
			await expect.poll(() => seen(page.locator(".changed-text"))).toContain("m 1 (was 0)");
			await expect.poll(() => seen(results(page)), DRAWN).toContain("m 1");
			await page.locator("st-what-if").getByRole("button", { name: "reset" }).click();
			await expect.poll(() => seen(answer)).toContain("Move a slider");
		}));

	it("over the run gives a share with its interval, and bounds for the rest", () =>
		withRunPage(async (page) => {
			await page.keyboard.press("w");
			const panel = page.locator("st-run-what-if");
			await panel.getByRole("combobox", { name: "defence" }).selectOption("none");
			await panel.getByRole("slider", { name: "depth m" }).press("ArrowRight");
			await panel.getByRole("button", { name: "Replay all traces" }).click();
			const result = panel.locator(".what-if-result");
			await expect.poll(() => seen(result)).toMatch(/0 % \(0–\d+ %\) · n 2 of the traces.*2 need a sample never drawn/);
			expect(await seen(result)).toContain("of all: between 0 and 2 of 2 traces");
			// The page may be thrown away at any moment.
			await page.reload();
			await page.waitForSelector("st-run-view");
			await page.keyboard.press("w");
			await expect.poll(() => seen(result)).toContain("2 need a sample never drawn");
			await panel.getByRole("button", { name: /^dismiss/ }).click();
			await expect.poll(() => result.count()).toBe(0);
		}));
});

describe("a second scorer", () => {
	it("is asked, and where it disagrees can be gone to", () =>
		withTrace(TRICKED, (page) =>
			withConstantScorer(0.5, async (spec) => {
				const panel = page.locator("st-rescore");
				await panel.getByRole("combobox", { name: "scorer" }).fill(spec);
				await panel.getByRole("button", { name: "Score this trace" }).click();
				await expect.poll(() => seen(panel), DRAWN).toMatch(/agrees on 0 of 3 steps; on the other side of τ at 1 2 3/);
				await panel.getByRole("button", { name: "step 3, where they disagree" }).click();
				await expect.poll(() => page.locator("[data-step='3']").getAttribute("aria-current")).toBe("step");
			}),
		));

	it("that does not answer is told with what to do", () =>
		withTrace(TRICKED, async (page) => {
			const panel = page.locator("st-rescore");
			await panel.getByRole("combobox", { name: "scorer" }).fill("no-such-kind");
			await panel.getByRole("button", { name: "Score this trace" }).click();
			await expect.poll(() => seen(panel.locator(".problem")), DRAWN).toMatch(/no-such-kind.* — /);
		}));
});

it("offers a prefix that was put into the library elsewhere", () =>
	withTrace(STEERED, async (page, path) => {
		const choices = page.locator("st-rerun-form").getByRole("option");
		await prefixField(page).fill("");
		await expect.poll(() => choices.count()).toBeGreaterThan(0);
		await page.keyboard.press("Escape");
		const library = join(path, "..", "config", "safethink");
		mkdirSync(library, { recursive: true });
		writeFileSync(join(library, "prefixes.json"), JSON.stringify({ prefixes: [{ text: "Is this kind?" }] }));
		await prefixField(page).click();
		await expect.poll(async () => (await choices.allTextContents()).join()).toContain("Is this kind?");
	}));

it("gives the keys back where Escape leaves a field", () =>
	withTrace(STEERED, async (page) => {
		await page.keyboard.press("i");
		const steps = page.locator("st-measure").getByLabel("steps 1 to");
		await expect.poll(() => steps.evaluate((field) => field === document.activeElement)).toBe(true);
		await page.keyboard.press("Escape");
		await page.keyboard.press("w");
		expect(await steps.inputValue()).toBe("");
		await expect.poll(() => page.evaluate(() => document.activeElement?.closest("st-what-if") !== null)).toBe(true);
	}));

it("shows an exact request", () =>
	withTrace(STEERED, async (page) => {
		await page.getByRole("button", { name: "request of step 1" }).click();
		const dialog = page.getByRole("dialog", { name: "exact request" });
		await expect.poll(() => seen(dialog.getByRole("region", { name: "body" }))).toContain('"continue_final_message": true');
		await page.keyboard.press("Escape");
		await expect.poll(() => dialog.count()).toBe(0);
	}));

it("has no barrier in any theme", async () => {
	for (const theme of THEMES) {
		await withTrace(
			STEERED,
			async (page) => {
				await prefixField(page).press("ArrowDown");
				await page.getByRole("slider", { name: "threshold τ" }).press("End");
				await page.getByRole("textbox", { name: "τ" }).fill("2");
				await expect.poll(() => seen(page.locator(".what-if-answer"))).toContain("Step");
				await checkAxe(page, "st-panel");
				await checkAxe(page, "st-branches");
				await page.getByRole("button", { name: "request of step 1" }).click();
				await page.waitForSelector("dialog.request[open] pre");
				await checkAxe(page, "dialog.request[open]");
			},
			{ theme },
		);
	}
});
