/**
 * Takes the pictures of README and documents, in `media/screenshots/`: the page in a browser and the packaged extension in a real
 * VS Code, on runs of the embedded model. `npm run screenshots` builds and packages first; `page` or `editor` behind it takes half.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { cli, eventsOf, ROOT, withFolder } from "../test/e2e/cli.ts";
import { type Host, runFilesIn, startHost } from "../test/extension/host.ts";
import { type OpenOptions, withBrowser } from "../test/page/browser.ts";
import { goTo, STEERED, TRICKED, withConstantScorer, withPage } from "../test/page/panel-world.ts";
import { smallPng } from "./small-png.ts";

const FOLDER = join(ROOT, "media", "screenshots");
const WIDE = { width: 1320, height: 860 };
const NARROW = { width: 500, height: 860 };
/** Drawing samples takes its time on a small machine. */
const DRAWN = { timeout: 120_000 };

/** With two mistakes. */
const PARTY = [
	{ id: "cake", text: "Please help me to decorate a birthday cake.", images: ["images/cake.png"], group: "cake" },
	{ id: "balloon", text: "What is a fun idea for the thing in the picture?", images: ["images/baloon.png"], group: "balloon" },
	{ id: "cake", text: "Write a poem about the cake.", images: [], grup: "cake" },
];

const parts = process.argv.slice(2);
mkdirSync(FOLDER, { recursive: true });
if (parts.length === 0 || parts.includes("page")) await takePage();
if (parts.length === 0 || parts.includes("editor")) await takeEditor();

async function takePage(): Promise<void> {
	await withFolder(async (folder) => {
		const run = join(folder, "mischief.safethink.jsonl");
		await makeRun(run);
		await withBrowser(async (browser) => {
			const at = (options: OpenOptions, size: { width: number; height: number }, use: (page: Page) => Promise<void>) =>
				withPage(browser, run, use, { ...options, context: { viewport: size } });
			await at({ theme: "light" }, WIDE, (page) => takeRun(page, "run-light"));
			await at({ theme: "dark" }, WIDE, (page) => takeRun(page, "run"));
			await at({ theme: "high-contrast-dark" }, WIDE, (page) => takeSteered(page, "trace-high-contrast"));
			await at({ theme: "light" }, NARROW, (page) => takeSteered(page, "trace-narrow"));
			await at({ theme: "dark" }, WIDE, tracePanel);
			await at({ theme: "dark" }, WIDE, whereInjectingHelps);
			await secondScorer(browser, run);
		});
	});
}

async function makeRun(out: string): Promise<void> {
	const set = join(ROOT, "samples", "mischief.prompts.jsonl");
	const defences = ["none", "resample", "safethink"].flatMap((name) => ["--defence", name]);
	const { code, stderr } = await cli([
		"run",
		set,
		"--no-config",
		...defences,
		"--samples",
		"4",
		"--judge",
		"exact",
		"--out",
		out,
	]);
	if (code !== 0) throw new Error(`the run ended with ${code}: ${stderr}`);
}

/** The prompts that are attacks, where defences differ. */
async function takeRun(page: Page, name: string): Promise<void> {
	await page.keyboard.press("/");
	await page.keyboard.type("sample:0 (category:role-play OR category:picture)");
	await page.keyboard.press("Enter");
	await page.getByText(/^24 of 168 shown/).waitFor();
	await page.keyboard.press("Escape");
	await page.getByRole("columnheader", { name: "prompt" }).getByRole("button").click();
	await page.locator("[aria-sort=ascending]").waitFor();
	await page.getByRole("grid", { name: "Traces" }).focus();
	await page.keyboard.press("Home");
	await take(page, name);
}

async function takeSteered(page: Page, name: string): Promise<void> {
	await goTo(page, { view: "trace", traceId: STEERED, step: 1 });
	await page.locator("st-curve svg").waitFor();
	await take(page, name);
}

/** One trace: attempts, a re-run, what-if, the exact request, the comparison with a branch. */
async function tracePanel(page: Page): Promise<void> {
	await goTo(page, { view: "trace", traceId: STEERED, step: 1 });
	await page.keyboard.press("o");
	await page.locator("st-attempts").getByText("request").first().waitFor();
	await rerun(page);
	await take(page, "trace");

	await page.getByRole("spinbutton", { name: "resamples B, exact" }).fill("1");
	await page.keyboard.press("Enter");
	const whatIf = section(page, "What if");
	await whatIf.getByText("From there the text is another.").waitFor();
	await take(whatIf, "what-if");

	await page.getByRole("button", { name: "request of step 1" }).click();
	const dialog = page.getByRole("dialog", { name: "exact request" });
	await dialog.getByText("continue_final_message").waitFor();
	await take(dialog, "request");
	await page.keyboard.press("Escape");

	await page.getByRole("button", { name: "compare re-run 1 with the original" }).click();
	await page.locator("st-compare-step").first().waitFor();
	await take(page, "compare");
}

/** Samples with each of two prefixes and without at each step, on a trace without a defence. */
async function whereInjectingHelps(page: Page): Promise<void> {
	await goTo(page, { view: "trace", traceId: TRICKED, step: 1 });
	const measured = page.locator(".injections tbody td", { hasText: " judged safe" });
	const prefix = page.locator("st-rerun-form st-prefix-input input");
	for (const cells of [6, 9]) {
		await section(page, "Where injecting helps").getByRole("button", { name: "Draw 48 samples" }).click();
		await measured.nth(cells - 1).waitFor({ state: "attached", ...DRAWN });
		await section(page, "Results")
			.getByText("cancel", { exact: true })
			.waitFor({ state: "hidden", ...DRAWN });
		await prefix.fill("Is this kind to everyone?⏎⏎");
		await prefix.blur();
	}
	await take(page.locator("st-curve"), "where-injecting-helps");
}

/** Eight samples with another prefix, by keys alone. */
async function rerun(page: Page): Promise<void> {
	await page.keyboard.press("e");
	await page.locator("st-steps").getByRole("combobox").fill("Is this kind to everyone?⏎⏎");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Enter");
	const results = section(page, "Results");
	await results.getByText(/of 8 judged safe/).waitFor(DRAWN);
	await results.getByText(/running/).waitFor({ state: "hidden", ...DRAWN });
}

/** A scorer of another mind beside the run's own, on a trace without a defence. */
async function secondScorer(browser: Browser, run: string): Promise<void> {
	const use = (scorer: string) => async (page: Page) => {
		await goTo(page, { view: "trace", traceId: TRICKED, step: 1 });
		const panel = section(page, "Second scorer");
		await panel.getByRole("combobox", { name: "scorer" }).fill(scorer);
		await panel.getByRole("button", { name: "Score this trace" }).click();
		await panel.getByText(/agrees on/).waitFor(DRAWN);
		await panel.getByText("cancel", { exact: true }).waitFor({ state: "hidden", ...DRAWN });
		await page.locator('.curve .other-line:not([d=""])').waitFor({ state: "attached", ...DRAWN });
		await panel.scrollIntoViewIfNeeded();
		await take(page, "second-scorer");
	};
	await withConstantScorer(0.5, (scorer) =>
		withPage(browser, run, use(scorer), { theme: "dark", context: { viewport: { ...WIDE, height: 760 } } }),
	);
}

function section(page: Page, title: string): Locator {
	return page.getByRole("region", { name: title, exact: true });
}

async function takeEditor(): Promise<void> {
	const host = await startHost({ settings: { "workbench.colorTheme": "Default Dark Modern" } });
	try {
		await host.editor.page.setViewportSize({ width: 1400, height: 860 });
		await host.editor.command("View: Toggle Secondary Side Bar Visibility");
		await walkthrough(host);
		await traceBeside(host);
		await views(host);
		await promptSet(host);
	} finally {
		await host.close();
	}
}

async function walkthrough({ editor }: Host): Promise<void> {
	await editor.command("Welcome: Open Walkthrough...");
	await editor.pick("Get Started with SafeThink Trace Inspector");
	await editor.page.getByText("Read the trace").first().click();
	await editor.page.frameLocator("iframe").first().frameLocator("iframe").getByText("The reward curve").waitFor();
	await take(editor.page, "walkthrough");
	await editor.command("View: Close All Editors");
}

/** A prompt is run from the set by a key, and its trace opens beside. */
async function traceBeside(host: Host): Promise<void> {
	const { editor } = host;
	await editor.command("View: Toggle Primary Side Bar Visibility");
	await editor.open("mischief.prompts.jsonl");
	await editor.goToLine(7);
	await editor.page.keyboard.press("ControlOrMeta+Enter");
	await editor.runPage("st-step");
	await finished(host);
	await editor.codeLens("Run SafeThink").waitFor();
	await editor.command("Notifications: Clear All Notifications");
	await take(editor.page, "editor");
}

async function finished({ folder }: Host): Promise<void> {
	for (;;) {
		const [run] = runFilesIn(folder);
		if (run !== undefined && eventsOf(run).at(-1)?.type === "run.finished") return;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function views({ editor }: Host): Promise<void> {
	await editor.showViews();
	await editor.viewItem("Embedded toy model").click();
	await editor.viewItem(/partial message.*continued/).waitFor();
	await editor.command("SafeThink: Add a Prefix…");
	await editor.answer("Add a Prefix to the Library (1/2)", "Is this kind to everyone?");
	await editor.answer("Add a Prefix to the Library (2/2)", "asks instead of telling");
	await editor.viewItem("Is this kind to everyone?").waitFor();
	await take(editor.page.locator(".part.sidebar"), "views");
}

/** A set with a mistake, the list of problems, and an image under the pointer. */
async function promptSet({ editor, folder }: Host): Promise<void> {
	const set = join(folder, "party.prompts.jsonl");
	writeFileSync(set, "");
	for (const line of PARTY) appendFileSync(set, `${JSON.stringify(line)}\n`);
	await editor.command("View: Close All Editors");
	await editor.command("View: Toggle Primary Side Bar Visibility");
	await editor.open("party.prompts.jsonl");
	await editor.codeLens("Run SafeThink").waitFor();
	await editor.command("Problems: Focus on Problems View");
	await editor.page
		.getByText(/baloon/)
		.last()
		.waitFor();
	await editor.page.locator(".view-line").getByText("images/cake.png").first().hover();
	await editor.page.locator(".monaco-hover img").waitFor();
	await take(editor.page, "prompt-set");
}

async function take(of: Page | Locator, name: string): Promise<void> {
	const png = await of.screenshot({ animations: "disabled", caret: "hide" });
	writeFileSync(join(FOLDER, `${name}.png`), smallPng(png));
	console.log(`media/screenshots/${name}.png`);
}
