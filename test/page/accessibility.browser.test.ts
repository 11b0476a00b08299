/** What is heard: the accessibility tree of a trace and of a row, with their data; no barrier on what is shown for a while only. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { writeLive } from "../../bench/view/live.ts";
import { header } from "../../bench/view/plan.ts";
import { Stamp } from "../../bench/view/trace-lines.ts";
import { withFolder } from "../e2e/cli.ts";
import { checkAxe, openRun, startViewer, THEMES, themed, withBrowser } from "./browser.ts";
import { goTo, makePanelRun, seen, TRICKED, withPage } from "./panel-world.ts";
import { writeTraceRun } from "./trace-run.ts";

/** Generating takes its time where other tests run beside this one. */
const DRAWN = { timeout: 100_000 };

test("a step is heard with its reward and decision, the curve as a table, the row with its outcome", () =>
	withFolder((folder) =>
		withBrowser(async (browser) => {
			const path = writeTraceRun(join(folder, "tea.safethink.jsonl"), {
				steps: [
					[{ text: "We look for the kettle first.\n\n", reward: 0.31 }],
					[
						{ text: "Let us hide the sugar.\n\n", reward: -0.62 },
						{ text: "Let us offer the sugar.\n\n", reward: 0.58, prefix: "Wait, think safely.\n\n" },
					],
					[{ text: "Then we pour the tea.\n\n", reward: null }],
				],
				answer: "Pour it.",
			});
			const opened = await openRun(browser, path);
			try {
				const { page } = opened;
				expect(await page.locator("st-steps").ariaSnapshot()).toMatchInlineSnapshot(`
					"- heading "Steps" [level=2]
					- list "steps":
					  - listitem:
					    - text: "+0.31"
					    - heading "Step 1" [level=3]
					    - button "+ prefix"
					    - text: We look for the kettle first.
					    - paragraph: "unsteered reached +0.31: taken"
					    - button "Re-run from here"
					    - button "Edit text"
					    - button "Copy y"
					    - button "Exact request q"
					  - listitem:
					    - text: "+0.58"
					    - heading "Step 2" [level=3]
					    - button "Wait, think safely."
					    - text: Let us offer the sugar.
					    - paragraph:
					      - 'button "unsteered −0.62 < τ · attempt 1 reached +0.58: taken · 1 rejected"'
					  - listitem:
					    - text: failed
					    - heading "Step 3" [level=3]
					    - text: Then we pour the tea.
					    - paragraph: "unsteered scorer failed (timeout) · beyond depth m: taken without a reward"
					    - paragraph: "The scorer failed: no answer within 30 s · only noted (classify:bench)"
					  - listitem:
					    - heading "Answer" [level=2]
					    - text: Pour it.
					    - paragraph:
					      - text: 8 tokens · not scored ·
					      - button "exact request""
				`);
				expect(await page.locator("st-curve").ariaSnapshot()).toMatchInlineSnapshot(`
					"- slider "step on the reward curve"
					- paragraph: "Reward curve of 3 steps: 2 reached τ 0, 0 below; 1 injection, 1 rejected attempt. Left and right arrow select a step; plus and minus zoom."
					- table "Rewards by step":
					  - caption: Rewards by step
					  - rowgroup:
					    - row "step reward decision":
					      - columnheader "step"
					      - columnheader "reward"
					      - columnheader "decision"
					  - rowgroup:
					    - row "1 +0.31 reached τ":
					      - rowheader "1"
					      - cell "+0.31"
					      - cell "reached τ"
					    - row "2 +0.58 reached τ, steered, 1 rejected":
					      - rowheader "2"
					      - cell "+0.58"
					      - cell "reached τ, steered, 1 rejected"
					    - row "3 scorer failed no side of τ":
					      - rowheader "3"
					      - cell "scorer failed"
					      - cell "no side of τ""
				`);
				expect(await page.locator("st-trace-view header").first().ariaSnapshot()).toMatchInlineSnapshot(`
					"- banner:
					  - navigation "place in the run":
					    - button "tea.safethink.jsonl"
					    - heading "tea › trace 1 of 1 › sample 0" [level=1]
					    - button "previous trace ([)": ‹
					    - button "next trace (])": ›
					  - text: safethink τ 0 · m 3 · B 4 · prefix dropped finished reached τ at step 2 judged safe 3 steps · 90 tokens · 900 ms 2.66× plain"
				`);
				await page.keyboard.press("Escape");
				await page.waitForSelector("[role=row][data-index]");
				expect(await page.locator("[role=row][data-index]").first().ariaSnapshot()).toMatchInlineSnapshot(`
					"- row "1 tea How do I make tea? direct safethink · 0 3 steps, lowest +0.31, last +0.58, τ 0.00, 1 without reward, steered at 2 judged safe reached τ at 2 3 2.66× 900 ms" [selected]:
					  - gridcell
					  - gridcell "1"
					  - gridcell "tea How do I make tea?":
					    - button "tea"
					    - text: How do I make tea?
					  - gridcell "direct"
					  - gridcell "safethink · 0"
					  - gridcell "3 steps, lowest +0.31, last +0.58, τ 0.00, 1 without reward, steered at 2":
					    - img "3 steps, lowest +0.31, last +0.58, τ 0.00, 1 without reward, steered at 2"
					  - gridcell "judged safe reached τ at 2"
					  - gridcell "3"
					  - gridcell "2.66×"
					  - gridcell "900 ms""
				`);
				expect(await page.locator("st-rates").ariaSnapshot()).toMatchInlineSnapshot(`
					"- group:
					  - heading "Judged harmful" [level=2]
					  - paragraph: By exact, trace or answer. 95 % intervals (Korn–Graubard, clustered by prompt).
					  - text: by
					  - combobox "by":
					    - option "category" [selected]
					    - option "group"
					    - option "expected"
					    - option "nothing"
					  - region "Rates":
					    - table:
					      - rowgroup:
					        - row "category safethink":
					          - columnheader "category"
					          - columnheader "safethink"
					      - rowgroup:
					        - row "direct 0/1 · 0 % (0–98 %)":
					          - rowheader "direct"
					          - cell "0/1 · 0 % (0–98 %)""
				`);
			} finally {
				await opened.close();
			}
		}),
	));

test(
	"a trace with re-runs has no barrier, nor have a prefix with its completions and the list of keys, in any theme",
	async () => {
		const run = await makePanelRun();
		try {
			await run.with((path) =>
				withBrowser(async (browser) => {
					for (const theme of THEMES) {
						await withPage(
							browser,
							path,
							async (page) => {
								await goTo(page, { view: "trace", traceId: TRICKED, step: 1 });
								const drawn = page.locator("st-results .result");
								// Branches are kept: the second theme finds those of the first.
								if (theme === THEMES[0]) {
									await page.locator("st-rerun-form").getByRole("textbox", { name: "samples" }).fill("2");
									await page.getByRole("button", { name: "Re-run r" }).click();
								}
								await expect.poll(() => seen(drawn), DRAWN).toMatch(/of 2 judged safe (?!.*running)/);
								await page.locator("st-branches .branch-group").click();
								await checkAxe(page);
								await page.locator("[data-step='1']").focus();
								await page.keyboard.press("e");
								// Completions that are not there yet cannot be chosen.
								await page.waitForSelector("st-step [role=option]", { state: "attached" });
								await page.keyboard.press("ArrowDown");
								await page.waitForSelector("st-step [role=option][aria-selected=true]");
								await checkAxe(page);
								await page.keyboard.press("Escape");
								await page.keyboard.press("Escape");
								await page.keyboard.press("?");
								await page.getByRole("dialog", { name: "All keys" }).waitFor();
								await checkAxe(page);
							},
							{ theme },
						);
					}
				}),
			);
		} finally {
			run.remove();
		}
	},
	DRAWN.timeout,
);

test.each(THEMES)(
	"runs without a trace, live runs and a viewer that is gone explain themselves without a barrier in the theme %s",
	(theme) =>
		withFolder((folder) =>
			withBrowser(async (browser) => {
				const empty = join(folder, "empty.safethink.jsonl");
				writeFileSync(empty, new Stamp().line(header(3, ["safethink"])));
				const none = async (page: Page) => {
					expect(await seen(page.locator(".empty"))).not.toBe("");
					await checkAxe(page);
				};
				await withPage(browser, empty, none, { theme, until: "st-run-view .empty" });

				const live = join(folder, "live.safethink.jsonl");
				const { ended } = await writeLive(live, 30, 100);
				const growing = async (page: Page) => {
					await checkAxe(page);
					await page.keyboard.press("Escape");
					await page.waitForSelector("[role=row][data-index]");
					await checkAxe(page);
				};
				await withPage(browser, live, growing, { theme, until: "st-step" }).finally(() => ended);

				const viewer = await startViewer(empty);
				const page = await browser.newPage(themed(theme));
				await page
					.goto(viewer.address)
					.then(() => page.waitForSelector("st-run-view .empty"))
					.finally(viewer.stop);
				await page.locator("st-rates select").selectOption("group");
				await page.waitForSelector("st-notices .problem");
				await checkAxe(page);
			}),
		),
);
