/** Measures what a page shows and receives, in a real browser. */
import type { Browser, CDPSession, Page } from "playwright-core";
import { FIRST_ROWS, startViewer, type Viewer, watchedPage } from "../../test/page/browser.ts";

/** What one page cost. */
export interface Measured {
	/** Most elements in the document at any look. */
	nodes: number;
	/** Replies and notices that the page received, and their bytes, headers left out. */
	messages: number;
	bytes: number;
	/** Of these, until the first rows were there. */
	opening: { messages: number; bytes: number };
	/** Bytes of the largest message. */
	largest: number;
	/** How long the page was open. */
	seconds: number;
	/** Milliseconds from the start of navigation until the first row or step was painted. */
	firstMs: number;
	/** Frames drawn while something was done, those that took over 50 ms, and the longest, in milliseconds. */
	frames: number;
	slow: number;
	longestMs: number;
}

/** Where the page is opened; default: the run view. */
export interface OpenedAt {
	traceId?: string;
}

declare global {
	// Made by the script that is put into the page.
	var benchFrames: { first: number | undefined; gaps: number[] };
}

/**
 * Opens a run and does something with its page.
 * @param act is measured; it may call `look` where the page may be at its largest.
 * @throws when the page caused trouble
 */
export async function measure(
	browser: Browser,
	runPath: string,
	at: OpenedAt,
	act: (page: Page, look: () => Promise<void>) => Promise<void>,
): Promise<Measured> {
	const viewer = await startViewer(runPath);
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
	try {
		const { page, trouble } = await watchedPage(context, viewer.address);
		const traffic = await countTraffic(await context.newCDPSession(page));
		await page.addInitScript(watchFrames, FIRST_ROWS);
		await page.addInitScript(keepPlace, at.traceId);
		const start = performance.now();
		const firstMs = await open(page, viewer);
		const { messages, bytes } = traffic();
		let nodes = 0;
		const look = async () => {
			nodes = Math.max(nodes, await page.evaluate(() => document.querySelectorAll("*").length));
		};
		await look();
		await page.evaluate(() => void benchFrames.gaps.splice(0));
		await act(page, look);
		await look();
		const gaps = await page.evaluate(() => benchFrames.gaps);
		if (trouble.length > 0) throw new Error(trouble.join("\n"));
		return {
			nodes,
			...traffic(),
			opening: { messages, bytes },
			seconds: (performance.now() - start) / 1000,
			firstMs,
			frames: gaps.length,
			slow: gaps.filter((gap) => gap > 50).length,
			longestMs: Math.max(0, ...gaps),
		};
	} finally {
		await context.close();
		await viewer.stop();
	}
}

async function open(page: Page, { address }: Viewer): Promise<number> {
	await page.goto(address);
	await page.waitForFunction(() => benchFrames.first !== undefined, undefined, { timeout: 600_000 });
	return page.evaluate(() => benchFrames.first ?? Number.NaN);
}

/** Runs in the page: notes every frame's length, and when the first rows were painted. */
function watchFrames(firstRows: string): void {
	globalThis.benchFrames = { first: undefined, gaps: [] };
	let last = performance.now();
	const frame = (now: number) => {
		benchFrames.gaps.push(now - last);
		last = now;
		// What this frame finds was painted by the one before at the latest.
		if (benchFrames.first === undefined && document.querySelector(firstRows) !== null) benchFrames.first = now;
		requestAnimationFrame(frame);
	};
	requestAnimationFrame(frame);
}

/** Runs in the page: puts it where it would be if it had been left there. */
function keepPlace(traceId: string | undefined): void {
	const route = traceId === undefined ? { view: "run" } : { view: "trace", traceId };
	sessionStorage.setItem("safethink", JSON.stringify({ route, selection: {}, blurred: false, ratesBy: "category" }));
}

/** Counts replies to calls and pieces of the notices' stream. */
async function countTraffic(devtools: CDPSession): Promise<() => { messages: number; bytes: number; largest: number }> {
	const paths = new Map<string, string>();
	const sizes = new Map<string, number>();
	let messages = 0;
	let bytes = 0;
	let largest = 0;
	await devtools.send("Network.enable");
	devtools.on("Network.responseReceived", ({ requestId, response }) => {
		const { pathname } = new URL(response.url);
		paths.set(requestId, pathname);
		if (pathname === "/call") messages++;
	});
	devtools.on("Network.dataReceived", ({ requestId, dataLength }) => {
		const path = paths.get(requestId);
		if (path !== "/call" && path !== "/notices") return;
		bytes += dataLength;
		if (path === "/notices") messages++;
		const size = path === "/notices" ? dataLength : (sizes.get(requestId) ?? 0) + dataLength;
		sizes.set(requestId, size);
		largest = Math.max(largest, size);
	});
	return () => ({ messages, bytes, largest });
}
