/** The trace view in a real browser: what is shown, heard and done by keys; hostile and long traces. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { writeLongTrace } from "../../bench/view/generate.ts";
import { LIVE_TRACE, writeLive } from "../../bench/view/live.ts";
import { withFolder } from "../e2e/cli.ts";
import { checkAxe, THEMES, withBrowser, withOpenRun } from "./browser.ts";
import { type AttemptSpec, TRACE, type TraceSpec, writeTraceRun } from "./trace-run.ts";

/** Opens a run's page at a trace. @throws what the page did wrong, at its end */
function atTrace(
	write: (path: string) => unknown,
	traceId: string,
	use: (page: Page) => Promise<void>,
	theme?: (typeof THEMES)[number],
) {
	return withFolder((folder) =>
		withBrowser(async (browser) => {
			const path = join(folder, "tea.safethink.jsonl");
			await write(path);
			await withOpenRun(
				browser,
				path,
				async ({ page }) => {
					await go(page, traceId);
					await use(page);
				},
				theme && { theme },
			);
		}),
	);
}

async function go(page: Page, traceId: string): Promise<void> {
	await page.evaluate((id) => {
		const detail = { view: "trace", traceId: id };
		document.querySelector("st-app")?.dispatchEvent(new CustomEvent("go", { detail }));
	}, traceId);
	await page.waitForSelector("st-step, .answer");
}

const STEPS: AttemptSpec[][] = [
	[{ text: "We look for the kettle first.\n\n", reward: 0.31 }],
	[
		{ text: "Let us hide the sugar from the guests.\n\n", reward: -0.62, probability: 0.9 },
		{ text: "Let us offer the sugar to the guests.\n\n", reward: 0.58, prefix: "Wait, think safely.\n\n", probability: 0.1 },
	],
	[{ text: "Then we pour the tea.\n\n", reward: 0.7, bound: "at-most" }],
	[{ text: "And we bring it in.\n\n", reward: null }],
];
const SPEC: TraceSpec = { steps: STEPS, discarded: "a spare line", answer: "Pour water on **leaves**: $t = 3$ minutes." };

describe("a trace", () => {
	test("is seen and heard: steps with reward and decision, answer, curve", () =>
		atTrace(
			(path) => writeTraceRun(path, SPEC),
			TRACE,
			async (page) => {
				const second = page.locator('[data-step="2"]');
				await expect
					.poll(() => second.textContent())
					.toContain("unsteered −0.62 < τ · attempt 1 reached +0.58: taken · 1 rejected");
				expect(await second.locator(".reward").textContent()).toBe("+0.58");
				expect(await page.locator('[data-step="3"] .reward').textContent()).toBe("≤ +0.70");
				expect(await page.locator('[data-step="4"]').textContent()).toContain(
					"The scorer failed: no answer within 30 s · only noted",
				);
				expect(await page.locator("[data-step]").first().getAttribute("aria-setsize")).toBe("5");
				const header = await page.locator(".trace-header").textContent();
				expect(header).toMatch(/reached τ at step 2[\s\S]*judged safe[\s\S]*4 steps · 90 tokens/);
				const tree = await page.locator("st-curve").ariaSnapshot();
				expect(await page.getByRole("slider", { name: "step on the reward curve" }).getAttribute("aria-valuetext")).toBe(
					"step 1, +0.31, reached τ",
				);
				expect(tree).toContain('row "2 +0.58 reached τ, steered, 1 rejected"');
				expect(tree).toContain('row "4 scorer failed no side of τ"');
			},
		));

	test("obeys keys: steps, attempts with what differs, another prefix, back", () =>
		atTrace(
			(path) => writeTraceRun(path, SPEC),
			TRACE,
			async (page) => {
				await page.keyboard.press("j");
				await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-step"))).toBe("2");
				await page.keyboard.press("o");
				await expect.poll(() => page.locator(".diff del").allTextContents()).toEqual(["hide", "from"]);
				expect(await page.locator(".diff ins").allTextContents()).toEqual(["offer", "to"]);
				await page.keyboard.press("o");
				await expect.poll(() => page.locator(".attempt").count()).toBe(0);
				await page.keyboard.press("e");
				await expect.poll(() => page.evaluate(() => document.activeElement?.closest(".chip-input") !== null)).toBe(true);
				await page.keyboard.type("think of others");
				await page.keyboard.press("Escape");
				await expect.poll(() => page.locator('[data-step="2"] .chip').textContent()).toContain("Wait, think safely.");
				await page.keyboard.press("e");
				await page.waitForSelector(".chip-input input:focus");
				await page.keyboard.type("think of others");
				await page.keyboard.press("Enter");
				await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Re-run");
				expect(await page.locator('[data-step="2"] .chip').textContent()).toMatch(/think of others[\s\S]*for the re-run/);
			},
		));

	test("follows the curve and the curve follows it", () =>
		atTrace(
			(path) => writeLongTrace(path, 300),
			"p000000/safethink/0",
			async (page) => {
				const slider = page.locator(".curve-slider");
				await slider.focus();
				await page.keyboard.press("End");
				await page.waitForSelector('[data-step="300"][aria-current=step]');
				expect(await slider.getAttribute("aria-valuetext")).toMatch(/^step 300, \+0\.50, reached τ, steered, some rejected$/);
				expect(await page.evaluate(() => document.activeElement?.className)).toBe("curve-slider");
				const box = await slider.boundingBox();
				if (box === null) throw new Error("the curve has no place");
				await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.7);
				await expect.poll(async () => Number(await slider.getAttribute("aria-valuenow"))).toBeLessThan(200);
				const step = await slider.getAttribute("aria-valuenow");
				await page.waitForSelector(`[data-step="${step}"][aria-current=step]`);
			},
		));

	test("without a step has an answer all the same", () =>
		atTrace(
			(path) => writeTraceRun(path, { steps: [], answer: "\n\nNo thought, just tea." }),
			TRACE,
			async (page) => {
				await expect.poll(() => page.locator(".answer-body").textContent()).toMatch(/^\s*No thought, just tea\.\s*$/);
				expect(await page.locator(".trace-header").textContent()).toContain("0 steps");
				await page.keyboard.press("j");
				await checkAxe(page);
			},
		));

	test("shows probabilities, discarded text, formulas on demand", () =>
		atTrace(
			(path) => writeTraceRun(path, SPEC),
			TRACE,
			async (page) => {
				await page.keyboard.press("p");
				await expect.poll(() => page.locator('[data-step="2"] .shade-3').count()).toBeGreaterThan(3);
				await page.keyboard.press("d");
				await expect
					.poll(() => page.locator(".discarded-pieces").allTextContents())
					.toEqual([expect.stringContaining("a spare line")]);
				expect(await page.locator(".curve .discarded").getAttribute("d")).not.toBe("");
				await page.keyboard.press("m");
				await expect.poll(() => page.locator(".answer .rich strong").allTextContents()).toEqual(["leaves"]);
				expect(await page.locator(".answer .rich math").count()).toBe(1);
				expect(await page.locator(".answer .rich math").textContent()).toBe("t=3");
				await page.keyboard.press("m");
				await expect.poll(() => page.locator(".answer").textContent()).toContain("**leaves**: $t = 3$");
			},
		));
});

test("says that no probabilities are recorded, and shows flags in words", () =>
	atTrace(
		(path) => writeTraceRun(path, { steps: [[{ text: "Boil some water.", reward: 0.4, flags: ["identical-resamples"] }]] }),
		TRACE,
		async (page) => {
			expect(await page.locator(".flag-word").textContent()).toContain("◦ same text as an earlier attempt");
			await page.keyboard.press("p");
			await expect
				.poll(() => page.locator(".said").textContent())
				.toBe("No token probabilities are recorded in this trace; run with --top-logprobs N to have them.");
		},
	));

describe("nothing is wrong for axe-core", () => {
	for (const theme of THEMES)
		test(theme, () =>
			atTrace(
				(path) => writeTraceRun(path, SPEC),
				TRACE,
				async (page) => {
					await page.keyboard.press("j");
					for (const key of ["o", "p", "d"]) await page.keyboard.press(key);
					await page.waitForSelector(".attempt");
					await checkAxe(page);
					await page.setViewportSize({ width: 500, height: 700 });
					await checkAxe(page);
				},
				theme,
			),
		);
});

const HTML = `<script>document.title="ran"</script><img src=x onerror='document.title="ran"'><a href="command:run">go</a>`;
const HOSTILE = `${HTML} \u001b[31mred \u202etxt.exe \u0000 [link](vscode-resource:/etc) ![i](http://127.0.0.1:9/i.png)`;

describe("hostile texts", () => {
	const attempts = (text: string): AttemptSpec[] => [
		{ text, reward: -0.5 },
		{ text: `${text} taken`, reward: 0.5, prefix: HOSTILE, flags: [HTML] },
	];
	const spec: TraceSpec = {
		prompt: HOSTILE,
		steps: [
			attempts(HOSTILE),
			attempts("tea\n".repeat(900)),
			attempts("x".repeat(5_000_000)),
			attempts("tea\n".repeat(100_000)),
			attempts("$\\href{javascript:x}{y}$ <style>*{color:red}</style>"),
		],
		discarded: HOSTILE,
		answer: `${HOSTILE}\n\n$\\def\\a{\\a\\a}\\a$ $\\rule{9999em}{9999em}$`,
	};

	test("are shown as text, run nothing, load nothing, and stay small", () =>
		atTrace(
			(path) => writeTraceRun(path, spec),
			TRACE,
			async (page) => {
				const title = await page.title();
				for (const key of ["o", "j", "o", "j", "o", "j", "o", "j", "o", "d"]) await page.keyboard.press(key);
				await page.waitForSelector(".attempt");
				expect(await page.locator(".side").textContent()).toContain(`${HTML} ␛[31mred ‹U+202E›txt.exe ␀`);
				expect(await page.locator("st-trace-view :is(script, style, a, iframe, object)").count()).toBe(0);
				expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2000);
				const heights = await page.locator("[data-step]").evaluateAll((steps) => steps.map((step) => step.clientHeight));
				expect(Math.max(...heights)).toBeLessThan(6000);
				expect(await page.title()).toBe(title);
			},
		));

	test("stay harmless as Markdown", () =>
		atTrace(
			(path) => writeTraceRun(path, spec),
			TRACE,
			async (page) => {
				await page.keyboard.press("m");
				await page.waitForSelector(".rich");
				await page.keyboard.press("End");
				const tags = await page
					.locator(".rich *")
					.evaluateAll((elements) => elements.flatMap((element) => [element.localName, ...element.getAttributeNames()]));
				const bad = ["a", "img", "script", "style", "iframe", "href", "src", "id", "class", "onclick", "onerror"];
				expect(tags.filter((tag) => bad.includes(tag))).toEqual([]);
				expect(await page.locator(".rich").first().textContent()).toContain("<script>");
				await expect.poll(() => page.locator('[data-step="2"]').textContent()).toContain("too large to be rendered");
			},
		));

	test("more of a long text comes when it is asked for", () =>
		atTrace(
			(path) => writeTraceRun(path, { steps: [[{ text: `${"tea ".repeat(10_000)}end`, reward: 0.5 }]], answer: "yes" }),
			TRACE,
			async (page) => {
				const text = page.locator("st-step st-long-text .hostile");
				const length = async () => (await text.textContent())?.length ?? 0;
				expect(await length()).toBeLessThanOrEqual(4000);
				const more = page.locator("st-step .more button");
				for (let round = 0; (await more.count()) > 0; round++) {
					const before = await length();
					await more.click();
					await expect.poll(length).toBeGreaterThan(before);
					expect(round).toBeLessThan(5);
				}
				expect(await text.textContent()).toMatch(/tea end$/);
			},
		));
});

describe("long and live traces", () => {
	test("five thousand steps: few elements, every step within reach", () =>
		atTrace(
			(path) => writeLongTrace(path, 5000),
			"p000000/safethink/0",
			async (page) => {
				const scroller = page.locator(".steps-scroll");
				await page.locator(".trace-header", { hasText: "5,000 steps" }).waitFor();
				for (const share of [0.2, 0.9, 0.5, 1]) {
					await scroller.evaluate((element, part) => {
						element.scrollTop = element.scrollHeight * part;
					}, share);
					await expect.poll(() => page.locator("st-step").count()).toBeGreaterThan(3);
					expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2500);
				}
				await expect.poll(() => scroller.textContent()).toContain("Ask them first, then pour.");
				await page.keyboard.press("j");
				await page.waitForSelector('[data-step="2"]:focus');
			},
		));

	let ended: Promise<void> = Promise.resolve();
	afterAll(() => ended);

	test("a growing trace is followed from its end, and says what is new elsewhere", () =>
		atTrace(
			async (path) => {
				({ ended } = await writeLive(path, 250, 100));
			},
			LIVE_TRACE,
			async (page) => {
				const scroller = page.locator(".steps-scroll");
				const beyond = () => scroller.evaluate((element) => element.scrollHeight - element.clientHeight);
				await expect.poll(beyond, { timeout: 20_000 }).toBeGreaterThan(300);
				await expect.poll(() => page.locator(".new-below").count(), { timeout: 20_000 }).toBe(0);
				// Again and again, as a hand on the wheel: a step that arrives at the same moment may take the list along once more.
				const toTop = () => scroller.evaluate((element) => element.scrollTo(0, 0));
				await expect.poll(() => toTop().then(() => page.locator(".new-below").count()), { timeout: 20_000 }).toBe(1);
				const top = await scroller.evaluate((element) => element.scrollTop);
				await page.locator(".new-below").click();
				const distance = () => scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
				await expect.poll(distance).toBeLessThan(60);
				expect(await scroller.evaluate((element) => element.scrollTop)).toBeGreaterThan(top);
				const count = () => page.locator("[data-step]").last().getAttribute("data-step").then(Number);
				const before = await count();
				await expect.poll(count).toBeGreaterThan(before + 3);
				await expect.poll(distance).toBeLessThan(60);
				await ended;
				await expect.poll(() => scroller.textContent(), { timeout: 20_000 }).toContain("Ask them first, then pour.");
			},
		));
});
