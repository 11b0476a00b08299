/** A run's page in a real browser, served by the built command line as its users do. */
import { createInterface } from "node:readline";
import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { startCli } from "../e2e/cli.ts";
import { launchChromium } from "./chromium.ts";

export const THEMES = ["light", "dark", "high-contrast-light", "high-contrast-dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Gives a browser for the time of `use`. */
export async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
	const browser = await launchChromium();
	try {
		return await use(browser);
	} finally {
		await browser.close();
	}
}

/** `safethink view`, running. */
export interface Viewer {
	/** With the token. */
	address: string;
	/** Settles when the process has ended. */
	stop(): Promise<void>;
}

/** Starts `safethink view RUN` on a free port. @throws what it printed, when it ends before it serves */
export async function startViewer(runPath: string, env: Record<string, string> = {}): Promise<Viewer> {
	const { child, ended } = startCli(["view", runPath, "--port", "0", "--no-open"], { env });
	const stop = async () => {
		child.kill("SIGTERM");
		await ended;
	};
	const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout });
	const address = await Promise.race([
		new Promise<string>((resolve) => lines?.once("line", resolve)),
		ended.then(({ code, stderr }) => Promise.reject(new Error(`safethink view ended with ${code}: ${stderr}`))),
	]);
	return { address, stop };
}

export interface OpenedPage {
	page: Page;
	address: string;
	/** What a page must never cause: errors, violations of its policy, requests to other places. */
	trouble: readonly string[];
	/** Closes page and viewer. @throws when there was trouble */
	close(): Promise<void>;
}

export interface OpenOptions {
	theme?: Theme;
	/** Of the viewer's process. */
	env?: Record<string, string>;
	/** What shows that the page is there; default: a row of the run's table, or a step. */
	until?: string;
	context?: BrowserContextOptions;
}

/** The first row of a run's table that is filled, or the first step of a trace. */
export const FIRST_ROWS = "[role=row][data-index], st-step, .answer";

/** Opens a run's page and waits until it shows something. */
export async function openRun(browser: Browser, runPath: string, options: OpenOptions = {}): Promise<OpenedPage> {
	const viewer = await startViewer(runPath, options.env);
	try {
		const context = await browser.newContext({ ...themed(options.theme ?? "light"), ...options.context });
		const { page, trouble } = await watchedPage(context, viewer.address);
		await page.goto(viewer.address);
		await page.waitForSelector(options.until ?? FIRST_ROWS).catch((error: unknown) => {
			throw new Error(`the page shows nothing: ${trouble.join("; ")}`, { cause: error });
		});
		return { page, address: viewer.address, trouble, close: () => closed(context, viewer, trouble) };
	} catch (error) {
		await viewer.stop();
		throw error;
	}
}

/** Opens a run's page for the time of `use`, and expects no trouble; what `use` throws is told first. */
export async function withOpenRun(
	browser: Browser,
	runPath: string,
	use: (opened: OpenedPage) => Promise<void>,
	options: OpenOptions = {},
): Promise<void> {
	const opened = await openRun(browser, runPath, options);
	try {
		await use(opened);
	} catch (error) {
		await opened.close().catch(() => undefined);
		throw error;
	}
	await opened.close();
}

async function closed(context: BrowserContext, viewer: Viewer, trouble: readonly string[]): Promise<void> {
	// What the page says when its viewer goes away is no trouble.
	const seen = [...trouble];
	await context.close();
	await viewer.stop();
	if (seen.length > 0) throw new Error(`the page caused trouble:\n${seen.join("\n")}`);
}

/** A window whose system asks for the theme. */
export function themed(theme: Theme): BrowserContextOptions {
	return {
		viewport: { width: 1280, height: 800 },
		colorScheme: theme.endsWith("dark") ? "dark" : "light",
		contrast: theme.startsWith("high-contrast") ? "more" : "no-preference",
	};
}

/** A new page whose trouble is collected from its first byte on. */
export async function watchedPage(context: BrowserContext, address: string): Promise<{ page: Page; trouble: string[] }> {
	const page = await context.newPage();
	const trouble: string[] = [];
	const { origin } = new URL(address);
	page.on("pageerror", (error) => trouble.push(`error: ${error.stack ?? error.message}`));
	page.on("console", (message) => {
		if (message.type() === "error") trouble.push(`console: ${message.text()}`);
	});
	page.on("request", (request) => {
		const url = request.url();
		if (!url.startsWith(`${origin}/`) && !url.startsWith("blob:")) trouble.push(`request to another place: ${url}`);
	});
	await page.exposeBinding("reportViolation", (_source, violation: string) => trouble.push(`policy: ${violation}`));
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample, sourceFile, lineNumber }) => {
			const report = (globalThis as unknown as { reportViolation(violation: string): void }).reportViolation;
			report(`${violatedDirective} ${blockedURI} ${sample} ${sourceFile}:${lineNumber}`);
		});
	});
	return { page, trouble };
}

/** Runs axe-core on the page as it is. @throws the violations, one a line */
export async function checkAxe(page: Page, context?: string): Promise<void> {
	const devtools = await page.context().newCDPSession(page);
	// Evaluated by the debugger, which the page's policy does not bind.
	await devtools.send("Runtime.evaluate", { expression: `${axe.source};undefined` });
	await devtools.detach();
	const { violations } = await page.evaluate(
		(within) =>
			(globalThis as unknown as { axe: { run(within: Document | string): Promise<AxeResults> } }).axe.run(within ?? document),
		context,
	);
	if (violations.length === 0) return;
	const lines = violations.flatMap(({ id, help, nodes }) =>
		nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.html.slice(0, 200)}`),
	);
	throw new Error(`axe-core finds ${lines.length} violations:\n${lines.join("\n")}`);
}
