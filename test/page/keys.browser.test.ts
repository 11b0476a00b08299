/** Every key does something in every view that it is for: what is seen, heard or focused changes. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { type Command, KEYS, type Key, type View } from "../../webview/core/keys.ts";
import { withFolder } from "../e2e/cli.ts";
import { withBrowser } from "./browser.ts";
import { withPage } from "./panel-world.ts";

/** More steps than the curve shows without a zoom. */
const STEPS = 30;
const [A, B] = ["p000000/none/0", "p000000/safethink/0"];

const PLACES: Record<View, { route: Record<string, unknown>; until: string }> = {
	run: { route: { view: "run" }, until: "[role=row][data-index]" },
	trace: { route: { view: "trace", traceId: A, step: 1 }, until: "st-step" },
	compare: { route: { view: "compare", a: A, b: B, step: 1 }, until: "st-compare-step" },
};

/** What has to be done before a key can mean something. */
const BEFORE: Partial<Record<Command, (page: Page) => Promise<void>>> = {
	previousStep: (page) => page.keyboard.press("j"),
	previousTrace: (page) => page.keyboard.press("]"),
	resetZoom: (page) => page.getByRole("slider", { name: /^step on the/ }).press("+"),
};

/** All that can be seen, heard or focused. */
const state = (page: Page) =>
	page.evaluate(() => {
		const active = document.activeElement;
		return [document.body.className, document.body.innerHTML, active?.localName, active?.id, active?.textContent].join("\n");
	});

/** The page's state once nothing that was asked for is still to come. */
async function rested(page: Page): Promise<string> {
	let last = "";
	const same = async () => {
		const before = last;
		last = await state(page);
		return last === before;
	};
	await expect.poll(same, { interval: 200, timeout: 20_000 }).toBe(true);
	return last;
}

async function expectChange(page: Page, { key, command }: Key, view: View): Promise<void> {
	const { route, until } = PLACES[view];
	await page.evaluate((detail) => document.querySelector("st-app")?.dispatchEvent(new CustomEvent("go", { detail })), route);
	await page.waitForSelector(until);
	await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
	await BEFORE[command]?.(page);
	const before = await rested(page);
	await page.keyboard.press(key);
	await expect.poll(() => state(page).then((after) => after !== before), { message: `${view}: ${key} (${command})` }).toBe(true);
}

it.each(Object.keys(PLACES) as View[])("each key does something in the view %s", (view) =>
	withFolder((folder) =>
		withBrowser((browser) => {
			const path = join(folder, "tea.safethink.jsonl");
			writeManyTraces(path, 4, STEPS);
			return withPage(browser, path, async (page) => {
				for (const key of KEYS.filter(({ views }) => views.includes(view))) {
					await expectChange(page, key, view);
					// Nothing of it is left for the next key.
					await page.evaluate(() => sessionStorage.clear());
					await page.reload();
					await page.waitForSelector("[role=row][data-index], st-step, st-compare-step");
				}
			});
		}),
	),
);
