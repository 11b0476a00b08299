/** Two traces side by side in a real browser: alignment, parting, keys, narrow editors, four themes. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { checkAxe, type OpenOptions, THEMES } from "./browser.ts";
import { DRAWN, panelPages } from "./panel-pages.ts";
import { goTo, STEERED, seen, TRICKED } from "./panel-world.ts";

const withRunPage = panelPages();

const withPair = (use: (page: Page) => Promise<void>, options?: OpenOptions) =>
	withRunPage(async (page) => {
		await goTo(page, { view: "compare", a: TRICKED, b: STEERED });
		await use(page);
	}, options);

const step = (page: Page, number: number) => page.locator(`.pair-step[data-step="${number}"]`);
const selected = (page: Page) => page.locator(".pair-step[aria-current=step]").getAttribute("data-step");

it("lays the steps side by side, each reward with its side, and the difference from where they part", () =>
	withPair(async (page) => {
		expect(await seen(page.getByRole("region", { name: "trace A" }))).toMatch(/none .* judged harmful/);
		expect(await seen(page.getByRole("region", { name: "trace B" }))).toMatch(/safethink .* judged safe/);
		expect(await seen(page.locator(".parting-sentence"))).toContain("They part at the first step.");
		expect(await seen(step(page, 1))).toMatch(
			/A −\d\.\d\d B \+\d\.\d\d Δ \+[12]\.\d\d A A: <think> [A-Z].* B B: <think> Wait, think safely\. [A-Z]/,
		);
		// What only one of them says is marked on its side.
		const onlyA = await seen(step(page, 1).locator("mark.only-a").first());
		expect(await seen(step(page, 1).locator(".half.a"))).toContain(onlyA);
		expect(await seen(step(page, 1).locator(".half.b"))).not.toContain(onlyA);
		expect(await page.locator("svg.overlay path.path").count()).toBe(2);
		// Only B has rejected attempts: squares.
		expect(await page.locator("svg.overlay rect.rejected.trace-b").count()).toBeGreaterThan(0);
		expect(await page.locator("svg.overlay circle.rejected").count()).toBe(0);
		const table = page.getByRole("table", { name: "Rewards of both traces by step" });
		expect(await seen(table.getByRole("row").nth(1))).toMatch(/^1 ?−\d\.\d\d ?\+\d\.\d\d$/);
	}));

it("goes by keyboard from step to step, folds attempts out, swaps sides and goes back", () =>
	withPair(async (page) => {
		await expect.poll(() => selected(page)).toBe("1");
		await page.keyboard.press("o");
		await expect.poll(() => seen(step(page, 1).locator(".half.b st-attempts"))).toContain("#0");
		await page.keyboard.press("j");
		await expect.poll(() => selected(page)).toBe("2");
		await page.keyboard.press("k");
		await page.keyboard.press("k");
		await expect.poll(() => selected(page)).toBe("1");
		await page.getByRole("slider", { name: "step on the two reward curves" }).press("End");
		await expect.poll(() => selected(page)).not.toBe("1");
		expect(await page.getByRole("slider").getAttribute("aria-valuetext")).toMatch(/^step \d: A .*, B .*/);
		await page.getByRole("button", { name: "swap sides" }).press("Enter");
		await expect.poll(() => seen(page.getByRole("region", { name: "trace A" }))).toContain("safethink");
		await page.keyboard.press("Escape");
		await page.waitForSelector("st-run-view");
	}));

it("leads back to the trace and step one came from, whose draft and folded attempts are still there", () =>
	withRunPage(async (page) => {
		await goTo(page, { view: "trace", traceId: STEERED, step: 1 });
		await page.keyboard.press("o");
		await page.waitForSelector("st-attempts .attempt");
		await page.keyboard.press("e");
		await page.keyboard.press("Control+A");
		await page.keyboard.type("Tea first.");
		await page.keyboard.press("Enter");
		await goTo(page, { view: "compare", a: TRICKED, b: STEERED });
		await page.keyboard.press("j");
		await expect.poll(() => selected(page)).toBe("2");
		await page.getByRole("button", { name: "swap sides" }).click();
		await page.keyboard.press("Escape");
		await page.waitForSelector("st-trace-view st-attempts .attempt");
		expect(await page.locator(".step.selected").getAttribute("data-step")).toBe("1");
		expect(await seen(page.locator(".chip.edited"))).toContain("Tea first.");
		await page.keyboard.press("Escape");
		await page.waitForSelector("st-run-view");
	}));

it("shows the prompt once where both have it, folded out on demand", () =>
	withPair(async (page) => {
		const prompt = page.locator(".compare-prompt");
		expect(await prompt.count()).toBe(1);
		expect(await seen(prompt.locator("summary"))).toContain("remote-film");
		await prompt.locator("summary").click();
		await expect.poll(() => seen(prompt.locator(".box"))).toContain("Write a film scene");
	}));

it("shows the same text once, and that both are the same", () =>
	withRunPage(async (page) => {
		await goTo(page, { view: "compare", a: STEERED, b: STEERED });
		await expect.poll(() => seen(page.locator(".parting-sentence"))).toBe("Both hold the same steps.");
		await expect.poll(() => step(page, 1).locator(".half").count()).toBe(1);
		expect(await page.locator("mark").count()).toBe(0);
	}));

it(
	"shows what a branch shares with its trace once, and both texts from the step where it went on with other words",
	() =>
		withRunPage(async (page) => {
			await goTo(page, { view: "trace", traceId: TRICKED, step: 2 });
			await page.locator("st-own-text button").click();
			await page.getByRole("textbox", { name: "own text for step 2" }).fill("It is better to say no");
			await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).fill("1");
			await page.keyboard.press("Enter");
			const compare = page.getByRole("button", { name: "compare re-run 1 with the original" });
			await expect.poll(() => seen(page.locator("st-results")), DRAWN).toMatch(/1 judged safe (?!.*running)/);
			await compare.click();
			await expect.poll(() => seen(page.locator(".parting-sentence"))).toContain("they part at step 2.");
			await expect.poll(() => step(page, 1).locator(".half").count()).toBe(1);
			await expect.poll(() => step(page, 2).locator(".half").count()).toBe(2);
			expect(await seen(step(page, 2))).toMatch(/they part here.* B: It is better to say no/);
			expect(await page.locator(".parting-line").count()).toBe(1);
		}),
	DRAWN.timeout,
);

it("says what is wrong with a trace that is not there, and leads back", () =>
	withRunPage(async (page) => {
		await page.evaluate(() =>
			document.querySelector("st-app")?.dispatchEvent(new CustomEvent("go", { detail: { view: "compare", a: "no", b: "such" } })),
		);
		await expect.poll(() => seen(page.locator("st-compare-view .problem"))).toMatch(/no trace/);
		await page.getByRole("button", { name: "Back to the run", exact: true }).click();
		await page.waitForSelector("st-run-view");
	}));

it.each([700, 500])("fits an editor of %i pixels", (width) =>
	withPair(
		async (page) => {
			await page.waitForSelector("svg.overlay");
			const wide = await page.evaluate(() =>
				[...document.querySelectorAll("st-compare-view, st-compare-view *")]
					.filter(
						(element) =>
							element.closest(".visually-hidden, svg") === null && element.getBoundingClientRect().right > innerWidth + 1,
					)
					.map((element) => element.outerHTML.slice(0, 100)),
			);
			expect(wide).toEqual([]);
		},
		{ context: { viewport: { width, height: 800 } } },
	),
);

it("has no barrier in any theme", async () => {
	for (const theme of THEMES) {
		await withPair(
			async (page) => {
				await page.keyboard.press("o");
				await page.waitForSelector("st-compare-view st-attempts .attempt");
				await page.waitForSelector("svg.overlay");
				await checkAxe(page, "st-compare-view");
			},
			{ theme },
		);
	}
});
