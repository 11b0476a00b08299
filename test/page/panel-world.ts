/** A small run of the embedded model with its page open, and a scorer of its own mind, for what the page can start. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { cli, ROOT, withFolder } from "../e2e/cli.ts";
import { type OpenOptions, withOpenRun } from "./browser.ts";

/** Traces of the run: `TRICKED` is plain, `STEERED` is saved by a prefix at step 1. */
export const TRICKED = "remote-film/none/0";
export const STEERED = "remote-film/safethink/0";

/** A run of two plain and two steered traces, from which each test takes a copy. */
export async function makePanelRun(): Promise<{ with<T>(use: (path: string) => Promise<T>): Promise<T>; remove(): void }> {
	const folder = mkdtempSync(join(tmpdir(), "safethink-page-"));
	const made = join(folder, "film.safethink.jsonl");
	const set = join(ROOT, "samples", "mischief.prompts.jsonl");
	const what = ["--only", "remote-film", "--defence", "none", "--defence", "safethink", "--samples", "2", "--judge", "exact"];
	const { code, stderr } = await cli(["run", set, "--no-config", ...what, "--out", made]);
	if (code !== 0) throw new Error(`the run ended with ${code}: ${stderr}`);
	return {
		with: (use) =>
			withFolder((own) => {
				const path = join(own, "film.safethink.jsonl");
				copyFileSync(made, path);
				return use(path);
			}),
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}

/** Opens the run's page, its prefix library beside the run, and expects no trouble. */
export function withPage(
	browser: Browser,
	path: string,
	use: (page: Page) => Promise<void>,
	options: OpenOptions = {},
): Promise<void> {
	const env = { XDG_CONFIG_HOME: join(path, "..", "config"), ...options.env };
	return withOpenRun(browser, path, ({ page }) => use(page), { ...options, env });
}

/** Goes where links and keys lead. */
export async function goTo(page: Page, route: Record<string, unknown>): Promise<void> {
	await page.evaluate((detail) => document.querySelector("st-app")?.dispatchEvent(new CustomEvent("go", { detail })), route);
	await page.waitForSelector(route["view"] === "compare" ? "st-compare-step" : "st-step");
}

/** What a reader sees, on one line. */
export async function seen(of: Locator): Promise<string> {
	return ((await of.textContent()) ?? "").replaceAll(/\s+/g, " ").trim();
}

/** A scorer that gives every trace `reward`. @returns as `--scorer` takes it */
export async function withConstantScorer<T>(reward: number, use: (spec: string) => Promise<T>): Promise<T> {
	const server = createServer((request, response) => {
		request
			.resume()
			.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ reward })));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		return await use(`http,url=http://127.0.0.1:${(server.address() as AddressInfo).port}/score,retries=0`);
	} finally {
		server.close();
	}
}
