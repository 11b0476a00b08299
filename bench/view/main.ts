/**
 * What the page costs, in a real browser, through `safethink view`: elements, messages and bytes stay bounded by what is shown
 * (asserted), times are printed beside those of a run of two traces measured in the same round.
 * `--quick`: a run of 5,000 traces instead of 100,000.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { checkRun } from "../../src/store/check.ts";
import { Summaries, summariesPath } from "../../src/store/summaries.ts";
import { withBrowser } from "../../test/page/browser.ts";
import { writeLongTrace, writeManyTraces } from "./generate.ts";
import { LIVE_TRACE, writeLive } from "./live.ts";
import { measure, type OpenedAt } from "./measure.ts";
import { assertBounds, print, type Row } from "./report.ts";
import { STEP_TOKENS } from "./trace-lines.ts";

const quick = process.argv.includes("--quick");
const STEPS = 5000;
const TRACES = quick ? 5000 : 100_000;
const LIVE = { tokensPerSecond: 200, seconds: quick ? 10 : 30 };

await withBrowser(async (browser) => {
	const folder = mkdtempSync(join(tmpdir(), "safethink-bench-view-"));
	try {
		const rows = [...(await tables(browser, folder)), ...(await traces(browser, folder))];
		print(rows);
		const [small, first, again] = rows;
		if (small && first && again) printRatios(small, first, again);
		assertBounds(rows);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

/** The run view: two traces, then very many, read for the first time and again. */
async function tables(browser: Browser, folder: string): Promise<Row[]> {
	const small = join(folder, "two.safethink.jsonl");
	writeManyTraces(small, 2, 9);
	const many = join(folder, "many.safethink.jsonl");
	writeManyTraces(many, TRACES, 9);
	await mustBeSound(quick ? many : small);
	console.log(`${TRACES} traces: ${(statSync(many).size / 1e6).toFixed(0)} MB`);
	const run = async (name: string, path: string) => ({ name, ...(await measure(browser, path, {}, scrollThrough)) });
	const first = [await run("2 traces", small), await run(`${TRACES} traces, first time`, many)];
	// The page was closed before all was read.
	await (await Summaries.open(many)).save();
	return [
		...first,
		await run(`${TRACES} traces, ${(statSync(summariesPath(many)).size / 1e6).toFixed(0)} MB of summaries`, many),
	];
}

/** The trace view: a short trace, a very long one, one that grows. */
async function traces(browser: Browser, folder: string): Promise<Row[]> {
	const short = join(folder, "short.safethink.jsonl");
	writeLongTrace(short, 8);
	const long = join(folder, "long.safethink.jsonl");
	writeLongTrace(long, STEPS);
	await mustBeSound(long);
	const at = { traceId: "p000000/safethink/0" };
	return [
		{ name: "trace of 8 steps, 32 attempts", ...(await measure(browser, short, at, scrollThrough)) },
		{ name: `trace of ${STEPS} steps, ${4 * STEPS} attempts`, ...(await measure(browser, long, at, scrollThrough)) },
		await liveTrace(browser, join(folder, "live.safethink.jsonl")),
	];
}

async function liveTrace(browser: Browser, path: string): Promise<Row> {
	const stepMs = (1000 * STEP_TOKENS) / LIVE.tokensPerSecond;
	const { ended } = await writeLive(path, Math.round((1000 * LIVE.seconds) / stepMs), stepMs);
	const at: OpenedAt = { traceId: LIVE_TRACE };
	const measured = await measure(browser, path, at, async (_page, look) => {
		const looking = setInterval(() => void look(), 1000);
		await ended;
		clearInterval(looking);
	});
	await mustBeSound(path);
	return { name: `live trace, ${LIVE.tokensPerSecond} tokens/s`, ...measured };
}

/** Wheels down the list, jumps to its end and back. */
async function scrollThrough(page: Page, look: () => Promise<void>): Promise<void> {
	await page.mouse.move(600, 600);
	for (let turn = 0; turn < 40; turn++) {
		await page.mouse.wheel(0, 400);
		await page.waitForTimeout(25);
	}
	await look();
	for (const far of [100_000_000, -100_000_000]) {
		await page.mouse.wheel(0, far);
		await page.waitForTimeout(500);
		await look();
	}
}

async function mustBeSound(path: string): Promise<void> {
	const { ok, problems } = await checkRun(path);
	if (!ok) throw new Error(`${path} is not sound: ${JSON.stringify(problems[0])}`);
}

function printRatios(small: Row, first: Row, again: Row): void {
	const over = ({ firstMs }: Row) => (firstMs / small.firstMs).toFixed(2);
	console.log(`first rows of ${TRACES} traces over those of 2: ${over(first)} the first time, ${over(again)} with summaries`);
}
