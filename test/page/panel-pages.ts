/** Pages on a run of the embedded model, for the tests of one file. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import type { OpenOptions } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { makePanelRun, withPage } from "./panel-world.ts";

/** Generating takes its time where other tests run beside this one. */
export const DRAWN = { timeout: 100_000 };

type WithPanelPage = (use: (page: Page, path: string) => Promise<void>, options?: OpenOptions) => Promise<void>;

/** Makes a browser and a run before the file's tests. @returns gives a test a page on its own copy of the run */
export function panelPages(): WithPanelPage {
	let browser: Browser;
	let run: Awaited<ReturnType<typeof makePanelRun>>;
	beforeAll(async () => {
		[browser, run] = await Promise.all([launchChromium(), makePanelRun()]);
	});
	afterAll(async () => {
		await browser.close();
		run.remove();
	});
	return (use, options) => run.with((path) => withPage(browser, path, (page) => use(page, path), options));
}
